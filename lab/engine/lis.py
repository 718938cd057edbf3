"""What the laboratory releases becomes messages: the results of orders that came from the HIS."""

from __future__ import annotations

from functools import partial

from lab.engine import messages
from lab.engine.content import Observation, Report, flag
from lab.engine.gateway_lis import ANALYTES, RELEASED
from lab.engine.his import record_of
from lab.engine.journal import Entry
from lab.engine.lis_patients import LAB
from lab.engine.records import PERSON, Record, inside, linked, person, provider, ucum, zoned
from lab.engine.source import News, Source

FIELDS = (
    "name",
    "date_analysis",
    "specimen_type",
    "test.code",
    "test.name",
    "critearea.name",
    "critearea.excluded",
    "critearea.warning",
    *ANALYTES,
    *(f"patient.party.{name}" for name in PERSON),
    *(f"{who}.{name}" for who in ("done_by", "validated_by") for name in ("code", "party.lastname", "party.name")),
)


class LisPoller(Source):
    """Makes messages of the LIS's lab records."""

    def poll(self) -> int:
        """One look; how many messages were made."""
        news = self.news(
            LAB, [("state", "in", list(RELEASED)), ("source_type", "=", "patient"), ("name", "like", "H%-%")]
        )
        return self.put(self.released(news), [news])

    def released(self, news: News) -> list[Entry]:
        """ORU messages."""

        def make(record: Record, origin: str) -> list[Entry]:
            if record_of(record["name"]) is None:
                return []  # the laboratory's own
            found = report(record)
            return [self.entry("his", origin, found.person.puid, "ORU^R01", partial(messages.report, found=found))]

        return self.entries(news, FIELDS, make, "his")


def report(record: Record) -> Report:
    """A lab record as a report; analytes without a result are left out."""
    lines = [line for line in record["critearea."] if not line["excluded"]]
    return Report(
        number=record["name"],
        person=person(linked(record, "patient.party")),
        test=inside(record, "test.code"),
        test_name=inside(record, "test.name") or "",
        measured=zoned(record["date_analysis"]),
        observations=tuple(observation(line) for line in lines if line["result"] is not None or line["result_text"]),
        specimen=record["specimen_type"] or "",
        verifier=provider(record["validated_by."] or record["done_by."]),
    )


def observation(line: Record) -> Observation:
    """One analyte with its flag, which the limits give."""
    unit = line.get("units.") or {}
    return Observation(
        code=line["code"] or line["name"],
        name=line["name"],
        value=line["result"],
        text="" if line["result"] is not None else line["result_text"],
        unit=ucum(unit.get("code") or unit.get("name") or ""),
        low=line["lower_limit"],
        high=line["upper_limit"],
        flag=flag(line["result"], line["lower_limit"], line["upper_limit"]),
    )
