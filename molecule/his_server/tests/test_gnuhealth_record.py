"""gnuhealth_record against a real GNU Health: names stay right, nothing is done twice, every failure is a sentence."""

import time
from collections.abc import Iterator
from typing import Any

import pytest

PUID = "WRT0001"
PARTY: dict[str, Any] = {
    "model": "party.party",
    "match": {"ref": PUID},
    "values": {
        "lastname": "王",
        "name": "小明",
        "is_person": True,
        "is_patient": True,
        "create_target": True,
        "fed_country": "CHN",
        "gender": "m",
        "dob": "1971-06-08",
        "name_representation": "cjk",
        "person_names": [{"use": "usual", "family": "Wang", "given": "XiaoMing"}],
    },
}
ORDER: dict[str, Any] = {
    "model": "gnuhealth.patient.lab.test",
    "match": {"patient_id.puid": PUID, "test_type.code": "GLU", "state": "draft"},
    "values": {"patient_id": {"puid": PUID}, "test_type": {"code": "GLU"}, "source_type": "patient"},
}
PATIENT: dict[str, Any] = {"model": "gnuhealth.patient", "state": "read", "match": {"puid": PUID}}
LEFT = (
    ("gnuhealth.imaging.test.request", "patient.party.ref"),
    ("gnuhealth.patient.lab.test", "patient_id.party.ref"),
    ("gnuhealth.patient", "party.ref"),
    ("gnuhealth.pol", "person.ref"),
    ("gnuhealth.person_name", "party.ref"),
    ("party.party", "ref"),
)


def clean(record: Any) -> None:
    for model, path in LEFT:
        assert not record("admin", state="absent", model=model, match=[[path, "=", PUID]])["failed"]


@pytest.fixture(scope="module", autouse=True)
def patient(record: Any) -> Iterator[None]:
    assert not record("reg", **PARTY)["failed"]
    yield
    clean(record)


def test_a_patient_is_registered_once_and_the_name_is_right_everywhere(host: Any, record: Any) -> None:
    again = record("reg", **PARTY, fields=["rec_name", "person_names.family", "person_names.given"])
    assert not again["changed"]
    (party,) = again["records"]
    assert party["rec_name"] == "王小明"
    assert [(name["family"], name["given"]) for name in party["person_names"]] == [("王", "小明"), ("Wang", "XiaoMing")]
    select = f"select lastname || name from party_party where ref = '{PUID}'"
    assert host.check_output(f'runuser -u postgres -- psql -XAtq health -c "{select}"') == "王小明"
    (found,) = record("med", **PATIENT, fields=["rec_name", "dob", "gender"])["records"]
    assert (found["rec_name"], found["dob"], found["gender"]) == ("王小明", "1971-06-08", "m")


def test_check_mode_says_so_and_does_nothing(record: Any) -> None:
    new = {**PARTY, "match": {"ref": "WRT0002"}}
    assert record("reg", check=True, **new)["changed"]
    assert record("reg", state="read", model="party.party", match={"ref": "WRT0002"})["records"] == []


def test_a_change_is_written_and_only_that(record: Any) -> None:
    changed = record("reg", model="party.party", match={"ref": PUID}, values={"dob": "1971-06-09"}, fields=["dob"])
    assert (changed["changed"], changed["records"][0]["dob"]) == (True, "1971-06-09")
    assert record("reg", **PARTY)["changed"]
    assert not record("reg", **PARTY)["changed"]


def test_an_order_is_the_doctors_and_comes_out_of_the_waiting(record: Any) -> None:
    order = record("med", **ORDER, fields=["request", "doctor_id.rec_name", "state"])
    assert (order["changed"], order["records"][0]["doctor_id.rec_name"]) == (True, "张, 伟")
    assert not record("med", **ORDER)["changed"]
    match = {"patient_id.puid": PUID, "state": "draft"}
    found = record("med", state="read", model=ORDER["model"], match=match, wait=5, fields=["request"])
    assert [row["request"] for row in found["records"]] == [order["records"][0]["request"]]


