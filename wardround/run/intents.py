"""The journal of what is about to happen to a host, and how it ended: written before the act."""

from __future__ import annotations

import sqlite3
import uuid

from wardround.run import clock
from wardround.run.store import Store, next_seq


def open_one(
    db: sqlite3.Connection,
    rollout: str,
    wave: str,
    host: str,
    run: str,
    direction: str,
    versions: tuple[str, str],
    reason: str = "",
) -> str:
    """Journal that `host` is about to go from versions[0] to versions[1], and why; returns the intent id.

    Raises sqlite3.IntegrityError where the host already has an open intent.
    """
    identity = f"i-{uuid.uuid4().hex[:16]}"
    db.execute(
        "INSERT INTO intents"
        " (id, rollout, wave, host, run, direction, from_version, to_version, state, reason, opened, opened_seq)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, 'open', ?, ?, ?)",
        (identity, rollout, wave, host, run, direction, *versions, reason[:2000], clock.now(), next_seq(db)),
    )
    return identity


def close(db: sqlite3.Connection, intent: str, state: str, reason: str = "") -> None:
    """Write down how a change ended; without a new reason the one it was opened with stays."""
    db.execute(
        "UPDATE intents SET state = ?, reason = coalesce(nullif(?, ''), reason), closed = ?, closed_seq = ?"
        " WHERE id = ?",
        (state, reason[:2000], clock.now(), next_seq(db), intent),
    )


def stage(db: sqlite3.Connection, intent: str, busy: str) -> None:
    """The release lies on the host, and it was not restarted because it is in use: `busy` says by what.

    The intent stays the host's until it is begun; asking again moves only when it was asked and what was found.
    """
    moment = clock.now()
    db.execute(
        "UPDATE intents SET state = 'staged', staged = coalesce(staged, ?), busy = ?, closed = ?, closed_seq = ?"
        " WHERE id = ? AND state IN ('open', 'staged')",
        (moment, busy[:2000], moment, next_seq(db), intent),
    )


def ask_again(db: sqlite3.Connection, intent: str, run: str) -> None:
    """A run asks a staged host again; nothing is begun yet."""
    db.execute("UPDATE intents SET run = ? WHERE id = ? AND state = 'staged'", (run, intent))


def begin(db: sqlite3.Connection, intent: str) -> None:
    """The host is idle: its staged change begins now. Any other intent stays as it is.

    Raises sqlite3.IntegrityError where the host has an open intent of another roll-out.
    """
    db.execute(
        "UPDATE intents SET state = 'open', busy = '', closed = NULL, closed_seq = NULL, opened_seq = ?"
        " WHERE id = ? AND state = 'staged'",
        (next_seq(db), intent),
    )


def lose(store: Store, run: str, host: str, reason: str) -> None:
    """The host became unreachable in a run: an open intent of it is `unknown` from here on.

    One that is staged stays so: it was only asked whether it is in use.
    """
    with store.write() as db:
        staged = db.execute(
            "SELECT id FROM intents WHERE run = ? AND host = ? AND state = 'staged'", (run, host)
        ).fetchone()
        if staged is not None:
            stage(db, staged["id"], f"unreachable when asked: {reason}")
        db.execute(
            "UPDATE intents SET state = 'unknown', reason = ? WHERE run = ? AND host = ? AND state = 'open'",
            (reason[:2000], run, host),
        )
