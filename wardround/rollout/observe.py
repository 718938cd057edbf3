"""What a verify run may find on a host, and what it settles about a change whose end nobody saw. Pure functions."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.rollout.plan import Plan
from wardround.rollout.progress import State, unclassified
from wardround.rollout.record import History


@dataclass(frozen=True)
class Expected:
    """Versions that count as right for a host now; two of them while nobody knows whether its change happened."""

    versions: tuple[str, ...]


def expected_version(host: str, plan: Plan, history: History) -> Expected:
    """What a verify run may find on a planned host.

    Both versions also where a way back waits for the host's user: it may have been lost in mid-change before.
    """
    state = unclassified(host, history).state
    if state in (State.OPEN, State.UNKNOWN, State.BACK_STAGED):
        return Expected((plan.from_version, plan.to_version))
    intent = history.newest_intent.get(host)
    changed = intent is not None and intent.direction == "forward" and intent.state in ("applied", "failed")
    return Expected((plan.to_version if changed else plan.from_version,))


@dataclass(frozen=True)
class Settlement:
    """How an intent whose end nobody saw is closed after the host was observed."""

    state: str
    reason: str = ""


def settle(plan: Plan, host: str, history: History) -> Settlement | None:
    """Close an open or unknown intent by what a verify run saw since; None where the host has not answered.

    A host that was lost in mid-change is taken back whatever it serves; one whose controller died goes on from
    what it serves.
    """
    intent = history.newest_intent[host]
    proof = history.newest_proof.get(host)
    if proof is None or proof.seq < intent.opened_seq:
        return None
    failures = "; ".join(proof.failures)
    if intent.direction == "back":
        if proof.ok and proof.served == plan.from_version:
            return Settlement("applied", "observed after its run was lost")
        return Settlement("failed", failures or f"still serves {proof.served}")
    if intent.state == "unknown":
        return Settlement("failed", intent.reason or "was unreachable after its change was begun")
    if not proof.ok:
        return Settlement("failed", failures)
    if proof.served == plan.to_version:
        return Settlement("applied", "observed after its controller was lost")
    return Settlement("not_done", "observed after its controller was lost")
