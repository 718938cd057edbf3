"""Messages as this hospital sends them: HL7 v2.5.1, built and validated with hl7apy (chapters 3, 4 and 7).

Every function returns a message's text, segments ending with CR, in UTF-8 by its MSH-18, with a control id of its own.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.core import Message
from hl7apy.validation import Validator

from lab.engine.content import ImagingOrder, LabOrder, Merge, Name, Observation, Person, Provider, Report

VERSION = "2.5.1"
CHARSET = "UNICODE UTF-8"
OWN_CODES = "L"  # HL7 table 0396: local codes
WORKLIST_CODES = "99HIS"  # the same where DICOM reads them (PS3.16, chapter 8: private schemes begin with 99)
Values = Mapping[int, str | Sequence[str]]


@dataclass(frozen=True)
class Link:
    """Who writes to whom: MSH-3 to MSH-6. MSH-4 is also the authority of patient identifiers (PID-3.4)."""

    application: str
    facility: str
    to_application: str
    to_facility: str


def registered(link: Link, person: Person, event: str) -> str:
    """ADT^A04 (a new patient) or ADT^A08 (changed), structure ADT_A01."""
    message = start(link, "ADT", event, "ADT_A01")
    fill(message.add_segment("EVN"), {2: now()})
    fill(message.add_segment("PID"), identity(link, person))
    fill(message.add_segment("PV1"), {1: "1", 2: "U"})  # table 0004: the class of visit is unknown here
    return finish(message)


def merged(link: Link, merge: Merge) -> str:
    """ADT^A40: the patient of MRG-1 is the one of PID (chapter 3.3.40)."""
    message = start(link, "ADT", "A40", "ADT_A39")
    fill(message.add_segment("EVN"), {2: now()})
    group = message.add_group("ADT_A39_PATIENT")
    fill(group.add_segment("PID"), identity(link, merge.person))
    fill(group.add_segment("MRG"), {1: identifier(link, merge.prior)})
    return finish(message)


def lab_order(link: Link, order: LabOrder) -> str:
    """OML^O21: one test and its specimen."""
    message = start(link, "OML", "O21", "OML_O21")
    fill(message.add_group("OML_O21_PATIENT").add_segment("PID"), identity(link, order.person))
    group = message.add_group("OML_O21_ORDER")
    number = hl7.escape(order.number)
    common = {1: "NW", 2: number, 4: components(order.request), 9: moment(order.ordered), 12: provider(order.requester)}
    fill(group.add_segment("ORC"), common)
    fill(group.add_group("OML_O21_TIMING").add_segment("TQ1"), {1: "1", 9: "S" if order.urgent else "R"})
    request = group.add_group("OML_O21_OBSERVATION_REQUEST")
    test = components(order.test, order.test_name, OWN_CODES)
    fill(request.add_segment("OBR"), {1: "1", 2: number, 4: test, 16: provider(order.requester)})
    fill(request.add_group("OML_O21_SPECIMEN").add_segment("SPM"), specimen(order.number, order.specimen))
    return finish(message)


def imaging_order(link: Link, order: ImagingOrder) -> str:
    """ORM^O01 for the worklist: accession number in OBR-18, to 20, station in OBR-21, modality in OBR-24."""
    message = start(link, "ORM", "O01", "ORM_O01")
    fill(message.add_group("ORM_O01_PATIENT").add_segment("PID"), identity(link, order.person))
    group = message.add_group("ORM_O01_ORDER")
    accession, at = hl7.escape(order.accession), moment(order.ordered)
    numbers = {2: accession, 3: accession}
    fill(group.add_segment("ORC"), {1: "NW", **numbers, 9: at, 12: provider(order.requester)})
    detail = group.add_group("ORM_O01_ORDER_DETAIL").add_group("ORM_O01_OBRRQDRQ1RXOODSODT_SUPPGRP")
    asked = {1: "1", **numbers, 4: components(order.code, order.name, WORKLIST_CODES), 16: provider(order.requester)}
    planned = {18: accession, 19: accession, 20: accession, 21: hl7.escape(order.station), 24: order.modality}
    reason = components("", order.reason) if order.reason else ""
    fill(detail.add_segment("OBR"), {**asked, **planned, 31: reason, 36: at})
    # hl7apy 1.3.5 reads the choice of OBR, RQD, RQ1, ... in this group as "all of them", so each segment is validated.
    return finish(message, whole=False)


def report(link: Link, found: Report) -> str:
    """ORU^R01: an order's results, final."""
    message = start(link, "ORU", "R01", "ORU_R01")
    result = message.add_group("ORU_R01_PATIENT_RESULT")
    fill(result.add_group("ORU_R01_PATIENT").add_segment("PID"), identity(link, found.person))
    group = result.add_group("ORU_R01_ORDER_OBSERVATION")
    number, at = hl7.escape(found.number), moment(found.measured)
    fill(group.add_segment("ORC"), {1: "RE", 2: number})
    test = components(found.test, found.test_name, OWN_CODES)
    order = {1: "1", 2: number, 4: test, 7: at, 22: at, 25: "F"}
    fill(group.add_segment("OBR"), {**order, 32: interpreter(found.verifier)})
    for place, observation in enumerate(found.observations, 1):
        obx = group.add_group("ORU_R01_OBSERVATION").add_segment("OBX")
        fill(obx, {1: str(place), **observed(observation), 11: "F", 14: at})
    fill(group.add_group("ORU_R01_SPECIMEN").add_segment("SPM"), specimen(found.number, found.specimen))
    return finish(message)


