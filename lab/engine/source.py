"""Records that were written lately in a server become messages, each once.

The server is asked every half second. A record is known by model, id and time of writing, and the journal knows what
messages were made of. Records are looked for from some seconds before the newest one seen, because a transaction that
began earlier may be committed later.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from hl7apy.exceptions import HL7apyException

from lab.engine.config import Config
from lab.engine.journal import Entry, Journal
from lab.engine.messages import Link
from lab.engine.records import Record, Records

OVERLAP = timedelta(seconds=10)
AT_ONCE = 100  # records of one look, so that messages leave while more are made
log = logging.getLogger("engine")


@dataclass(frozen=True)
class News:
    """What no message was made of yet. origins: by record id, in the order of writing. whole: there is no more."""

    model: str
    origins: Mapping[int, str]
    cursor: str | None
    whole: bool


class Source:
    """A server that is polled."""

    def __init__(self, config: Config, records: Records, journal: Journal) -> None:
        self.config, self.records, self.journal = config, records, journal

    def news(self, model: str, domain: Sequence[Any]) -> News:
        """What was written lately and is new here."""
        cursor = self.journal.cursor(self.name_of(model))
        since = datetime.fromisoformat(cursor) - OVERLAP if cursor else None
        lately = [["OR", ("write_date", ">=", since), ("create_date", ">=", since)]] if since else []
        found = self.records.search(model, [*domain, *lately], ("write_date", "create_date"))
        written = sorted((record["write_date"] or record["create_date"], record["id"]) for record in found)
        origins = {record: f"{model}:{record}:{at.isoformat()}" for at, record in written}
        new = {record: origin for record, origin in origins.items() if not self.journal.known(origin)}
        chosen = dict(list(new.items())[:AT_ONCE])
        whole = len(chosen) == len(new)
        newest = [at.isoformat() for at, record in written if whole or record in chosen]
        return News(model, chosen, max([*newest, cursor or ""]) or None, whole)

    def name_of(self, model: str) -> str:
        """Under which the journal keeps how far a model was read."""
        return f"{self.records.name} {model}"

    def entries(
        self, news: News, fields: Sequence[str], make: Callable[[Record, str], list[Entry]], to: str
    ) -> list[Entry]:
        """The messages that `make` makes of each record and its origin.

        A record that it cannot make any of is kept as refused for the destination `to`, so that it holds up no other.
        """
        if not news.origins:
            return []
        found = self.records.call(f"{news.model}.read", list(news.origins), ["id", *fields])
        records = {record["id"]: record for record in found}
        made: list[Entry] = []
        for record, origin in news.origins.items():
            try:
                made += make(records[record], origin) if record in records else []
            except Exception as error:  # whatever is odd about one record
                log.exception("%s", origin)
                reason = f"{origin} cannot be made a message: {type(error).__name__}: {error}"
                made.append(Entry(to, origin, origin, news.model, hl7.control_id(), "", reason=reason))
        return made

    def entry(self, to: str, origin: str, puid: str, kind: str, write: Callable[[Link], str]) -> Entry:
        """A message for a destination; one that HL7 cannot say is kept as refused, with the reason."""
        destination = self.config.destinations[to]
        link = Link(self.config.application, self.config.facility, destination.application, destination.facility)
        try:
            text = write(link)
            hl7.frame(hl7.encode(text))
        except (HL7apyException, hl7.Hl7Error) as error:
            reason = f"{origin} of patient {puid} cannot be written as {kind}: {error}"
            log.error("%s", reason)
            return Entry(to, origin, puid, kind, hl7.control_id(), "", reason=reason)
        return Entry(to, origin, puid, kind, hl7.header(text)["control_id"], text)

    def put(self, entries: Sequence[Entry], seen: Sequence[News]) -> int:
        """Put messages into the journal together with how far was read; nothing is written when nothing is new."""
        cursors = {self.name_of(news.model): news.cursor for news in seen if news.cursor}
        moved = {name: cursor for name, cursor in cursors.items() if self.journal.cursor(name) != cursor}
        return self.journal.put(entries, moved) if entries or moved else 0
