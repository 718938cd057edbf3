"""One operator a product at a time. A lock belongs to a living process: a dead one's is free."""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass

from wardround.run import clock, processes
from wardround.run.store import Store


class LockedError(Exception):
    """Somebody else holds the lock; the message says who and since when."""


@dataclass(frozen=True)
class Lock:
    """A held lock. `token` travels to child processes in WARDROUND_LOCK and shows whose work they do."""

    name: str
    token: str


def acquire(store: Store, lock: Lock, owner: str, pid: int) -> None:
    """Take the lock for the process `pid`, also from a dead holder.

    Raises LockedError where another living process holds it.
    """
    holder = processes.process(pid)
    with store.write() as db:
        row = _row(db, lock.name)
        if row is not None and row["token"] != lock.token and _alive(row):
            raise LockedError(
                f"{lock.name} is locked by {row['owner']} (process {row['pid']}, since {row['at']}); it ends by itself,"
                " `wardround halt` makes it stop before the next host"
            )
        db.execute(
            "INSERT OR REPLACE INTO locks (name, token, owner, pid, pid_start, boot_id, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?)",
            (lock.name, lock.token, owner, holder.pid, holder.start, holder.boot_id, clock.now()),
        )


def release(store: Store, lock: Lock) -> None:
    with store.write() as db:
        db.execute("DELETE FROM locks WHERE name = ? AND token = ?", (lock.name, lock.token))


def end(store: Store, lock: Lock, why: str) -> None:
    """Mark that the holder ends: whoever works under its token begins nothing new."""
    with store.write() as db:
        db.execute("UPDATE locks SET ending = ? WHERE name = ? AND token = ?", (why, lock.name, lock.token))


def ending(db: sqlite3.Connection, lock: Lock) -> str | None:
    """Why the holder of this lock ends, or None while it does not."""
    row = _row(db, lock.name)
    return None if row is None or row["token"] != lock.token else row["ending"]


def held(db: sqlite3.Connection, lock: Lock) -> bool:
    """Whether `lock` is the one in force and its owner is alive."""
    row = _row(db, lock.name)
    return row is not None and row["token"] == lock.token and _alive(row)


def _row(db: sqlite3.Connection, name: str) -> sqlite3.Row | None:
    row: sqlite3.Row | None = db.execute("SELECT * FROM locks WHERE name = ?", (name,)).fetchone()
    return row


def _alive(row: sqlite3.Row) -> bool:
    return processes.alive(processes.Process(row["pid"], row["pid_start"], row["boot_id"]))
