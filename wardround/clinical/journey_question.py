"""What a step of the patient's journey is before it is judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from wardround.clinical.names import same_name
from wardround.clinical.verdict import NotProved

Answers = Mapping[str, Any]
UTF_8 = "ISO_IR 192"  # in the Specific Character Set (PS3.3, C.12.1.1.2)


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

    branch: steps that hang on each other; depends: the likely cause where the message itself names none; certain: the
    cause where other answers tell it, whatever the message names.
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
    certain: str = ""


def only(records: Sequence[Mapping[str, Any]], what: str) -> Mapping[str, Any]:
    """The one record. Raises NotProved."""
    if len(records) != 1:
        raise NotProved(f"no {what}" if not records else f"{len(records)} {what}s instead of one")
    return records[0]


def whose(visit: Visit, entry: Mapping[str, Any]) -> None:
    """Raises NotProved where a DICOM entry is not of this walk's patient."""
    if entry["PatientID"] != visit.puid or not same_name(entry["PatientName"], visit.person_name):
        raise NotProved(f"{entry['PatientName']} ({entry['PatientID']})")


def in_utf_8(entry: Mapping[str, Any]) -> None:
    """Raises NotProved where a DICOM entry does not say that its texts are UTF-8."""
    if entry.get("SpecificCharacterSet") != UTF_8:
        raise NotProved(f"(0008,0005) says {entry.get('SpecificCharacterSet') or 'nothing'}")


def agrees(record: Mapping[str, Any], wanted: Mapping[str, str]) -> None:
    """Raises NotProved where a record is another patient's or of another test."""
    for field, value in wanted.items():
        if record[field] != value:
            raise NotProved(f"{field} is {record[field]}, not {value}")
