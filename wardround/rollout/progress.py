"""Where a roll-out stands and what comes next: pure functions of the plan and the record.

Nothing here remembers anything, so a controller that was killed anywhere starts again at the same step.

A host in use is never switched or restarted. Its release lies beside the old one (STAGED), and it is asked again until
its user has left or the plan's deadline is over; then its wave holds. The way back of a host is the same in reverse
(BACK_STAGED): what it runs meanwhile may even be broken, and still nobody's session is ended. Neither is done nor
failed; the one way out besides waiting is a person who sets a STAGED host aside. A host in use that is switched off
while it is asked stays as it is: nothing was begun. Only the rescue inside the play that has just switched a host
takes it back unasked, seconds after it was seen to be idle.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from wardround.rollout.plan import Plan
from wardround.rollout.record import ClassificationRecord, History, IntentRecord, JourneyRecord, ProofRecord

__all__ = [
    "LEFT_ALONE",
    "MEANING",
    "TROUBLED",
    "ClassificationRecord",
    "History",
    "IntentRecord",
    "JourneyRecord",
    "ProofRecord",
    "State",
    "Status",
    "Step",
    "explain",
    "next_step",
    "overdue",
    "status",
    "statuses",
    "unclassified",
]


class State(StrEnum):
    """What is known of a planned host."""

    WAITING = "waiting"
    STAGED = "staged"
    OPEN = "open"
    UNKNOWN = "unknown"
    APPLIED = "applied"
    DONE = "done"
    FAILED = "failed"
    BACK_STAGED = "back_staged"
    RETURNED = "returned"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    UNFIT = "unfit"
    SET_ASIDE = "set_aside"
    SKIPPED = "skipped"


MEANING = {
    State.WAITING: "not touched yet",
    State.STAGED: "staged, waiting for restart",
    State.OPEN: "being changed, or the controller died meanwhile",
    State.UNKNOWN: "unreachable after its change was begun",
    State.APPLIED: "changed, not yet proved",
    State.DONE: "changed and proved",
    State.FAILED: "changed, and the proof failed",
    State.BACK_STAGED: "to be taken back, waiting for restart",
    State.RETURNED: "taken back, not yet proved",
    State.ROLLED_BACK: "taken back and proved",
    State.STUCK: "could not be taken back",
    State.UNFIT: "fails its proof before being touched",
    State.SET_ASIDE: "left alone: not the release's fault",
    State.SKIPPED: "skipped: serves another version than the plan goes from",
}
LEFT_ALONE = frozenset({State.SET_ASIDE, State.SKIPPED})
TROUBLED = frozenset(
    {
        State.UNKNOWN,
        State.FAILED,
        State.BACK_STAGED,
        State.RETURNED,
        State.ROLLED_BACK,
        State.STUCK,
        State.UNFIT,
    }
)


@dataclass(frozen=True)
class Status:
    """A host's state and, where it is troubled or in use, why in one sentence."""

    state: State
    reason: str = ""


def status(host: str, history: History) -> Status:
    """The state of one planned host, from its newest intent, the proofs after it and its classification."""
    found = unclassified(host, history)
    label = history.newest_classification.get(host)
    intent = history.newest_intent.get(host)
    excusable = (State.ROLLED_BACK, State.UNFIT, State.STUCK, State.STAGED)
    if label is None or label.cause != "machine" or found.state not in excusable:
        return found
    if intent is not None and intent.closed_seq is not None and intent.closed_seq > label.seq:
        return found  # it was changed or asked again after somebody classified it
    return Status(State.SET_ASIDE, label.reason)


def unclassified(host: str, history: History) -> Status:
    """The same without what a person said of it."""
    intent = history.newest_intent.get(host)
    proof = history.newest_proof.get(host)
    staged = intent is not None and intent.state == "staged"
    if intent is None or intent.state == "not_done" or (staged and intent.direction == "forward"):
        if proof is None or proof.ok:
            return Status(State.STAGED, intent.busy) if intent is not None and staged else Status(State.WAITING)
        if proof.wrong_version_only:
            return Status(State.SKIPPED, f"{proof.served} instead of {proof.expected}")
        return Status(State.UNFIT, "; ".join(proof.failures))
    if staged:
        return Status(State.BACK_STAGED, intent.busy)
    if intent.state == "open":
        return Status(State.OPEN)
    if intent.state == "unknown":
        return Status(State.UNKNOWN, intent.reason)
    if proof is not None and intent.closed_seq is not None and proof.seq < intent.closed_seq:
        proof = None
    back = intent.direction == "back" or intent.state == "rolled_back"
    if intent.state == "failed":
        return Status(State.STUCK if back else State.FAILED, intent.reason)
    if proof is None:
        return Status(State.RETURNED if back else State.APPLIED, intent.reason)
    if back:
        if proof.ok:
            return Status(State.ROLLED_BACK, intent.reason)
        return Status(State.STUCK, "; ".join(proof.failures))
    return Status(State.DONE) if proof.ok else Status(State.FAILED, "; ".join(proof.failures))


