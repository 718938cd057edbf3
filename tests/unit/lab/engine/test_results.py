"""Released results become messages, and messages lab records of the HIS."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from pathlib import Path

import pytest

from lab.engine import messages, reading
from lab.engine.content import Merge, Observation, Provider, RefusedError, Report
from lab.engine.gateway_his import HisGateway
from lab.engine.gateway_lis import LisGateway
from lab.engine.journal import Journal
from lab.engine.lis import LisPoller
from lab.engine.records import Records
from tests.unit.lab.engine import hospital
from tests.unit.lab.engine.standin import LAB, PARTY, REQUEST, GnuHealth
from tests.unit.lab.engine.test_his import queued
from tests.unit.lab.engine.test_messages import AT, GLUCOSE, LINK, ORDER, REPORT, WANG


@pytest.fixture
def laboratory(records: Records, journal: Journal, server: GnuHealth) -> LisGateway:
    """A LIS with the result of ORDER, not released."""
    gateway = LisGateway(records, journal)
    gateway.patients.register(reading.parse(messages.registered(LINK, WANG, "A04")))
    gateway.order(reading.parse(messages.lab_order(LINK, ORDER)))
    gateway.results(reading.parse(messages.report(LINK, REPORT)))
    return gateway


def test_a_result_leaves_the_laboratory_when_it_is_released(
    laboratory: LisGateway, records: Records, server: GnuHealth, journal: Journal, tmp_path: Path
) -> None:
    poller = LisPoller(hospital.config(tmp_path), records, journal)
    assert poller.poll() == 0
    server.write(LAB, [1], {"state": "done", "done_by": hospital.doctor(server)})
    assert [poller.poll() for _time in range(2)] == [1, 0]
    (text,) = queued(journal, "his")
    (report,) = reading.reports(reading.parse(text))
    glucose = Observation("GLU", "Glucose", 5.4, unit="mmol/L", low=3.9, high=6.1, flag="N")
    assert report == replace(REPORT, test_name="GLU test", observations=(glucose,), verifier=Provider("D1", "张", "伟"))


def test_the_laboratorys_own_records_stay_in_it(
    laboratory: LisGateway, records: Records, server: GnuHealth, journal: Journal, tmp_path: Path
) -> None:
    for name in ("TEST001", "HAND-2"):
        server.create(LAB, {"name": name, "patient": 1, "test": 1, "source_type": "patient", "state": "done"})
    assert LisPoller(hospital.config(tmp_path), records, journal).poll() == 0


@pytest.fixture
def ward(server: GnuHealth) -> Report:
    """A HIS with the request that the report answers."""
    whose = hospital.patient(server)
    request = hospital.lab_request(server, whose, state="ordered", doctor_id=hospital.doctor(server))
    return replace(REPORT, number=f"H7-{request}")


def read(server: GnuHealth) -> list[dict[str, object]]:
    fields = ["name", "state", "request_order", "requestor", "date_analysis", "patient.party.ref", "test.code"]
    lines = [f"critearea.{name}" for name in ("code", "result", "units.name", "lower_limit", "warning", "remarks")]
    return [server.read(LAB, record, fields + lines) for record in server.tables.get(LAB, {}).values()]


def take(records: Records, report: Report) -> None:
    HisGateway(records).results(reading.parse(messages.report(LINK, report)))


def test_a_result_is_the_wards_lab_record_once(ward: Report, records: Records, server: GnuHealth) -> None:
    for _time in range(2):
        take(records, ward)
    (lab,) = read(server)
    (line,) = lab["critearea."]
    assert (lab["name"], lab["state"], lab["request_order"], lab["requestor"]) == (ward.number, "done", 7, 1)
    assert lab["patient."]["party."]["ref"] == "WRT-1"
    assert lab["date_analysis"] == datetime(2026, 11, 23, 2, 15, 30)
    assert (line["code"], line["result"], line["units."]["name"]) == ("GLU", 5.4, "mmol/L")
    assert (line["lower_limit"], line["warning"], line["remarks"]) == (3.9, False, None)
    assert server.tables[REQUEST][1]["state"] == "tested"


def test_a_corrected_result_replaces_the_first(ward: Report, records: Records, server: GnuHealth) -> None:
    take(records, ward)
    take(records, replace(ward, observations=(replace(GLUCOSE, value=7.7, flag="H"),)))
    (lab,) = read(server)
    assert [(line["result"], line["warning"]) for line in lab["critearea."]] == [(7.7, True)]


def test_a_unit_that_the_his_does_not_know_stands_beside_the_number(
    ward: Report, records: Records, server: GnuHealth
) -> None:
    take(records, replace(ward, observations=(replace(GLUCOSE, unit="mg/dL"),)))
    assert [(line["units."], line["remarks"]) for line in read(server)[0]["critearea."]] == [(None, "mg/dL")]


def test_a_result_of_a_merged_patient_is_the_surviving_ones(ward: Report, records: Records, server: GnuHealth) -> None:
    hospital.patient(server, "WRT-2")
    parties = {party["ref"]: party["id"] for party in server.tables[PARTY].values()}
    server.write(PARTY, [parties["WRT-1"]], {"replaced_by": parties["WRT-2"], "active": False})
    take(records, ward)
    take(records, replace(ward, person=replace(WANG, puid="WRT-2")))
    (lab,) = read(server)
    assert lab["patient."]["party."]["ref"] == "WRT-2"


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"person": replace(WANG, puid="WRT-9")}, "the HIS knows no patient WRT-9"),
        ({"person": replace(WANG, puid="WRT-2")}, "of patient WRT-2, but order H7-1 is of patient WRT-1"),
        ({"number": "H7-99"}, "the HIS has no order H7-99"),
        ({"number": "TEST001"}, "the HIS has no order TEST001"),
        ({"test": "CBC"}, "order H7-1 is GLU, not CBC"),
    ],
)
def test_results_that_belong_nowhere_are_refused(
    ward: Report, records: Records, server: GnuHealth, change: dict[str, object], problem: str
) -> None:
    hospital.patient(server, "WRT-2")
    with pytest.raises(RefusedError, match=problem) as caught:
        take(records, replace(ward, **change))
    assert caught.value.condition in ("204", "205")
    assert (read(server), server.tables[REQUEST][1]["state"]) == ([], "ordered")


def test_another_tests_record_of_the_same_name_is_not_overwritten(
    ward: Report, records: Records, server: GnuHealth
) -> None:
    server.create(LAB, {"name": ward.number, "test": 2})
    with pytest.raises(RefusedError, match="lab record H7-1 of the HIS is another test's"):
        take(records, ward)


def test_after_a_merge_in_the_laboratory_the_result_goes_out_under_the_surviving_patient(
    laboratory: LisGateway, records: Records, server: GnuHealth, journal: Journal, tmp_path: Path
) -> None:
    merge = Merge("WRT-1", replace(WANG, puid="WRT-2"))
    laboratory.patients.merge(reading.parse(messages.merged(LINK, merge)))
    server.write(LAB, [1], {"state": "validated"})
    assert LisPoller(hospital.config(tmp_path), records, journal).poll() == 1
    (text,) = queued(journal, "his")
    assert reading.reports(reading.parse(text))[0].person.puid == "WRT-2"
    assert reading.reports(reading.parse(text))[0].measured == AT
