"""One answer that proves, and for every check the answers that do not."""

import base64
import copy
import hashlib
from typing import Any

import numpy as np
import pytest
from pydicom import dcmread
from pydicom.data import get_testdata_file
from pydicom.encaps import generate_frames

from wardround.clinical.pacs import judge

PIXELS = np.arange(64 * 32, dtype="<u2").tobytes()
EXPECTED: dict[str, Any] = {
    "version": "3.13.2",
    "study_instance_uid": "1.2",
    "patient_id": "WR-0001",
    "patient_name": "Wang^XiaoMing=王^小明",
    "rows": 64,
    "columns": 32,
    "bits_allocated": 16,
    "frame_sha256": hashlib.sha256(PIXELS).hexdigest(),
    "peers": ["pacs-01"],
    "settings": {"language": "zh_CN", "worklist": ["CT", "CR"], "window_presets": []},
}
ANSWERS: dict[str, Any] = {
    "version": {"url": "http://127.0.0.1/release.json", "version": "3.13.2", "seconds": 0.01},
    "page": {"url": "http://127.0.0.1/", "assets": ["http://127.0.0.1/app.js"], "seconds": 0.1},
    "settings": {
        "qido_root": "http://127.0.0.1/dicom-web",
        "department": {"language": "zh_CN", "worklist": ["CT", "CR"], "window_presets": []},
        "seconds": 0.02,
    },
    "list": {"modalities": [["CT"], ["CT", "SR"], ["CR"]], "seconds": 0.05},
    "qido": {"studies": [{"StudyInstanceUID": "1.2", "PatientName": "Wang^XiaoMing=王^小明"}], "seconds": 0.1},
    "frame": {
        "data": base64.b64encode(PIXELS).decode(),
        "transfer_syntax": "1.2.840.10008.1.2.1",
        "content_type": "application/octet-stream",
        "seconds": 0.2,
    },
    "echo": {
        "pacs-01": {"answered": True, "association": {"calling_ae": "RAD_1", "called_ae": "WR_PACS"}, "seconds": 0.03}
    },
    "find": {"matches": [{"PatientID": "WR-0001", "PatientName": "Wang^XiaoMing=王^小明=^"}], "seconds": 0.3},
}
NAMES = ["version", "page", "settings", "list", "qido", "frame", "echo", "find"]


def test_all_are_proved_in_order() -> None:
    checks = judge(EXPECTED, ANSWERS)
    assert [check.name for check in checks] == NAMES
    assert [check.name for check in checks if not check.ok] == []
    assert [check.seconds for check in checks] == [0.01, 0.1, 0.02, 0.05, 0.1, 0.2, 0.03, 0.3]


@pytest.mark.parametrize(
    ("name", "changed", "found"),
    [
        ("version", {"version": "3.12.0"}, "3.12.0"),
        ("version", {"error": "HTTP 404 from http://127.0.0.1/release.json"}, "HTTP 404 from"),
        ("page", {"error": "HTTP 404 from http://127.0.0.1/app.js"}, "HTTP 404 from http://127.0.0.1/app.js"),
        ("page", {"assets": []}, "names no script"),
        ("settings", {"error": "HTTP 404 from http://127.0.0.1/app-config.js"}, "HTTP 404 from"),
        ("settings", {"department": {}}, "language is None, not zh_CN"),
        (
            "settings",
            {"department": {"language": "en", "worklist": ["CT", "CR"], "window_presets": []}},
            "language is en, not zh_CN",
        ),
        ("list", {"modalities": [["CT"], ["MR"], ["ECG", "PR"]]}, "studies of ECG, MR, PR too"),
        ("list", {"error": "HTTP 500 from http://127.0.0.1/dicom-web/studies"}, "HTTP 500 from"),
        ("qido", {"studies": []}, "0 studies, the probe study is not among them"),
        ("qido", {"studies": [{"StudyInstanceUID": "1.9"}]}, "1 study, the probe study is not among them"),
        ("frame", {"error": "HTTP 404 from http://127.0.0.1/dicom-web/frames/studies/1.2"}, "HTTP 404 from http://"),
        ("frame", {"data": base64.b64encode(PIXELS[:-1]).decode()}, "4095 bytes of pixels instead of 4096"),
        ("frame", {"data": base64.b64encode(PIXELS[::-1]).decode()}, "other pixels"),
        ("frame", {"data": "<html>"}, "not base64"),
        ("frame", {"transfer_syntax": "1.2.840.10008.1.2.5"}, "cannot be decoded (RLE Lossless)"),
        ("frame", {"transfer_syntax": "1.2.840.10008.1.2.1.99"}, "not decoded here"),
        (
            "echo",
            {"pacs-01": {"failed": False, "msg": "C-ECHO: Association Rejected"}},
            "pacs-01: C-ECHO: Association Rejected",
        ),
        ("echo", {"pacs-01": {}}, "pacs-01: the question failed"),
        ("find", {"matches": []}, "0 matches, patient WR-0001 is not among them"),
        ("find", {"matches": [{"PatientID": "WR-0001", "PatientName": "Wang^XiaoMing"}]}, "is called Wang^XiaoMing"),
        ("find", {"matches": [{"PatientID": "WR-0001", "PatientName": "???"}]}, "is called ???"),
        ("find", {"failed": True, "msg": "C-FIND: no answer within 10 s"}, "C-FIND: no answer within 10 s"),
    ],
)
def test_a_wrong_answer_fails_its_own_check_only(name: str, changed: dict[str, Any], found: str) -> None:
    answers = copy.deepcopy(ANSWERS)
    answers[name].update(changed)
    failed = [check for check in judge(EXPECTED, answers) if not check.ok]
    assert [check.name for check in failed] == [name]
    assert found in failed[0].found


