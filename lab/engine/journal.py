"""What the engine must not forget: messages that wait, messages taken, who was merged. One SQLite file a process.

A commit is on the disk when it returns (WAL, synchronous=FULL), so `kill -9` at any moment loses nothing: a message
waits until its receiver has acknowledged it, and is sent again under the same control id when that is not known.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

KEPT_DAYS = 30
SCHEMA = """
CREATE TABLE IF NOT EXISTS outbox (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    destination TEXT NOT NULL,
    origin TEXT NOT NULL,      -- what the message was made of, so that it is made once
    subject TEXT NOT NULL,     -- the patient whose messages keep their order
    kind TEXT NOT NULL,        -- MSH-9, such as OML^O21
    control_id TEXT NOT NULL,
    message TEXT NOT NULL,
    due REAL NOT NULL DEFAULT 0,
    state TEXT NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sent', 'refused')),
    attempts INTEGER NOT NULL DEFAULT 0,
    reason TEXT NOT NULL DEFAULT '',
    made REAL NOT NULL,
    ended REAL,
    UNIQUE (destination, origin)
) STRICT;
CREATE INDEX IF NOT EXISTS outbox_waiting ON outbox (destination, subject, id) WHERE state = 'waiting';
CREATE TABLE IF NOT EXISTS inbox (
    sender TEXT NOT NULL, control_id TEXT NOT NULL, digest TEXT NOT NULL, answer TEXT NOT NULL, taken REAL NOT NULL,
    PRIMARY KEY (sender, control_id)
) STRICT;
CREATE TABLE IF NOT EXISTS cursors (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS merges (prior TEXT PRIMARY KEY, surviving TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS links (name TEXT PRIMARY KEY, well INTEGER NOT NULL, said TEXT NOT NULL, since REAL NOT NULL)
STRICT;
"""
# The next message: the oldest of its patient, tried least often, so that one that cannot be delivered delays no other.
NEXT = """
SELECT id, destination, origin, subject, kind, control_id, message, due FROM outbox AS this
WHERE destination = :destination AND state = 'waiting' AND due <= :now AND NOT EXISTS (
    SELECT 1 FROM outbox AS earlier WHERE earlier.destination = :destination AND earlier.state = 'waiting'
    AND earlier.subject = this.subject AND earlier.id < this.id)
ORDER BY attempts, id LIMIT 1
"""
COLUMNS = "destination, origin, subject, kind, control_id, message, due, made, state, reason"
MARKS = ", ".join("?" * 10)


@dataclass(frozen=True)
class Entry:
    """A message for a destination.

    due: when it may be sent at the earliest, seconds since 1970. reason: why it can never be sent, "" when it can.
    """

    destination: str
    origin: str
    subject: str
    kind: str
    control_id: str
    message: str
    due: float = 0.0
    reason: str = ""


class Journal:
    """The file; its methods may be called from any thread, each is one transaction."""

    def __init__(self, path: Path) -> None:
        self.path = path
        path.parent.mkdir(parents=True, exist_ok=True)
        self._changed = threading.Condition()
        self.version = 0  # grows whenever there may be something new to send
        self._lock = threading.RLock()
        self._database = sqlite3.connect(path, timeout=30, isolation_level=None, check_same_thread=False)
        self._database.row_factory = sqlite3.Row
        self._database.execute("PRAGMA journal_mode = WAL")
        self._database.execute("PRAGMA synchronous = FULL")
        self._database.executescript(SCHEMA)

    def close(self) -> None:
        with self._lock:
            self._database.close()

    def _tell(self) -> None:
        with self._changed:
            self.version += 1
            self._changed.notify_all()

    def wait(self, version: int, seconds: float) -> None:
        """Sleep until `version` is no longer the newest, for `seconds` at most."""
        with self._changed:
            self._changed.wait_for(lambda: self.version != version, seconds)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Everything in it or nothing; transactions inside one belong to it."""
        with self._lock:
            if self._database.in_transaction:
                yield self._database
                return
            self._database.execute("BEGIN IMMEDIATE")
            try:
                yield self._database
            except BaseException:
                self._database.execute("ROLLBACK")
                raise
            self._database.execute("COMMIT")

    def put(self, entries: Iterable[Entry], cursors: Mapping[str, str] | None = None) -> int:
        """Add messages, and how far their source was read; returns how many were new by destination and origin."""
        added = 0
        with self.transaction() as database:
            for entry in entries:
                what = (entry.destination, entry.origin, self.surviving(entry.subject), entry.kind)
                state = "refused" if entry.reason else "waiting"
                values = (*what, entry.control_id, entry.message, entry.due, time.time(), state, entry.reason)
                done = database.execute(f"INSERT OR IGNORE INTO outbox ({COLUMNS}) VALUES ({MARKS})", values)
                added += done.rowcount
            for name, value in (cursors or {}).items():
                database.execute("INSERT OR REPLACE INTO cursors VALUES (?, ?)", (name, value))
        self._tell()
        return added

    def known(self, origin: str) -> bool:
        """Whether a message was made of this origin, or of one that begins with it and a colon."""
        with self.transaction() as database:
            found = database.execute(
                "SELECT 1 FROM outbox WHERE origin = ?1 OR (origin > ?1 || ':' AND origin < ?1 || ';') LIMIT 1",
                (origin,),
            )
            return found.fetchone() is not None

    def cursor(self, name: str) -> str | None:
        """How far a source was read."""
        with self.transaction() as database:
            row = database.execute("SELECT value FROM cursors WHERE name = ?", (name,)).fetchone()
        return None if row is None else str(row["value"])

    def following(self, destination: str) -> Entry | None:
        """The message to send next to a destination, None when none is due."""
        with self.transaction() as database:
            row = database.execute(NEXT, {"destination": destination, "now": time.time()}).fetchone()
        return None if row is None else Entry(*tuple(row)[1:])

    def pause(self, destination: str, longest: float) -> float:
        """Seconds until a message for a destination is due, `longest` at most."""
        with self.transaction() as database:
            row = database.execute(
                "SELECT min(due) AS due FROM outbox WHERE destination = ? AND state = 'waiting'", (destination,)
            ).fetchone()
        return longest if row["due"] is None else min(longest, max(0.01, row["due"] - time.time()))

    def sent(self, entry: Entry, then: Iterable[Entry] = ()) -> None:
        """The receiver has taken it; `then`: what that leads to."""
        with self.transaction():
            self._end(entry, "sent", "")
            self.put(then)

    def refused(self, entry: Entry, reason: str) -> None:
        """The receiver will never take it as it is."""
        self._end(entry, "refused", reason)

    def tried(self, entry: Entry, reason: str) -> None:
        """It could not be delivered this time."""
        with self.transaction() as database:
            database.execute(
                "UPDATE outbox SET attempts = attempts + 1, reason = ? WHERE destination = ? AND control_id = ?",
                (reason, entry.destination, entry.control_id),
            )

    def _end(self, entry: Entry, state: str, reason: str) -> None:
        with self.transaction() as database:
            database.execute(
                "UPDATE outbox SET state = ?, reason = ?, ended = ?, attempts = attempts + 1"
                " WHERE destination = ? AND control_id = ? AND state = 'waiting'",
                (state, reason, time.time(), entry.destination, entry.control_id),
            )

    def again(self, control_id: str) -> int:
        """Let a refused message wait once more; returns how many there were."""
        with self.transaction() as database:
            done = database.execute(
                "UPDATE outbox SET state = 'waiting', reason = '', attempts = 0, ended = NULL"
                " WHERE control_id = ? AND state = 'refused'",
                (control_id,),
            )
        self._tell()
        return done.rowcount

    def answered(self, sender: str, control_id: str) -> tuple[str, str] | None:
        """(digest, answer) of a message taken before, None for one never seen."""
        with self.transaction() as database:
            row = database.execute(
                "SELECT digest, answer FROM inbox WHERE sender = ? AND control_id = ?", (sender, control_id)
            ).fetchone()
        return None if row is None else (row["digest"], row["answer"])

    def taken(self, sender: str, control_id: str, digest: str, answer: str) -> None:
        """Remember how a message was acknowledged."""
        with self.transaction() as database:
            database.execute(
                "INSERT OR REPLACE INTO inbox VALUES (?, ?, ?, ?, ?)", (sender, control_id, digest, answer, time.time())
            )

    def merge(self, prior: str, surviving: str) -> None:
        """From now on `prior` is `surviving`; what waits for the one keeps its order with what waits for the other."""
        if prior in self.line(surviving):
            raise ValueError(f"{surviving} was merged into {prior} before, so {prior} cannot be merged into it")
        with self.transaction() as database:
            database.execute("INSERT OR REPLACE INTO merges VALUES (?, ?)", (prior, surviving))
            database.execute(
                "UPDATE outbox SET subject = ? WHERE subject = ? AND state = 'waiting'", (surviving, prior)
            )

    def surviving(self, puid: str) -> str:
        """Who a patient is after all merges."""
        return self.line(puid)[-1]

    def line(self, puid: str) -> list[str]:
        """A patient and those into whom the patient was merged, one after the other; see `merge` why it has an end."""
        found = [puid]
        with self.transaction() as database:
            while row := database.execute("SELECT surviving FROM merges WHERE prior = ?", (found[-1],)).fetchone():
                found.append(str(row["surviving"]))
        return found

    def link(self, name: str, well: bool, said: str) -> None:
        """How a partner was last met, and since when it is well or not; only a change is written."""
        with self.transaction() as database:
            row = database.execute("SELECT well, said, since FROM links WHERE name = ?", (name,)).fetchone()
            if row is None or (bool(row["well"]), row["said"]) != (well, said):
                since = row["since"] if row is not None and bool(row["well"]) == well else time.time()
                database.execute("INSERT OR REPLACE INTO links VALUES (?, ?, ?, ?)", (name, well, said, since))

    def alive(self) -> None:
        """A sign of life for `engine status`."""
        with self.transaction() as database:
            database.execute("INSERT OR REPLACE INTO cursors VALUES ('alive', ?)", (str(time.time()),))

    def prune(self) -> None:
        """Drop what was delivered long ago."""
        before = time.time() - KEPT_DAYS * 86400
        with self.transaction() as database:
            database.execute("DELETE FROM outbox WHERE state = 'sent' AND ended < ?", (before,))
            database.execute("DELETE FROM inbox WHERE taken < ?", (before,))
