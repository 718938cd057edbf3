"""How each machine and each department stands now: pure functions of the record."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from wardround.clinical.answered import EVERY_DESK
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
    """A machine, its state, the newest proof of each product it was asked about, and its clients never asked about."""

    machine: Machine
    now: Now
    proofs: tuple[Proof, ...]
    unasked: tuple[str, ...] = ()

    @property
    def proof(self) -> Proof | None:
        """The proof that says most: the newest that failed, else the newest."""
        return max(self.proofs, key=lambda proof: (not proof.ok, proof.seq), default=None)


class Served(StrEnum):
    """YES: proved machines reach the floor, and one is proved; NO: too many are known to be out; OPEN: neither."""

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
        needed = max(1, self.department.floor)
        if self.proved >= needed:
            return Served.YES
        return Served.NO if self.count(Now.PROVED, Now.UNPROVED) < needed else Served.OPEN


_URGENCY = (Now.FAILED, Now.UNKNOWN, Now.CHANGING, Now.UNPROVED, Now.PROVED)


def wards(facts: Facts) -> tuple[Ward, ...]:
    """Every department that has machines: those that need somebody first, else in the hospital's order."""
    products = {rollout.id: rollout.product for rollout in facts.history.rollouts}
    changes: dict[str, dict[str, Change]] = defaultdict(dict)
    for change in facts.history.changes:
        changes[change.host][products.get(change.rollout, "")] = change
    proofs: dict[str, dict[str, Proof]] = defaultdict(dict)
    for proof in facts.history.proofs:
        proofs[proof.host][proof.product] = proof
    desks: dict[str | None, list[Desk]] = defaultdict(list)
    for machine in facts.hospital.machines:
        desk = _desk(machine, changes.get(machine.host, {}), proofs.get(machine.host, {}))
        desks[machine.department].append(desk)
    found = [
        Ward(department, tuple(sorted(desks[department.key], key=lambda desk: _URGENCY.index(desk.now))))
        for department in facts.hospital.departments
        if department.key in desks
    ]
    return tuple(sorted(found, key=lambda ward: (Served.NO, Served.OPEN, Served.YES).index(ward.served)))


def _desk(machine: Machine, changes: Mapping[str, Change], proofs: Mapping[str, Proof]) -> Desk:
    """The machine is as well as the product of it that stands worst.

    A printer or clock that fails is told, but leaves the desk in service: a department is not below its floor for it.
    """
    products = dict.fromkeys((*machine.clients, *proofs, *changes))
    counts = [product for product in products if product in machine.clients or product not in EVERY_DESK]
    states = [_now(changes.get(product), proofs.get(product)) for product in counts]
    unasked = tuple(product for product in machine.clients if product not in proofs)
    worst = min(states, key=_URGENCY.index, default=Now.UNPROVED)
    return Desk(machine, worst, tuple(proofs[product] for product in products if product in proofs), unasked)


def _now(change: Change | None, proof: Proof | None) -> Now:
    """What the newest change of one product on one machine, and the newest proof of it, say of it."""
    if change is not None and change.state in ("open", "unknown"):
        return Now.CHANGING if change.state == "open" else Now.UNKNOWN
    moved = change is not None and change.state not in ("not_done", "staged")
    if change is not None and moved and (proof is None or proof.seq < (change.closed_seq or 0)):
        return Now.FAILED if change.state == "failed" else Now.CHANGING
    if proof is None:
        return Now.UNPROVED
    return Now.PROVED if proof.ok else Now.FAILED
