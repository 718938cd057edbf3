"""Reads from the record what the pure functions of `wardround.rollout` decide by."""

from __future__ import annotations

import json
import sqlite3

from wardround.rollout.progress import ClassificationRecord, History, IntentRecord, ProofRecord
from wardround.run import clock


def halted(db: sqlite3.Connection) -> str | None:
    """Why everything stands still, or None."""
    row = db.execute("SELECT * FROM halts WHERE lifted_at IS NULL ORDER BY seq LIMIT 1").fetchone()
    return (
        None if row is None else f"halted by {row['who']} at {row['at']}: {row['reason']} (`wardround resume` lifts it)"
    )


def history(db: sqlite3.Connection, rollout: str) -> History:
    """The record of one roll-out, for the pure functions of `wardround.rollout`."""
    intents = tuple(
        IntentRecord(
            row["id"],
            row["host"],
            row["wave"],
            row["run"],
            row["direction"],
            row["state"],
            row["reason"],
            row["opened_seq"],
            row["closed_seq"],
        )
        for row in db.execute("SELECT * FROM intents WHERE rollout = ? ORDER BY opened_seq", (rollout,))
    )
    proofs = tuple(
        ProofRecord(
            row["host"],
            row["seq"],
            bool(row["ok"]),
            row["expected_version"],
            row["served_version"],
            tuple(
                f"{check['name']}: expected {check['expected']}, found {check['found']}"
                for check in json.loads(row["checks"])
                if not check["ok"]
            ),
        )
        for row in db.execute("SELECT * FROM proofs WHERE rollout = ? ORDER BY seq", (rollout,))
    )
    labels = tuple(
        ClassificationRecord(row["host"], row["cause"], row["reason"], row["seq"])
        for row in db.execute("SELECT * FROM classifications WHERE rollout = ? ORDER BY seq", (rollout,))
    )
    return History(intents, proofs, labels)


def seconds_since_change(db: sqlite3.Connection, rollout: str, wave: str) -> float:
    """Seconds since the wave's last change ended; infinite where it changed nothing."""
    row = db.execute("SELECT max(closed) FROM intents WHERE rollout = ? AND wave = ?", (rollout, wave)).fetchone()
    return float("inf") if row[0] is None else clock.seconds_since(row[0])
