"""Each device sends and sees what its agreement says, and is refused all else with a sentence that says why."""

from __future__ import annotations

import datetime
import shlex
from collections.abc import Iterator
from typing import Any

import pytest

LOG = "cat /var/log/orthanc/Orthanc.log*"
ORDER = """MSH|^~\\&|ENGINE|WARDROUND|WORKLIST|PACS|20261123101500||ORM^O01^ORM_O01|E1|P|2.5.1||||||UNICODE UTF-8
PID|1||WRT0001^^^HIS^PI||王^小明^^^^^L^I~Wang^XiaoMing^^^^^L^A||19710608|M
ORC|{control}|{accession}
OBR|1|||{modality}-TEST||||||||||||||{accession}|||{station}|||{modality}||||||||||||29991231103000
"""
ORDERS = [("REQ1", "CT", "CT_1"), ("REQ2", "CT", "CT_2"), ("REQ3", "ECG", "ECG_1"), ("REQ4", "ECG", "")]


def store(ask: Any, device: str, **more: Any) -> dict[str, Any]:
    return dict(ask("dicom_store", device, source="/tmp/CT_small.dcm", **more))


def instances(host: Any) -> str:
    return str(host.check_output("curl -s -u workstation:secret http://127.0.0.1:8042/statistics"))


def send(host: Any, control: str) -> None:
    keys = ("accession", "modality", "station")
    orders = [ORDER.format(control=control, **dict(zip(keys, order, strict=True))) for order in ORDERS]
    said = host.check_output(f"python3 /tmp/mllp.py 127.0.0.1 {shlex.join(orders)}")
    assert said.count("MSA|AA") == len(ORDERS), said


@pytest.fixture(scope="module")
def worklist(host: Any) -> Iterator[None]:
    """Orders for two CT scanners, one ECG recorder, and any ECG recorder."""
    send(host, "NW")
    yield
    send(host, "CA")


def seen(found: dict[str, Any]) -> list[str]:
    assert not found["failed"], found
    return sorted(match["AccessionNumber"] for match in found["matches"])


def test_a_device_sends_in_the_syntaxes_of_its_agreement(host: Any, ask: Any) -> None:
    values = {"PatientName": "Wang^XiaoMing=王^小明", "StudyInstanceUID": "2.25.7"}
    assert store(ask, "CT_1", values=values)["transfer_syntax"] == "ExplicitVRLittleEndian"
    old = store(ask, "XR/1", values=values | {"StudyInstanceUID": "2.25.8"}, transfer_syntax="ImplicitVRLittleEndian")
    assert (old["status"], old["transfer_syntax"]) == ("Success", "ImplicitVRLittleEndian")
    (found,) = ask("dicom_find", "RAD_1", keys={"StudyInstanceUID": "2.25.8", "PatientName": ""})["matches"]
    assert found["PatientName"] == "Wang^XiaoMing=王^小明"


def test_another_syntax_is_refused_and_not_stored(host: Any, ask: Any) -> None:
    before = instances(host)
    found = store(ask, "XR/1", values={"StudyInstanceUID": "2.25.9"}, transfer_syntax="ExplicitVRLittleEndian")
    assert found["failed"]
    assert "it may not take this from XR/1 (transfer syntax?)" in found["msg"]
    assert instances(host) == before
    assert "XR/1 may not send transfer syntax 1.2.840.10008.1.2.1" in host.check_output(LOG)


@pytest.mark.usefixtures("worklist")
def test_a_device_sees_its_own_part_of_the_worklist(ask: Any) -> None:
    own = ask("dicom_worklist", "CT_1")
    assert seen(own) == ["REQ1"]
    (match,) = own["matches"]
    assert (match["PatientName"], match["PatientID"]) == ("Wang^XiaoMing=王^小明", "WRT0001")
    (step,) = match["ScheduledProcedureStepSequence"]
    assert (step["ScheduledStationAETitle"], step["Modality"]) == ("CT_1", "CT")
    assert seen(ask("dicom_worklist", "ECG_1")) == ["REQ3", "REQ4"]
    named = {"ScheduledProcedureStepSequence": {"ScheduledStationAETitle": "CT_1", "Modality": "CT"}}
    assert seen(ask("dicom_worklist", "CT_1", keys=named)) == ["REQ1"]


