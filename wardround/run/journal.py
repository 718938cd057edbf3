"""What is written down, and when: intents before acts, proofs, gates, halts. The only writer of roll-out records."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from wardround.evidence.check import Check
from wardround.rollout import plan as plans
from wardround.rollout.plan import Plan
from wardround.run import clock, intents, processes
from wardround.run.store import Store, next_seq


def rollout_id(plan: Plan) -> str:
    return plan.sha256[:12]


def begin_rollout(store: Store, plan: Plan, path: str, text: str, unreviewed: str | None) -> str:
    """Write down a roll-out the first time it is seen; later calls change nothing but a new `unreviewed` reason."""
    identity = rollout_id(plan)
    with store.write() as db:
        db.execute(
            "INSERT OR IGNORE INTO rollouts"
            " (id, plan_path, plan, product, from_version, to_version, state, who, started)"
            " VALUES (?, ?, ?, ?, ?, ?, 'open', ?, ?)",
            (identity, path, text, plan.product, plan.from_version, plan.to_version, processes.who(), clock.now()),
        )
        if unreviewed:
            db.execute("UPDATE rollouts SET unreviewed = ? WHERE id = ?", (unreviewed, identity))
    return identity


def set_rollout(store: Store, rollout: str, state: str, reason: str) -> None:
    ended = None if state in ("open", "held") else clock.now()
    with store.write() as db:
        db.execute("UPDATE rollouts SET state = ?, reason = ?, ended = ? WHERE id = ?", (state, reason, ended, rollout))


def begin_run(store: Store, run: str, facts: dict[str, Any]) -> None:
    """Write down a run, or complete the entry that the process which started it made. facts: columns of `runs`."""
    columns = {"id": run, "who": processes.who(), "started": clock.now(), "kind": "hand", **facts}
    names = ", ".join(columns)
    marks = ", ".join("?" for _column in columns)
    updates = ", ".join(f"{name} = excluded.{name}" for name in facts)
    with store.write() as db:
        db.execute(
            f"INSERT INTO runs ({names}) VALUES ({marks})"
            + (f" ON CONFLICT (id) DO UPDATE SET {updates}" if facts else ""),
            tuple(columns.values()),
        )


def attended(store: Store, run: str, attendant: processes.Process) -> None:
    """Who waits for a run, until the run itself says which process it is."""
    with store.write() as db:
        db.execute(
            "UPDATE runs SET pid = ?, pgid = ?, pid_start = ? WHERE id = ? AND pid IS NULL",
            (attendant.pid, attendant.pid, attendant.start, run),
        )


def end_run(store: Store, run: str, rc: int) -> None:
    """A run has ended by itself: intents it left open failed, for their host said nothing more."""
    with store.write() as db:
        db.execute("UPDATE runs SET ended = ?, rc = ? WHERE id = ?", (clock.now(), rc, run))
        left = db.execute("SELECT id, direction FROM intents WHERE run = ? AND state = 'open'", (run,)).fetchall()
        for row in left:
            intents.close(db, row["id"], "failed", "its run ended without closing it")


def add_tasks(store: Store, run: str, rows: Iterable[tuple[str, str, str, str, float | None]]) -> None:
    """Append task results: (host, task, status, message, seconds)."""
    moment = clock.now()
    with store.write() as db:
        for host, task, status, message, seconds in rows:
            db.execute(
                "INSERT INTO tasks VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (next_seq(db), run, host, task, status, message[:500], seconds, moment),
            )


def add_proof(
    store: Store,
    run: str,
    rollout: str | None,
    product: str,
    host: str,
    phase: str,
    versions: tuple[str, str],
    checks: list[Check],
) -> None:
    """Write down what a host answered about a product; versions: expected and served."""
    ok = int(all(check.ok for check in checks))
    told = json.dumps([check.as_dict() for check in checks], ensure_ascii=False)
    with store.write() as db:
        db.execute(
            "INSERT INTO proofs"
            " (seq, run, rollout, product, host, phase, expected_version, served_version, ok, checks, at)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (next_seq(db), run, rollout, product, host, phase, *versions, ok, told, clock.now()),
        )


def journey_of(store: Store, sources: Iterable[str]) -> tuple[str | None, str]:
    """(roll-out, phase) of a journey that is walked now: as its runner says, else by the plan among the inventory's
    `sources`, else (None, "manual")."""
    plan = next((source for source in sources if source.endswith(plans.SUFFIX)), None)
    rollout = os.environ.get("WARDROUND_ROLLOUT") or (rollout_id(plans.read(Path(plan))) if plan else None)
    if phase := os.environ.get("WARDROUND_PHASE"):
        return rollout, phase
    if rollout is None:
        return None, "manual"
    with store.read() as db:
        changed = db.execute("SELECT 1 FROM intents WHERE rollout = ?", (rollout,)).fetchone()
    return rollout, "verify" if changed else "baseline"


def add_journey(store: Store, run: str, rollout: str | None, phase: str, steps: Sequence[Mapping[str, Any]]) -> None:
    """Write down a patient's journey.

    phase: baseline, verify or manual; steps: key, name, host, ok, expected, found, seconds and cause of each. A
    journey without steps proves nothing.
    """
    ok = int(bool(steps) and all(step["ok"] is True for step in steps))
    told = json.dumps([dict(step) for step in steps], ensure_ascii=False)
    with store.write() as db:
        db.execute(
            "INSERT INTO journeys (seq, run, rollout, phase, ok, steps, at) VALUES (?, ?, ?, ?, ?, ?, ?)",
            (next_seq(db), run, rollout, phase, ok, told, clock.now()),
        )


def add_gate(store: Store, rollout: str, wave: str, verdict: str, reason: str) -> None:
    """Record a gate's verdict, unless it is the one recorded last."""
    with store.write() as db:
        last = db.execute(
            "SELECT verdict, reason FROM gates WHERE rollout = ? AND wave = ? ORDER BY seq DESC LIMIT 1",
            (rollout, wave),
        ).fetchone()
        if last is None or tuple(last) != (verdict, reason):
            db.execute(
                "INSERT INTO gates VALUES (?, ?, ?, ?, ?, ?)",
                (next_seq(db), rollout, wave, verdict, reason, clock.now()),
            )


def classify(store: Store, rollout: str, host: str, cause: str, reason: str) -> None:
    with store.write() as db:
        db.execute(
            "INSERT INTO classifications VALUES (?, ?, ?, ?, ?, ?, ?)",
            (next_seq(db), rollout, host, cause, reason, processes.who(), clock.now()),
        )


def halt(store: Store, reason: str) -> None:
    with store.write() as db:
        db.execute(
            "INSERT INTO halts (seq, reason, who, at) VALUES (?, ?, ?, ?)",
            (next_seq(db), reason, processes.who(), clock.now()),
        )


def lift_halt(store: Store) -> int:
    """Lift every halt in force; returns how many there were."""
    with store.write() as db:
        return db.execute(
            "UPDATE halts SET lifted_by = ?, lifted_at = ? WHERE lifted_at IS NULL", (processes.who(), clock.now())
        ).rowcount