def test_a_failed_question_says_why_although_the_playbook_went_on() -> None:
    found = {"failed": False, "failed_when_result": False, "msg": "C-FIND: Association Rejected", "seconds": 0.1}
    failed = [check for check in judge(EXPECTED, {**ANSWERS, "find": found}) if not check.ok]
    assert [(check.name, check.found) for check in failed] == [("find", "C-FIND: Association Rejected")]


@pytest.mark.parametrize("name", NAMES)
def test_a_missing_answer_is_not_proved(name: str) -> None:
    answers = {key: value for key, value in ANSWERS.items() if key != name}
    failed = [check for check in judge(EXPECTED, answers) if not check.ok]
    assert [(check.name, check.found) for check in failed] == [(name, "not asked: there is no answer")]


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("nonsense", [[], "x", 3, {"x": 1}, {"studies": 3, "matches": 3, "assets": 3, "data": 3}])
def test_nonsense_is_not_proved_and_never_raises(name: str, nonsense: Any) -> None:
    failed = [check.name for check in judge(EXPECTED, {**ANSWERS, name: nonsense}) if not check.ok]
    assert failed == [name]


def test_nothing_expected_proves_nothing_of_the_study() -> None:
    assert [check.name for check in judge({}, ANSWERS) if check.ok] == ["page"]


def test_every_peer_must_answer() -> None:
    failed = [check for check in judge({**EXPECTED, "peers": ["pacs-01", "pacs-02"]}, ANSWERS) if not check.ok]
    assert [(check.name, check.found) for check in failed] == [("echo", "pacs-02: not asked: there is no answer")]


def test_a_compressed_frame_is_decoded() -> None:
    dataset = dcmread(get_testdata_file("MR_small_RLE.dcm"))
    frame = next(generate_frames(dataset.PixelData, number_of_frames=1))
    pixels = dcmread(get_testdata_file("MR_small.dcm")).PixelData
    expected = {**EXPECTED, "rows": 64, "columns": 64, "frame_sha256": hashlib.sha256(pixels).hexdigest()}
    answer = {"data": base64.b64encode(frame).decode(), "transfer_syntax": "1.2.840.10008.1.2.5"}
    check = judge(expected, {**ANSWERS, "frame": answer})[5]
    assert (check.ok, check.found[:14]) == (True, "64 x 64 pixels")


def test_settings_are_told_as_a_person_reads_them() -> None:
    presets = [{"name": "肺窗", "center": -600, "width": 1500}, {"name": "骨窗", "center": 400, "width": 2000}]
    expected, answers = copy.deepcopy(EXPECTED), copy.deepcopy(ANSWERS)
    expected["settings"]["window_presets"] = answers["settings"]["department"]["window_presets"] = presets
    told = {check.name: check.found for check in judge(expected, answers)}["settings"]
    assert told == "language zh_CN; window_presets 肺窗, 骨窗; worklist CT, CR"


def test_a_department_without_a_filter_sees_every_modality() -> None:
    expected = {**EXPECTED, "settings": {**EXPECTED["settings"], "worklist": []}}
    answers = copy.deepcopy(ANSWERS)
    answers["settings"]["department"]["worklist"] = []
    answers["list"]["modalities"].append(["MR"])
    checks = {check.name: check for check in judge(expected, answers)}
    assert (checks["list"].ok, checks["list"].expected) == (True, "a study list of all modalities")
    assert checks["list"].found == "4 studies, of CR, CT, MR, SR"
    answers["list"]["modalities"] = [["CT"]]
    assert {check.name: check for check in judge(expected, answers)}["list"].found == "1 study, of CT"
