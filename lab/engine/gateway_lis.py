"""The laboratory's gateway: patients, orders and an analyser's results become records of the LIS.

Acting twice is as acting once: a patient is known by PUID, an order by its number, which is the unique name of
the LIS's lab record, so a message that comes again after a crash finds what the first one made.
"""

from __future__ import annotations

from collections.abc import Callable

from lab.engine import reading
from lab.engine.content import LabOrder, Observation, Person, RefusedError, Report, UnavailableError
from lab.engine.journal import Journal
from lab.engine.reading import Parsed
from lab.engine.receiver import Handler
from lab.engine.records import EVERYONE, GENDERS, PERSON, Record, Records, bare, inside, ucum

LAB = "gnuhealth.lab"
RELEASED = ("done", "validated")  # states in which a laboratory has let a result go
ANALYTES = tuple(
    f"critearea.{name}"
    for name in ("code", "result", "result_text", "lower_limit", "upper_limit", "units.code", "units.name")
)
# What a new person needs beside the name. create_target: the patient's record is made in the same transaction.
NEW_PARTY = {"is_person": True, "is_patient": True, "create_target": True, "fed_country": "XXX"}
CRITERIA = ("name", "code", "test_method", "sequence", "limits_verified", "lower_limit", "upper_limit", "normal_range")


class LisGateway:
    """Handlers of the messages that the LIS takes. journal: keeps who was merged."""

    def __init__(self, records: Records, journal: Journal) -> None:
        self.records, self.journal = records, journal

    def handlers(self) -> dict[str, Handler]:
        """By message type and event."""
        return {
            "ADT^A04": self.register,
            "ADT^A08": self.register,
            "ADT^A40": self.merge,
            "OML^O21": self.order,
            "ORU^R01": self.results,
        }

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
            self.made("party.party", NEW_PARTY | {"ref": person.puid} | wanted, lambda: self.party(person.puid))
            party = self.party(person.puid)
        if party is None:
            raise UnavailableError(f"the LIS made patient {person.puid} and does not show it")
        changed = {name: value for name, value in wanted.items() if (party[name] or None) != (value or None)}
        # GNU Health keeps only the official name of a new person, so further ones are written after it.
        changed |= spellings(person, party["person_names."])
        if changed:
            self.records.write("party.party", party["id"], changed)
        return self.patient_of(party["id"])

    def made(self, model: str, values: Record, again: Callable[[], Record | None]) -> None:
        """Make a record unless it is there after all: an earlier request may have been on its way still."""
        try:
            self.records.create(model, values)
        except RefusedError:
            if again() is None:
                raise

    def party(self, puid: str) -> Record | None:
        """The party of a PUID, merged ones too."""
        fields = ("id", *PERSON, "name_representation", "replaced_by.ref")
        return self.records.first("party.party", [("ref", "=", puid), EVERYONE], fields)

    def patient_of(self, party: int) -> int:
        """The patient's record of a party, made where it is missing."""
        mine = [("party", "=", party), EVERYONE]
        found = self.records.first("gnuhealth.patient", mine)
        return int(found["id"]) if found else self.records.create("gnuhealth.patient", {"party": party})

    def surviving(self, puid: str) -> str:
        """Who a patient is after all merges that this gateway or the LIS knows of."""
        for _merge in range(20):
            puid = self.journal.surviving(puid)
            party = self.party(puid)
            if party is None or not party["replaced_by."]:
                return puid
            puid = party["replaced_by."]["ref"]
        raise RefusedError(f"patient {puid} was merged in a circle", "205")

    def patient(self, puid: str) -> int:
        """The patient's record of a PUID, after merges; RefusedError for one whom the LIS does not know."""
        now = self.surviving(puid)
        found = self.records.first("gnuhealth.patient", [("party.ref", "=", now), EVERYONE])
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
            self.records.write("party.party", prior["id"], {"replaced_by": survivor["id"], "active": False})

    def order(self, message: Parsed) -> None:
        """A lab record in state draft, with the analytes of its test."""
        order = reading.lab_order(message)
        patient = self.patient(order.person.puid)
        test = self.records.first("gnuhealth.lab.test_type", [("code", "=", order.test)], ("id", "critearea"))
        if test is None:
            raise RefusedError(f"the LIS has no test {order.test} ({order.test_name})", "103")
        held = self.held(order.number)
        if held is None:
            self.made(LAB, self.new(order, patient, test), lambda: self.held(order.number))
            held = self.held(order.number)
        if held is None or (held["patient"], held["test"]) != (patient, test["id"]):
            whose = inside(held or {}, "patient.party.ref")
            raise RefusedError(f"order number {order.number} is already another order's, of patient {whose}", "205")

    def held(self, number: str) -> Record | None:
        """The lab record of an order number."""
        fields = ("state", "test", "test.code", "patient", "patient.party.ref", *ANALYTES)
        return self.records.first(LAB, [("name", "=", number)], fields)

    def new(self, order: LabOrder, patient: int, test: Record) -> Record:
        """The values of a lab record."""
        units = [f"{name}" for name in (*CRITERIA, "to_integer", "units")]
        criteria = self.records.call("gnuhealth.lab.test.critearea.read", list(test["critearea"]), units)
        lines = [{name: line[name] for name in units} for line in criteria]
        values = {"name": order.number, "patient": patient, "test": test["id"], "source_type": "patient"}
        values |= {"date_requested": bare(order.ordered), "specimen_type": order.specimen or None, "state": "draft"}
        if order.request.isdecimal():
            values["request_order"] = int(order.request)
        return values | {"critearea": [("create", lines)]}

    def results(self, message: Parsed) -> None:
        """Results of all orders of a message: each checked before the first is written."""
        found = []
        for report in reading.reports(message):
            held = self.checked(report)
            lines = changes(report, held)
            if lines and held["state"] in RELEASED:
                raise RefusedError(f"the result of order {report.number} was released already and differs", "205")
            found.append((report, held, lines))
        for report, held, lines in found:
            if lines:
                self.records.write(LAB, held["id"], {"date_analysis": bare(report.measured), "critearea": lines})

    def checked(self, report: Report) -> Record:
        """The lab record that a report is for; RefusedError when it is not the same patient's, or there is none."""
        held = self.held(report.number)
        if held is None:
            raise RefusedError(f"the LIS has no order {report.number}", "204")
        whose = inside(held, "patient.party.ref")
        if self.surviving(report.person.puid) != self.surviving(whose):
            said = f"the result is of patient {report.person.puid}, but order {report.number} is of patient {whose}"
            raise RefusedError(f"{said}: it was given to neither", "204")
        if inside(held, "test.code") != report.test:
            raise RefusedError(f"order {report.number} is {inside(held, 'test.code')}, not {report.test}", "205")
        return held


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


