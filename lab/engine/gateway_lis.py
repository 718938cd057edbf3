"""The laboratory's gateway: patients, orders and an analyser's results become records of the LIS.

Acting twice is as acting once: a patient is known by PUID, an order by its number, which is the unique name of
the LIS's lab record, so a message that comes again after a crash finds what the first one made.
"""

from __future__ import annotations

import time

from lab.engine import reading
from lab.engine.content import LabOrder, Observation, RefusedError, Report
from lab.engine.journal import Journal
from lab.engine.lis_patients import LAB, Patients, made
from lab.engine.reading import Parsed
from lab.engine.receiver import Handler
from lab.engine.records import Record, Records, bare, inside, ucum

RELEASED = ("done", "validated")  # states in which a laboratory has let a result go
MENU_SECONDS = 60.0  # how long a test of the LIS is remembered
ANALYTES = tuple(
    f"critearea.{name}"
    for name in ("code", "result", "result_text", "lower_limit", "upper_limit", "units.code", "units.name")
)
CRITERIA = (
    "name",
    "code",
    "test_method",
    "sequence",
    "limits_verified",
    "lower_limit",
    "upper_limit",
    "normal_range",
    "to_integer",
    "units",
)


class LisGateway:
    """Handlers of the messages that the LIS takes."""

    def __init__(self, records: Records, journal: Journal) -> None:
        self.records, self.patients = records, Patients(records, journal)
        self._menu: dict[str, tuple[float, int, list[Record]]] = {}

    def handlers(self) -> dict[str, Handler]:
        """By message type and event."""
        return {
            "ADT^A04": self.patients.register,
            "ADT^A08": self.patients.register,
            "ADT^A40": self.patients.merge,
            "OML^O21": self.order,
            "ORU^R01": self.results,
        }

    def order(self, message: Parsed) -> None:
        """A lab record in state draft, with the analytes of its test."""
        order = reading.lab_order(message)
        patient = self.patients.record(order.person.puid)
        test, lines = self.test(order)
        held = self.held(order.number)
        if held is None:
            values = {
                "name": order.number,
                "patient": patient,
                "test": test,
                "source_type": "patient",
                "state": "draft",
            }
            values |= {"date_requested": bare(order.ordered), "specimen_type": order.specimen or None}
            values |= {"request_order": int(order.request)} if order.request.isdecimal() else {}
            values["critearea"] = [("create", lines)]
            held = made(self.records, LAB, values, lambda: self.held(order.number))
        if held is not None and (held["patient"], held["test"]) != (patient, test):
            whose = inside(held, "patient.party.ref")
            raise RefusedError(f"order number {order.number} is already another order's, of patient {whose}", "205")

    def test(self, order: LabOrder) -> tuple[int, list[Record]]:
        """A test's id and its analytes, as a new lab record lists them."""
        read, test, lines = self._menu.get(order.test, (-MENU_SECONDS, 0, []))
        if time.monotonic() - read < MENU_SECONDS:
            return test, lines
        found = self.records.first(
            "gnuhealth.lab.test_type", [("code", "=", order.test), ("active", "=", True)], ("id", "critearea")
        )
        if found is None:
            raise RefusedError(f"the LIS has no test {order.test} ({order.test_name})", "103")
        read_lines = self.records.call("gnuhealth.lab.test.critearea.read", list(found["critearea"]), list(CRITERIA))
        lines = [{name: line[name] for name in CRITERIA} for line in read_lines]
        self._menu[order.test] = (time.monotonic(), found["id"], lines)
        return int(found["id"]), lines

    def held(self, number: str) -> Record | None:
        """The lab record of an order number."""
        fields = ("state", "test", "test.code", "patient", "patient.party.ref", *ANALYTES)
        return self.records.first(LAB, [("name", "=", number)], fields)

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
        if report.person.puid != whose and self.patients.surviving(report.person.puid) != self.patients.surviving(
            whose
        ):
            said = f"the result is of patient {report.person.puid}, but order {report.number} is of patient {whose}"
            raise RefusedError(f"{said}: it was given to neither", "204")
        if inside(held, "test.code") != report.test:
            raise RefusedError(f"order {report.number} is {inside(held, 'test.code')}, not {report.test}", "205")
        return held


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
