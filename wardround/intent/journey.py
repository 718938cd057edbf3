"""The section `journey`: who takes part in the patient's journey, and what is asked for."""

from __future__ import annotations

import datetime
from typing import Annotated, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from wardround.intent.models import HostName, Model, Positive, Text, _at_least, _check


def _names_the_patient(words: tuple[str, ...]) -> tuple[str, ...]:
    if not any("{puid}" in word for word in words):
        raise PydanticCustomError("wrong", "{allowed}", {"allowed": "words, one of them with {puid} for the patient"})
    return words


class Patient(Model):
    """The test patient of the journey, as written and romanised; every run gives a PUID of its own."""

    family: Text
    given: Text
    family_romanised: Annotated[str, _check(r"[A-Za-z -]{1,60}", "letters of the Latin alphabet")]
    given_romanised: Annotated[str, _check(r"[A-Za-z -]{1,60}", "letters of the Latin alphabet")]
    sex: Literal["m", "f"]
    born: Annotated[datetime.date, Field(strict=True)]


class Examination(Model):
    """An imaging request of the journey: code of the test at the HIS, the device that makes it, what it then stores."""

    test: Text
    device: HostName
    template: Annotated[str, _check(r"/[\w./-]+", "a path on the device")]


class Messages(Model):
    """How to ask the hospital's interface engine for the HL7 messages of a patient, and which must be among them.

    command: what prints them on `host`, word by word; `{puid}` stands for the patient's identifier.
    """

    host: HostName
    command: Annotated[tuple[Text, ...], _at_least(1), AfterValidator(_names_the_patient)]
    kinds: Annotated[
        tuple[Annotated[str, _check(r"[A-Z]{3}\^[A-Z][0-9]{2}", "an HL7 message type such as ORU^R01")], ...],
        _at_least(1),
    ]


class Journey(Model):
    """Who takes part in the patient's journey, and the laboratory test and examinations that are asked for."""

    registration_desk: HostName
    ward_desk: HostName
    laboratory_desk: HostName
    reading_desk: HostName
    his: HostName
    lis: HostName
    pacs: HostName
    laboratory_test: Text
    examinations: Annotated[tuple[Examination, ...], _at_least(1)]
    messages: Messages | None = None
    patient: Patient
    step_deadline_seconds: Positive

    def hosts(self) -> dict[tuple[str | int, ...], str]:
        """Every host that takes part, by its place in the section."""
        desks = ("registration_desk", "ward_desk", "laboratory_desk", "reading_desk", "his", "lis", "pacs")
        found: dict[tuple[str | int, ...], str] = {(key,): getattr(self, key) for key in desks}
        for number, examination in enumerate(self.examinations):
            found["examinations", number, "device"] = examination.device
        if self.messages:
            found["messages", "host"] = self.messages.host
        return found
