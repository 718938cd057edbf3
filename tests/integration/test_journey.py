"""The patient's journey on the running hospital: proved, and broken in every way that a hospital breaks it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from lab.podman import podman
from tests.integration.bystander import bystander
from tests.integration.rehearsal import TestHospital, kill, written

# What the interface engine has sent, as it is on its disk: kind and bytes of each message of a patient.
SENT = """
import json, sqlite3, sys
journal = sqlite3.connect("file:/var/lib/engine/engine.db?mode=ro", uri=True)
query = "SELECT kind, hex(CAST(message AS BLOB)) FROM outbox WHERE subject = ? AND message LIKE 'MSH|%' ORDER BY id"
print(json.dumps(journal.execute(query, sys.argv[1:]).fetchall()))
"""
# A fault between two steps: what the patient had in the LIS is gone before the ward's order comes there.
ORDER = "    - name: Order the test on the ward\n"
LOSE = """\
    - name: Lose the patient in the LIS
      wardround.hospital.gnuhealth_record:
        settings: /etc/wardround/lis_server/admin.json
        state: absent
        records:
          - {model: gnuhealth.patient, match: [["party.ref", "=", "{{ visit.puid }}"]]}
          - {model: gnuhealth.pol, match: [["person.ref", "=", "{{ visit.puid }}"]]}
          - {model: gnuhealth.person_name, match: [["party.ref", "=", "{{ visit.puid }}"]]}
          - {model: party.party, match: [["ref", "=", "{{ visit.puid }}"]]}
      delegate_to: "{{ journey.lis }}"

"""


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
    """The step at which a journey broke. One printed sentence says the step, the host, what was found and the cause."""
    assert not journey["ok"]
    step: dict[str, Any] = next(step for step in journey["steps"] if not step["ok"])
    assert all(step[part] for part in ("name", "host", "found", "cause")), step
    sentence = f"{step['name']} at {step['host']} failed: {step['found']}; likely cause: {step['cause']}"
    assert [line for line in journey["printed"].splitlines() if sentence in line], (sentence, journey["printed"])
    return step


def proved(journey: dict[str, Any]) -> set[str]:
    """Keys of the steps that were proved."""
    return {step["key"] for step in journey["steps"] if step["ok"]}


def puid(journey: dict[str, Any]) -> str:
    """The identifier of a journey's patient, as the registration desk read it."""
    (found,) = [step["found"] for step in journey["steps"] if step["key"] == "register"]
    return str(found).removeprefix("王小明 (").removesuffix(")")


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


def test_the_journey_is_proved_and_the_name_is_right_in_every_message_of_it(hospital: TestHospital) -> None:
    journey = walk(hospital)
    assert journey["ok"], journey["printed"]
    hosts = {"reg-ws-01", "med-ws-01", "lab-ws-01", "rad-ws-01", "xr-01", "engine-01"}
    assert {step["host"] for step in journey["steps"]} >= hosts
    sent = json.loads(podman("exec", "wr-engine-01", "python3", "-c", SENT, puid(journey)))
    assert {kind for kind, _message in sent} >= {"ADT^A04", "OML^O21", "ORM^O01", "ORU^R01"}, sent
    for kind, message in sent:
        segments = [segment.split(b"|") for segment in bytes.fromhex(message).split(b"\r")]
        (msh,), (pid,) = ([one for one in segments if one[0] == name] for name in (b"MSH", b"PID"))
        assert msh[17] == b"UNICODE UTF-8", (kind, msh)  # MSH-1 is the separator itself
        legal, *_spellings = pid[5].split(b"~")
        assert legal.startswith(b"\xe7\x8e\x8b^\xe5\xb0\x8f\xe6\x98\x8e^"), (kind, pid)  # 王^小明 in UTF-8


def test_a_device_that_asks_under_a_wrong_ae_title_is_named(hospital: TestHospital) -> None:
    with written(hospital.root / "inventories/lab/hosts.yml", "ae_title: CT_1\n", "ae_title: CT_9\n"):
        journey = walk(hospital)
    step = broken_at(journey)
    assert (step["key"], step["host"]) == ("worklist CT-CHEST", "ct-01")
    # The archive is called by its own title, so that only the device's can be what it refuses.
    assert "WR_PACS at " in step["found"] and "Calling AE Title Not Recognized" in step["found"]
    assert "it does not know CT_9 from this host's address" in step["found"]
    assert step["cause"] == "pacs-01 does not know ct-01 by this AE title"
    assert proved(journey) >= {"open ECG-12", "open XR-CHEST"}


@pytest.mark.long
def test_an_engine_that_names_no_character_set_is_named(hospital: TestHospital) -> None:
    told = 'command: [engine, messages, "{puid}"]'
    without_msh_18 = """command: [sh, -c, "engine messages {puid} | sed 's/UNICODE UTF-8//'"]"""
    with written(hospital.root / "inventories/lab/group_vars/all/journey.yml", told, without_msh_18):
        step = broken_at(walk(hospital))
    assert (step["key"], step["host"]) == ("messages", "engine-01")
    assert step["found"] == "MSH-18 of ADT^A04 says nothing, not UNICODE UTF-8"


def test_another_section_does_not_see_the_sample(hospital: TestHospital) -> None:
    step = broken_at(walk(hospital, "-e", "lis_client_section=hematology"))
    assert (step["key"], step["host"]) == ("measure", "lab-ws-01")
    assert step["cause"] == (
        "lab-ws-01 looks at another section: the sample was measured in biochemical (lis_client_section)"
    )


