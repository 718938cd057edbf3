"""Asks clinical questions outside a roll-out: one playbook run, and what the record holds of it afterwards."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from wardround.evidence.check import Check
from wardround.run import runner
from wardround.run.display import Display
from wardround.run.store import Store

CLINICAL: Final = "clinical"
NOT_REACHED: Final = "not reached"


@dataclass(frozen=True)
class Answered:
    """What one run proved. proofs: host -> its checks; silent: host -> why it has none; output: what Ansible said."""

    proofs: dict[str, list[Check]]
    silent: dict[str, str]
    output: Path

    @property
    def ok(self) -> bool:
        """Whether somebody was asked and everybody is proved: nothing that was not asked is proved."""
        everything = [check.ok for checks in self.proofs.values() for check in checks]
        return bool(everything) and all(everything) and not self.silent


@dataclass(frozen=True)
class Walked:
    """A patient's journey. steps: as recorded (see `journal.add_journey`), none where the run recorded none."""

    steps: list[dict[str, Any]]
    ok: bool
    output: Path


def ask(store: Store, product: str, having: list[str], limit: str, inventory: Path, display: Display) -> Answered:
    """Ask every machine that has the product, or those of them that the pattern `limit` names.

    having: those machines. One of them that the run met without a verdict, or, without a limit, did not
    meet, is silent.
    """
    job = runner.Job(
        "playbooks/prove_product.yml", (str(inventory),), limit=limit, kind="prove", extra={"product": product}
    )
    ended = _run(store, job, f"prove {product}", display)
    with store.read() as db:
        proofs = {
            row["host"]: [Check(**check) for check in json.loads(row["checks"])]
            for row in db.execute("SELECT host, checks FROM proofs WHERE run = ? ORDER BY seq", (ended.run,))
        }
        met = {
            row["host"]: row["message"] or row["status"]
            for row in db.execute("SELECT host, status, message FROM tasks WHERE run = ? ORDER BY seq", (ended.run,))
        }
    silent = {host: met.get(host, NOT_REACHED) for host in having if (host in met or not limit) and host not in proofs}
    return Answered(proofs, silent, ended.output)


def walk(store: Store, inventory: Path, display: Display) -> Walked:
    """Walk the patient's journey."""
    job = runner.Job("playbooks/prove_clinical.yml", (str(inventory),), phase="manual", kind="prove")
    ended = _run(store, job, "the patient's journey", display)
    with store.read() as db:
        row = db.execute("SELECT ok, steps FROM journeys WHERE run = ? ORDER BY seq DESC", (ended.run,)).fetchone()
    return Walked(json.loads(row["steps"]) if row else [], bool(row and row["ok"]), ended.output)


def _run(store: Store, job: runner.Job, title: str, display: Display) -> runner.Ended:
    display.begin(title, ())
    try:
        return runner.run(store, job, display.watch)
    finally:
        display.end()