def statuses(plan: Plan, history: History) -> dict[str, Status]:
    """The state of every planned host, in order of the waves."""
    return {host.name: status(host.name, history) for wave in plan.waves for host in wave.hosts}


def overdue(plan: Plan, history: History, hosts: Iterable[str]) -> tuple[str, ...]:
    """Those of these staged hosts that were still in use when they were asked at or after their deadline."""
    limit = plan.restart_deadline_minutes * 60
    return tuple(host for host in hosts if history.newest_intent[host].waited >= limit)


@dataclass(frozen=True)
class Step:
    """What to do next. kind: observe, roll_back, verify, journey, wave, hold, stop or finish.

    A hold without hosts is for the patient's journey to be mended; nobody's machine is at fault.
    """

    kind: str
    hosts: tuple[str, ...] = ()
    wave: str = ""
    reason: str = ""


def next_step(plan: Plan, history: History) -> Step:
    """The one next step of a roll-out; gates between waves are `wardround.rollout.gate`'s."""
    found = statuses(plan, history)

    def those(*states: State) -> tuple[str, ...]:
        return tuple(host for host, one in found.items() if one.state in states)

    if hosts := those(State.OPEN, State.UNKNOWN):
        return Step("observe", hosts)
    if those(State.FAILED):
        return Step("roll_back", those(State.FAILED, State.BACK_STAGED))
    if hosts := those(State.RETURNED):
        return Step("verify", hosts, reason="proof of the way back")
    if blamed := [record for record in history.newest_classification.values() if record.cause == "release"]:
        return Step("stop", (blamed[0].host,), reason=f"{blamed[0].host}: the release's fault: {blamed[0].reason}")
    if (hosts := those(State.BACK_STAGED)) and not overdue(plan, history, hosts):
        return Step("roll_back", hosts)
    if hosts := those(State.STUCK, State.UNFIT, State.ROLLED_BACK, State.BACK_STAGED):
        return Step("hold", hosts, reason=explain(hosts, found))
    planned = tuple(found)
    if those(State.APPLIED):
        return Step("verify", planned, reason="proof after the wave")
    if unseen := tuple(host for host in planned if host not in history.newest_proof):
        return Step("verify", planned, reason=f"baseline: {len(unseen)} hosts not seen yet")
    return _journey(plan, history) or _wave(plan, history, found)


def _journey(plan: Plan, history: History) -> Step | None:
    """The patient's journey, where it was not walked since the last change; a hold where it failed."""
    if not plan.journey:
        return None
    walked, change = history.newest_journey, history.newest_change()
    if walked is None or walked.seq < history.last_change():
        return Step("journey", reason=f"after {change.wave}" if change else "before the first wave")
    if walked.ok:
        return None
    return Step("hold", (), change.wave if change else "", f"the patient's journey failed: {walked.sentence}")


def _wave(plan: Plan, history: History, found: dict[str, Status]) -> Step:
    """The first wave that is not complete: hosts not touched yet, and again those in use when they were last asked."""
    for wave in plan.waves:
        left = tuple(one.name for one in wave.hosts if found[one.name].state in (State.WAITING, State.STAGED))
        staged = tuple(host for host in left if found[host].state == State.STAGED)
        if left and left == staged and (late := overdue(plan, history, staged)):
            return Step("hold", late, wave.name, _still_old(plan, late, found))
        if left:
            return Step("wave", left, wave.name)
    return Step("finish")


def _still_old(plan: Plan, late: tuple[str, ...], found: dict[str, Status]) -> str:
    return (
        f"{explain(late, found)}; past the deadline of {plan.restart_deadline_minutes} min,"
        f" still on {plan.from_version}"
    )


def explain(hosts: Iterable[str], found: dict[str, Status]) -> str:
    """What is wrong with these hosts: one sentence for all that share state and reason."""
    alike: dict[Status, list[str]] = {}
    for host in hosts:
        alike.setdefault(found[host], []).append(host)
    return "; ".join(
        f"{', '.join(names)} {MEANING[one.state]}" + (f" ({one.reason})" if one.reason else "")
        for one, names in alike.items()
    )
