"""The verdict of one host in a verify run, judged against what the record says it should serve."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from wardround.clinical.judges import Judge
from wardround.evidence.check import Check
from wardround.rollout.observe import expected_version
from wardround.rollout.plan import Plan
from wardround.run import journal, past
from wardround.run.store import Store

_VERSION: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._+-]{0,63}")


@dataclass(frozen=True)
class Proof:
    """What a host was found to be. rollout and default_phase are None and `manual` outside a roll-out.

    expected, served: versions, empty for what has none.
    """

    host: str
    product: str
    rollout: str | None
    expected: str
    served: str
    checks: list[Check]
    default_phase: str


def judge(
    roll_out: tuple[Store, Plan] | None,
    host: str,
    product: str,
    how: Judge,
    expected: Mapping[str, Any],
    answers: Mapping[str, Any],
) -> Proof:
    """Ask the pure verdict `how`; in a roll-out, the version that counts as right comes from its record.

    expected: as `how` wants it; without `version` the product has none, and none is expected or served.
    """
    if roll_out is None:
        checks = how(expected, answers)
        served = _served(checks) if "version" in expected else ""
        return Proof(host, product, None, str(expected.get("version", "")), served, checks, "manual")
    store, plan = roll_out
    rollout = journal.rollout_id(plan)
    with store.read() as db:
        history = past.history(db, rollout)
    versions = expected_version(host, plan, history).versions
    verdicts = {version: how({**expected, "version": version}, answers) for version in versions}
    version = next((one for one in versions if all(check.ok for check in verdicts[one])), versions[-1])
    phase = "verify" if history.intents else "baseline"
    return Proof(host, product, rollout, version, _served(verdicts[version]), verdicts[version], phase)


def record(store: Store, run: str, phase: str | None, proof: Proof) -> None:
    """Write a proof down; `phase` is given by the command that started the run."""
    journal.add_proof(
        store,
        run,
        proof.rollout,
        proof.product,
        proof.host,
        phase or proof.default_phase,
        (proof.expected, proof.served),
        proof.checks,
    )


def _served(checks: list[Check]) -> str:
    """The version that was found; `unknown` where the answer is none, whatever it says instead."""
    found = next((check.found for check in checks if check.name == "version"), "")
    return found if _VERSION.fullmatch(found) else "unknown"
