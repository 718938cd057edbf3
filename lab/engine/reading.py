"""Messages as they come in, parsed and validated with hl7apy; the inverse of `messages`.

What HL7 allows and this hospital cannot use is refused with a sentence and the condition of HL7 table 0357.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.exceptions import HL7apyException
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from lab.engine.content import LabOrder, Merge, Name, Observation, Person, Provider, RefusedError, Report

_RANGE = re.compile(r"(-?[\d.]+)\s*-\s*(-?[\d.]+)")
_BOUND = re.compile(r"([<>])=?\s*(-?[\d.]+)")


@dataclass(frozen=True)
class Parsed:
    """A valid message. text: as received. tree: hl7apy's, with groups."""

    text: str
    tree: Any
    control_id: str
    sender: str
    kind: str


def parse(text: str) -> Parsed:
    """A message; RefusedError (100 to 102) when it is not what HL7 v2.5.1 says."""
    head = hl7.header(text)
    try:
        tree = parse_message(text, validation_level=VALIDATION_LEVEL.TOLERANT, find_groups=True)
        Validator.validate(tree)
    except HL7apyException as error:
        missing = re.search(r"required child \w+\.\w{3}_\d+$", str(error))
        condition = "101" if missing else "102" if "alue" in str(error) else "100"
        raise RefusedError(f"not valid HL7 v2.5.1: {error}", condition) from error
    kind = "^".join(head["type"].split("^")[:2])
    return Parsed(text, tree, head["control_id"], f"{head['sending_application']}|{head['sending_facility']}", kind)


def fields(segment: Any, index: int) -> list[list[str]]:
    """The repetitions of a field, each as its components, unescaped; of a component only its first subcomponent."""
    found = getattr(segment, f"{segment.name}_{index}".lower())
    repetitions = [element.to_er7().split("^") for element in found]
    return [[hl7.unescape(component.split("&")[0]) for component in parts] for parts in repetitions]


def field(segment: Any, index: int, component: int = 1) -> str:
    """One component of a field's first repetition, "" when it is not there."""
    for parts in fields(segment, index):
        return parts[component - 1] if component <= len(parts) else ""
    return ""


def person(pid: Any) -> Person:
    """The patient of a PID segment."""
    puid = identifier(pid, 3)
    names = []
    for parts in fields(pid, 5):
        family, given, *rest = [*parts, *[""] * 8]
        kind = rest[5] or ("A" if f"{family}{given}".isascii() else "I")
        if family or given:
            names.append(Name(family, given, kind))
    if not names:
        raise RefusedError(f"PID-5 of patient {puid} holds no name", "101")
    return Person(puid, tuple(names), day(field(pid, 7), "PID-7"), field(pid, 8))


def identifier(segment: Any, index: int) -> str:
    """The patient identifier in a CX field: the one of type PI or MR, else the first."""
    found = [parts for parts in fields(segment, index) if parts[0]]
    typed = [parts for parts in found if len(parts) > 4 and parts[4] in ("PI", "MR")]
    if not found:
        raise RefusedError(f"{segment.name}-{index} holds no patient identifier", "101")
    return (typed or found)[0][0]


def patient(message: Parsed) -> Person:
    """The patient of an ADT message."""
    return person(message.tree.pid)


def merge(message: Parsed) -> Merge:
    """What an ADT^A40 says."""
    groups = list(message.tree.adt_a39_patient)
    if len(groups) != 1:
        raise RefusedError(f"{len(groups)} patients in one A40; one is taken", "100")
    found = Merge(identifier(groups[0].mrg, 1), person(groups[0].pid))
    if found.prior == found.person.puid:
        raise RefusedError(f"patient {found.prior} cannot be merged into itself", "205")
    return found


def lab_order(message: Parsed) -> LabOrder:
    """The order of an OML^O21 with one test."""
    group = only(list(message.tree.oml_o21_order), "orders")
    orc, requests = group.orc, list(group.oml_o21_observation_request)
    if field(orc, 1) != "NW":
        raise RefusedError(f"ORC-1 {field(orc, 1)!r} is not taken: only NW, a new order", "103")
    request = only(requests, "tests")
    obr = request.obr
    specimens = [found.spm for found in request.oml_o21_specimen]
    specimen = field(specimens[0], 4, 2) or field(specimens[0], 4) if specimens else ""
    timings = [found.tq1 for found in group.oml_o21_timing]
    return LabOrder(
        number=required(field(orc, 2) or field(obr, 2), "ORC-2 (order number)"),
        person=person(only(list(message.tree.oml_o21_patient), "patients").pid),
        test=required(field(obr, 4), "OBR-4 (test)"),
        test_name=field(obr, 4, 2),
        ordered=moment(field(orc, 9), "ORC-9") or datetime.now(UTC),
        specimen="" if specimen == "unspecified" else specimen,
        request=field(orc, 4),
        requester=provider(obr, 16),
        urgent=any(field(timing, 9) == "S" for timing in timings),
    )


