"""How each machine and each department stands now: pure functions of the record."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from wardround.evidence.facts import Change, Department, Facts, Machine, Proof


class Now(StrEnum):
    """What the newest record says of a machine."""

    PROVED = "proved"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CHANGING = "changing"
    UNPROVED = "unproved"


@dataclass(frozen=True)
class Desk:
    """A machine, its state and the newest proof of it."""

    machine: Machine
    now: Now
    proof: Proof | None


class Served(StrEnum):
    """YES: proved machines reach the floor; NO: too many are known to be out; OPEN: neither is shown."""

    YES = "yes"
    NO = "no"
    OPEN = "open"


@dataclass(frozen=True)
class Ward:
    """A department and its desks, those that need somebody first."""

    department: Department
    desks: tuple[Desk, ...]

    def count(self, *states: Now) -> int:
        return sum(desk.now in states for desk in self.desks)

    @property
    def proved(self) -> int:
        return self.count(Now.PROVED)

    @property
    def served(self) -> Served:
        if self.proved >= self.department.floor:
            return Served.YES
        standing = self.count(Now.PROVED, Now.UNPROVED)
        return Served.NO if standing < self.department.floor else Served.OPEN


_URGENCY = (Now.FAILED, Now.UNKNOWN, Now.CHANGING, Now.UNPROVED, Now.PROVED)


def wards(facts: Facts) -> tuple[Ward, ...]:
    """Every department that has machines: those that need somebody first, else in the hospital's order."""
    changes: dict[str, Change] = {change.host: change for change in facts.history.changes}
    proofs: dict[str, Proof] = {proof.host: proof for proof in facts.history.proofs}
    desks: dict[str | None, list[Desk]] = {}
    for machine in facts.hospital.machines:
        proof = proofs.get(machine.host)
        desk = Desk(machine, _now(changes.get(machine.host), proof), proof)
        desks.setdefault(machine.department, []).append(desk)
    found = [
        Ward(department, tuple(sorted(desks[department.key], key=lambda desk: _URGENCY.index(desk.now))))
        for department in facts.hospital.departments
        if department.key in desks
    ]
    return tuple(sorted(found, key=lambda ward: (Served.NO, Served.OPEN, Served.YES).index(ward.served)))


def _now(change: Change | None, proof: Proof | None) -> Now:
    if change is not None and change.state in ("open", "unknown"):
        return Now.CHANGING if change.state == "open" else Now.UNKNOWN
    moved = change is not None and change.state != "not_done"
    if change is not None and moved and (proof is None or proof.seq < (change.closed_seq or 0)):
        return Now.FAILED if change.state == "failed" else Now.CHANGING
    if proof is None:
        return Now.UNPROVED
    return Now.PROVED if proof.ok else Now.FAILED
