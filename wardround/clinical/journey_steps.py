"""The steps of the patient's journey: who asks whom, and what an answer must hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardround.clinical.names import same_name
from wardround.clinical.verdict import NotProved

Answers = Mapping[str, Any]
REGISTRATION, SCREEN, LABORATORY = "registration", "screen", "laboratory"
# What is asked where no value came, to tell the causes apart: no step, and of no weight in the verdict.
STILL_KNOWN = "still known"


@dataclass(frozen=True)
class Visit:
    """One walk: the section `journey` of the hospital's data, and the PUID this walk's patient has."""

    journey: Mapping[str, Any]
    puid: str

    @property
    def written(self) -> str:
        """The name as it is written: family name, then given name."""
        patient = self.journey["patient"]
        return f"{patient['family']}{patient['given']}"

    @property
    def person_name(self) -> str:
        """DICOM PN: alphabetic, then ideographic group (PS3.5, section 6.2.1.1)."""
        patient = self.journey["patient"]
        alphabetic = f"{patient['family_romanised']}^{patient['given_romanised']}"
        return f"{alphabetic}={patient['family']}^{patient['given']}"


@dataclass(frozen=True)
class Question:
    """A step before it is judged. host asks server; verdict: what was found, or raises NotProved.

    branch: steps that hang on each other; depends: the likely cause where the message itself names none.
    """

    branch: str
    key: str
    name: str
    zh: str
    host: str
    server: str
    expected: str
    verdict: Callable[[Answers], str]
    depends: str


def questions(visit: Visit, answers: Mapping[str, Answers]) -> Iterator[Question]:
    """Every step in order; `answers` are looked into only where two steps must agree."""
    yield from _registration(visit)
    yield from _laboratory(visit, answers)
    for examination in visit.journey["examinations"]:
        yield from _examination(visit, str(examination["test"]), str(examination["device"]), answers)
    for key, zh in (("his", "HIS"), ("lis", "LIS"), ("pacs", "PACS")):
        yield _clearing(str(visit.journey[key]), zh)


def registered(journey: Mapping[str, Any]) -> Iterator[tuple[str, str, str]]:
    """Where the playbook keeps each answer: key of a step or STILL_KNOWN, host whose variable it is, its name."""
    for key, name in (("register", "registered"), ("database", "database")):
        yield key, "localhost", name
    yield "screen", str(journey["registration_desk"]), "seen"
    laboratory = {"lis_patient": "lis_patient", "order": "ordered", "measure": "measure", "release": "release"}
    for key, name in {**laboratory, "result": "result"}.items():
        yield key, str(journey["laboratory_desk"]), name
    yield STILL_KNOWN, str(journey["laboratory_desk"]), "still_known"
    for examination in journey["examinations"]:
        for name in ("request", "worklist", "store", "find", "open"):
            yield imaging_key(name, str(examination["test"])), str(examination["device"]), name
    for server in ("his", "lis", "pacs"):
        yield f"clear {journey[server]}", str(journey[server]), "cleared"


def imaging_key(step: str, test: str) -> str:
    """Key of a step of one examination, such as `store CT-CHEST`."""
    return f"{step} {test}"


def _registration(visit: Visit) -> Iterator[Question]:
    who = visit.journey
    his, lis, patient = str(who["his"]), str(who["lis"]), f"{visit.written} ({visit.puid})"

    def known(answer: Answers) -> str:
        record = _only(answer["records"], "patient")
        if (record["lastname"], record["name"]) != (who["patient"]["family"], who["patient"]["given"]):
            raise NotProved(f"{visit.puid} is called {record['lastname']}{record['name']}")
        return f"{visit.written} ({record['ref']})"

    def stored(answer: Answers) -> str:
        row = _only(answer["query_result"], "row")
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
        return f"order {_only(answer['records'], 'order')['request']}"

    def measured(answer: Answers) -> str:
        return _values(answer["records"])

    def validated(answer: Answers) -> str:
        if (state := _only(answer["records"], "laboratory record")["state"]) not in ("done", "validated"):
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


def _examination(visit: Visit, test: str, device: str, answers: Mapping[str, Answers]) -> Iterator[Question]:
    who = visit.journey
    his, pacs, ward, reader = str(who["his"]), str(who["pacs"]), str(who["ward_desk"]), str(who["reading_desk"])

    def key(step: str) -> str:
        return imaging_key(step, test)

    def requested(answer: Answers) -> str:
        return f"request {_only(answer['records'], 'request')['request']}"

    def offered(answer: Answers) -> str:
        entry = _only(answer["matches"], "worklist entry")
        _is_patient(visit, entry)
        if entry["AccessionNumber"] != answers[key("request")]["records"][0]["request"]:
            raise NotProved(f"accession number {entry['AccessionNumber']}")
        if entry.get("SpecificCharacterSet") != "ISO_IR 192":
            raise NotProved(f"(0008,0005) says {entry.get('SpecificCharacterSet')}")
        return f"{entry['PatientName']}, accession number {entry['AccessionNumber']}"

    def stored(answer: Answers) -> str:
        if answer["status"] != "Success":
            raise NotProved(f"{pacs} answers {answer['status']}")
        return f"stored, {answer['transfer_syntax']}"

    def found(answer: Answers) -> str:
        study = _only(answer["matches"], "study")
        _is_patient(visit, study)
        return f"{study['PatientName']}, {study.get('StudyDescription') or 'no description'}"

    def shown(answer: Answers) -> str:
        received = _only(answer["objects"], "object")
        sent = answers[key("store")]["content"]
        if received["sha256"] != sent["sha256"]:
            raise NotProved(f"{received['bytes']} other bytes than the {sent['bytes']} that {device} sent")
        return f"{received['bytes']} bytes as {device} sent them, SHA-256 {received['sha256'][:12]}..."

    rows = (
        (
            "request",
            f"request {test}",
            f"申请 {test}",
            ward,
            his,
            f"a request of {test}",
            requested,
            f"{his} refused the request",
        ),
        (
            "worklist",
            f"find {test} in the worklist",
            f"工作列表取 {test}",
            device,
            pacs,
            visit.person_name,
            offered,
            f"the interface engine did not deliver ORM^O01, or the worklist filter of {device} hides it",
        ),
        ("store", f"store {test}", f"上传 {test}", device, pacs, "Success", stored, f"{pacs} refused the object"),
        (
            "find",
            f"find {test} on the reading desk",
            f"阅片台检索 {test}",
            reader,
            pacs,
            visit.person_name,
            found,
            f"{pacs} did not keep the study",
        ),
        (
            "open",
            f"open {test} on the reading desk",
            f"阅片台打开 {test}",
            reader,
            pacs,
            "the bytes that were sent",
            shown,
            f"{pacs} or the viewer of {reader} changed the object",
        ),
    )
    for step, *rest in rows:
        yield Question(test, key(str(step)), *rest)  # type: ignore[arg-type]


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


def _only(records: Sequence[Mapping[str, Any]], what: str) -> Mapping[str, Any]:
    if len(records) != 1:
        raise NotProved(f"no {what}" if not records else f"{len(records)} {what}s instead of one")
    return records[0]


def _nobody(answer: Any) -> bool:
    """Whether a question was answered, and with no record."""
    return isinstance(answer, Mapping) and not answer.get("failed") and answer.get("records") == []


def _is_patient(visit: Visit, entry: Mapping[str, Any]) -> None:
    if entry["PatientID"] != visit.puid or not same_name(entry["PatientName"], visit.person_name):
        raise NotProved(f"{entry['PatientName']} ({entry['PatientID']})")


def _values(records: Sequence[Mapping[str, Any]]) -> str:
    """Every analyte with its value and unit."""
    if not records:
        raise NotProved("no result")
    for record in records:
        if record["result"] is None:
            raise NotProved(f"{record['code']} has no value")
    return ", ".join(
        f"{one['code']} {one['result']:g} {one['units.name']}" for one in sorted(records, key=lambda one: one["code"])
    )
