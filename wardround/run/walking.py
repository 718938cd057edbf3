"""One patient's journey at a time: its lock, and an identifier for its patient."""

from __future__ import annotations

import secrets

from wardround.run import lock, processes
from wardround.run.store import Store

PREFIX = "WRT"  # what every test patient's PUID begins with, and what is cleared away
_NAME = "the patient's journey"


def begin(store: Store, pid: int) -> str:
    """Take the lock for the playbook run `pid`; the new patient's PUID. Raises LockedError while another walks."""
    lock.acquire(store, lock.Lock(_NAME, f"journey-{pid}"), processes.who(), pid)
    return f"{PREFIX}{secrets.token_hex(4).upper()}"


def end(store: Store) -> None:
    """Give the lock back, whoever of this run asks."""
    with store.write() as db:
        db.execute("DELETE FROM locks WHERE name = ?", (_NAME,))
