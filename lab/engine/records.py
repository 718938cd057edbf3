"""The records of a GNU Health server, over JSON-RPC: what a gateway and a poller need of it."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import tryton

from lab.engine.content import Name, Person, Provider, RefusedError, UnavailableError
from lab.engine.door import Door

Record = dict[str, Any]
Domain = Sequence[Any]
SEXES = {"m": "M", "f": "F", "nb": "O", "other": "O"}  # party.gender -> HL7 table 0001
GENDERS = {"M": "m", "F": "f", "O": "other"}
PERSON = (
    "ref",
    "name",
    "lastname",
    "dob",
    "gender",
    *(f"person_names.{part}" for part in ("use", "family", "given")),
)


class Records:
    """A server's records; logs in when it must, also again.

    door: shared by all who log in as the same user. Raises RefusedError for what the server itself refuses,
    UnavailableError when it cannot be asked.
    """

    def __init__(self, name: str, settings: Mapping[str, str], deadline: float, door: Door) -> None:
        self.name, self.settings, self.deadline, self.door = name, settings, deadline, door
        self._session: tryton.Session | None = None
        self._lock = threading.Lock()

    def call(self, method: str, *arguments: Any) -> Any:
        """The result of a model's method, such as `gnuhealth.lab.read`."""
        with self._lock:
            kept = self._session is not None
            try:
                return self._ask(method, *arguments)
            except tryton.RefusedError as error:
                raise RefusedError(f"{self.name}: {error}", "102") from error
            except tryton.TrytonError as error:
                self._session = None
                if not kept or not isinstance(error, tryton.SessionEndedError):
                    raise UnavailableError(f"{self.name}: {error}") from error
            try:  # the server had forgotten the session, as it does when it starts anew
                return self._ask(method, *arguments)
            except tryton.TrytonError as error:
                self._session = None
                raise UnavailableError(f"{self.name}: {error}") from error

    def _ask(self, method: str, *arguments: Any) -> Any:
        if self._session is None:
            session = tryton.Session(self.settings, self.deadline)
            self.door.enter(session)
            session.context["active_test"] = False  # who was merged is inactive, and must be found
            self._session = session
        return self._session.call(f"model.{method}", *arguments)

    def search(
        self, model: str, domain: Domain, fields: Sequence[str], limit: int | None = None, order: Any = None
    ) -> list[Record]:
        """The fields of the records that match; a link's own fields as `patient.party.ref`."""
        found: list[Record] = self.call(f"{model}.search_read", domain, 0, limit, order, list(fields))
        return found

    def first(self, model: str, domain: Domain, fields: Sequence[str] = ("id",)) -> Record | None:
        """One record that matches."""
        found = self.search(model, domain, fields, limit=1)
        return found[0] if found else None

    def create(self, model: str, values: Record) -> int:
        """A new record's id."""
        return int(self.call(f"{model}.create", [values])[0])

    def write(self, model: str, record: int, values: Record) -> None:
        """Change a record."""
        self.call(f"{model}.write", [record], values)

    def close(self) -> None:
        """End the session."""
        with self._lock:
            if self._session is not None:
                self._session.logout()
            self._session = None


def inside(record: Record, path: str) -> Any:
    """A value by its dotted path in a record as Tryton answers it; None where a link leads nowhere."""
    link, _dot, name = path.rpartition(".")
    return (linked(record, link) or {}).get(name) if link else record.get(name)


def linked(record: Record, path: str) -> Any:
    """The record that a dotted path of links leads to, with the fields that were asked for; None where it ends."""
    found: Any = record
    for link in path.split("."):
        found = (found or {}).get(f"{link}.")
    return found


def person(party: Record) -> Person:
    """The patient of a party read with the fields PERSON.

    The party's own name is the legal one; a name of `person_names` in Latin letters stands beside one that is not.
    """
    own = Name(party["lastname"] or "", party["name"] or "", "")
    spellings = [Name(found["family"] or "", found["given"] or "", "") for found in party["person_names."]]
    names = [own, *(name for name in spellings if latin(name) and not latin(own))][:2]
    marked = tuple(Name(name.family, name.given, "A" if latin(name) else "I") for name in names)
    return Person(party["ref"], marked, party["dob"], SEXES.get(party["gender"] or "", ""))


def latin(name: Name) -> bool:
    """Whether a name can be written in any alphabetic script: no ideographs in it."""
    return all(ord(character) < 0x2E80 for character in name.family + name.given)


def provider(professional: Record | None) -> Provider | None:
    """A health professional read with code, party.lastname and party.name."""
    if not professional:
        return None
    party = professional.get("party.") or {}
    return Provider(professional.get("code") or "", party.get("lastname") or "", party.get("name") or "")


def ucum(unit: str) -> str:
    """A unit as UCUM writes it: 10*9/L, where people write 10^9/L."""
    return unit.replace("^", "*")


def zoned(moment: datetime | None) -> datetime:
    """Tryton keeps times in UTC without saying so."""
    return (moment or datetime.now(UTC)).replace(tzinfo=UTC)


def bare(moment: datetime) -> datetime:
    """A time as Tryton keeps it."""
    return moment.astimezone(UTC).replace(tzinfo=None, microsecond=0)
