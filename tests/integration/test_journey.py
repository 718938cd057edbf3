"""The patient's journey on the running hospital: proved, and broken in every way that a hospital breaks it."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from lab.podman import podman
from tests.integration.rehearsal import TestHospital, kill


def walk(hospital: TestHospital, *more: str) -> dict[str, Any]:
    """One journey by `wardround prove clinical` or, with extra variables, by hand; its record."""
    before = len(hospital.rows("SELECT seq FROM journeys"))
    command = (
        ("ansible-playbook", "playbooks/prove_clinical.yml", *more) if more else ("wardround", "prove", "clinical")
    )
    done = hospital.call(*command)
    rows = hospital.rows("SELECT * FROM journeys ORDER BY seq")
    assert len(rows) == before + 1, done.stdout + done.stderr
    assert (done.returncode == 0) == bool(rows[-1]["ok"]), done.stdout + done.stderr
    return {"ok": bool(rows[-1]["ok"]), "steps": json.loads(rows[-1]["steps"]), "printed": done.stdout + done.stderr}


def broken_at(journey: dict[str, Any]) -> dict[str, Any]:
    """The step at which a journey broke; it is told in one sentence."""
    assert not journey["ok"]
    step: dict[str, Any] = next(step for step in journey["steps"] if not step["ok"])
    assert step["host"] in journey["printed"]
    return step


@contextmanager
def without(host: str, unit: str) -> Iterator[None]:
    """A service that is stopped."""
    podman("exec", f"wr-{host}", "systemctl", "stop", unit)
    try:
        yield
    finally:
        podman("exec", f"wr-{host}", "systemctl", "start", unit)


@contextmanager
def frozen(host: str, unit: str) -> Iterator[None]:
    """A service that takes connections and answers nothing."""
    podman("exec", f"wr-{host}", "systemctl", "kill", "--signal=SIGSTOP", unit)
    try:
        yield
    finally:
        podman("exec", f"wr-{host}", "systemctl", "kill", "--signal=SIGCONT", unit)


def test_the_journey_is_proved_and_leaves_nothing(hospital: TestHospital) -> None:
    began = time.monotonic()
    journey = walk(hospital)
    assert journey["ok"], journey["printed"]
    assert {step["host"] for step in journey["steps"]} >= {"reg-ws-01", "med-ws-01", "lab-ws-01", "rad-ws-01", "xr-01"}
    print(f"journey: {time.monotonic() - began:.1f} s wall, {len(journey['steps'])} steps")


def test_a_wrong_ae_title_is_named(hospital: TestHospital) -> None:
    step = broken_at(walk(hospital, "-e", "ae_title=CT_9"))
    assert step["key"] == "worklist CT-CHEST"
    assert "AE title" in step["cause"]
    assert "pacs-01" in step["cause"]


def test_another_section_does_not_see_the_sample(hospital: TestHospital) -> None:
    step = broken_at(walk(hospital, "-e", "lis_client_section=hematology"))
    assert (step["key"], step["host"]) == ("measure", "lab-ws-01")
    assert "section" in step["cause"]


def test_without_the_engine_the_patient_does_not_reach_the_laboratory(hospital: TestHospital) -> None:
    with without("engine-01", "engine"):
        step = broken_at(walk(hospital))
    assert step["key"] == "lis_patient"
    assert "interface engine" in step["cause"]


def test_a_stopped_lis_is_named(hospital: TestHospital) -> None:
    with without("lis-01", "lis_server"):
        step = broken_at(walk(hospital))
    assert (step["key"], step["cause"]) == ("lis_patient", "the service on lis-01 is stopped")


def test_a_frozen_archive_is_named(hospital: TestHospital) -> None:
    with frozen("pacs-01", "orthanc"):
        step = broken_at(walk(hospital))
    assert step["key"] == "worklist CT-CHEST"
    assert step["cause"] == "pacs-01 is frozen or overloaded"


def test_a_his_that_goes_down_on_the_way_is_named_and_nothing_stays(hospital: TestHospital) -> None:
    walking = hospital.start("wardround", "prove", "clinical")
    hospital.wait_for("SELECT 1 FROM tasks WHERE task LIKE '%Order the test%' AND status = 'changed'", walking)
    with without("his-01", "his_server"):
        walking.communicate(timeout=180)
    assert walking.returncode == 1
    steps = json.loads(hospital.rows("SELECT steps FROM journeys ORDER BY seq DESC LIMIT 1")[0]["steps"])
    assert any("his-01 is stopped" in step["cause"] for step in steps if not step["ok"])
    assert walk(hospital)["ok"]


def test_after_a_crash_the_next_journey_clears_away_first(hospital: TestHospital) -> None:
    since = hospital.rows("SELECT max(seq) AS seq FROM tasks")[0]["seq"]
    walking = hospital.start("ansible-playbook", "playbooks/prove_clinical.yml")
    hospital.wait_for(f"SELECT 1 FROM tasks WHERE seq > {since} AND task LIKE '%Register the patient%'", walking)
    kill(walking)
    journey = walk(hospital)
    assert journey["ok"], journey["printed"]
    assert [step["ok"] for step in journey["steps"] if step["key"].startswith("clear")] == [True] * 3
