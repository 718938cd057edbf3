"""A hospital's inventory directory, with the meaning that Ansible gives to it.

Lowest first, a host's variables come from: `all` in hosts.yml, its groups in hosts.yml, group_vars/all,
group_vars of its groups, the host in hosts.yml, host_vars of the host. Groups go by depth (the longest way down from
`all`), then `ansible_group_priority` (from hosts.yml only), then name. A later value replaces an earlier one whole.
(Ansible 2.19, `vars/manager.py`, default VARIABLE_PRECEDENCE; `inventory/group.py`.)
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Final

from wardround.intent.hosts_file import parse
from wardround.intent.layers import Group, InventoryHost, Layer
from wardround.intent.problem import Problem
from wardround.intent.vars_files import read_vars
from wardround.intent.yaml_file import Steps, YamlFile

_HOME: Final = ("hosts.yml", "group_vars", "host_vars")
_IGNORED: Final = ("~", ".md", ".txt", ".rst")  # by Ansible: some of its INVENTORY_IGNORE_EXTS


@dataclass
class Inventory:
    """Groups and hosts as written. `all` and `ungrouped` always exist."""

    directory: Path
    groups: dict[str, Group] = field(default_factory=dict)
    hosts: dict[str, InventoryHost] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def ancestors(self) -> dict[str, frozenset[str]]:
        """Each group's name to it and all groups above it."""
        above: dict[str, set[str]] = {name: {name} for name in self.groups}
        for name in sorted(self.groups, key=lambda name: self.groups[name].depth):
            for child in self.groups[name].children:
                above[child] |= above[name]
        return {name: frozenset(names) for name, names in above.items()}

    def groups_of(self, host: str) -> frozenset[str]:
        """Every group the host is in, directly or through a child group."""
        return frozenset[str]().union(*(self.ancestors[name] for name in self.hosts[host].groups))

    def layers(self, host: str) -> list[Layer]:
        """Where the host's variables come from, lowest precedence first."""
        return [*self._group_layers(self.groups_of(host)), *self.hosts[host].inline, *self.hosts[host].files]

    def effective(self, host: str) -> dict[str, Any]:
        """The host's variables after precedence."""
        groups = self.groups_of(host)
        if groups not in self._merged:
            self._merged[groups] = _merge({}, self._group_layers(groups))
        own = self.hosts[host]
        return _merge(self._merged[groups], [*own.inline, *own.files])

    def where(self, host: str, variable: str) -> tuple[YamlFile, Steps, bool]:
        """File and path of the value that counts, and whether it is the host's own; without one, the host's entry."""
        own = self.hosts[host]
        for layer in reversed(self.layers(host)):
            if variable in layer.values:
                return layer.file, (*layer.path, variable), layer in own.inline or layer in own.files
        return *own.place, True

    @cached_property
    def _merged(self) -> dict[frozenset[str], dict[str, Any]]:
        return {}

    def _group_layers(self, names: frozenset[str]) -> list[Layer]:
        everyone = self.groups["all"]
        ordered = sorted((self.groups[name] for name in names if name != "all"), key=Group.rank)
        return [
            *everyone.inline,
            *(layer for group in ordered for layer in group.inline),
            *everyone.files,
            *(layer for group in ordered for layer in group.files),
        ]


def _merge(base: dict[str, Any], layers: list[Layer]) -> dict[str, Any]:
    merged = base.copy()
    for layer in layers:
        merged.update(layer.values)
    return merged


def read(directory: Path) -> Inventory:
    """Read hosts.yml, group_vars and host_vars. Nothing is raised: `problems` says what is wrong."""
    inventory = Inventory(directory)
    inventory.problems += _strangers(directory)
    file = YamlFile(directory / "hosts.yml")
    inventory.groups, inventory.hosts, problems = parse(file)
    inventory.problems += file.problems + problems
    if not inventory.hosts and not file.problems and not problems:
        inventory.problems.append(Problem(file.name, 1, "", "no hosts", "at least one host"))
    complete = bool(inventory.hosts)  # where hosts.yml is unusable, nobody knows which files belong to nobody
    for folder, entities in (("group_vars", inventory.groups), ("host_vars", inventory.hosts)):
        inventory.problems += read_vars(directory / folder, entities, complete)
    return inventory


def _strangers(directory: Path) -> list[Problem]:
    """Files that Ansible would read as one more inventory."""
    try:
        paths = sorted(directory.iterdir())
    except NotADirectoryError:
        return [Problem(str(directory), 1, "", "a file", "the directory of a hospital")]
    except OSError:
        return []  # hosts.yml cannot be read either, and says so
    return [
        Problem(str(path), 1, "", "another inventory file", ", ".join(_HOME))
        for path in paths
        if path.name not in _HOME and not path.name.startswith(".") and not path.name.endswith(_IGNORED)
    ]