def test_a_button_moves_a_request_on(record: Any) -> None:
    request = record(
        "med",
        model="gnuhealth.imaging.test.request",
        match={"patient.puid": PUID, "requested_test.code": "CT-CHEST", "state": "draft"},
        values={"patient": {"puid": PUID}, "requested_test": {"code": "CT-CHEST"}},
        call="requested",
        fields=["state", "request", "requested_test.test_type.code"],
    )
    (found,) = request["records"]
    assert (found["state"], found["requested_test.test_type.code"]) == ("requested", "CT")


def test_waiting_in_vain_takes_its_time_and_says_for_what(record: Any) -> None:
    found = record("med", **{**PATIENT, "match": {"puid": "WRT9999"}}, wait=1)
    assert found["failed"]
    assert "has no gnuhealth.patient that matches {'puid': 'WRT9999'} after 1 s" in found["msg"]
    assert 1 <= found["seconds"] < 10


def test_what_is_deleted_is_gone_and_a_second_time_changes_nothing(record: Any) -> None:
    name = {"model": "gnuhealth.person_name", "match": [["party.ref", "=", PUID], ["use", "=", "usual"]]}
    assert record("admin", state="absent", **name)["changed"]
    assert not record("admin", state="absent", **name)["changed"]
    assert record("reg", **PARTY)["changed"]


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"password": "wrong"}, "does not let reg in: wrong password or unknown user"),
        ({"database": "nothing"}, "it has no database nothing"),
        ({"series": "6.0"}, "the client is of series 6.0: a client of series 7.0 is wanted"),
        ({"url": "https://127.0.0.1:444"}, "https://127.0.0.1:444 cannot be reached for reg: Connection refused"),
        ({"url": "https://localhost"}, "certificate that is not trusted"),
        ({"ca_file": ""}, "certificate that is not trusted"),
    ],
)
def test_a_login_that_cannot_work_is_one_sentence(record: Any, login: Any, changed: dict[str, str], said: str) -> None:
    found = record("reg", settings=login("reg", **changed), **PATIENT)
    assert found["failed"]
    assert said in found["msg"]
    assert "\n" not in found["msg"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"model": "gnuhealth.nothing", "match": {"x": 1}}, "unknown model gnuhealth.nothing"),
        ({**PATIENT, "match": {"pid": "x"}}, "has no field pid"),
        ({**PATIENT, "fields": ["nofield"]}, "it knows no 'nofield'"),
        ({**PATIENT, "call": "frobnicate"}, "may not call model.gnuhealth.patient.frobnicate"),
        ({**PARTY, "values": {"dob": "2050-01-01"}}, "Wrong date of birth"),
        ({**PARTY, "values": {"dob": "8.6.1971"}}, "'8.6.1971' cannot be the dob"),
        ({**ORDER, "values": {"test_type": {"code": "XYZ"}}}, "0 records of gnuhealth.lab.test_type match"),
    ],
)
def test_a_question_that_cannot_work_is_one_sentence(record: Any, arguments: dict[str, Any], said: str) -> None:
    found = record("med", **arguments)
    assert found["failed"]
    assert said in found["msg"]
    assert "\n" not in found["msg"]


def test_a_stopped_server_and_a_frozen_one_are_told_apart(host: Any, record: Any) -> None:
    host.check_output("systemctl stop his_server")
    try:
        stopped = record("reg", **PATIENT)
    finally:
        host.check_output("systemctl start his_server")
    assert "HTTP 502: its web server runs, but GNU Health behind it does not" in stopped["msg"]
    host.check_output("systemctl kill -s STOP his_server")
    try:
        started = time.monotonic()
        frozen = record("reg", **PATIENT, deadline=2)
        took = time.monotonic() - started
    finally:
        host.check_output("systemctl kill -s CONT his_server")
    assert "did not answer common.server.version for reg within 2 s: it is frozen or overloaded" in frozen["msg"]
    assert 2 <= frozen["seconds"] < 8 and took < 30
    assert not record("reg", **PATIENT)["failed"]