def reports(message: Parsed) -> list[Report]:
    """The results of an ORU^R01, one report an order; all final."""
    found = []
    for result in message.tree.oru_r01_patient_result:
        patients = list(result.oru_r01_patient)
        if not patients:
            raise RefusedError("a result without PID cannot be given to a patient", "101")
        who = person(patients[0].pid)
        found += [report(who, group) for group in result.oru_r01_order_observation]
    return found


def report(who: Person, group: Any) -> Report:
    """One order's results."""
    obr = group.obr
    orders = list(group.orc)
    number = field(obr, 2) or (field(orders[0], 2) if orders else "")
    results = [found.obx for found in group.oru_r01_observation]
    if field(obr, 25) not in ("", "F", "C"):
        raise RefusedError(f"OBR-25 {field(obr, 25)!r}: only final results are taken (F, C)", "103")
    specimens = [found.spm for found in group.oru_r01_specimen]
    verifier = obr.obr_32
    name = verifier[0].to_er7().split("^")[0].split("&") if len(verifier) else []
    return Report(
        number=required(number, "OBR-2 (order number)"),
        person=who,
        test=required(field(obr, 4), "OBR-4 (test)"),
        test_name=field(obr, 4, 2),
        measured=moment(field(obr, 7) or field(obr, 22), "OBR-7") or datetime.now(UTC),
        observations=tuple(observation(obx) for obx in results),
        specimen=field(specimens[0], 4, 2) if specimens else "",
        verifier=Provider(*[hl7.unescape(part) for part in [*name, "", ""][:3]]) if name and name[0] else None,
    )


def observation(obx: Any) -> Observation:
    """One analyte, final."""
    code = required(field(obx, 3), "OBX-3 (analyte)")
    if field(obx, 11) not in ("F", "C"):
        raise RefusedError(f"OBX-11 {field(obx, 11)!r} of {code}: only final results are taken (F, C)", "103")
    kind, value = field(obx, 2), field(obx, 5)
    if kind not in ("NM", "ST", "TX"):
        raise RefusedError(f"OBX-2 {kind!r} of {code} is not one of NM, ST, TX", "103")
    low, high = limits(field(obx, 7))
    return Observation(
        code=code,
        name=field(obx, 3, 2),
        value=decimal(value, f"OBX-5 of {code}") if kind == "NM" else None,
        text="" if kind == "NM" else value,
        unit=field(obx, 6),
        low=low,
        high=high,
        flag=field(obx, 8),
    )


def limits(text: str) -> tuple[float | None, float | None]:
    """The lower and upper limit of a reference range (OBX-7)."""
    if found := _RANGE.fullmatch(text.strip()):
        return decimal(found[1], "OBX-7"), decimal(found[2], "OBX-7")
    if found := _BOUND.fullmatch(text.strip()):
        value = decimal(found[2], "OBX-7")
        return (value, None) if found[1] == ">" else (None, value)
    return None, None


def provider(segment: Any, index: int) -> Provider | None:
    """An XCN field."""
    code, family, given = (field(segment, index, component) for component in (1, 2, 3))
    return Provider(code, family, given) if code or family else None


def only(found: list[Any], what: str) -> Any:
    """The one element of a list."""
    if len(found) != 1:
        raise RefusedError(f"{len(found)} {what} in one message; one is taken", "100")
    return found[0]


def required(text: str, what: str) -> str:
    if not text:
        raise RefusedError(f"{what} is empty", "101")
    return text


def decimal(text: str, where: str) -> float:
    try:
        value = float(text)
    except ValueError:
        raise RefusedError(f"{where} {text!r} is no number", "102") from None
    if not math.isfinite(value):
        raise RefusedError(f"{where} {text!r} is no number", "102")
    return value


def day(text: str, where: str) -> date | None:
    """A date of HL7's DT or the day of a DTM."""
    if not text:
        return None
    try:
        return datetime.strptime(text[:8], "%Y%m%d").date()
    except ValueError:
        raise RefusedError(f"{where} {text!r} is no date YYYYMMDD", "102") from None


def moment(text: str, where: str) -> datetime | None:
    """A time of HL7's DTM with its zone; without one it is this machine's."""
    if not text:
        return None
    digits, zone = text[:-5], text[-5:]
    if zone[:1] not in ("+", "-"):
        digits, zone = text, ""
    try:
        found = datetime.strptime(digits.split(".")[0].ljust(14, "0") + zone, "%Y%m%d%H%M%S" + ("%z" if zone else ""))
    except ValueError:
        raise RefusedError(f"{where} {text!r} is no time YYYYMMDDHHMMSS+ZZZZ", "102") from None
    return found if zone else found.astimezone()
