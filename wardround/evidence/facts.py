"""What the page is made from: the hospital and the record, as plain data.

Moments are UTC, ISO 8601 with seconds, as stored. `seq` counts in one sequence over all records,
so a larger one is later whatever the clocks said.
"""

from __future__ import annotations

import datetime
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.evidence.check import Check
from wardround.evidence.network import DeviceChange, Network, NetworkProof
from wardround.evidence.systems import NO_SYSTEMS, Systems


@dataclass(frozen=True, slots=True)
class Name:
    """What people call a thing, in both languages."""

    en: str
    zh: str


@dataclass(frozen=True, slots=True)
class Owner:
    """Who acts when something of theirs fails; contact is free text such as a telephone extension."""

    name: str
    contact: str


@dataclass(frozen=True, slots=True)
class Department:
    """floor: machines that must stay in service at any time."""

    key: str
    name: Name
    owner: Owner
    floor: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A workstation. clients: the products it has."""

    host: str
    name: Name
    department: str | None
    clients: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Product:
    """current, wanted: versions as the hospital's releases say."""

    key: str
    name: Name
    current: str
    wanted: str


@dataclass(frozen=True, slots=True)
class Hospital:
    """machines: the workstations; names: of every host; journey: whether it says how a patient goes through it;
    network: None where nothing says who may reach whom."""

    name: Name
    departments: tuple[Department, ...]
    machines: tuple[Machine, ...]
    products: tuple[Product, ...]
    systems: Systems = NO_SYSTEMS
    names: Mapping[str, Name] = field(default_factory=dict)
    journey: bool = False
    network: Network | None = None

    def name_of(self, host: str) -> Name:
        """What people call a host; its host name where they have no other."""
        return self.names.get(host, Name(host, host))


@dataclass(frozen=True, slots=True)
class Run:
    """One Ansible run. rc: its exit code, None while it goes on or when nobody saw its end.

    counts: task results by status (`ok`, `changed`, `failed`, `unreachable`, `skipped`).
    """

    id: str
    kind: str
    rollout: str | None
    wave: str | None
    playbook: str
    argv: str
    who: str
    check_mode: bool
    started: str
    ended: str | None
    rc: int | None
    counts: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class TaskFailure:
    """A task that failed or found its host unreachable."""

    seq: int
    run: str
    host: str
    task: str
    status: str
    message: str
    at: str


@dataclass(frozen=True, slots=True)
class Rollout:
    """plan: the approved plan file as it was, parsed (see wardround.rollout.plan)."""

    id: str
    plan_path: str
    plan: Mapping[str, Any]
    product: str
    from_version: str
    to_version: str
    state: str
    reason: str
    unreviewed: str | None
    who: str
    started: str
    ended: str | None


@dataclass(frozen=True, slots=True)
class Change:
    """A journaled intent to move one host. direction: `forward` or `back`; opened_seq, closed_seq: when.

    staged: when it first waited for a restart, also where it went on since; busy: what used the machine when it was
    last asked. In state `staged` it still waits, and `closed` is when it was last asked.
    """

    id: str
    opened_seq: int
    closed_seq: int | None
    rollout: str
    wave: str
    host: str
    run: str
    direction: str
    from_version: str
    to_version: str
    state: str
    reason: str
    opened: str
    closed: str | None
    staged: str | None = None
    busy: str = ""


@dataclass(frozen=True, slots=True)
class Proof:
    """What one host answered about one product. phase: `baseline`, `verify`, `observe` or `manual`."""

    seq: int
    run: str
    rollout: str | None
    host: str
    phase: str
    expected_version: str
    served_version: str
    ok: bool
    checks: tuple[Check, ...]
    at: str
    product: str = ""

    @property
    def failing(self) -> tuple[Check, ...]:
        return tuple(check for check in self.checks if not check.ok)


@dataclass(frozen=True, slots=True)
class Gate:
    seq: int
    rollout: str
    wave: str
    verdict: str
    reason: str
    at: str


@dataclass(frozen=True, slots=True)
class Classification:
    """A person's word on whose fault a failure was. cause: `release` or `machine`."""

    seq: int
    rollout: str
    host: str
    cause: str
    reason: str
    who: str
    at: str


@dataclass(frozen=True, slots=True)
class Step:
    """One step of the patient's journey, asked at `host`. seconds: None where it was not timed; cause: likely cause."""

    key: str
    name: Name
    host: str
    ok: bool
    expected: str
    found: str
    seconds: float | None
    cause: str


@dataclass(frozen=True, slots=True)
class Journey:
    """The patient's journey as it was walked once. phase: `baseline`, `verify` or `manual`."""

    seq: int
    run: str
    rollout: str | None
    phase: str
    ok: bool
    steps: tuple[Step, ...]
    at: str

    @property
    def broken(self) -> Step | None:
        """The step at which it broke."""
        return next((step for step in self.steps if not step.ok), None)

    @property
    def seconds(self) -> float:
        """The sum over all timed steps."""
        return sum(step.seconds or 0.0 for step in self.steps)


@dataclass(frozen=True, slots=True)
class Halt:
    seq: int
    reason: str
    who: str
    at: str
    lifted_by: str | None
    lifted_at: str | None


@dataclass(frozen=True, slots=True)
class History:
    """The part of the record that a page needs, each in the order it happened.

    rollouts: all; changes, proofs and journeys: those of the newest roll-outs, and the newest of each host and product;
    network_proofs: the newest; network_changes: the newest of each device.
    """

    runs: tuple[Run, ...] = ()
    task_failures: tuple[TaskFailure, ...] = ()
    rollouts: tuple[Rollout, ...] = ()
    changes: tuple[Change, ...] = ()
    proofs: tuple[Proof, ...] = ()
    gates: tuple[Gate, ...] = ()
    classifications: tuple[Classification, ...] = ()
    halts: tuple[Halt, ...] = ()
    journeys: tuple[Journey, ...] = ()
    network_proofs: tuple[NetworkProof, ...] = ()
    network_changes: tuple[DeviceChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A screenshot beside the page. href: relative; host: whose screen it is, if it is one's."""

    href: str
    caption: str
    host: str | None = None


@dataclass(frozen=True, slots=True)
class Override:
    """A setting that a machine has to itself. wider: what its groups give it, set in `layer`, a group's name.

    file, line: where its own value stands; wider_file, wider_line: where the other does.
    """

    host: str
    setting: str
    own: str
    file: str
    line: int
    wider: str
    layer: str
    wider_file: str
    wider_line: int


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything a page says.

    inventory: as given to the command; written: aware, its zone is the page's; today: the day that flows expire by.
    """

    hospital: Hospital
    history: History
    inventory: str
    record: str
    written: datetime.datetime
    today: datetime.date
    pictures: tuple[Picture, ...] = ()
    overrides: tuple[Override, ...] = ()
