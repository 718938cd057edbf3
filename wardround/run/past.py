"""Reads from the record what the pure functions of `wardround.rollout` decide by."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import Any

from wardround.rollout.record import ClassificationRecord, History, IntentRecord, JourneyRecord, ProofRecord
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
            clock.seconds_between(row["staged"], row["closed"]) if row["staged"] and row["closed"] else 0.0,
            row["busy"],
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
    journeys = tuple(
        JourneyRecord(row["seq"], bool(row["ok"]), _broken(json.loads(row["steps"])))
        for row in db.execute("SELECT * FROM journeys WHERE rollout = ? ORDER BY seq", (rollout,))
    )
    return History(intents, proofs, labels, journeys)


def _broken(steps: list[dict[str, Any]]) -> str:
    """Where a journey broke, and the likely cause; empty where it did not."""
    if not steps:
        return "no step was walked"
    step = next((step for step in steps if not step["ok"]), None)
    if step is None:
        return ""
    cause = f"; likely cause: {step['cause']}" if step.get("cause") else ""
    return f"{step['name']} at {step['host']}: expected {step['expected']}, found {step['found']}{cause}"


def seconds_since_change(db: sqlite3.Connection, rollout: str, wave: str) -> float:
    """Seconds since the wave's last change ended; infinite where it changed nothing."""
    row = db.execute(
        "SELECT max(closed) FROM intents WHERE rollout = ? AND wave = ?"
        " AND state IN ('applied', 'failed', 'rolled_back')",
        (rollout, wave),
    ).fetchone()
    return float("inf") if row[0] is None else clock.seconds_since(row[0])


def seconds_staged(db: sqlite3.Connection, rollout: str, hosts: Iterable[str]) -> float:
    """Seconds since the first of these hosts was staged."""
    newest = {
        row["host"]: row["staged"]
        for row in db.execute("SELECT host, staged FROM intents WHERE rollout = ? ORDER BY opened_seq", (rollout,))
    }
    return max(clock.seconds_since(newest[host]) for host in hosts)


def in_flight(db: sqlite3.Connection, rollout: str) -> list[str]:
    """Hosts whose change was begun and has not ended."""
    rows = db.execute("SELECT host FROM intents WHERE rollout = ? AND state = 'open' ORDER BY opened_seq", (rollout,))
    return [str(row["host"]) for row in rows]
