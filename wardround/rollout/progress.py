"""Where a roll-out stands and what comes next: pure functions of the plan and the record.

Nothing here remembers anything, so a controller that was killed anywhere starts again at the same step.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property

from wardround.rollout.plan import Plan


@dataclass(frozen=True)
class IntentRecord:
    """A journaled change of one host; `closed_seq` is None while it is open."""

    id: str
    host: str
    wave: str
    run: str
    direction: str
    state: str
    reason: str
    opened_seq: int
    closed_seq: int | None


@dataclass(frozen=True)
class ProofRecord:
    """The verdict of one verify run over one host; `failures` are the sentences of the checks that failed."""

    host: str
    seq: int
    ok: bool
    expected: str
    served: str
    failures: tuple[str, ...]

    @property
    def wrong_version_only(self) -> bool:
        """Whether the host works, on another version than expected."""
        return len(self.failures) == 1 and self.failures[0].startswith("version:") and self.served != "unknown"


@dataclass(frozen=True)
class ClassificationRecord:
    host: str
    cause: str
    reason: str
    seq: int


@dataclass(frozen=True)
class History:
    """Everything recorded of one roll-out, each list in order of its sequence number."""

    intents: tuple[IntentRecord, ...] = ()
    proofs: tuple[ProofRecord, ...] = ()
    classifications: tuple[ClassificationRecord, ...] = ()

    @cached_property
    def newest_intent(self) -> dict[str, IntentRecord]:
        return {record.host: record for record in self.intents}

    @cached_property
    def newest_proof(self) -> dict[str, ProofRecord]:
        return {record.host: record for record in self.proofs}

    @cached_property
    def newest_classification(self) -> dict[str, ClassificationRecord]:
        return {record.host: record for record in self.classifications}


class State(StrEnum):
    """What is known of a planned host."""

    WAITING = "waiting"
    OPEN = "open"
    UNKNOWN = "unknown"
    APPLIED = "applied"
    DONE = "done"
    FAILED = "failed"
    RETURNED = "returned"
    ROLLED_BACK = "rolled_back"
    STUCK = "stuck"
    UNFIT = "unfit"
    SET_ASIDE = "set_aside"
    SKIPPED = "skipped"


MEANING = {
    State.WAITING: "not touched yet",
    State.OPEN: "being changed, or the controller died meanwhile",
    State.UNKNOWN: "unreachable after its change was begun",
    State.APPLIED: "changed, not yet proved",
    State.DONE: "changed and proved",
    State.FAILED: "changed, and the proof failed",
    State.RETURNED: "taken back, not yet proved",
    State.ROLLED_BACK: "taken back and proved",
    State.STUCK: "could not be taken back",
    State.UNFIT: "fails its proof before being touched",
    State.SET_ASIDE: "left alone: the machine's own fault",
    State.SKIPPED: "skipped: serves another version than the plan goes from",
}
LEFT_ALONE = frozenset({State.SET_ASIDE, State.SKIPPED})
TROUBLED = frozenset({State.UNKNOWN, State.FAILED, State.RETURNED, State.ROLLED_BACK, State.STUCK, State.UNFIT})


@dataclass(frozen=True)
class Status:
    """A host's state and, where it is troubled, why in one sentence."""

    state: State
    reason: str = ""


def status(host: str, history: History) -> Status:
    """The state of one planned host, from its newest intent, the proofs after it and its classification."""
    found = _unclassified(host, history)
    label = history.newest_classification.get(host)
    intent = history.newest_intent.get(host)
    if label is None or label.cause != "machine" or found.state not in (State.ROLLED_BACK, State.UNFIT, State.STUCK):
        return found
    if intent is not None and intent.closed_seq is not None and intent.closed_seq > label.seq:
        return found  # it was changed again after somebody classified it
    return Status(State.SET_ASIDE, label.reason)


def _unclassified(host: str, history: History) -> Status:
    intent = history.newest_intent.get(host)
    proof = history.newest_proof.get(host)
    if intent is None or intent.state == "not_done":
        if proof is None or proof.ok:
            return Status(State.WAITING)
        if proof.wrong_version_only:
            return Status(State.SKIPPED, f"{proof.served} instead of {proof.expected}")
        return Status(State.UNFIT, "; ".join(proof.failures))
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


@dataclass(frozen=True)
class Expected:
    """Versions that count as right for a host now; two of them while nobody knows whether its change happened."""

    versions: tuple[str, ...]


def expected_version(host: str, plan: Plan, history: History) -> Expected:
    """What a verify run may find on a planned host."""
    state = _unclassified(host, history).state
    if state in (State.OPEN, State.UNKNOWN):
        return Expected((plan.from_version, plan.to_version))
    intent = history.newest_intent.get(host)
    changed = intent is not None and intent.direction == "forward" and intent.state in ("applied", "failed")
    return Expected((plan.to_version if changed else plan.from_version,))


@dataclass(frozen=True)
class Step:
    """What to do next. kind: observe, roll_back, verify, wave, hold, stop or finish."""

    kind: str
    hosts: tuple[str, ...] = ()
    wave: str = ""
    reason: str = ""


def statuses(plan: Plan, history: History) -> dict[str, Status]:
    """The state of every planned host, in order of the waves."""
    return {host.name: status(host.name, history) for wave in plan.waves for host in wave.hosts}


def next_step(plan: Plan, history: History) -> Step:
    """The one next step of a roll-out; gates between waves are `wardround.rollout.gate`'s."""
    found = statuses(plan, history)

    def those(*states: State) -> tuple[str, ...]:
        return tuple(host for host, one in found.items() if one.state in states)

    for kind, states in (
        ("observe", (State.OPEN, State.UNKNOWN)),
        ("roll_back", (State.FAILED,)),
    ):
        if hosts := those(*states):
            return Step(kind, hosts)
    if hosts := those(State.RETURNED):
        return Step("verify", hosts, reason="proof of the way back")
    if blamed := [record for record in history.newest_classification.values() if record.cause == "release"]:
        return Step("stop", (blamed[0].host,), reason=f"{blamed[0].host}: the release's fault: {blamed[0].reason}")
    if hosts := those(State.STUCK, State.UNFIT, State.ROLLED_BACK):
        return Step("hold", hosts, reason=explain(hosts, found))
    planned = tuple(found)
    if those(State.APPLIED):
        return Step("verify", planned, reason="proof after the wave")
    if unseen := tuple(host for host in planned if host not in history.newest_proof):
        return Step("verify", planned, reason=f"baseline: {len(unseen)} hosts not seen yet")
    for wave in plan.waves:
        waiting = tuple(host.name for host in wave.hosts if found[host.name].state == State.WAITING)
        if waiting:
            return Step("wave", waiting, wave.name)
    return Step("finish")


def explain(hosts: Iterable[str], found: dict[str, Status]) -> str:
    """What is wrong with these hosts: one sentence for all that share state and reason."""
    alike: dict[Status, list[str]] = {}
    for host in hosts:
        alike.setdefault(found[host], []).append(host)
    return "; ".join(
        f"{', '.join(names)} {MEANING[one.state]}" + (f" ({one.reason})" if one.reason else "")
        for one, names in alike.items()
    )


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
