"""The journey's steps of one imaging examination."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wardround.clinical.journey_question import Answers, Question, Visit, agrees, in_utf_8, only, whose
from wardround.clinical.verdict import NotProved

# What is asked where an object was refused, to tell the causes apart: no step, and of no weight in the verdict.
ROOM = "room"


def imaging_key(step: str, test: str) -> str:
    """Key of a step of one examination, such as `store CT-CHEST`."""
    return f"{step} {test}"


def examination(visit: Visit, test: str, device: str, answers: Mapping[str, Answers]) -> Iterator[Question]:
    """From the ward's request to the object on the reading desk."""
    who = visit.journey
    his, pacs, ward, reader = str(who["his"]), str(who["pacs"]), str(who["ward_desk"]), str(who["reading_desk"])

    def key(step: str) -> str:
        return imaging_key(step, test)

    def requested(answer: Answers) -> str:
        record = only(answer["records"], "request")
        agrees(record, {"patient.puid": visit.puid, "requested_test.code": test})
        return f"request {record['request']} for {visit.puid}"

    def offered(answer: Answers) -> str:
        entry = only(answer["matches"], "worklist entry")
        whose(visit, entry)
        if entry["AccessionNumber"] != answers[key("request")]["records"][0]["request"]:
            raise NotProved(f"accession number {entry['AccessionNumber']}")
        in_utf_8(entry)
        return f"{entry['PatientName']}, accession number {entry['AccessionNumber']}"

    def stored(answer: Answers) -> str:
        if answer["status"] != "Success":
            raise NotProved(f"{pacs} answers {answer['status']}")
        return f"stored, {answer['transfer_syntax']}"

    def found(answer: Answers) -> str:
        study = only(answer["matches"], "study")
        whose(visit, study)
        return f"{study['PatientName']}, {study.get('StudyDescription') or 'no description'}"

    def shown(answer: Answers) -> str:
        received = only(answer["objects"], "object")
        whose(visit, received)
        in_utf_8(received)
        sent = answers[key("store")]["content"]
        if received["sha256"] != sent["sha256"]:
            raise NotProved(f"{received['bytes']} other bytes than the {sent['bytes']} that {device} sent")
        whole = f"{received['bytes']} bytes as {device} sent them, SHA-256 {received['sha256'][:12]}..."
        return f"{whole}, of {received['PatientName']}"

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
        (
            "store",
            f"store {test}",
            f"上传 {test}",
            device,
            pacs,
            "Success",
            stored,
            f"{pacs} refused the object",
            _why_refused(answers.get(key("store")), answers.get(key(ROOM)), pacs, device),
        ),
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


def _why_refused(store: Any, room: Any, pacs: str, device: str) -> str:
    """Why the archive is out of resources (PS3.4, table B.2-1): it says so of a full disk and of its own rules."""
    if not isinstance(store, Mapping) or "0xa7" not in str(store.get("msg")).lower() or not isinstance(room, Mapping):
        return ""
    free, reserve = room.get("free_mb"), room.get("reserve_mb")
    if not isinstance(free, int) or not isinstance(reserve, int):
        return ""
    if free < reserve:
        return f"the disk of {pacs} is full: {free} MB are free, {reserve} MB are kept in reserve"
    return f"{pacs} takes other transfer syntaxes of {device} (modality_link); it has room, {free} MB"