def test_a_patient_whom_the_lis_no_longer_knows_is_named(hospital: TestHospital) -> None:
    with written(hospital.root / "playbooks/tasks/journey_laboratory.yml", ORDER, LOSE + ORDER):
        journey = walk(hospital)
    step = broken_at(journey)
    assert (step["key"], step["host"]) == ("measure", "lab-ws-01")
    assert step["cause"] == "lis-01 does not know the patient any more: was the record deleted or merged there?"
    assert proved(journey) >= {"lis_patient", "order", "clear lis-01"}
    refused = json.loads(podman("exec", "wr-engine-01", "engine", "status"))["refused"]
    reasons = {one["kind"]: one["reason"] for one in refused if one["subject"] == puid(journey)}
    assert f"MSA|AE: the LIS knows no patient {puid(journey)}" in reasons["OML^O21"]


@pytest.mark.long
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


@contextmanager
def small_disk(host: str, folder: str) -> Iterator[None]:
    """A disk of 70 MB for the images; the service sees a mount only after a restart."""
    owner = podman("exec", f"wr-{host}", "id", "-u", "orthanc").strip()
    podman("exec", f"wr-{host}", "mount", "-t", "tmpfs", "-o", f"size=70m,mode=0750,uid={owner}", "none", folder)
    try:
        podman("exec", f"wr-{host}", "systemctl", "restart", "orthanc")
        yield
    finally:
        podman("exec", f"wr-{host}", "systemctl", "stop", "orthanc")
        podman("exec", f"wr-{host}", "umount", folder)
        podman("exec", f"wr-{host}", "systemctl", "start", "orthanc")


@pytest.mark.long
def test_an_archive_whose_disk_is_full_is_named(hospital: TestHospital) -> None:
    with small_disk("pacs-01", "/var/lib/orthanc/db-v6"):
        step = broken_at(walk(hospital))
    assert (step["key"], step["host"]) == ("store CT-CHEST", "ct-01")
    assert "0xa700 Refused: Out of resources" in step["found"]
    full = r"the disk of pacs-01 is full: \d\d MB are free, 1024 MB are kept in reserve"
    assert re.fullmatch(full, step["cause"]), step
    assert walk(hospital)["ok"]


def test_a_his_that_goes_down_on_the_way_is_named_and_nothing_stays(hospital: TestHospital) -> None:
    walking = hospital.start("wardround", "prove", "clinical")
    hospital.wait_for("SELECT 1 FROM tasks WHERE task LIKE '%Order the test%' AND status = 'changed'", walking)
    with without("his-01", "his_server"):
        walking.communicate(timeout=180)
    assert walking.returncode == 1
    steps = json.loads(hospital.rows("SELECT steps FROM journeys ORDER BY seq DESC LIMIT 1")[0]["steps"])
    failed = [step for step in steps if not step["ok"]]
    asked = [step for step in failed if not step["found"].startswith("not reached") and step["key"] != "clear his-01"]
    assert asked and "the service on his-01 is stopped" in {step["cause"] for step in asked}, failed
    assert {"clear lis-01", "clear pacs-01"} <= {step["key"] for step in steps if step["ok"]}, failed
    assert walk(hospital)["ok"]


def test_after_a_crash_the_next_journey_clears_away_first_and_nobody_else(hospital: TestHospital) -> None:
    done = "SELECT seq, status FROM tasks WHERE seq > ? AND host = ? AND task LIKE ? ORDER BY seq"
    since = hospital.rows("SELECT max(seq) AS seq FROM tasks")[0]["seq"]
    walking = hospital.start("ansible-playbook", "playbooks/prove_clinical.yml")
    hospital.wait_for(f"SELECT 1 FROM tasks WHERE seq > {since} AND task LIKE '%Register the patient%'", walking)
    kill(walking)
    since = hospital.rows("SELECT max(seq) AS seq FROM tasks")[0]["seq"]
    with bystander(hospital) as left:
        assert left() == (1, 1)
        journey = walk(hospital)
        assert left() == (1, 1)
    assert journey["ok"], journey["printed"]
    assert [step["ok"] for step in journey["steps"] if step["key"].startswith("clear")] == [True] * 3
    first, *_last = hospital.rows(done, since, "his-01", "%Delete what test patients had%")
    (begun,) = hospital.rows(done, since, "localhost", "%Register the patient%")
    assert (first["status"], first["seq"] < begun["seq"]) == ("changed", True)


@pytest.mark.long
def test_an_archive_that_stops_before_the_end_is_not_called_clear(hospital: TestHospital) -> None:
    before = "- name: Clear away what this journey made\n"
    stop = """\
- name: Stop the archive
  hosts: pacs_servers
  gather_facts: false
  tasks:
    - name: Stop it
      ansible.builtin.command: systemctl stop orthanc

"""
    try:
        with written(hospital.root / "playbooks/prove_clinical.yml", before, stop + before):
            step = broken_at(walk(hospital))
    finally:
        podman("exec", "wr-pacs-01", "systemctl", "start", "orthanc")
    assert (step["key"], step["cause"]) == ("clear pacs-01", "the service on pacs-01 is stopped")
    assert walk(hospital)["ok"]
