"""The hospital's systems and the links between them, as data."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from wardround.evidence.facts import Name


@dataclass(frozen=True, slots=True)
class Node:
    """kind: `department`, `device` or `server`; group: the inventory's; name: None where the group stands for many."""

    key: str
    kind: str
    group: str
    name: Name | None
    hosts: tuple[str, ...]
    number: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """The hosts of `source` ask `target`. source, target: keys of nodes; protocol: as people write it, empty where
    nobody says; role: the group of servers as which the target is asked.

    product: whose proofs are asked over it, and by which of its checks, all where empty; fetched: a change of a desk
    went over it; steps: host to the steps of the patient's journey that it asks over this link; shown: first words of
    steps that others ask and that go over it too.
    """

    source: str
    target: str
    protocol: str
    role: str
    hosts: tuple[str, ...]
    product: str = ""
    checks: frozenset[str] = frozenset()
    fetched: bool = False
    steps: Mapping[str, frozenset[str]] = field(default_factory=dict)
    shown: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Systems:
    nodes: tuple[Node, ...] = ()
    links: tuple[Link, ...] = ()


NO_SYSTEMS: Final = Systems()
