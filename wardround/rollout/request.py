"""What a planner reads, and nothing else: the machines of one upgrade and the limits it must hold."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Collection
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from wardround.intent import Intent

TARGET_GROUP = "workstations"


class Refusal(ValueError):
    """No plan can be made. `sentences` say why, each naming the department, floor, set or version at fault."""

    def __init__(self, sentences: Collection[str]) -> None:
        super().__init__("\n".join(sentences))
        self.sentences = tuple(sentences)


@dataclass(frozen=True, order=True)
class Machine:
    """A workstation to upgrade. `peripherals` may be empty."""

    name: str
    department: str
    model: str
    os: str
    peripherals: tuple[str, ...]

    @property
    def combinations(self) -> tuple[str, ...]:
        """The model / OS / peripheral combinations this machine stands for, one for each peripheral."""
        return tuple(f"{self.model} / {self.os} / {item}" for item in self.peripherals or ("none",))


@dataclass(frozen=True, order=True)
class Department:
    """tier: 1 is the most critical; floor, machines: workstations, `machines` counting those not upgraded too."""

    name: str
    tier: int
    floor: int
    machines: int

    @property
    def budget(self) -> int:
        """How many machines may be out at once; negative where the floor exceeds the machines."""
        return self.machines - self.floor


@dataclass(frozen=True, order=True)
class RedundancySet:
    """Machines that stand in for each other: at most `max_out` of `members` go in one wave."""

    name: str
    members: tuple[str, ...]
    max_out: int


@dataclass(frozen=True, order=True)
class Excluded:
    """A workstation that the plan leaves alone, and why."""

    host: str
    reason: str


@dataclass(frozen=True)
class Request:
    """One upgrade of one product. Sequences are held in order of name, so that equal wishes are equal objects.

    from_version: the product's `current`; wanted: its `wanted`; to_version: what this plan leads to;
    growth: a wave holds at most this many times the machines of the one before; sets hold upgraded machines only;
    artifacts: (version, SHA-256) of the releases between which it moves, so that an approval binds the files too;
    journey: whether the hospital has a patient's journey, which then gates the upgrade; the last two say how long a
    machine in use is waited for, and how often it is asked.
    """

    product: str
    from_version: str
    to_version: str
    wanted: str
    soak_seconds: int
    growth: Fraction
    machines: tuple[Machine, ...]
    departments: tuple[Department, ...]
    sets: tuple[RedundancySet, ...] = ()
    excluded: tuple[Excluded, ...] = ()
    artifacts: tuple[tuple[str, str], ...] = ()
    journey: bool = False
    restart_deadline_minutes: int = 240
    idle_poll_seconds: int = 60

    def __post_init__(self) -> None:
        for field in ("machines", "departments", "sets", "excluded", "artifacts"):
            object.__setattr__(self, field, tuple(sorted(getattr(self, field))))

    @property
    def what_if(self) -> bool:
        """True where the plan leads elsewhere than to the version the hospital wants."""
        return self.to_version != self.wanted

    def cap_after(self, size: int) -> int:
        """The most machines the wave after one of `size` machines may hold."""
        return math.floor(self.growth * size)

    def inputs_sha256(self) -> str:
        """SHA-256 of every value that was read. Display names are not; nor is `to_version`, which may be a what-if."""
        read = {
            "product": [self.product, self.from_version, self.wanted],
            "rollout": [self.soak_seconds, str(self.growth), self.restart_deadline_minutes, self.idle_poll_seconds],
            "journey": self.journey,
            "machines": [[m.name, m.department, m.model, m.os, m.peripherals] for m in self.machines],
            "departments": [[d.name, d.tier, d.floor, d.machines] for d in self.departments],
            "sets": [[s.name, s.members, s.max_out] for s in self.sets],
            "excluded": [[e.host, e.reason] for e in self.excluded],
            "artifacts": self.artifacts,
        }
        return hashlib.sha256(json.dumps(read, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def inputs_sha256(intent: Intent, product: str) -> str:
    """The `inputs_sha256` that a plan for `product` made from `intent` now would carry; Refusal if unknown."""
    _require_product(intent, product)
    return _read(intent, product, intent.releases.products[product].wanted).inputs_sha256()


def from_intent(intent: Intent, product: str, to: str | None = None) -> Request:
    """Read the upgrade of `product` from its `current` to its `wanted` version, or as a what-if to `to`.

    Targets are the hosts of group `workstations` whose OS the product's role supports; the others are excluded with
    the reason. Raises Refusal on an unknown product or version, and where there is nothing to do.
    """
    _require_product(intent, product)
    wish = intent.releases.products[product]
    target = to if to is not None else wish.wanted
    if target not in wish.versions:
        raise Refusal([f"{product} has no version {target}; releases.yml lists {', '.join(wish.versions)}"])
    if target == wish.current:
        hint = "" if to is not None else f"; set `wanted` of {product} in releases.yml, or ask with --to VERSION"
        raise Refusal([f"{product} is at {target} already: nothing to upgrade{hint}"])
    request = _read(intent, product, target)
    if not request.machines:
        left_out = f"; {len(request.excluded)} excluded, e.g. {request.excluded[0].reason}" if request.excluded else ""
        raise Refusal([f"no host of group {TARGET_GROUP} can be upgraded to {product} {target}{left_out}"])
    return request


def _require_product(intent: Intent, product: str) -> None:
    products = intent.releases.products
    if product not in products:
        raise Refusal([f"no product {product}; releases.yml lists {', '.join(sorted(products))}"])


def _read(intent: Intent, product: str, to_version: str) -> Request:
    supported = intent.supported_os(product)
    machines: list[Machine] = []
    excluded: list[Excluded] = []
    size: dict[str, int] = {}
    for name in intent.groups.get(TARGET_GROUP, ()):
        host = intent.hosts[name]
        if host.department is None:
            excluded.append(Excluded(name, "belongs to no department, so no floor protects it"))
            continue
        size[host.department] = size.get(host.department, 0) + 1
        if product not in host.clients:
            continue  # not excluded: it never had it
        if host.os not in supported:
            allowed = ", ".join(sorted(supported)) or "none"
            excluded.append(Excluded(name, f"runs {host.os or 'an unknown OS'}; role {product} supports {allowed}"))
            continue
        peripherals = tuple(sorted(set(host.peripherals)))
        machines.append(Machine(name, host.department, host.model or "unknown model", host.os, peripherals))
    targets = {machine.name for machine in machines}
    touched = {machine.department for machine in machines}
    departments = [
        Department(name, wish.tier, wish.floor, size[name])
        for name, wish in intent.hospital.departments.items()
        if name in touched
    ]
    sets = [
        RedundancySet(name, members, wish.max_out)
        for name, wish in intent.hospital.redundancy_sets.items()
        if (members := tuple(sorted(targets.intersection(wish.members))))
    ]
    rollout = intent.hospital.rollout
    wish = intent.releases.products[product]
    return Request(
        product=product,
        from_version=wish.current,
        to_version=to_version,
        wanted=wish.wanted,
        soak_seconds=rollout.soak_seconds,
        growth=Fraction(str(rollout.growth)),
        machines=tuple(machines),
        departments=tuple(departments),
        sets=tuple(sets),
        excluded=tuple(excluded),
        artifacts=tuple((version, wish.versions[version].sha256) for version in sorted({wish.current, wish.wanted})),
        journey=intent.journey is not None,
        restart_deadline_minutes=rollout.restart_deadline_minutes,
        idle_poll_seconds=rollout.idle_poll_seconds,
    )
