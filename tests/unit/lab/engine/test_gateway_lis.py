"""What patients, orders and results become in the LIS, and what it refuses."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime

import pytest

from lab.engine import messages
from lab.engine.content import LabOrder, Merge, Name, Observation, Person, RefusedError, Report, UnavailableError
from lab.engine.gateway_lis import LisGateway
from lab.engine.journal import Journal
from lab.engine.reading import Parsed, parse
from lab.engine.records import Records
from tests.unit.lab.engine.standin import LAB, NAMES, PARTY, PATIENT, GnuHealth, UserError
from tests.unit.lab.engine.test_messages import GLUCOSE, LINK, ORDER, REPORT, WANG

LI = Person("WRT-2", (Name("Li", "Na", "A"),), date(1990, 1, 2), "F")


@pytest.fixture
def gateway(records: Records, journal: Journal) -> LisGateway:
    return LisGateway(records, journal)


def take(gateway: LisGateway, text: str) -> None:
    message: Parsed = parse(text)
    gateway.handlers()[message.kind](message)


def register(gateway: LisGateway, person: Person, event: str = "A04") -> None:
    take(gateway, messages.registered(LINK, person, event))


def ordered(gateway: LisGateway, order: LabOrder = ORDER) -> None:
    take(gateway, messages.lab_order(LINK, order))


def reported(gateway: LisGateway, report: Report = REPORT) -> None:
    take(gateway, messages.report(LINK, report))


def labs(server: GnuHealth) -> list[dict[str, object]]:
    fields = ["name", "state", "request_order", "specimen_type", "date_requested", "patient.party.ref", "test.code"]
    lines = [f"critearea.{name}" for name in ("code", "result", "result_text", "lower_limit", "upper_limit", "warning")]
    return [server.read(LAB, record, fields + lines) for record in server.tables.get(LAB, {}).values()]


def test_a_new_patient_has_names_in_both_scripts_and_a_patients_record(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    (party,) = server.tables[PARTY].values()
    assert (party["ref"], party["lastname"], party["name"], party["gender"]) == ("WRT-1", "王", "小明", "m")
    assert (party["dob"], party["name_representation"], party["is_patient"]) == (date(1971, 6, 8), "cjk", True)
    names = [(name["use"], name["family"], name["given"]) for name in server.tables[NAMES].values()]
    assert names == [("official", "王", "小明"), ("usual", "Wang", "XiaoMing")]
    assert [patient["party"] for patient in server.tables[PATIENT].values()] == [party["id"]]


def test_the_same_patient_again_changes_nothing(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    server.calls.clear()
    register(gateway, WANG, "A08")
    assert not [call for call in server.calls if call.endswith((".create", ".write"))]


def test_a_changed_patient_is_changed(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    renamed = Person("WRT-1", (Name("王", "晓明", "I"), Name("Wang", "Xiao Ming", "A")), date(1971, 6, 9), "")
    register(gateway, renamed, "A08")
    register(gateway, LI)
    party = server.tables[PARTY][1]
    assert (party["name"], party["dob"], party["gender"]) == ("晓明", date(1971, 6, 9), "u")
    usual = [(name["family"], name["given"]) for name in server.tables[NAMES].values() if name["use"] == "usual"]
    assert usual == [("Wang", "Xiao Ming")]
    assert len(server.tables[PATIENT]) == 2


def test_a_patient_that_another_request_just_made_is_not_refused(gateway: LisGateway, server: GnuHealth) -> None:
    server.fail.append(("party.party.create", UserError("The PUID must be unique")))
    register(gateway, WANG)
    assert len(server.tables[PARTY]) == len(server.tables[PATIENT]) == 1


def test_an_order_is_a_draft_with_the_tests_analytes(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    ordered(gateway)
    (lab,) = labs(server)
    assert {name: lab[name] for name in ("name", "state", "request_order", "specimen_type")} == {
        "name": "H7-12",
        "state": "draft",
        "request_order": 7,
        "specimen_type": "serum",
    }
    assert lab["date_requested"] == datetime(2026, 11, 23, 2, 15, 30)  # 10:15:30 in China is UTC without saying so
    (line,) = lab["critearea."]
    assert (line["code"], line["lower_limit"], line["upper_limit"], line["result"]) == ("GLU", 3.9, 6.1, None)


def test_an_order_that_comes_again_is_there_once(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    for _time in range(2):
        ordered(gateway)
    assert len(labs(server)) == 1


def test_an_order_whose_first_request_was_still_on_its_way_is_there_once(
    gateway: LisGateway, server: GnuHealth
) -> None:
    register(gateway, WANG)
    server.fail.append(("gnuhealth.lab.create", UserError("The test ID code must be unique")))
    ordered(gateway)
    assert len(labs(server)) == 1


def test_an_order_for_nobody_is_refused(gateway: LisGateway, server: GnuHealth) -> None:
    with pytest.raises(RefusedError, match="the LIS knows no patient WRT-1") as caught:
        ordered(gateway)
    assert (caught.value.condition, labs(server)) == ("204", [])


def test_other_orders_that_cannot_be(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    register(gateway, LI)
    with pytest.raises(RefusedError, match="the LIS has no test FERRITIN"):
        ordered(gateway, replace(ORDER, test="FERRITIN"))
    ordered(gateway)
    with pytest.raises(RefusedError, match="H7-12 is already another order's, of patient WRT-1"):
        ordered(gateway, replace(ORDER, person=LI))
    with pytest.raises(RefusedError, match="already another order's"):
        ordered(gateway, replace(ORDER, test="CBC"))
    assert len(labs(server)) == 1


def test_results_stand_in_the_order_and_leave_it_to_be_released(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    ordered(gateway)
    high = replace(GLUCOSE, value=7.2, flag="H", low=4.0, high=6.0)
    reported(gateway, replace(REPORT, observations=(high,)))
    (lab,) = labs(server)
    (line,) = lab["critearea."]
    assert (line["result"], line["lower_limit"], line["upper_limit"], line["warning"]) == (7.2, 4.0, 6.0, True)
    assert lab["state"] == "draft"


def test_the_same_result_twice_is_written_once_and_a_new_one_replaces_it(
    gateway: LisGateway, server: GnuHealth
) -> None:
    register(gateway, WANG)
    ordered(gateway)
    reported(gateway)
    server.calls.clear()
    reported(gateway)
    assert "gnuhealth.lab.write" not in server.calls
    reported(gateway, replace(REPORT, observations=(replace(GLUCOSE, value=5.5),)))
    assert [line["result"] for line in labs(server)[0]["critearea."]] == [5.5]


def test_a_released_result_does_not_change_any_more(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    ordered(gateway)
    reported(gateway)
    server.write(LAB, [1], {"state": "done"})
    reported(gateway)
    with pytest.raises(RefusedError, match="the result of order H7-12 was released already and differs"):
        reported(gateway, replace(REPORT, observations=(replace(GLUCOSE, value=9.9),)))
    assert [line["result"] for line in labs(server)[0]["critearea."]] == [5.4]


@pytest.mark.parametrize(
    ("report", "problem"),
    [
        (replace(REPORT, person=LI), "of patient WRT-2, but order H7-12 is of patient WRT-1: it was given to neither"),
        (replace(REPORT, number="H9-9"), "the LIS has no order H9-9"),
        (replace(REPORT, test="CBC"), "order H7-12 is GLU, not CBC"),
        (replace(REPORT, observations=(replace(GLUCOSE, code="NA"),)), "test GLU has no analyte NA"),
        (replace(REPORT, observations=(replace(GLUCOSE, unit="mg/dL"),)), "comes in mg/dL, the LIS keeps it in mmol/L"),
        (replace(REPORT, observations=(replace(GLUCOSE, unit=""),)), "comes in no unit, the LIS keeps it in mmol/L"),
        (replace(REPORT, observations=(GLUCOSE, replace(GLUCOSE, code="NA"))), "has no analyte NA"),
    ],
)
def test_results_that_belong_nowhere_are_refused_whole(
    gateway: LisGateway, server: GnuHealth, report: Report, problem: str
) -> None:
    register(gateway, WANG)
    register(gateway, LI)
    ordered(gateway)
    with pytest.raises(RefusedError, match=problem):
        reported(gateway, report)
    assert [line["result"] for line in labs(server)[0]["critearea."]] == [None]


def test_units_are_the_same_in_both_spellings(gateway: LisGateway, server: GnuHealth) -> None:
    units = server.tables["gnuhealth.lab.test.units"]
    units[2]["name"] = "10^9/L"
    register(gateway, WANG)
    ordered(gateway, replace(ORDER, test="CBC"))
    count = Observation("HGB", "x", 5.0, unit="10*9/L")
    reported(gateway, replace(REPORT, test="CBC", observations=(count,)))
    assert [line["result"] for line in labs(server)[0]["critearea."]] == [5.0]


def test_a_text_is_a_result_too(gateway: LisGateway, server: GnuHealth) -> None:
    register(gateway, WANG)
    ordered(gateway)
    reported(gateway, replace(REPORT, observations=(Observation("GLU", "Glucose", None, text="haemolysed | 溶血"),)))
    (line,) = labs(server)[0]["critearea."]
    assert (line["result"], line["result_text"]) == (None, "haemolysed | 溶血")


def test_a_result_of_a_patient_merged_meanwhile_goes_to_the_surviving_one(
    gateway: LisGateway, server: GnuHealth
) -> None:
    register(gateway, WANG)
    ordered(gateway)
    take(gateway, messages.merged(LINK, Merge("WRT-1", LI)))  # LI is new to the LIS
    reported(gateway)
    (lab,) = labs(server)
    assert lab["patient."]["party."]["ref"] == "WRT-2"
    assert [line["result"] for line in lab["critearea."]] == [5.4]
    prior = server.tables[PARTY][1]
    assert (prior["active"], prior["replaced_by"]) == (False, 2)
    take(gateway, messages.merged(LINK, Merge("WRT-1", LI)))  # once more
    ordered(gateway, replace(ORDER, number="H8-13"))  # an order that was on its way
    assert [found["patient."]["party."]["ref"] for found in labs(server)] == ["WRT-2", "WRT-2"]


def test_a_merge_is_known_also_when_only_the_lis_remembers_it(
    gateway: LisGateway, server: GnuHealth, records: Records
) -> None:
    register(gateway, WANG)
    ordered(gateway)
    take(gateway, messages.merged(LINK, Merge("WRT-1", LI)))
    fresh = LisGateway(records, Journal(gateway.patients.journal.path.with_name("new.db")))
    reported(fresh)
    assert [line["result"] for line in labs(server)[0]["critearea."]] == [5.4]


def test_a_merge_of_a_patient_that_never_reached_the_lis(gateway: LisGateway, server: GnuHealth) -> None:
    take(gateway, messages.merged(LINK, Merge("WRT-0", WANG)))
    ordered(gateway, replace(ORDER, person=replace(LI, puid="WRT-0")))
    assert labs(server)[0]["patient."]["party."]["ref"] == "WRT-1"
    with pytest.raises(RefusedError, match="patient WRT-0 was merged into WRT-1"):
        register(gateway, replace(LI, puid="WRT-0"), "A08")
    with pytest.raises(RefusedError, match="WRT-0 was merged into WRT-1 before"):
        take(gateway, messages.merged(LINK, Merge("WRT-1", replace(LI, puid="WRT-0"))))


def test_a_lis_that_is_away_or_broken_is_no_refusal(records: Records, server: GnuHealth, journal: Journal) -> None:
    gateway = LisGateway(records, journal)
    server.fail.append(("party.party.create", RuntimeError("could not connect to the database")))
    with pytest.raises(UnavailableError, match="could not connect to the database"):
        register(gateway, WANG)
    nowhere = dict(records.settings) | {"url": "http://127.0.0.1:1"}
    away = LisGateway(Records("lis", nowhere, 1, records.door), journal)
    with pytest.raises(UnavailableError, match=r"lis: http://127\.0\.0\.1:1 cannot be reached"):
        register(away, WANG)
