"""One roll-out under every kind of disturbance. The tests are one story: each goes on where the one before ended."""

from __future__ import annotations

import base64
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator

import pytest

from lab import faults
from lab.paths import SECRETS
from lab.podman import podman
from tests.integration.rehearsal import DESKS, TestHospital, kill

OLD, NEW = "3.12.0", "3.13.2"
PLAN = f"plans/pacs_client-{NEW}.plan.json"
BY_HAND = ("ansible-playbook", "-i", "inventories/lab", "-i", PLAN)


@pytest.fixture(scope="module", autouse=True)
def planned(hospital: TestHospital) -> None:
    """A plan, written but not yet approved."""
    hospital.set_version("pacs_client", "wanted", NEW)
    made = hospital.call("wardround", "plan", "upgrade", "pacs_client", "-o", PLAN)
    assert made.returncode == 0, made.stdout + made.stderr


def refused(hospital: TestHospital, *arguments: str) -> str:
    """A run of the upgrade by hand that must fail and change nothing; what it printed."""
    done = hospital.call(*arguments)
    assert done.returncode != 0, done.stdout
    for host in ("rad-ws-01", "reg-ws-02"):
        assert hospital.served(host) == OLD
    return done.stdout + done.stderr


def test_an_unapproved_plan_is_refused_by_command_and_by_hand(hospital: TestHospital) -> None:
    done = hospital.call("wardround", "apply", PLAN)
    assert done.returncode == 2
    assert "not approved" in done.stderr
    assert "not approved" in refused(hospital, *BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_01")


def test_the_approved_plan_has_a_canary_and_three_waves(hospital: TestHospital) -> None:
    hospital.plan_and_commit("pacs_client", NEW, f"Roll out {NEW}")
    plan = json.loads((hospital.root / PLAN).read_text())
    assert [wave["kind"] for wave in plan["waves"]] == ["canary", "wave", "wave", "wave"]
    assert sorted(host["name"] for wave in plan["waves"] for host in wave["hosts"]) == list(DESKS)


def test_no_wave_passes_by_its_gate(hospital: TestHospital) -> None:
    upgrade = (*BY_HAND, "playbooks/upgrade.yml")
    assert "no baseline" in refused(hospital, *upgrade, "--limit", "wave_01")
    assert "mixes wave_0" in refused(hospital, *upgrade)
    assert "0 waves" in refused(hospital, *upgrade, "--limit", "pacs-01")
    assert "no plan in the inventory" in refused(
        hospital, "ansible-playbook", "playbooks/upgrade.yml", "--limit", "rad-ws-01"
    )
    assert "intent" in refused(hospital, *upgrade, "--limit", "wave_01", "--skip-tags", "always")
    assert "no hosts" in refused(hospital, *upgrade, "--limit", "wave_09").lower()


def test_by_hand_a_baseline_opens_the_first_wave_only(hospital: TestHospital) -> None:
    proof = hospital.call(*BY_HAND, "playbooks/prove_product.yml", "--limit", "planned")
    assert proof.returncode == 0, proof.stdout
    assert "the patient's journey was not walked" in refused(
        hospital, *BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_01"
    )
    journey = hospital.call(*BY_HAND, "playbooks/prove_clinical.yml")
    assert journey.returncode == 0, journey.stdout
    said = refused(hospital, *BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_02")
    assert "gate after wave_01" in said
    dry = hospital.call(*BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_01", "--check", "--diff")
    assert dry.returncode == 0, dry.stdout
    assert NEW in dry.stdout
    assert hospital.served("rad-ws-01") == OLD
    assert not hospital.rows("SELECT * FROM intents")


def test_killed_before_the_switch_apply_goes_on(hospital: TestHospital) -> None:
    apply = hospital.start("wardround", "apply", PLAN)
    hospital.wait_for("SELECT 1 FROM intents WHERE state = 'open'", apply)
    kill(apply)
    second = hospital.call("wardround", "apply", PLAN, "--through", "wave_01")
    assert second.returncode == 0, second.stdout + second.stderr
    assert not hospital.playbook_processes()
    states = hospital.states()
    assert (states["rad-ws-01"], states["reg-ws-01"]) == ("done", "done")


def test_the_whole_group_killed_after_a_switch_apply_goes_on(hospital: TestHospital) -> None:
    apply = hospital.start("wardround", "apply", PLAN)
    hospital.wait_for("SELECT 1 FROM intents WHERE state = 'open' AND wave = 'wave_02'", apply)
    host = hospital.rows("SELECT host FROM intents WHERE state = 'open'")[0]["host"]
    deadline = time.monotonic() + 60
    while hospital.served(host) != NEW:
        assert time.monotonic() < deadline
        time.sleep(0.02)
    group = hospital.rows("SELECT pgid FROM runs WHERE ended IS NULL AND pgid IS NOT NULL")[-1]["pgid"]
    os.killpg(group, signal.SIGKILL)
    kill(apply)
    second = hospital.call("wardround", "apply", PLAN, "--through", "wave_02")
    assert second.returncode == 0, second.stdout + second.stderr
    assert not hospital.playbook_processes()
    assert hospital.states()[host] == "done"


def test_two_operators_cannot_run_the_same_roll_out(hospital: TestHospital) -> None:
    apply = hospital.start("wardround", "apply", PLAN, "--through", "wave_03")
    hospital.wait_for("SELECT 1 FROM intents WHERE state = 'open' AND wave = 'wave_03'", apply)
    second = hospital.call("wardround", "apply", PLAN)
    assert second.returncode == 4
    assert "is locked by" in second.stderr
    by_hand = hospital.call(*BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_04")
    assert by_hand.returncode != 0
    # Third point: the controller dies while its run goes on; the run must not begin another host.
    kill(apply)
    third = hospital.call("wardround", "apply", PLAN, "--through", "wave_03")
    assert third.returncode == 0, third.stdout + third.stderr


def test_a_halt_stops_the_next_host(hospital: TestHospital) -> None:
    assert hospital.call("wardround", "halt", "smoke in the server room").returncode == 0
    held = hospital.call("wardround", "apply", PLAN)
    assert held.returncode == 3
    assert "smoke in the server room" in held.stdout
    by_hand = hospital.call(*BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_04")
    assert "smoke in the server room" in by_hand.stdout
    assert hospital.call("wardround", "resume").returncode == 0


def test_an_inventory_edited_in_mid_rollout_is_refused(hospital: TestHospital) -> None:
    path = hospital.root / "inventories/lab/group_vars/all/hospital.yml"
    text = path.read_text()
    path.write_text(text.replace("floor: 1", "floor: 0"))
    refusal = hospital.call("wardround", "apply", PLAN)
    path.write_text(text)
    assert refusal.returncode == 5
    assert "plan again" in refusal.stderr


def test_the_last_wave_runs_by_plain_ansible(hospital: TestHospital) -> None:
    assert hospital.call(*BY_HAND, "playbooks/upgrade.yml", "--limit", "wave_04").returncode == 0
    assert hospital.rows("SELECT kind FROM runs ORDER BY rowid DESC")[0]["kind"] == "hand"
    finish = hospital.call("wardround", "apply", PLAN)
    assert finish.returncode == 0, finish.stdout + finish.stderr
    assert f"current: {NEW}" in finish.stdout


def test_every_desk_is_on_the_new_release_and_none_was_switched_twice(hospital: TestHospital) -> None:
    assert set(hospital.states().values()) == {"done"}
    for host in DESKS:
        assert hospital.served(host) == NEW
        assert [(line["from"], line["to"]) for line in hospital.switches(host)] == [(None, OLD), (OLD, NEW)], host
    assert not hospital.rows("SELECT * FROM intents WHERE state IN ('open', 'unknown')")
    assert not hospital.rows("SELECT * FROM locks")


def test_converge_does_not_move_a_version_and_says_so(hospital: TestHospital) -> None:
    done = hospital.call("ansible-playbook", "playbooks/converge.yml", "--limit", "rad-ws-01")
    assert done.returncode == 0, done.stdout
    assert "drift" in done.stdout + done.stderr
    assert hospital.served("rad-ws-01") == NEW


def test_a_rollout_is_taken_back_whole(hospital: TestHospital) -> None:
    done = hospital.call("wardround", "rollback", PLAN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert {hospital.served(host) for host in DESKS} == {OLD}
    again = hospital.call("wardround", "apply", PLAN)
    assert again.returncode == 3
    assert "taken back whole" in again.stdout


@pytest.fixture
def without_a_journey(hospital: TestHospital) -> Iterator[None]:
    """The hospital names nobody who takes part in a journey: its roll-outs have none."""
    path = hospital.root / "inventories/lab/group_vars/all/journey.yml"
    text = path.read_text(encoding="utf-8")
    path.unlink()
    yield
    path.write_text(text, encoding="utf-8")


@pytest.mark.usefixtures("without_a_journey")
def test_a_canary_lost_in_mid_change_is_unknown_and_taken_back_when_it_returns(hospital: TestHospital) -> None:
    plan = f"plans/pacs_client-{NEW}-again.plan.json"
    hospital.call("wardround", "plan", "upgrade", "pacs_client", "-o", plan)
    fresh = TestHospital("test-hospital")
    fresh.state = hospital.state.with_name("test-hospital-second")
    shutil.rmtree(fresh.state, ignore_errors=True)
    fresh.environment = {**hospital.environment, "WARDROUND_STATE": str(fresh.state)}
    apply = fresh.start("wardround", "apply", plan, "--unreviewed", "a test of a lost canary")
    fresh.wait_for("SELECT 1 FROM intents WHERE state = 'open' AND host = 'reg-ws-01'", apply)
    faults.cut("reg-ws-01")
    try:
        said = apply.communicate(timeout=300)[0]
    finally:
        faults.heal("reg-ws-01")
    assert apply.returncode == 3, said
    assert "unknown" in said
    assert fresh.states()["reg-ws-01"] == "unknown"
    assert fresh.rows("SELECT unreviewed FROM rollouts")[0]["unreviewed"] == "a test of a lost canary"
    healed = fresh.call("wardround", "apply", plan, "--unreviewed", "a test of a lost canary")
    assert healed.returncode == 3, healed.stdout + healed.stderr
    assert fresh.states()["reg-ws-01"] == "rolled_back"
    assert fresh.served("reg-ws-01") == OLD
    label = fresh.call("wardround", "classify", "reg-ws-01", "--as", "machine", "--reason", "its cable was pulled")
    assert label.returncode == 0, label.stderr
    assert fresh.states()["reg-ws-01"] == "set_aside"


@pytest.mark.long
def test_a_client_of_another_series_is_held_at_its_first_wave_and_taken_back(hospital: TestHospital) -> None:
    old, strange = "5.0.0", "5.0.3-lab1"
    hospital.set_version("his_client", "wanted", strange)
    try:
        path = hospital.plan_and_commit("his_client", strange, f"Roll out the HIS client {strange}")
        held = hospital.call("wardround", "apply", str(path))
    finally:
        hospital.set_version("his_client", "wanted", old)
    assert held.returncode == 3, held.stdout + held.stderr
    said = held.stdout.splitlines()[-1]
    wanted = "server his-01 speaks 5.0 (Tryton 7.0): client 5.0.x is wanted"
    assert f"client {strange} is for Tryton 6.0, {wanted}" in said
    first, *later = json.loads((hospital.root / path).read_text())["waves"]
    changed, states = {host["name"] for host in first["hosts"]}, hospital.states()
    assert later and "taken back and proved" in said
    assert {states.pop(host) for host in changed} == {"rolled_back"}
    assert set(states.values()) == {"waiting"}
    begun = hospital.rows("SELECT DISTINCT host FROM intents WHERE to_version = ?", strange)
    assert {row["host"] for row in begun} == changed
    for host in (*changed, *states):
        release = podman("exec", f"wr-{host}", "cat", "/opt/wardround/his_client/current/release.json")
        assert json.loads(release)["version"] == old, host


def test_no_secret_is_left_in_the_record_or_in_what_runs_printed(hospital: TestHospital) -> None:
    password = (SECRETS / "orthanc_password").read_text().strip()
    canaries = [password.encode(), base64.b64encode(f"workstation:{password}".encode())]
    kept = [path for path in hospital.state.parent.glob("test-hospital-*/**/*") if path.is_file()]
    assert any(path.name == "stdout" for path in kept)
    leaks = [path for path in kept for canary in canaries if canary in path.read_bytes()]
    assert leaks == []