@pytest.mark.usefixtures("worklist")
@pytest.mark.parametrize(
    ("asked", "logged"),
    [
        ({"ScheduledStationAETitle": "CT_2"}, "CT_1 asked for the worklist of station CT_2, it may see only CT_1"),
        ({"Modality": "ECG"}, "CT_1 asked for the worklist of modality ECG, it may see only CT"),
    ],
)
def test_a_device_that_asks_for_anothers_worklist_is_refused(
    host: Any, ask: Any, asked: dict[str, str], logged: str
) -> None:
    found = ask("dicom_worklist", "CT_1", keys={"ScheduledProcedureStepSequence": asked})
    assert found["failed"]
    assert "the peer answered Failed: UnableToProcess (it may not let CT_1 ask this; its log says why)" in found["msg"]
    assert logged in host.check_output(LOG)


@pytest.mark.parametrize(
    ("module", "device", "arguments"),
    [
        ("dicom_worklist", "XR/1", {}),
        ("dicom_worklist", "RAD_1", {}),
        ("dicom_find", "CT_1", {"keys": {"PatientID": ""}}),
    ],
    ids=["device without worklist", "desk", "device that searches patients"],
)
def test_what_the_agreement_does_not_name_is_refused(
    ask: Any, module: str, device: str, arguments: dict[str, Any]
) -> None:
    found = ask(module, device, **arguments)
    assert found["failed"]
    assert f"it may not allow {device} what was asked" in found["msg"]


def test_an_ae_title_nobody_agreed_on_is_refused_and_said(ask: Any) -> None:
    assert "it does not know CT_9 from this host's address" in store(ask, "CT_9")["msg"]
    assert "it does not call itself PACS" in ask("dicom_worklist", "CT_1", called_ae="PACS")["msg"]


def test_an_ae_title_that_another_has_is_refused(converge: Any) -> None:
    said = converge(ct_ae_title="ECG_1")
    assert "AE title ECG_1 is that of ecg; ct cannot have it too" in said
    assert said.endswith("exit 2")


def test_agreements_last_over_a_restart_of_the_archive(host: Any, ask: Any) -> None:
    ready = "for i in $(seq 50); do curl -sf -u workstation:secret http://127.0.0.1:8042/system >/dev/null && break"
    host.check_output(f"systemctl restart orthanc; {ready}; sleep 0.2; done")
    assert ask("dicom_echo", "CT_1")["answered"]


def stamp(seconds: int) -> dict[str, str]:
    made = datetime.datetime.now(datetime.UTC) + datetime.timedelta(seconds=seconds)
    stamped = {"InstanceCreationDate": made.strftime("%Y%m%d"), "InstanceCreationTime": made.strftime("%H%M%S")}
    return stamped | {"TimezoneOffsetFromUTC": "+0000", "StudyInstanceUID": f"2.25.{abs(seconds) + 100}"}


def test_a_clock_that_is_ahead_fails_and_says_by_how_much(ask: Any, converge: Any) -> None:
    assert store(ask, "CT_1", values=stamp(120))["status"] == "Success"
    said = converge()
    assert "ct, measured from wr-mol-modality-link: its clock is 1" in said
    assert "s ahead of this machine's, the limit for DICOM time stamps is 5 s (measured by its newest image)" in said
    assert said.endswith("exit 2")
    store(ask, "CT_1", values=stamp(-60))
    behind = converge()
    assert "s before it came: its clock is behind, or it sent late" in behind
    assert behind.endswith("exit 0")
    assert store(ask, "CT_1", stamp=True, values={"StudyInstanceUID": "2.25.99"})["status"] == "Success"
    right = converge()
    assert "sent late" not in right
    assert "changed=0" in right
