"""The steps of the patient's journey: who asks whom, and what an answer must hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from wardround.clinical.journey_imaging import ROOM, examination, imaging_key
from wardround.clinical.journey_messages import messages
from wardround.clinical.journey_question import Answers, Question, Visit, agrees, only
from wardround.clinical.verdict import NotProved

REGISTRATION, SCREEN, LABORATORY = "registration", "screen", "laboratory"
# What is asked where no value came, to tell the causes apart: no step, and of no weight in the verdict.
STILL_KNOWN, OTHER_SECTIONS = "still known", "other sections"


def questions(visit: Visit, answers: Mapping[str, Answers]) -> Iterator[Question]:
    """Every step in order; `answers` are looked into only where two steps must agree."""
    yield from _registration(visit)
    yield from _laboratory(visit, answers)
    yield from messages(visit, LABORATORY)
    for one in visit.journey["examinations"]:
        yield from examination(visit, str(one["test"]), str(one["device"]), answers)
    for key, zh in (("his", "HIS"), ("lis", "LIS"), ("pacs", "PACS")):
        yield _clearing(str(visit.journey[key]), zh)


def registered(journey: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where the playbook keeps each answer: key of a step or a question aside, host whose variable it is, its name."""
    for key, name in (("register", "registered"), ("database", "database")):
        yield key, "localhost", name
    yield "screen", str(journey["registration_desk"]), "seen"
    laboratory = {"lis_patient": "lis_patient", "order": "ordered", "measure": "measure", "release": "release"}
    for key, name in {**laboratory, "result": "result"}.items():
        yield key, str(journey["laboratory_desk"]), name
    if journey.get("messages"):
        yield "messages", str(journey["laboratory_desk"]), "messages"
    yield STILL_KNOWN, str(journey["laboratory_desk"]), "still_known"
    yield OTHER_SECTIONS, str(journey["laboratory_desk"]), "other_sections"
    for one in journey["examinations"]:
        for name in ("request", "worklist", "store", "find", "open", ROOM):
            yield imaging_key(name, str(one["test"])), str(one["device"]), name
    for server in ("his", "lis", "pacs"):
        yield f"clear {journey[server]}", str(journey[server]), "cleared"


def _registration(visit: Visit) -> Iterator[Question]:
    who = visit.journey
    his, lis, patient = str(who["his"]), str(who["lis"]), f"{visit.written} ({visit.puid})"

    def known(answer: Answers) -> str:
        record = only(answer["records"], "patient")
        if (record["lastname"], record["name"]) != (who["patient"]["family"], who["patient"]["given"]):
            raise NotProved(f"{visit.puid} is called {record['lastname']}{record['name']}")
        return f"{visit.written} ({record['ref']})"

    def stored(answer: Answers) -> str:
        row = only(answer["query_result"], "row")
        if f"{row['lastname']}{row['name']}" != visit.written:
            raise NotProved(f"PostgreSQL holds {row['lastname']}{row['name']}")
        if row["encoding"] != "UTF8":
            raise NotProved(f"the database is encoded in {row['encoding']}")
        return f"{visit.written}, {row['encoding']}"

    def shown(answer: Answers) -> str:
        fields = answer["fields"]  # of the record: the list beside it may show a namesake
        if missing := [text for text in (visit.puid, visit.written) if text not in fields]:
            raise NotProved(f"no {' and no '.join(missing)} in {', '.join(fields) or 'no field'}")
        return f"{visit.written} in {answer['windows'][0]}"

    desk, bench, engine = str(who["registration_desk"]), str(who["laboratory_desk"]), "the interface engine"
    yield Question(
        REGISTRATION,
        "register",
        "register the patient",
        "挂号建档",
        desk,
        his,
        patient,
        known,
        f"{his} did not keep the patient",
    )
    yield Question(
        REGISTRATION,
        "database",
        "read the patient in PostgreSQL",
        "数据库核对",
        his,
        his,
        f"{visit.written}, UTF8",
        stored,
        f"the database of {his} was not made with UTF8",
    )
    yield Question(
        SCREEN,
        "screen",
        "see the patient on the screen",
        "屏幕上查看患者",
        desk,
        his,
        patient,
        shown,
        f"the client of {desk}: `wardround prove his_client --limit {desk}` asks it more",
    )
    yield Question(
        LABORATORY,
        "lis_patient",
        "find the patient in the LIS",
        "检验系统收到患者",
        bench,
        lis,
        patient,
        known,
        f"{engine} did not deliver ADT^A04 to {lis}: is it running, is {lis}?",
    )


