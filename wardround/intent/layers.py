"""The parts of an inventory: variables with their place, groups and hosts as written."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from wardround.intent.yaml_file import Steps, YamlFile


@dataclass(frozen=True)
class Layer:
    """Variables written in one place: the mapping at `path` of `file`."""

    file: YamlFile
    path: Steps
    values: dict[str, Any]


@dataclass
class Entity:
    """What may have variables.

    place: where it is first written; inline: variables in hosts.yml; files: those in group_vars or host_vars.
    """

    name: str
    place: tuple[YamlFile, Steps]
    inline: list[Layer] = field(default_factory=list)
    files: list[Layer] = field(default_factory=list)


@dataclass
class Group(Entity):
    """hosts, children: names of direct members; depth: the longest way down from `all`."""

    hosts: dict[str, None] = field(default_factory=dict)
    children: dict[str, None] = field(default_factory=dict)
    priority: int = 1
    depth: int = 0

    def rank(self) -> tuple[int, int, str]:
        """Order of precedence among a host's groups, lowest first."""
        return self.depth, self.priority, self.name


@dataclass
class InventoryHost(Entity):
    """groups: names of the groups that list it directly."""

    groups: dict[str, None] = field(default_factory=dict)
