"""What happens in the HIS becomes messages: new and changed patients, merges, laboratory orders, imaging requests."""

from __future__ import annotations

import re
from contextlib import suppress
from functools import partial

from lab.engine import messages
from lab.engine.content import ImagingOrder, LabOrder, Merge
from lab.engine.journal import Entry
from lab.engine.records import PERSON, Record, inside, linked, person, provider, zoned
from lab.engine.source import News, Source

PARTY, LAB_REQUEST, IMAGING_REQUEST = "party.party", "gnuhealth.patient.lab.test", "gnuhealth.imaging.test.request"
DOCTOR = ("code", "party.lastname", "party.name")
LAB_FIELDS = (
    "request",
    "date",
    "urgent",
    *(f"test_type.{name}" for name in ("code", "name", "specimen_type")),
    *(f"patient_id.party.{name}" for name in PERSON),
    *(f"doctor_id.{name}" for name in DOCTOR),
)
IMAGING_FIELDS = (
    "request",
    "request_line",
    "date",
    "urgent",
    "comment",
    *(f"requested_test.{name}" for name in ("code", "name", "test_type.code")),
    *(f"patient.party.{name}" for name in PERSON),
    *(f"doctor.{name}" for name in DOCTOR),
)
# The end of an imaging request's line number: how many lines (not one), which one.
SEVERAL = re.compile(r"-(?!01-)\d+-(\d+)$")
NUMBER = re.compile(r"H\d*-(\d+)")


def number_of(request: Record) -> str:
    """The order number of a laboratory request: the HIS's request number and the id of this line of it."""
    return f"H{request['request'] or ''}-{request['id']}"


def record_of(number: str) -> int | None:
    """The id of the laboratory request that an order number names."""
    found = NUMBER.fullmatch(number)
    return int(found[1]) if found else None


def accession_of(request: Record) -> str:
    """The accession number of an imaging request: the HIS's request number, made unique where it has several lines."""
    several = SEVERAL.search(request["request_line"] or "")
    return f"{request['request']}-{several[1]}" if several else str(request["request"])


class HisPoller(Source):
    """Makes messages of the HIS's records."""

    def poll(self) -> int:
        """One look; how many messages were made.

        Orders are asked for before patients, so whoever has an order among those found is among the patients found.
        """
        lab = self.news(LAB_REQUEST, [("state", "=", "draft"), ("source_type", "=", "patient")])
        imaging = self.news(IMAGING_REQUEST, [("state", "=", "requested")])
        people = self.news(PARTY, [("is_patient", "=", True)])
        with self.journal.transaction():
            entries = self.patients(people)
            if people.whole:  # an order may be of a patient of the next look otherwise
                entries += self.lab_orders(lab) + self.imaging_orders(imaging)
            return self.put(entries, [people, lab, imaging] if people.whole else [people])

    def patients(self, news: News) -> list[Entry]:
        """ADT messages; merges last, so that the surviving patient is known where they arrive."""
        merges: list[Entry] = []

        def make(record: Record, origin: str) -> list[Entry]:
            if record["replaced_by."]:
                merges.append(self.merged(record, origin))
                return []
            event = "A08" if self.journal.known(f"{PARTY}:{record['id']}") else "A04"
            write = partial(messages.registered, person=person(record), event=event)
            return [self.entry("lis", origin, record["ref"], f"ADT^{event}", write)]

        fields = (*PERSON, *(f"replaced_by.{name}" for name in PERSON))
        return self.entries(news, fields, make, "lis") + merges

    def merged(self, record: Record, origin: str) -> Entry:
        """The message of a party that another one replaces."""
        merge = Merge(record["ref"], person(record["replaced_by."]))
        with suppress(ValueError):  # a circle: the LIS refuses it with its reason
            self.journal.merge(merge.prior, merge.person.puid)
        return self.entry("lis", origin, merge.person.puid, "ADT^A40", partial(messages.merged, merge=merge))

    def lab_orders(self, news: News) -> list[Entry]:
        """OML messages, for the laboratory and for the analyser."""

        def make(record: Record, origin: str) -> list[Entry]:
            order = self.lab_order(record)
            write = partial(messages.lab_order, order=order)
            return [self.entry(to, origin, order.person.puid, "OML^O21", write) for to in ("lis", "analyser")]

        return self.entries(news, LAB_FIELDS, make, "lis")

    def imaging_orders(self, news: News) -> list[Entry]:
        """ORM messages."""

        def make(record: Record, origin: str) -> list[Entry]:
            order = self.imaging_order(record)
            return [
                self.entry("pacs", origin, order.person.puid, "ORM^O01", partial(messages.imaging_order, order=order))
            ]

        return self.entries(news, IMAGING_FIELDS, make, "pacs")

    def lab_order(self, record: Record) -> LabOrder:
        """A laboratory request as an order."""
        return LabOrder(
            number=number_of(record),
            person=person(linked(record, "patient_id.party")),
            test=inside(record, "test_type.code"),
            test_name=inside(record, "test_type.name") or "",
            ordered=zoned(record["date"]),
            specimen=inside(record, "test_type.specimen_type") or "",
            request=str(record["request"] or ""),
            requester=provider(record["doctor_id."]),
            urgent=bool(record["urgent"]),
        )

    def imaging_order(self, record: Record) -> ImagingOrder:
        """An imaging request as an order; which device makes it is the hospital's own table."""
        code = inside(record, "requested_test.code")
        device = self.config.examinations.get(code, {})
        return ImagingOrder(
            accession=accession_of(record),
            person=person(linked(record, "patient.party")),
            code=code,
            name=inside(record, "requested_test.name") or "",
            modality=device.get("modality") or inside(record, "requested_test.test_type.code") or "",
            station=device.get("station", ""),
            ordered=zoned(record["date"]),
            reason=record["comment"] or "",
            requester=provider(record["doctor."]),
            urgent=bool(record["urgent"]),
        )