def _laboratory(visit: Visit, answers: Mapping[str, Answers]) -> Iterator[Question]:
    who = visit.journey
    his, lis, test = str(who["his"]), str(who["lis"]), str(who["laboratory_test"])
    ward, bench = str(who["ward_desk"]), str(who["laboratory_desk"])

    def ordered(answer: Answers) -> str:
        record = only(answer["records"], "order")
        agrees(record, {"patient_id.puid": visit.puid, "test_type.code": test})
        return f"order {record['request']} for {visit.puid}"

    def measured(answer: Answers) -> str:
        return _values(answer["records"])

    def validated(answer: Answers) -> str:
        if (state := only(answer["records"], "laboratory record")["state"]) not in ("done", "validated"):
            raise NotProved(f"the record is {state}")
        return str(state)

    def read(answer: Answers) -> str:
        found, wanted = _values(answer["records"]), _values(answers["measure"]["records"])
        if found != wanted:
            raise NotProved(f"{found} on the ward, {wanted} in the laboratory")
        return found

    engine = "the interface engine"
    unmeasured = (
        f"{engine} did not deliver OML^O21 or ORU^R01, the analyser is silent, or {bench} is of another section"
    )
    if _nobody(answers.get(STILL_KNOWN)):
        unmeasured = f"{lis} does not know the patient any more: was the record deleted or merged there?"
    elif sections := _sections(answers.get(OTHER_SECTIONS)):
        unmeasured = f"{bench} looks at another section: the sample was measured in {sections} (lis_client_section)"
    yield Question(
        LABORATORY,
        "order",
        f"order {test}",
        f"开立 {test}",
        ward,
        his,
        f"an order of {test}",
        ordered,
        f"{his} refused the order",
    )
    yield Question(
        LABORATORY,
        "measure",
        f"measure {test}",
        f"仪器检测 {test}",
        bench,
        lis,
        "a value with its unit",
        measured,
        unmeasured,
    )
    yield Question(
        LABORATORY,
        "release",
        f"release {test}",
        f"审核发布 {test}",
        bench,
        lis,
        "a released record",
        validated,
        f"the rights of {bench}",
    )
    yield Question(
        LABORATORY,
        "result",
        f"read the result of {test}",
        f"病区查看 {test}",
        ward,
        his,
        "what the laboratory measured",
        read,
        f"{engine} did not deliver ORU^R01 to {his}",
    )


def _clearing(server: str, system: str) -> Question:
    def cleared(answer: Answers) -> str:
        left = answer["records"] if "records" in answer else answer["json"]
        if left:
            raise NotProved(f"{len(left)} records of test patients are left")
        return "no test patient is left"

    return Question(
        f"clear {server}",
        f"clear {server}",
        f"clear the test patient from the {system}",
        f"清理 {system} 测试患者",
        server,
        server,
        "no test patient is left",
        cleared,
        f"the administrator's account of {server}",
    )


def _nobody(answer: Any) -> bool:
    """Whether a question was answered, and with no record."""
    return isinstance(answer, Mapping) and not answer.get("failed") and answer.get("records") == []


def _sections(answer: Any) -> str:
    """The sections in which a value came, where that was asked and answered."""
    if not isinstance(answer, Mapping) or answer.get("failed") or not isinstance(answer.get("records"), list):
        return ""
    return ", ".join(sorted({str(one["test.category"]) for one in answer["records"] if "test.category" in one}))


def _values(records: Sequence[Mapping[str, Any]]) -> str:
    """Every analyte with its value and unit."""
    if not records:
        raise NotProved("no result")
    for record in records:
        for key, what in (("result", "value"), ("units.name", "unit")):
            if record[key] is None:
                raise NotProved(f"{record['code']} has no {what}")
    return ", ".join(
        f"{one['code']} {one['result']:g} {one['units.name']}" for one in sorted(records, key=lambda one: one["code"])
    )
