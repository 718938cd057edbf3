"""hosts.yml: groups, children, hosts and the variables beside them (Ansible's `yaml` inventory plugin)."""

from __future__ import annotations

import re
from graphlib import TopologicalSorter
from typing import Any, Final

from wardround.intent import host_range
from wardround.intent.layers import Group, InventoryHost, Layer
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.yaml_file import Steps, YamlFile

HOST_NAME: Final = re.compile(r"[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?")
_GROUP_NAME: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")
_SECTIONS: Final = ("hosts", "vars", "children")


def parse(file: YamlFile) -> tuple[dict[str, Group], dict[str, InventoryHost], list[Problem]]:
    """Groups and hosts by name, and what is wrong with them. `all` and `ungrouped` always exist."""
    reader = _Reader(file)
    for name, body in file.data.items():
        reader.group(name, body, (name,))
    reader.finish()
    return reader.groups, reader.hosts, reader.problems


class _Reader:
    def __init__(self, file: YamlFile) -> None:
        self.file = file
        self.groups = {name: Group(name, (file, ())) for name in ("all", "ungrouped")}
        self.hosts: dict[str, InventoryHost] = {}
        self.problems: list[Problem] = []
        self._edges: dict[tuple[str, str], Steps] = {}

    def group(self, name: str, body: Any, path: Steps) -> None:
        if not _GROUP_NAME.fullmatch(name):
            self._problem(path, f"the group name {shown(name)}", "letters, digits and _, no digit first", name)
            return
        group = self.groups.setdefault(name, Group(name, (self.file, path)))
        for section, content in self._mapping(body, path, name).items():
            inner = (*path, section)
            if section not in _SECTIONS:
                self._problem(inner, "an unknown key", one_of(section, _SECTIONS), f"{name}.{section}")
                continue
            members = self._mapping(content, inner, f"{name}.{section}")
            if section == "vars":
                self._group_vars(group, members, inner)
            for member, value in members.items():
                if section == "hosts":
                    self._host(member, value, group, (*inner, member))
                elif section == "children":
                    self._edges.setdefault((name, member), (*inner, member))
                    self.group(member, value, (*inner, member))

    def finish(self) -> None:
        """What can only be said when every group is known: who is whose child, and how deep."""
        for (parent, child), path in self._edges.items():
            if child not in self.groups:
                continue  # its name was refused
            if child == "all" or self._reaches(child, parent):
                self._problem(path, f"{parent} inside itself", "groups without a loop", child)
            else:
                self.groups[parent].children[child] = None
        children = {child for group in self.groups.values() for child in group.children}
        for name in self.groups:
            if name != "all" and name not in children:
                self.groups["all"].children[name] = None
        for host in self.hosts.values():
            if not set(host.groups) - {"all", "ungrouped"}:
                host.groups["ungrouped"] = None
                self.groups["ungrouped"].hosts[host.name] = None
            elif "ungrouped" in host.groups:
                del host.groups["ungrouped"], self.groups["ungrouped"].hosts[host.name]
        self._measure_depths()
        for name in self.groups.keys() & self.hosts.keys():
            self._problem(self.hosts[name].place[1], "a host named as a group", "a name of its own", name)

    def _host(self, pattern: str, body: Any, group: Group, path: Steps) -> None:
        try:
            names = host_range.expand(pattern)
        except ValueError as error:
            self._problem(path, f"the host range {shown(pattern)}", str(error), pattern)
            return
        if len(self.hosts) + len(names) > host_range.MAX_HOSTS:
            self._problem(path, "more hosts", f"at most {host_range.MAX_HOSTS} hosts in a hospital", pattern)
            return
        values = self._mapping(body, path, pattern)
        for name in names:
            if not HOST_NAME.fullmatch(name):
                allowed = "1 to 63 ASCII letters, digits, - _ and ., a letter or digit first and last"
                self._problem(path, f"the host name {shown(name)}", allowed, pattern)
                return
            host = self.hosts.get(name)
            if host is None:
                host = self.hosts[name] = InventoryHost(name, (self.file, path))
            host.groups[group.name] = None
            group.hosts[name] = None
            if values:
                host.inline.append(Layer(self.file, path, values))

    def _group_vars(self, group: Group, values: dict[str, Any], path: Steps) -> None:
        values = dict(values)
        if "ansible_group_priority" in values:
            priority = values.pop("ansible_group_priority")
            if isinstance(priority, int) and not isinstance(priority, bool):
                group.priority = priority
            else:
                key = f"{group.name}.ansible_group_priority"
                self._problem((*path, "ansible_group_priority"), shown(priority), "a whole number", key)
        if values:
            group.inline.append(Layer(self.file, path, values))

    def _mapping(self, value: Any, path: Steps, key: str) -> dict[str, Any]:
        if value is None:
            return {}
        if isinstance(value, dict):
            return value
        self._problem(path, shown(value), "a mapping", key)
        return {}

    def _reaches(self, start: str, goal: str) -> bool:
        seen, waiting = set(), [start]
        while waiting:
            name = waiting.pop()
            if name == goal:
                return True
            if name not in seen:
                seen.add(name)
                waiting.extend(self.groups[name].children)
        return False

    def _measure_depths(self) -> None:
        parents: dict[str, list[str]] = {name: [] for name in self.groups}
        for group in self.groups.values():
            for child in group.children:
                parents[child].append(group.name)
        for name in TopologicalSorter(parents).static_order():
            self.groups[name].depth = max((self.groups[parent].depth + 1 for parent in parents[name]), default=0)

    def _problem(self, path: Steps, found: str, allowed: str, key: str) -> None:
        self.problems.append(self.file.problem(path, found, allowed, key))
