"""The LIS is a GNU Health of its own with the laboratory alone: an order comes in, a result is signed."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.on_target import Target

pytestmark = pytest.mark.long
PUID = "WRT0001"
PASSWORDS = {"lab": "lab $ecret 1", "interface": "interface $ecret 2", "admin": 'a "quoted" $ecret'}
ANALYTE = ("critearea.code", "critearea.result", "critearea.units.name")
LEFT = (
    ("gnuhealth.lab.test.critearea", "gnuhealth_lab_id.patient.party.ref"),
    ("gnuhealth.lab", "patient.party.ref"),
    ("gnuhealth.patient.lab.test", "patient_id.party.ref"),
    ("gnuhealth.patient", "party.ref"),
    ("gnuhealth.pol", "person.ref"),
    ("gnuhealth.person_name", "party.ref"),
    ("party.party", "ref"),
)


@pytest.fixture(scope="module")
def target() -> Target:
    return Target("wr-mol-lis-server")


@pytest.fixture(scope="module")
def record(target: Target) -> Iterator[Callable[..., dict[str, Any]]]:
    """gnuhealth_record as a user of the LIS; it must succeed. What the test patient leaves is cleaned up."""

    def call(user: str, **arguments: Any) -> dict[str, Any]:
        settings = {"url": "https://127.0.0.1", "database": "health", "user": user, "password": PASSWORDS[user]}
        settings["ca_file"] = "/etc/wardround/lis_server/ca.crt"
        path = target.write(f"/root/{user}.json", json.dumps(settings))
        found = target.module("gnuhealth_record", settings=path, **arguments)
        assert not found["failed"], found["msg"]
        return found

    yield call
    for model, path in LEFT:
        call("admin", state="absent", model=model, match=[[path, "=", PUID]])


def test_it_runs_the_laboratory_alone_and_comes_back_after_a_reboot(target: Target) -> None:
    for name in ("lis_server", "nginx", "postgresql"):
        service = target.host.service(name)
        assert service.is_running and service.is_enabled, name
    statement = "select name from ir_module where state = 'activated' and name like 'health%'"
    active = target.host.check_output(f'runuser -u postgres -- psql -XAtq health -c "{statement}"').split()
    assert sorted(active) == ["health", "health_lab"]


def test_an_order_comes_in_and_its_result_is_signed_by_the_laboratory(record: Callable[..., dict[str, Any]]) -> None:
    record(
        "interface",
        model="party.party",
        match={"ref": PUID},
        values={
            "lastname": "王",
            "name": "小明",
            "is_person": True,
            "is_patient": True,
            "create_target": True,
            "fed_country": "CHN",
            "gender": "m",
            "name_representation": "cjk",
        },
    )
    order = record(
        "interface",
        model="gnuhealth.patient.lab.test",
        match={"patient_id": {"puid": PUID}, "test_type": {"code": "GLU"}, "comment": "HIS-1"},
        values={"source_type": "patient", "state": "ordered"},
        fields=["request"],
    )
    number = order["records"][0]["request"]
    match = {"request_order": number, "test": {"code": "GLU"}, "patient": {"puid": PUID}}
    values = {"source_type": "patient"}
    lab = record("interface", model="gnuhealth.lab", match=match, values=values, call="complete_criteareas")
    result = {"critearea": [{"code": "GLU", "result": 7.4, "warning": True}]}
    match = {"id": lab["records"][0]["id"]}
    assert record("interface", model="gnuhealth.lab", match=match, values=result)["changed"]
    assert not record("interface", model="gnuhealth.lab", match=match, values=result)["changed"]
    (signed,) = record(
        "lab",
        state="read",
        model="gnuhealth.lab",
        match={"patient.puid": PUID, "test.code": "GLU", "state": "draft"},
        call="generate_document",
        fields=["state", "done_by.party.internal_user.login", "patient.rec_name", *ANALYTE],
    )["records"]
    assert (signed["state"], signed["done_by.party.internal_user.login"]) == ("done", "lab")
    assert signed["patient.rec_name"] == "王小明"
    (analyte,) = signed["critearea"]
    assert (analyte["code"], analyte["result"], analyte["units.name"]) == ("GLU", 7.4, "mmol/L")
