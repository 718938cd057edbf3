"""One patient's journey at a time: its lock, and an identifier for its patient."""

from __future__ import annotations

import secrets

from wardround.run import lock, processes
from wardround.run.store import Store

# What every test patient's PUID begins with, and what is cleared away: nothing that a hospital gives out may begin so.
# GNU Health's own are three letters, three digits and three letters, without a hyphen.
PREFIX = "WRTEST-"
_NAME = "the patient's journey"


def begin(store: Store, pid: int) -> str:
    """Take the lock for the playbook run `pid`; the new patient's PUID. Raises LockedError while another walks."""
    lock.acquire(store, _lock(pid), processes.who(), pid)
    return f"{PREFIX}{secrets.token_hex(4).upper()}"


def end(store: Store, pid: int) -> None:
    """Give back the lock of the playbook run `pid`."""
    lock.release(store, _lock(pid))


def _lock(pid: int) -> lock.Lock:
    return lock.Lock(_NAME, f"journey-{pid}")
