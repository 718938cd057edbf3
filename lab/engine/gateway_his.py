"""The HIS's gateway: results that the laboratory released become lab records of the HIS, which the ward reads.

A result is written under its order's number, the unique name of the HIS's lab record, so it is there once however often
its message comes; a later version of it replaces the earlier one.
"""

from __future__ import annotations

from lab.engine import reading
from lab.engine.content import Observation, RefusedError, Report
from lab.engine.his import LAB_REQUEST, record_of
from lab.engine.reading import Parsed
from lab.engine.receiver import Handler
from lab.engine.records import Record, Records, bare, inside

LAB = "gnuhealth.lab"
CRITERIA = ("name", "code", "sequence", "normal_range", "units.code", "units.name")


class HisGateway:
    """Handlers of the messages that the HIS takes."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def handlers(self) -> dict[str, Handler]:
        """By message type and event."""
        return {"ORU^R01": self.results}

    def results(self, message: Parsed) -> None:
        """Write the results of all orders of a message."""
        for report in reading.reports(message):
            self.write(report)

    def write(self, report: Report) -> None:
        """One order's result, at the patient who has the order now."""
        patient = self.patient(report.person.puid)
        request = self.request(report, patient)
        values = self.values(report, patient, request)
        held = self.records.first(LAB, [("name", "=", report.number)], ("test", "critearea"))
        if held is None:
            self.records.create(LAB, values | {"name": report.number})
        elif held["test"] != values["test"]:
            raise RefusedError(f"lab record {report.number} of the HIS is another test's", "205")
        else:
            old = [("delete", held["critearea"])] if held["critearea"] else []
            self.records.write(LAB, held["id"], values | {"critearea": old + values["critearea"]})
        if request["state"] != "tested":
            self.records.write(LAB_REQUEST, request["id"], {"state": "tested"})

    def patient(self, puid: str) -> Record:
        """The patient's record of a PUID, after merges in the HIS."""
        now = puid
        for _merge in range(20):
            party = self.records.first("party.party", [("ref", "=", now)], ("replaced_by.ref",))
            if party is None or not party["replaced_by."]:
                break
            now = party["replaced_by."]["ref"]
        found = self.records.first("gnuhealth.patient", [("party.ref", "=", now)], ("party.ref",))
        if found is None:
            raise RefusedError(f"the HIS knows no patient {now}", "204")
        return found

    def request(self, report: Report, patient: Record) -> Record:
        """The ward's request that a report answers; RefusedError when it is another patient's, or there is none."""
        fields = ("state", "request", "date", "doctor_id", "patient_id.party.ref", "test_type.code")
        identifier = record_of(report.number)
        found = self.records.first(LAB_REQUEST, [("id", "=", identifier)], fields) if identifier else None
        if found is None:
            raise RefusedError(f"the HIS has no order {report.number}", "204")
        whose = inside(found, "patient_id.party.ref")
        if self.patient(whose)["id"] != patient["id"]:
            said = f"the result is of patient {report.person.puid}, but order {report.number} is of patient {whose}"
            raise RefusedError(f"{said}: it was given to neither", "204")
        if inside(found, "test_type.code") != report.test:
            raise RefusedError(f"order {report.number} is {inside(found, 'test_type.code')}, not {report.test}", "205")
        return found

    def values(self, report: Report, patient: Record, request: Record) -> Record:
        """A lab record's values; its analytes in the order of the HIS's own test."""
        test = self.records.first(
            "gnuhealth.lab.test_type", [("code", "=", report.test), ("active", "=", True)], ("id", "critearea")
        )
        if test is None:
            raise RefusedError(f"the HIS has no test {report.test} ({report.test_name})", "103")
        lines = self.records.search("gnuhealth.lab.test.critearea", [("id", "in", test["critearea"])], CRITERIA)
        own = {line["code"]: line for line in lines}
        analytes = [analyte(found, own.get(found.code), self.unit(found)) for found in report.observations]
        found = {"patient": patient["id"], "test": test["id"], "source_type": "patient", "state": "done"}
        found |= {"requestor": request["doctor_id"], "request_order": request["request"]}
        found |= {"date_requested": request["date"], "date_analysis": bare(report.measured)}
        found |= {"specimen_type": report.specimen or None, "critearea": [("create", analytes)]}
        return found

    def unit(self, found: Observation) -> int | None:
        """The HIS's unit of a UCUM code, None when it has none."""
        if not found.unit:
            return None
        spelled = [found.unit, found.unit.replace("*", "^")]
        named = ["OR", ("code", "in", spelled), ("name", "in", spelled)]
        unit = self.records.first("gnuhealth.lab.test.units", named)
        return int(unit["id"]) if unit else None


def analyte(found: Observation, own: Record | None, unit: int | None) -> Record:
    """One line of a lab record. A unit that the HIS does not know stands beside the number, never away from it."""
    line = {"code": found.code, "name": (own or {}).get("name") or found.name or found.code, "units": unit}
    line |= {"result": found.value, "result_text": found.text or None, "sequence": (own or {}).get("sequence") or 1}
    line |= {"lower_limit": found.low, "upper_limit": found.high, "warning": found.flag not in ("", "N")}
    if found.value is not None and found.unit and unit is None:
        line["remarks"] = found.unit
    return line
