"""The DICOM modules as called by a playbook, with a scripted dcmtk on the path."""

import hashlib
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.modules import (
    dicom_echo,
    dicom_find,
    dicom_get,
    dicom_store,
    dicom_worklist,
    dicomweb_probe,
)

PEER = {"calling_ae": "RAD_1", "called_ae": "WR_PACS", "host": "10.87.20.11", "port": 4242}


def call(module: ModuleType, capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        module.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def dcmtk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    def script(name: str, text: str) -> None:
        (tmp_path / name).write_text("#!/bin/sh\n" + text)
        (tmp_path / name).chmod(0o755)

    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")
    return script


def test_an_echo_says_who_asked_whom(dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk("echoscu", "echo 'I: Received Echo Response (Success)' >&2\n")
    found = call(dicom_echo, capsys, **PEER)
    assert (found["answered"], found["association"], found["changed"]) == (True, PEER, False)
    assert found["seconds"] >= 0


def test_a_refused_echo_fails_with_the_reason_and_the_time(dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk("echoscu", "echo 'F: Reason: Called AE Title Not Recognized' >&2\n")
    found = call(dicom_echo, capsys, **PEER)
    assert (found["failed"], found["msg"]) == (
        True,
        "C-ECHO: WR_PACS at 10.87.20.11 port 4242: Reason: Called AE Title Not Recognized"
        " (it does not call itself WR_PACS)",
    )
    assert "answered" not in found
    assert found["seconds"] >= 0


def test_a_find_returns_its_matches(dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk(
        "findscu",
        'while [ "$1" != -od ]; do shift; done; touch "$2/rsp0001.dcm"\n'
        "echo 'I: Received Final Find Response (Success)' >&2\n",
    )
    answer = {"00100010": {"vr": "PN", "Value": [{"Ideographic": "王^小明"}]}}
    dcmtk("dcm2json", f"cat <<'END'\n{json.dumps(answer, ensure_ascii=False)}\nEND\n")
    found = call(dicom_find, capsys, keys={"PatientName": None}, **PEER)
    assert found["matches"] == [{"PatientName": "=王^小明"}]


def test_a_worklist_is_asked_until_its_entry_comes(
    dcmtk: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(dicom_worklist, "PAUSE", 0.01)
    dcmtk(
        "findscu",
        f'echo >> "{tmp_path}/asked"; while [ "$1" != -od ]; do shift; done\n'
        f'[ $(wc -l < "{tmp_path}/asked") -lt 3 ] || touch "$2/rsp0001.dcm"\n'
        "echo 'I: Received Final Find Response (Success)' >&2\n",
    )
    dcmtk("dcm2json", """echo '{"00100020": {"vr": "LO", "Value": ["WR-0001"]}}'\n""")
    assert call(dicom_worklist, capsys, **PEER)["matches"] == []
    assert call(dicom_worklist, capsys, wait=20, **PEER)["matches"] == [{"PatientID": "WR-0001"}]
    assert (tmp_path / "asked").read_text().count("\n") == 3


def test_a_worklist_that_stays_empty_is_empty_and_the_wait_counts(
    dcmtk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    dcmtk("findscu", "echo 'I: Received Final Find Response (Success)' >&2\n")
    found = call(dicom_worklist, capsys, wait=0.5, **PEER)
    assert found["matches"] == [] and found["seconds"] >= 0.5


def test_a_response_that_cannot_be_read_is_an_error(dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk(
        "findscu",
        'while [ "$1" != -od ]; do shift; done; touch "$2/rsp0001.dcm"\n'
        "echo 'I: Received Final Find Response (Success)' >&2\n",
    )
    dcmtk("dcm2json", "echo 'E: invalid file' >&2\n")
    assert call(dicom_find, capsys, keys={"PatientID": ""}, **PEER)["msg"] == (
        "C-FIND: dcm2json could not read a response: E: invalid file"
    )


@pytest.fixture
def retrieved(dcmtk: Any, tmp_path: Path) -> Path:
    """An archive that sends two objects; the arguments of the question are in the file returned."""
    dcmtk(
        "getscu",
        f'echo "$@" > {tmp_path}/asked\n'
        'while [ "$1" != -od ]; do shift; done; touch "$2/CT.1" "$2/CT.2"\n'
        "echo 'I: Received C-GET Response (Success)' >&2\n",
    )
    whose = "(0008,0005) CS [ISO_IR 192]  # 10, 1 SpecificCharacterSet\n"
    whose += "(0010,0010) PN [Wang^XiaoMing=王^小明 ]  # 26, 1 PatientName\n"
    dcmtk("dcmdump", f"cat <<'END'\n{whose}(7fe0,0010) OW 0201\\\\0403   #   4, 1 PixelData\nEND\n")
    return tmp_path / "asked"


def test_a_study_is_retrieved_and_each_object_told_by_its_bytes(
    retrieved: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = call(dicom_get, capsys, study_instance_uid="1.2.840.3", **PEER)
    one = {"bytes": 4, "sha256": hashlib.sha256(b"\1\2\3\4").hexdigest()}
    one |= {"PatientName": "Wang^XiaoMing=王^小明", "PatientID": "", "SpecificCharacterSet": "ISO_IR 192"}
    assert (found["objects"], found["changed"], found["association"]) == ([one, one], False, PEER)
    assert found["seconds"] >= 0
    assert "-k StudyInstanceUID=1.2.840.3 10.87.20.11 4242" in retrieved.read_text()


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        ("F: Reason: Called AE Title Not Recognized", "it does not call itself WR_PACS"),
        ("I: Received C-GET Response (Pending)", "WR_PACS at 10.87.20.11 port 4242"),
    ],
)
def test_a_study_that_is_refused_or_not_finished_fails(
    retrieved: Path, dcmtk: Any, capsys: pytest.CaptureFixture[str], log: str, reason: str
) -> None:
    dcmtk("getscu", f"echo '{log}' >&2\n")
    found = call(dicom_get, capsys, study_instance_uid="1.3", **PEER)
    assert found["failed"] and found["msg"].startswith("C-GET: ") and reason in found["msg"]
    assert "objects" not in found
    assert found["seconds"] >= 0


def test_a_study_of_compressed_objects_shows_nothing(
    retrieved: Path, dcmtk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    dcmtk("dcmdump", "exit 0\n")
    found = call(dicom_get, capsys, study_instance_uid="1.3", **PEER)
    assert found["msg"] == "C-GET: the study holds an object without uncompressed pixels or waveforms"


@pytest.mark.parametrize("uid", ["1.3*", "", "1." * 40])
def test_no_more_than_one_study_is_asked_for(retrieved: Path, capsys: pytest.CaptureFixture[str], uid: str) -> None:
    found = call(dicom_get, capsys, study_instance_uid=uid, **PEER)
    assert found["msg"] == f"C-GET: study_instance_uid {uid!r} is no UID: digits and dots, 64 at most"
    assert not retrieved.exists()


@pytest.mark.parametrize(
    "arguments", [{}, {"settings": "/x"}, {"host": "a", "calling_ae": "A"}, {**PEER, "settings": "/x", "peer": "p"}]
)
def test_half_a_question_is_refused(arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(dicom_echo, capsys, **arguments)["failed"]


def test_a_viewer_that_is_down_does_not_fail_the_task(capsys: pytest.CaptureFixture[str]) -> None:
    found = call(dicomweb_probe, capsys, url="http://127.0.0.1:9/")
    assert "failed" not in found
    assert "no answer from http://127.0.0.1:9/release.json" in found["version"]["error"]


def test_a_worklist_returns_its_entries_with_their_step(dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk(
        "findscu",
        'while [ "$1" != -od ]; do shift; done; touch "$2/rsp0001.dcm"\n'
        "echo 'I: Received Final Find Response (Success)' >&2\n",
    )
    step = {"00400001": {"vr": "AE", "Value": ["CT_1"]}}
    answer = {"00080050": {"vr": "SH", "Value": ["REQ1"]}, "00400100": {"vr": "SQ", "Value": [step]}}
    dcmtk("dcm2json", f"echo '{json.dumps(answer)}'\n")
    found = call(dicom_worklist, capsys, **PEER)
    entry = {"AccessionNumber": "REQ1", "ScheduledProcedureStepSequence": [{"ScheduledStationAETitle": "CT_1"}]}
    assert (found["matches"], found["changed"], found["association"]) == ([entry], False, PEER)


def test_a_device_without_a_worklist_is_told_why(dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk("findscu", "echo 'E: 0006:0317 Peer aborted Association (or never connected)' >&2\n")
    assert "it may not allow RAD_1 what was asked" in call(dicom_worklist, capsys, **PEER)["msg"]


DUMP = """cat <<'END'
(0002,0010) UI [1.2.840.10008.1.2.1]   #  20, 1 TransferSyntaxUID
(0008,0016) UI [1.2.840.10008.5.1.4.1.1.2]   #  26, 1 SOPClassUID
(0008,0018) UI [1.5]   #   6, 1 SOPInstanceUID
(0020,000d) UI [1.3]   #   6, 1 StudyInstanceUID
(0020,000e) UI [1.4]   #   6, 1 SeriesInstanceUID
END
"""


@pytest.fixture
def image(dcmtk: Any, tmp_path: Path) -> str:
    dcmtk("dcmdump", DUMP)
    dcmtk("dcmodify", f'echo "$@" >> {tmp_path}/modified\n')
    dcmtk("dcmconv", f'echo "$@" >> {tmp_path}/converted\n')
    dcmtk(
        "storescu",
        f'echo "$@" > {tmp_path}/sent\n'
        "echo 'D:   using Presentation Context ID 1 = CTImageStorage with ImplicitVRLittleEndian transfer syntax'\n"
        "echo 'D: DIMSE Status                  : 0x0000: Success'\n",
    )
    (tmp_path / "ct.dcm").write_bytes(b"an image")
    return str(tmp_path / "ct.dcm")


def test_a_file_is_stored_with_values_and_in_the_syntax_asked_for(
    image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    values = {"PatientName": "=王^小明", "RequestAttributesSequence": [{"RequestedProcedureID": "R1"}]}
    found = call(dicom_store, capsys, source=image, values=values, transfer_syntax="ImplicitVRLittleEndian", **PEER)
    assert (found["status"], found["transfer_syntax"], found["changed"]) == ("Success", "ImplicitVRLittleEndian", True)
    assert (found["study_instance_uid"], found["sop_instance_uid"]) == ("1.3", "1.5")
    written = (tmp_path / "modified").read_text()
    assert "-i PatientName==王^小明" in written
    assert "-i RequestAttributesSequence[0].RequestedProcedureID=R1" in written
    assert "-i SpecificCharacterSet=ISO_IR 192" in written
    assert "+U8" in (tmp_path / "converted").read_text()
    assert "-R -xi" in (tmp_path / "sent").read_text()
    assert (tmp_path / "ct.dcm").read_bytes() == b"an image"


def test_check_mode_sends_nothing(image: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = call(dicom_store, capsys, source=image, _ansible_check_mode=True, **PEER)
    assert (found["changed"], found["sop_instance_uid"], (tmp_path / "sent").exists()) == (True, "1.5", False)


def test_a_refused_image_says_the_status_and_what_was_sent(
    image: str, dcmtk: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    dcmtk("storescu", "echo 'D: DIMSE Status                  : 0xa700: Refused: Out of resources'\n")
    found = call(dicom_store, capsys, source=image, **PEER)
    assert (found["failed"], found["changed"], found["sop_instance_uid"]) == (True, False, "1.5")
    assert "WR_PACS at 10.87.20.11 port 4242: the peer answered 0xa700 Refused: Out of resources" in found["msg"]
    assert "its disk is full" in found["msg"]
    assert found["seconds"] >= 0


def test_a_file_that_is_not_there_is_said(image: str, capsys: pytest.CaptureFixture[str]) -> None:
    found = call(dicom_store, capsys, source=image + ".none", **PEER)
    assert found["msg"] == f"C-STORE: {image}.none could not be read: No such file or directory"


def test_a_file_that_is_no_dicom_is_said(image: str, dcmtk: Any, capsys: pytest.CaptureFixture[str]) -> None:
    dcmtk("dcmdump", "exit 1\n")
    assert "is no DICOM file with a transfer syntax" in call(dicom_store, capsys, source=image, **PEER)["msg"]
