"""Patients of the LIS: who is registered, changed and merged there, known by PUID."""

from __future__ import annotations

from collections.abc import Callable

from lab.engine import reading
from lab.engine.content import Person, RefusedError, UnavailableError
from lab.engine.journal import Journal
from lab.engine.reading import Parsed
from lab.engine.records import GENDERS, PERSON, Record, Records, linked

PARTY, PATIENT, LAB = "party.party", "gnuhealth.patient", "gnuhealth.lab"
LONGEST_LINE = 20  # merges one after the other; more are a circle
# What a new person needs beside the name. create_target: the patient's record is made in the same transaction.
NEW_PARTY = {"is_person": True, "is_patient": True, "create_target": True, "fed_country": "XXX"}


class Patients:
    """Handlers of ADT messages. journal: keeps who was merged, also when the LIS never knew the prior patient."""

    def __init__(self, records: Records, journal: Journal) -> None:
        self.records, self.journal = records, journal

    def register(self, message: Parsed) -> None:
        """Make or change a patient."""
        self.registered(reading.patient(message))

    def registered(self, person: Person) -> int:
        """The id of the patient's record, which holds what `person` says afterwards."""
        if self.journal.surviving(person.puid) != person.puid:
            raise RefusedError(f"patient {person.puid} was merged into {self.journal.surviving(person.puid)}", "205")
        party = self.party(person.puid)
        wanted = identity(person)
        if party is None:
            made(self.records, PARTY, NEW_PARTY | {"ref": person.puid} | wanted, lambda: self.party(person.puid))
            party = self.party(person.puid)
        if party is None:
            raise UnavailableError(f"the LIS made patient {person.puid} and does not show it")
        changed = {name: value for name, value in wanted.items() if (party[name] or None) != (value or None)}
        # GNU Health keeps only the official name of a new person, so further ones are written after it.
        changed |= spellings(person, party["person_names."])
        if changed:
            self.records.write(PARTY, party["id"], changed)
        return self.patient_of(party["id"])

    def party(self, puid: str) -> Record | None:
        """The party of a PUID, merged ones too."""
        fields = ("id", *PERSON, "name_representation", "replaced_by.ref")
        return self.records.first(PARTY, [("ref", "=", puid)], fields)

    def patient_of(self, party: int) -> int:
        """The patient's record of a party, made where it is missing."""
        mine = [("party", "=", party)]
        found = self.records.first(PATIENT, mine)
        return int(found["id"]) if found else self.records.create(PATIENT, {"party": party})

    def surviving(self, puid: str) -> str:
        """Who a patient is after all merges that the journal or the LIS knows of."""
        for _merge in range(LONGEST_LINE):
            puid = self.journal.surviving(puid)
            party = self.party(puid)
            if party is None or not party["replaced_by."]:
                return puid
            puid = party["replaced_by."]["ref"]
        raise RefusedError(f"patient {puid} was merged in a circle", "205")

    def record(self, puid: str) -> int:
        """The patient's record of a PUID, after merges; RefusedError for one whom the LIS does not know."""
        now = self.journal.surviving(puid)
        found = self.records.first(PATIENT, [("party.ref", "=", now)], ("id", "party.replaced_by.ref"))
        if found is not None and linked(found, "party.replaced_by"):
            now = self.surviving(now)
            found = self.records.first(PATIENT, [("party.ref", "=", now)])
        if found is None:
            merged = f", into whom {puid} was merged" if now != puid else ""
            raise RefusedError(f"the LIS knows no patient {now}{merged}", "204")
        return int(found["id"])

    def merge(self, message: Parsed) -> None:
        """Everything of the prior patient becomes the surviving one's."""
        merge = reading.merge(message)
        try:
            self.journal.merge(merge.prior, merge.person.puid)
        except ValueError as error:
            raise RefusedError(str(error), "205") from None
        self.registered(merge.person)
        survivor = self.party(merge.person.puid)
        prior = self.party(merge.prior)
        if survivor is None or prior is None:
            return  # nothing of the prior patient ever reached the LIS; what comes later goes to the surviving one
        patients = [self.patient_of(party["id"]) for party in (prior, survivor)]
        for found in self.records.search(LAB, [("patient", "=", patients[0])], ("id",)):
            self.records.write(LAB, found["id"], {"patient": patients[1]})
        if not prior["replaced_by."]:
            self.records.write(PARTY, prior["id"], {"replaced_by": survivor["id"], "active": False})


def identity(person: Person) -> Record:
    """The legal name, birth and gender as a party holds them."""
    ideographic = [name for name in person.names if name.representation == "I"]
    own = (ideographic or person.names)[0]
    shown = "cjk" if ideographic else None  # 王小明, not 王, 小明
    gender = GENDERS.get(person.sex, "u")
    found = {"name": own.given, "lastname": own.family, "dob": person.born, "gender": gender}
    return found | {"name_representation": shown}


def spellings(person: Person, held: list[Record]) -> Record:
    """What a party lacks of a person's further names; nothing when it has them."""
    own = identity(person)
    wanted = [
        (name.family, name.given)
        for name in person.names
        if (name.given, name.family) != (own["name"], own["lastname"])
    ]
    usual = {name["id"]: (name["family"] or "", name["given"] or "") for name in held if name["use"] == "usual"}
    if sorted(wanted) == sorted(usual.values()):
        return {}
    commands: list[tuple[str, object]] = [("delete", list(usual))] if usual else []
    if wanted:
        commands.append(("create", [{"use": "usual", "family": family, "given": given} for family, given in wanted]))
    return {"person_names": commands}


def made(records: Records, model: str, values: Record, again: Callable[[], Record | None]) -> Record | None:
    """Make a record; what `again` finds when it is there after all, by an earlier request that was still on its way."""
    try:
        records.create(model, values)
    except RefusedError:
        found = again()
        if found is None:
            raise
        return found
    return None
