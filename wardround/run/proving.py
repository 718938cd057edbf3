"""The verdict of one host in a verify run, judged against what the record says it should serve."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from wardround.evidence.check import Check
from wardround.rollout.plan import Plan
from wardround.rollout.progress import expected_version
from wardround.run import journal
from wardround.run.store import Store

Judge = Callable[[dict[str, Any], dict[str, Any]], list[Check]]


@dataclass(frozen=True)
class Proof:
    """What a host was found to be. rollout and default_phase are None and `manual` outside a roll-out."""

    host: str
    rollout: str | None
    expected: str
    served: str
    checks: list[Check]
    default_phase: str


def judge(
    store: Store, plan: Plan | None, host: str, how: Judge, expected: dict[str, Any], answers: dict[str, Any]
) -> Proof:
    """Ask the pure verdict `how`; with a plan, the version that counts as right comes from the record."""
    if plan is None:
        checks = how(expected, answers)
        return Proof(host, None, str(expected["version"]), _served(checks), checks, "manual")
    rollout = journal.rollout_id(plan)
    with store.read() as db:
        history = journal.history(db, rollout)
    versions = expected_version(host, plan, history).versions
    verdicts = {version: how({**expected, "version": version}, answers) for version in versions}
    version = next((one for one in versions if all(check.ok for check in verdicts[one])), versions[-1])
    phase = "verify" if history.intents else "baseline"
    return Proof(host, rollout, version, _served(verdicts[version]), verdicts[version], phase)


def record(store: Store, run: str, phase: str | None, proof: Proof) -> None:
    """Write a proof down; `phase` is given by the command that started the run."""
    journal.add_proof(
        store, run, proof.rollout, proof.host, phase or proof.default_phase, proof.expected, proof.served, proof.checks
    )


def _served(checks: list[Check]) -> str:
    return next((check.found for check in checks if check.name == "version"), "unknown")
