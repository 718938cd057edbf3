"""What is asked of dcmtk, and what its answers mean. The log lines are dcmtk 3.6's own."""

from __future__ import annotations

import json
import socket
import stat
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import dicom
from ansible_collections.wardround.hospital.plugins.module_utils.dicom import DicomError

PEER = {"calling_ae": "RAD_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}
FINAL = "Received Final Find Response (Success)"


@pytest.mark.parametrize("title", ["RAD_1", "A", "SIXTEEN_CHARS_16", " RAD 1 "])
def test_ae_titles_of_the_standard(title: str) -> None:
    assert dicom.ae_title(title) == title.strip()


@pytest.mark.parametrize("title", ["", "   ", "SEVENTEEN_CHARS_17", "A\\B", "放射", "A\nB"])
def test_other_ae_titles_are_refused(title: str) -> None:
    with pytest.raises(DicomError, match="AE title"):
        dicom.ae_title(title)


def test_a_settings_file_says_who_asks_whom(tmp_path: Path) -> None:
    path = tmp_path / "dicom.json"
    peers = [{"name": "pacs-01", "ae_title": "WR_PACS", "address": "10.87.20.11", "port": 4242}]
    path.write_text(json.dumps({"ae_title": "RAD_1", "peers": peers}))
    assert dicom.association({"settings": str(path), "peer": "pacs-01"}) == PEER
    with pytest.raises(DicomError, match=r"names no peer 'pacs-02'; it has: pacs-01"):
        dicom.association({"settings": str(path), "peer": "pacs-02"})
    with pytest.raises(DicomError, match="could not be read"):
        dicom.association({"settings": str(tmp_path / "none.json"), "peer": "pacs-01"})


@pytest.mark.parametrize(
    ("host", "port"), [("-oProxyCommand=x", 104), ("a b", 104), ("", 104), ("pacs", 0), ("pacs", 70000)]
)
def test_hostile_hosts_and_ports_are_refused(host: str, port: int) -> None:
    with pytest.raises(DicomError):
        dicom.association({"settings": None, "calling_ae": "A", "called_ae": "B", "host": host, "port": port})


def test_the_query_names_level_keys_and_model() -> None:
    command = dicom.find_command(PEER, "STUDY", {"PatientName": "*", "00100020": ""}, "/tmp/x", 5)
    assert command[:7] == ["findscu", "-S", "-k", "QueryRetrieveLevel=STUDY", "-X", "-od", "/tmp/x"]
    assert command[-6:] == ["-k", "0010,0020", "-k", "PatientName=*", "10.87.20.11", "4242"]
    assert dicom.find_command(PEER, "PATIENT", {}, "/tmp/x", 5)[1] == "-P"


def test_a_chinese_key_is_sent_as_utf8() -> None:
    command = dicom.find_command(PEER, "STUDY", {"PatientName": "*王^小明*"}, "/tmp/x", 5)
    assert "SpecificCharacterSet=ISO_IR 192" in command
    assert "PatientName=*王^小明*" in command


@pytest.mark.parametrize("key", ["-od", "Patient Name", "0010", "PatientName=x"])
def test_a_key_is_a_keyword_or_a_tag(key: str) -> None:
    with pytest.raises(DicomError, match="neither a DICOM keyword nor a tag"):
        dicom.find_command(PEER, "STUDY", {key: ""}, "/tmp/x", 5)


@pytest.mark.parametrize(
    ("log", "said"),
    [
        (f"I: Requesting Association\nI: {FINAL}\n", None),
        (
            "E: Association Rejected:\nE: Reason: Called AE Title Not Recognized\n",
            "Association Rejected; Reason: Called",
        ),
        (
            "F: Association Request Failed: 0006:031c TCP Initialization Error: Connection refused\n",
            "Connection refused",
        ),
        ("I: Association Accepted\nE: Find Request Failed: 0006:0317 Peer aborted Association\n", "Peer aborted"),
        (f"I: {FINAL}\nE: writing failed\n", "writing failed"),
        ("W: Received Final Find Response (Refused: OutOfResources)\n", "the peer answered Refused: OutOfResources"),
        ("I: Association Accepted\n", "no final answer"),
        ("", "no final answer"),
    ],
)
def test_only_the_peers_own_success_counts(log: str, said: str | None) -> None:
    found = dicom.refusal(log, FINAL)
    assert (found is None) == (said is None)
    assert found is None or str(said) in found


def test_a_data_set_becomes_plain_values() -> None:
    dataset: dict[str, Any] = {
        "00100010": {"vr": "PN", "Value": [{"Alphabetic": "Wang^XiaoMing", "Ideographic": "王^小明"}]},
        "00100020": {"vr": "LO", "Value": ["WR-0001"]},
        "00080061": {"vr": "CS", "Value": ["CT", "SR"]},
        "00081030": {"vr": "LO"},
        "00091001": {"vr": "LO", "Value": ["x"]},
        "00081140": {"vr": "SQ", "Value": [{"00080018": {"vr": "UI", "Value": ["1.2"]}}]},
    }
    assert dicom.flatten(dataset) == {
        "PatientName": "Wang^XiaoMing=王^小明",
        "PatientID": "WR-0001",
        "ModalitiesInStudy": ["CT", "SR"],
        "StudyDescription": None,
        "00091001": "x",
        "00081140": [{"SOPInstanceUID": "1.2"}],
    }


def test_a_name_in_ideographs_only_keeps_its_place() -> None:
    assert dicom.flatten({"00100010": {"vr": "PN", "Value": [{"Ideographic": "王^小明"}]}}) == {
        "PatientName": "=王^小明"
    }


def tool(folder: Path, name: str, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder / name
    path.write_text("#!/bin/sh\n" + script)
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", str(folder), prepend=":")


def test_an_exit_code_of_zero_proves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "findscu", "echo 'E: Association Aborted' >&2; exit 0\n", monkeypatch)
    with pytest.raises(DicomError, match="Association Aborted"):
        dicom.find(PEER, "STUDY", {}, 5)


def test_no_match_is_an_empty_list(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tool(tmp_path, "findscu", f"echo 'I: {FINAL}' >&2\n", monkeypatch)
    assert dicom.find(PEER, "STUDY", {}, 5) == []


def test_a_worklist_question_reaches_into_the_step_and_asks_for_what_a_device_needs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, "findscu", f"echo \"$@\" > {tmp_path}/asked; echo 'I: {FINAL}' >&2\n", monkeypatch)
    step = {"Modality": "CT", "ScheduledStationAETitle": "CT_1"}
    assert dicom.worklist(PEER, {"AccessionNumber": "A 1", "ScheduledProcedureStepSequence": step}, 5) == []
    asked = (tmp_path / "asked").read_text()
    assert "-W -X" in asked
    for key in ("AccessionNumber=A 1", "ScheduledProcedureStepSequence[0].Modality=CT", "StudyInstanceUID"):
        assert f"-k {key}" in asked
    assert "-k ScheduledProcedureStepSequence[0].ScheduledProcedureStepID " in asked


@pytest.mark.parametrize("step", [[{}, {}], ["CT"], "CT"])
def test_what_is_asked_of_a_step_is_one_mapping(step: Any) -> None:
    with pytest.raises(DicomError, match="one mapping"):
        dicom.worklist(PEER, {"ScheduledProcedureStepSequence": step}, 5)


@pytest.mark.parametrize(
    ("logged", "said"),
    [
        (
            "I: Requesting Association' 'I: Association Accepted (Max Send PDV: 16372)",
            "WR_PACS at 127.0.0.1 port {port} accepted the association and answered nothing within 0.3 s",
        ),
        ("I: Requesting Association", "took the connection and did not answer the association within 0.3 s"),
        ("", "no answer within 0.3 s"),
    ],
)
def test_the_deadline_is_our_own_and_says_how_far_the_question_came(
    logged: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, "echoscu", f"printf '%s\\n' '{logged}' >&2; exec sleep 30\n", monkeypatch)
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with pytest.raises(DicomError) as refused:
            dicom.echo(dict(PEER, host="127.0.0.1", port=port), 0.3)
    assert said.format(port=port) in str(refused.value)


def test_a_machine_that_takes_no_connection_is_told_from_a_hanging_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tool(tmp_path, "echoscu", "echo 'I: Requesting Association' >&2; exec sleep 30\n", monkeypatch)
    with pytest.raises(DicomError, match="no answer within"):
        dicom.echo(dict(PEER, host="127.0.0.1", port=9), 0.3)


def test_the_question_itself_is_no_part_of_an_error() -> None:
    log = "E: Find Failed, query keys:\nE: \nE: # Dicom-Data-Set\nE: (0010,0010) PN [Wang]  #\n"
    log += "E: 0006:0317 Peer aborted Association (or never connected)\n"
    assert dicom.refusal(log, FINAL) == "0006:0317 Peer aborted Association (or never connected)"


def test_a_refusal_names_the_peer_and_the_likely_cause() -> None:
    said = dicom.told("Association Rejected; Reason: Calling AE Title Not Recognized", PEER)
    assert said.startswith("WR_PACS at 10.87.20.11 port 4242: Association Rejected")
    assert said.endswith("(it does not know RAD_1 from this host's address)")


def test_a_missing_dcmtk_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(DicomError, match="is dcmtk installed"):
        dicom.echo(PEER, 1)
