"""Each roll-out as a page tells it: its waves, gates, proofs and failures. Pure functions of the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from wardround.evidence.facts import (
    Change,
    Classification,
    Department,
    Facts,
    Gate,
    Machine,
    Name,
    Owner,
    Proof,
    Rollout,
    TaskFailure,
)
from wardround.rollout.progress import (
    LEFT_ALONE,
    ClassificationRecord,
    History,
    IntentRecord,
    ProofRecord,
    State,
    Status,
    status,
)

NOBODY = Owner("", "")
UNDER_WAY = ("open", "held", "stopped")


@dataclass(frozen=True)
class Wave:
    """plan: the wave as planned; standings: host -> what is known of it; gate: the newest verdict behind it."""

    plan: Mapping[str, Any]
    standings: Mapping[str, Status]
    gate: Gate | None
    changes: tuple[Change, ...]

    @property
    def name(self) -> str:
        return str(self.plan["name"])

    @property
    def done(self) -> int:
        return sum(one.state == State.DONE for one in self.standings.values())

    @property
    def began(self) -> str | None:
        return min((change.opened for change in self.changes), default=None)

    @property
    def ended(self) -> str | None:
        closed = [change.closed for change in self.changes]
        return max((moment for moment in closed if moment), default=None) if all(closed) else None


@dataclass(frozen=True)
class Failure:
    """A host that did not come through. proof: the one that failed; back_proof: the one after the way back.

    open: somebody has yet to act on it.
    """

    machine: Machine
    department: Name | None
    owner: Owner
    wave: str
    status: Status
    proof: Proof | None
    tasks: tuple[TaskFailure, ...]
    classification: Classification | None
    back: Change | None
    back_proof: Proof | None
    open: bool


@dataclass
class HostRecord:
    """What one roll-out's record holds of one host, in order."""

    changes: list[Change]
    proofs: list[Proof]
    classification: Classification | None = None

    @property
    def failed_proof(self) -> Proof | None:
        return next((proof for proof in reversed(self.proofs) if not proof.ok), None)

    @property
    def troubled(self) -> bool:
        """Whether anything ever went wrong, healed since or not."""
        moved_on = any(change.state in ("failed", "unknown", "rolled_back") for change in self.changes)
        return moved_on or self.failed_proof is not None


@dataclass(frozen=True)
class Round:
    """One roll-out. current: no later one of the same product; hosts: what is recorded of each of them."""

    rollout: Rollout
    product: Name
    current: bool
    waves: tuple[Wave, ...]
    failures: tuple[Failure, ...]
    hosts: Mapping[str, HostRecord]

    @cached_property
    def proofs(self) -> Mapping[str, Proof]:
        """Each host's newest proof in this roll-out."""
        return {name: host.proofs[-1] for name, host in self.hosts.items() if host.proofs}

    @cached_property
    def standings(self) -> Mapping[str, Status]:
        return {host: one for wave in self.waves for host, one in wave.standings.items()}

    @property
    def done(self) -> int:
        return sum(wave.done for wave in self.waves)

    @property
    def machines(self) -> int:
        return len(self.standings)

    @property
    def under_way(self) -> bool:
        return self.current and self.rollout.state in UNDER_WAY


def rounds(facts: Facts) -> tuple[Round, ...]:
    """Every roll-out of which the record holds the changes and proofs, newest first."""
    newest = {rollout.product: rollout.id for rollout in facts.history.rollouts}
    told = {change.rollout for change in facts.history.changes} | {proof.rollout for proof in facts.history.proofs}
    return tuple(
        _round(rollout, facts, newest[rollout.product] == rollout.id)
        for rollout in reversed(facts.history.rollouts)
        if rollout.id in told or rollout.state in UNDER_WAY
    )


def _round(rollout: Rollout, facts: Facts, current: bool) -> Round:
    product = next((one for one in facts.hospital.products if one.key == rollout.product), None)
    hosts: dict[str, HostRecord] = defaultdict(lambda: HostRecord([], []))
    for change in facts.history.changes:
        if change.rollout == rollout.id:
            hosts[change.host].changes.append(change)
    for proof in facts.history.proofs:
        if proof.rollout == rollout.id:
            hosts[proof.host].proofs.append(proof)
    for classification in facts.history.classifications:
        if classification.rollout == rollout.id:
            hosts[classification.host].classification = classification
    history = _progress(hosts)
    gates = {gate.wave: gate for gate in facts.history.gates if gate.rollout == rollout.id}
    waves = tuple(
        Wave(
            wave,
            {str(host["name"]): status(str(host["name"]), history) for host in wave["hosts"]},
            gates.get(str(wave["name"])),
            tuple(
                change
                for host in wave["hosts"]
                for change in hosts[str(host["name"])].changes
                if change.direction == "forward"
            ),
        )
        for wave in rollout.plan.get("waves", ())
    )
    failures = [
        _failure(host, hosts[host], wave.name, standing, current, facts)
        for wave in waves
        for host, standing in wave.standings.items()
        if hosts[host].troubled
    ]
    return Round(
        rollout,
        product.name if product else Name(rollout.product, rollout.product),
        current,
        waves,
        tuple(sorted(failures, key=lambda failure: not failure.open)),
        hosts,
    )


def _failure(name: str, host: HostRecord, wave: str, standing: Status, current: bool, facts: Facts) -> Failure:
    machine, department = _place(name, facts)
    back = next((change for change in reversed(host.changes) if change.direction == "back"), None)
    failed = host.failed_proof
    runs = {change.run for change in host.changes} | ({failed.run} if failed else set())
    proved_back = [
        proof
        for proof in host.proofs
        if proof.ok and back is not None and back.closed_seq is not None and proof.seq > back.closed_seq
    ]
    healthy = standing.state in LEFT_ALONE | {State.DONE, State.WAITING}
    blamed = host.classification is not None and standing.state == State.ROLLED_BACK
    return Failure(
        machine,
        department.name if department else None,
        department.owner if department else NOBODY,
        wave,
        standing,
        failed,
        tuple(one for one in facts.history.task_failures if one.host == name and one.run in runs),
        host.classification,
        back,
        proved_back[-1] if proved_back else None,
        current and not healthy and not blamed,
    )


def _place(name: str, facts: Facts) -> tuple[Machine, Department | None]:
    machine = next((one for one in facts.hospital.machines if one.host == name), Machine(name, Name(name, name), None))
    return machine, next((one for one in facts.hospital.departments if one.key == machine.department), None)


def _progress(hosts: Mapping[str, HostRecord]) -> History:
    """The record as the gate reads it, so that the page and the gate cannot disagree."""
    return History(
        intents=tuple(
            IntentRecord(
                change.id, change.host, change.wave, change.run, change.direction, change.state, change.reason,
                change.opened_seq, change.closed_seq,
            )
            for host in hosts.values()
            for change in host.changes
        ),
        proofs=tuple(
            ProofRecord(
                proof.host, proof.seq, proof.ok, proof.expected_version, proof.served_version,
                tuple(f"{check.name}: expected {check.expected}, found {check.found}" for check in proof.failing),
            )
            for host in hosts.values()
            for proof in host.proofs
        ),
        classifications=tuple(
            ClassificationRecord(name, host.classification.cause, host.classification.reason, host.classification.seq)
            for name, host in hosts.items()
            if host.classification is not None
        ),
    )  # fmt: skip
