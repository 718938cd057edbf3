"""dicom_echo and dicom_find as called by a playbook, with a scripted dcmtk on the path."""

import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.modules import dicom_echo, dicom_find, dicomweb_probe

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
    assert (found["failed"], found["msg"]) == (True, "C-ECHO: Reason: Called AE Title Not Recognized")
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


@pytest.mark.parametrize(
    "arguments", [{}, {"settings": "/x"}, {"host": "a", "calling_ae": "A"}, {**PEER, "settings": "/x", "peer": "p"}]
)
def test_half_a_question_is_refused(arguments: dict[str, Any], capsys: pytest.CaptureFixture[str]) -> None:
    assert call(dicom_echo, capsys, **arguments)["failed"]


def test_a_viewer_that_is_down_does_not_fail_the_task(capsys: pytest.CaptureFixture[str]) -> None:
    found = call(dicomweb_probe, capsys, url="http://127.0.0.1:9/")
    assert "failed" not in found
    assert "no answer from http://127.0.0.1:9/release.json" in found["version"]["error"]
