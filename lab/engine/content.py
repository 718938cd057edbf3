"""What messages are about: persons, orders, results. Times carry their zone; texts are as people write them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime


class RefusedError(Exception):
    """A receiver cannot do what a message asks, and sending it again would not help.

    condition: HL7 table 0357, such as 204 (unknown key identifier).
    """

    def __init__(self, reason: str, condition: str) -> None:
        super().__init__(reason)
        self.condition = condition


class UnavailableError(Exception):
    """What a message needs does not answer now; the same message may be accepted later."""


@dataclass(frozen=True)
class Name:
    """A person's name. representation: HL7 table 0465, A alphabetic or I ideographic."""

    family: str
    given: str
    representation: str


@dataclass(frozen=True)
class Person:
    """A patient. puid: the identifier in every system. names: the legal one first. sex: HL7 table 0001, "" unknown."""

    puid: str
    names: tuple[Name, ...]
    born: date | None = None
    sex: str = ""


@dataclass(frozen=True)
class Provider:
    """A health professional."""

    code: str
    family: str
    given: str


@dataclass(frozen=True)
class LabOrder:
    """One test of one patient. number: the placer's order number, also the specimen's. request: the HIS's own."""

    number: str
    person: Person
    test: str
    test_name: str
    ordered: datetime
    specimen: str = ""
    request: str = ""
    requester: Provider | None = None
    urgent: bool = False


@dataclass(frozen=True)
class ImagingOrder:
    """One examination of one patient. station: AE title of the device; modality: DICOM's code."""

    accession: str
    person: Person
    code: str
    name: str
    modality: str
    station: str
    ordered: datetime
    reason: str = ""
    requester: Provider | None = None
    urgent: bool = False


@dataclass(frozen=True)
class Observation:
    """One analyte. value: a number, else text. unit: UCUM. flag: HL7 table 0078, N, L or H, "" when not judged."""

    code: str
    name: str
    value: float | None
    text: str = ""
    unit: str = ""
    low: float | None = None
    high: float | None = None
    flag: str = ""


@dataclass(frozen=True)
class Report:
    """The results of one order, all of them final. verifier: who released them, None straight from an analyser."""

    number: str
    person: Person
    test: str
    test_name: str
    measured: datetime
    observations: tuple[Observation, ...]
    specimen: str = ""
    verifier: Provider | None = None


@dataclass(frozen=True)
class Merge:
    """Two records were one person's: what is known under `prior` belongs to `person` from now on."""

    prior: str
    person: Person


def flag(value: float | None, low: float | None, high: float | None) -> str:
    """OBX-8 of a value: L below its limits, H above, N within, "" when it has none (HL7 table 0078)."""
    if value is None or (low is None and high is None):
        return ""
    if low is not None and value < low:
        return "L"
    return "H" if high is not None and value > high else "N"