def start(link: Link, code: str, event: str, structure: str) -> Message:
    """A message with its MSH."""
    message = Message(structure, version=VERSION, validation_level=VALIDATION_LEVEL.STRICT)
    header = {3: link.application, 4: link.facility, 5: link.to_application, 6: link.to_facility, 7: now()}
    header |= {9: f"{code}^{event}^{structure}", 10: hl7.control_id(), 11: "P", 12: VERSION, 18: CHARSET}
    for index, value in header.items():
        setattr(message.msh, f"msh_{index}", value)
    return message


def finish(message: Message, whole: bool = True) -> str:
    """The text of a message that hl7apy finds valid; hl7apy's own exceptions for what HL7 cannot say."""
    for element in [message] if whole else segments(message):
        Validator.validate(element)
    return str(message.to_er7()) + "\r"


def segments(element: Any) -> list[Any]:
    """The segments below a message or group, in order."""
    if element.classname == "Segment":
        return [element]
    return [found for child in element.children for found in segments(child)]


def fill(segment: Any, values: Values) -> None:
    """Set fields by number; several values are repetitions, "" leaves a field out."""
    for index, value in values.items():
        for repetition in [value] if isinstance(value, str) else value:
            if repetition:
                segment.add_field(f"{segment.name}_{index}").value = repetition


def components(*texts: str) -> str:
    """A field of these components, without the empty ones at its end."""
    return "^".join(map(hl7.escape, texts)).rstrip("^")


def identifier(link: Link, puid: str) -> str:
    """A patient's identifier as CX: type PI, given out by the hospital."""
    return components(puid, "", "", link.facility, "PI")


def identity(link: Link, person: Person) -> Values:
    """PID."""
    born = person.born.strftime("%Y%m%d") if person.born else ""
    return {1: "1", 3: identifier(link, person.puid), 5: [full_name(n) for n in person.names], 7: born, 8: person.sex}


def full_name(name: Name) -> str:
    """XPN: family, given, name type L (legal), representation."""
    return components(name.family, name.given, "", "", "", "", "L", name.representation)


def provider(found: Provider | None) -> str:
    """XCN."""
    return components(found.code, found.family, found.given) if found else ""


def interpreter(found: Provider | None) -> str:
    """OBR-32, whose first component is a whole name (CNN)."""
    return "&".join(map(hl7.escape, (found.code, found.family, found.given))) if found else ""


def specimen(number: str, kind: str) -> Values:
    """SPM: the specimen carries its order's number. SPM-4 has no local code, so it is told as text."""
    return {1: "1", 2: hl7.escape(number), 4: components("", kind) if kind else components("", "unspecified")}


def observed(found: Observation) -> Values:
    """OBX-2 to OBX-8."""
    numeric = found.value is not None
    return {
        2: "NM" if numeric else "ST",
        3: components(found.code, found.name, OWN_CODES),
        5: number(found.value) if found.value is not None else hl7.escape(found.text),
        6: components(found.unit, "", "UCUM") if found.unit else "",
        7: reference(found.low, found.high),
        8: found.flag,
    }


def reference(low: float | None, high: float | None) -> str:
    """A reference range as OBX-7 has it: `3.9-6.1`, `>3.9`, `<6.1`."""
    if low is not None and high is not None:
        return f"{number(low)}-{number(high)}"
    if low is not None:
        return f">{number(low)}"
    return f"<{number(high)}" if high is not None else ""


def number(value: float) -> str:
    """A number without an exponent and without zeros that say nothing."""
    return f"{value:.6f}".rstrip("0").rstrip(".")


def moment(at: datetime | date) -> str:
    """DTM with its zone (chapter 2.A.22)."""
    return at.strftime("%Y%m%d%H%M%S%z")


def now() -> str:
    """This moment, to the millisecond."""
    at = datetime.now().astimezone()
    return f"{at:%Y%m%d%H%M%S}.{at.microsecond // 1000:03}{at:%z}"