def changes(report: Report, held: Record) -> list[tuple[str, list[int], Record]]:
    """What of a report the lab record does not say yet, as Tryton's commands for its analytes."""
    lines = {line["code"]: line for line in held["critearea."]}
    found = []
    for observation in report.observations:
        line = lines.get(observation.code)
        if line is None:
            raise RefusedError(f"test {report.test} has no analyte {observation.code}", "103")
        wanted = values(observation, line, report)
        if any(line[name] != value for name, value in wanted.items()):
            flagged = {"warning": observation.flag not in ("", "N")}
            found.append(("write", [line["id"]], wanted | flagged))
    return found


def values(observation: Observation, line: Record, report: Report) -> Record:
    """One analyte's result; RefusedError when its unit is not the laboratory's, because the number would mislead."""
    own = line.get("units.") or {}
    names = {str(name) for name in (own.get("code"), own.get("name")) if name}
    if observation.value is not None and names and ucum(observation.unit) not in map(ucum, names):
        said = f"{observation.code} of order {report.number} comes in {observation.unit or 'no unit'}"
        raise RefusedError(f"{said}, the LIS keeps it in {' = '.join(sorted(names))}", "103")
    found: Record = {"result": observation.value, "result_text": observation.text or None}
    if observation.low is not None or observation.high is not None:
        found |= {"lower_limit": observation.low, "upper_limit": observation.high}
    return found
