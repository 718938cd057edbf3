"""The journey's verdict: a proved walk, and each way in which a step proves nothing."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.clinical.journey import Step, Visit, first_failed, judge, registered
from wardround.clinical.journey_steps import OTHER_SECTIONS, STILL_KNOWN

PUID = "WRTEST-0A1B2C3D"
NAME = "Wang^XiaoMing=王^小明"
JOURNEY: dict[str, Any] = {
    "registration_desk": "reg-ws-01",
    "ward_desk": "med-ws-01",
    "laboratory_desk": "lab-ws-01",
    "reading_desk": "rad-ws-01",
    "his": "his-01",
    "lis": "lis-01",
    "pacs": "pacs-01",
    "laboratory_test": "GLU",
    "examinations": [{"test": "CT-CHEST", "device": "ct-01"}],
    "patient": {"family": "王", "given": "小明", "family_romanised": "Wang", "given_romanised": "XiaoMing"},
}
VISIT = Visit(JOURNEY, PUID)
ASIDE = {STILL_KNOWN, OTHER_SECTIONS, "room CT-CHEST"}
PATIENT = {"records": [{"id": 7, "ref": PUID, "name": "小明", "lastname": "王"}], "seconds": 0.2}
VALUES = {"records": [{"id": 1, "code": "GLU", "result": 5.2, "units.name": "mmol/L"}], "seconds": 1.4}
CONTENT = {"bytes": 32768, "sha256": "7a48" * 16}
GOOD: dict[str, Any] = {
    "register": PATIENT,
    "database": {
        "query_result": [{"lastname": "王", "name": "小明", "encoding": "UTF8"}],
        "execution_time_ms": [2.5],  # as community.postgresql.postgresql_query says it
    },
    "screen": {"windows": ["HIS - reg@10.87.20.41:443/health"], "fields": ["王小明", PUID], "seconds": 3.2},
    "lis_patient": PATIENT,
    "order": {
        "records": [{"id": 3, "request": 12, "state": "draft", "patient_id.puid": PUID, "test_type.code": "GLU"}]
    },
    "measure": VALUES,
    "release": {"records": [{"id": 4, "name": "LAB1", "state": "validated"}]},
    "result": VALUES,
    "request CT-CHEST": {
        "records": [
            {
                "id": 5,
                "request": "REQ7",
                "state": "requested",
                "patient.puid": PUID,
                "requested_test.code": "CT-CHEST",
            }
        ]
    },
    "worklist CT-CHEST": {
        "matches": [
            {"PatientID": PUID, "PatientName": NAME, "AccessionNumber": "REQ7", "SpecificCharacterSet": "ISO_IR 192"}
        ]
    },
    "store CT-CHEST": {"status": "Success", "transfer_syntax": "ExplicitVRLittleEndian", "content": CONTENT},
    "find CT-CHEST": {"matches": [{"PatientID": PUID, "PatientName": NAME, "StudyDescription": "CT"}]},
    "open CT-CHEST": {
        "objects": [{**CONTENT, "PatientID": PUID, "PatientName": NAME, "SpecificCharacterSet": "ISO_IR 192"}]
    },
    "clear his-01": {"records": []},
    "clear lis-01": {"records": []},
    "clear pacs-01": {"json": [], "elapsed": 0, "seconds": 0.4},  # as ansible.builtin.uri says it, and the playbook
}


def broken(key: str, message: str) -> Step:
    """The first failed step where one question failed with a message."""
    found = first_failed(judge(VISIT, {**GOOD, key: {"failed": True, "msg": message}}))
    assert found is not None
    return found


def changed(key: str, *path: str | int, to: Any) -> Any:
    """A copy of a good answer with one value changed."""
    answer = copy.deepcopy(GOOD[key])
    place = answer
    for step in path[:-1]:
        place = place[step]
    place[path[-1]] = to
    return answer


def test_a_walk_is_proved_step_by_step() -> None:
    steps = judge(VISIT, GOOD)
    assert [step.key for step in steps if not step.ok] == []
    assert [step.key for step in steps] == list(GOOD)
    assert {step.key: step.host for step in steps}["result"] == "med-ws-01"
    assert steps[0].found == f"王小明 ({PUID})"
    assert steps[5].found == "GLU 5.2 mmol/L"
    assert sum(step.seconds or 0 for step in steps) == pytest.approx(
        0.2 + 0.0025 + 3.2 + 0.2 + 1.4 + 1.4 + 0.4, abs=0.001
    )
    timed = {step.key: step.seconds for step in steps}
    assert (timed["database"], timed["clear pacs-01"]) == (pytest.approx(0.0025, abs=0.0005), 0.4)


def test_every_answer_has_a_place_in_the_playbook() -> None:
    assert [key for key, _host, _variable in registered(JOURNEY) if key not in ASIDE] == list(GOOD)


@pytest.mark.parametrize(
    ("key", "answer", "found"),
    [
        ("register", changed("register", "records", 0, "name", to="??"), f"{PUID} is called 王??"),
        ("register", {"records": []}, "no patient"),
        ("register", {"records": PATIENT["records"] * 2}, "2 patients instead of one"),
        ("database", changed("database", "query_result", 0, "encoding", to="SQL_ASCII"), "encoded in SQL_ASCII"),
        ("database", changed("database", "query_result", 0, "name", to="å°æ"), "PostgreSQL holds 王å°æ"),
        ("screen", changed("screen", "fields", to=[PUID, "王??"]), f"no 王小明 in {PUID}, 王??"),
        ("screen", changed("screen", "fields", to=[]), f"no {PUID} and no 王小明 in no field"),
        ("lis_patient", {"records": []}, "no patient"),
        ("measure", changed("measure", "records", 0, "result", to=None), "GLU has no value"),
        ("measure", changed("measure", "records", 0, "units.name", to=None), "GLU has no unit"),
        ("release", changed("release", "records", 0, "state", to="draft"), "the record is draft"),
        ("result", changed("result", "records", 0, "result", to=52.0), "GLU 52 mmol/L on the ward, GLU 5.2 mmol/L in"),
        ("worklist CT-CHEST", {"matches": []}, "no worklist entry"),
        ("worklist CT-CHEST", changed("worklist CT-CHEST", "matches", 0, "PatientName", to="Wang^XiaoMing"), PUID),
        (
            "worklist CT-CHEST",
            changed("worklist CT-CHEST", "matches", 0, "AccessionNumber", to="REQ8"),
            "accession number REQ8",
        ),
        (
            "worklist CT-CHEST",
            changed("worklist CT-CHEST", "matches", 0, "SpecificCharacterSet", to="ISO_IR 100"),
            "(0008,0005) says ISO_IR 100",
        ),
        (
            "store CT-CHEST",
            changed("store CT-CHEST", "status", to="Refused: OutOfResources"),
            "pacs-01 answers Refused",
        ),
        ("find CT-CHEST", changed("find CT-CHEST", "matches", 0, "PatientID", to="WR0001"), "WR0001"),
        (
            "open CT-CHEST",
            changed("open CT-CHEST", "objects", 0, "sha256", to="0" * 64),
            "other bytes than the 32768 that ct-01 sent",
        ),
        ("clear his-01", {"records": [{"id": 1}]}, "1 records of test patients are left"),
        ("open CT-CHEST", changed("open CT-CHEST", "objects", 0, "PatientName", to="Wang^XiaoMing"), PUID),
        (
            "open CT-CHEST",
            changed("open CT-CHEST", "objects", 0, "SpecificCharacterSet", to=""),
            "(0008,0005) says nothing",
        ),
        ("order", {"records": [{}]}, "malformed answer"),
        ("order", changed("order", "records", 0, "patient_id.puid", to="WR0001"), f"puid is WR0001, not {PUID}"),
        ("order", changed("order", "records", 0, "test_type.code", to="HBA1C"), "code is HBA1C, not GLU"),
        ("request CT-CHEST", changed("request CT-CHEST", "records", to=[]), "no request"),
        ("request CT-CHEST", changed("request CT-CHEST", "records", 0, "patient.puid", to="WR0001"), "is WR0001, not"),
        (
            "request CT-CHEST",
            changed("request CT-CHEST", "records", 0, "requested_test.code", to="CT-HEAD"),
            "code is CT-HEAD, not CT-CHEST",
        ),
    ],
)
def test_a_wrong_answer_is_named(key: str, answer: Any, found: str) -> None:
    steps = judge(VISIT, {**GOOD, key: answer})
    step = first_failed(steps)
    assert step is not None
    assert step.key == key
    assert found in step.found
    assert step.cause
    assert step.sentence().startswith(f"{step.name} at {step.host} failed: ")


@pytest.mark.parametrize(
    ("message", "cause"),
    [
        ("https://10.87.20.41:443: connection refused", "the service on his-01 is stopped"),
        ("https://10.87.20.41:443 answers HTTP 502 Bad Gateway", "the service on his-01 is stopped"),
        ("https://10.87.20.41:443: no answer within 8 s", "his-01 is frozen or overloaded"),
        ("his-01 refuses the password of reg", "the account of reg-ws-01 at his-01: locked, or another password"),
    ],
)
def test_the_likely_cause_follows_from_the_message(message: str, cause: str) -> None:
    step = broken("register", message)
    assert (step.found, step.cause) == (message, cause)


def test_an_unknown_ae_title_is_the_likely_cause() -> None:
    step = broken("store CT-CHEST", "C-STORE: Called AE Title Not Recognized")
    assert step.cause == "pacs-01 does not know ct-01 by this AE title"


@pytest.mark.parametrize(
    ("still_known", "cause"),
    [
        ({"records": []}, "lis-01 does not know the patient any more: was the record deleted or merged there?"),
        (
            PATIENT,
            "the interface engine did not deliver OML^O21 or ORU^R01, the analyser is silent, or lab-ws-01",
        ),
        ({"failed": True, "msg": "no answer"}, "the interface engine did not deliver"),
        ({"failed": True, "records": []}, "the interface engine did not deliver"),
        ({"skipped": True}, "the interface engine did not deliver"),
        (None, "the interface engine did not deliver"),
    ],
)
def test_a_value_that_does_not_come_has_causes_to_tell_apart(still_known: Any, cause: str) -> None:
    waited = {"failed": True, "msg": "GNU Health: lis-01 has no gnuhealth.lab.test.critearea that matches after 8 s"}
    step = first_failed(judge(VISIT, {**GOOD, "measure": waited, STILL_KNOWN: still_known}))
    assert step is not None
    assert step.key == "measure"
    assert step.cause.startswith(cause)


@pytest.mark.parametrize(
    ("elsewhere", "cause"),
    [
        ({"records": [{"test.category": "hematology"}]}, "lab-ws-01 looks at another section: the sample was measured"),
        ({"records": []}, "the interface engine did not deliver"),
        ({"failed": True, "msg": "no answer"}, "the interface engine did not deliver"),
        ({"records": [{}]}, "the interface engine did not deliver"),
    ],
)
def test_a_value_of_another_section_names_it(elsewhere: Any, cause: str) -> None:
    waited = {"failed": True, "msg": "GNU Health: lis-01 has no gnuhealth.lab.test.critearea that matches after 8 s"}
    step = first_failed(judge(VISIT, {**GOOD, "measure": waited, STILL_KNOWN: PATIENT, OTHER_SECTIONS: elsewhere}))
    assert step is not None and step.cause.startswith(cause)
    assert ("hematology" in step.cause) == ("looks at another section" in cause)


REFUSED = (
    "C-STORE: WR_PACS at 10.2.0.11 port 4242: the peer answered 0xa700 Refused: Out of resources; (transfer syntax?)"
)


@pytest.mark.parametrize(
    ("room", "message", "cause"),
    [
        ({"free_mb": 70, "reserve_mb": 1024}, REFUSED, "the disk of pacs-01 is full: 70 MB are free, 1024 MB are kept"),
        ({"free_mb": 5000, "reserve_mb": 1024}, REFUSED, "pacs-01 takes other transfer syntaxes of ct-01 (modality"),
        (None, REFUSED, "pacs-01 takes other transfer syntaxes of ct-01 (modality_link), or its disk is full"),
        ({"free_mb": "?"}, REFUSED, "pacs-01 takes other transfer syntaxes of ct-01 (modality_link), or its disk"),
        ({"free_mb": 70, "reserve_mb": 1024}, "C-STORE: connection refused", "the service on pacs-01 is stopped"),
    ],
)
def test_a_refused_object_names_the_disk_only_where_it_is_full(room: Any, message: str, cause: str) -> None:
    answers = {**GOOD, "store CT-CHEST": {"failed": True, "msg": message}, "room CT-CHEST": room}
    step = first_failed(judge(VISIT, answers))
    assert step is not None and step.key == "store CT-CHEST"
    assert step.cause.startswith(cause)


def test_what_comes_after_a_broken_step_was_not_reached() -> None:
    answers = {key: value for key, value in GOOD.items() if key in ("register", "database")}
    steps = judge(VISIT, answers | {"lis_patient": {"failed": True, "msg": "no record within 8 s"}})
    assert steps[3].cause == "lis-01 is frozen or overloaded"
    assert steps[4].found == "not reached: find the patient in the LIS failed before"
    assert {step.key: step.found for step in steps}["request CT-CHEST"] == "not asked: there is no answer"


def test_an_empty_playbook_proves_nothing() -> None:
    assert not any(step.ok for step in judge(VISIT, {}))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=8), inner, max_size=2),
    max_leaves=5,
)


@given(st.sampled_from(list(GOOD)), JSON)
def test_no_answer_raises(key: str, answer: Any) -> None:
    (step,) = [one for one in judge(VISIT, {**GOOD, key: answer}) if one.key == key]
    assert step.ok is False or key.startswith("clear") or answer == GOOD[key]
