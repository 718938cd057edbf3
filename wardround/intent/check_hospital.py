"""Do the hospital's and the releases' names refer to things that exist?"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from wardround.intent import roles
from wardround.intent.explain import M, check
from wardround.intent.inventory import Inventory
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.yaml_file import Steps, YamlFile, dotted


class Section:
    """One top-level key of group_vars/all with its file.

    Checks read it as it was written, not as its model, so that a fault in one place hides none in another.
    """

    def __init__(self, inventory: Inventory, name: str) -> None:
        self.name = name
        self.file: YamlFile | None = None
        self.value: Any = None
        for layer in inventory.groups["all"].files:
            if name in layer.values:
                self.file, self.value = layer.file, layer.values[name]
        self._home = str(inventory.directory / "group_vars" / "all" / f"{name}.yml")
        self._home_is_broken = any(problem.file == self._home for problem in inventory.problems)

    def validated(self, model: type[M]) -> tuple[M | None, list[Problem]]:
        """The section as its model, or what is wrong with it."""
        file = self.file
        if file is None:
            if self._home_is_broken:
                return None, []
            return None, [Problem(self._home, 1, self.name, "nothing", f"the key {self.name} in this file")]
        return check(model, self.value, lambda path: (file, (self.name, *path), dotted((self.name, *path))))

    def mapping(self, *path: str) -> dict[str, Any]:
        """The mapping at a path of the section, {} where there is none."""
        value = self.value
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        return value if isinstance(value, dict) else {}

    def problem(self, path: Steps, found: str, allowed: str) -> Problem:
        assert self.file is not None  # a path into the section was found in it
        return self.file.problem((self.name, *path), found, allowed)


def check_hospital(hospital: Section, inventory: Inventory) -> Iterator[Problem]:
    """Owners, groups of departments and members of redundancy sets."""
    owners, departments = hospital.mapping("owners"), hospital.mapping("departments")
    for name in departments:
        owner = hospital.mapping("departments", name).get("owner")
        if isinstance(owner, str) and owner not in owners:
            yield hospital.problem(("departments", name, "owner"), shown(owner), one_of(owner, owners))
        if inventory.hosts and f"dept_{name}" not in inventory.groups:
            found = f"no group dept_{name} in {inventory.directory / 'hosts.yml'}"
            yield hospital.problem(("departments", name), found, "a group for each department")
    for group in inventory.groups.values():
        if hospital.file and group.name.startswith("dept_") and group.name[5:] not in departments:
            file, path = group.place
            found = f"a group of the department {shown(group.name[5:])}, which {hospital.file.name} does not have"
            yield file.problem(path, found, one_of(group.name[5:], departments), group.name)
    for name in hospital.mapping("redundancy_sets"):
        members = hospital.mapping("redundancy_sets", name).get("members")
        if inventory.hosts and isinstance(members, list):
            yield from _check_members(hospital, inventory, name, members)


def _check_members(hospital: Section, inventory: Inventory, name: str, members: list[Any]) -> Iterator[Problem]:
    for number, member in enumerate(members):
        path = ("redundancy_sets", name, "members", number)
        if not isinstance(member, str):
            continue  # the model says so
        if member not in inventory.hosts:
            yield hospital.problem(path, f"{shown(member)}, no host", one_of(member, inventory.hosts))
        elif not any(group.startswith("dept_") for group in inventory.groups_of(member)):
            yield hospital.problem(path, f"{shown(member)}, in no department", "machines of departments")
        if member in members[:number]:
            yield hospital.problem(path, f"{shown(member)} again", "each member once")


def check_releases(releases: Section, hospital: Section, role_directory: Path | None) -> Iterator[Problem]:
    """Approvers, departments that changes are described for, health checks, and what `current` and `wanted` name."""
    owners, departments = hospital.mapping("owners"), hospital.mapping("departments")
    for product in releases.mapping("products"):
        versions = releases.mapping("products", product, "versions")
        answered = roles.health_checks(role_directory, product) if role_directory else ()
        for key in ("current", "wanted"):
            version = releases.mapping("products", product).get(key)
            if isinstance(version, str) and version not in versions:
                yield releases.problem(("products", product, key), shown(version), one_of(version, versions))
        for version in versions:
            path = ("products", product, "versions", version)
            approver = releases.mapping(*path, "approved").get("by")
            if hospital.file and isinstance(approver, str) and approver not in owners:
                yield releases.problem((*path, "approved", "by"), shown(approver), one_of(approver, owners))
            for department in releases.mapping(*path, "changes"):
                if hospital.file and department not in departments:
                    allowed = one_of(department, departments)
                    yield releases.problem((*path, "changes", department), "an unknown department", allowed)
            asked = releases.mapping(*path).get("health_checks")
            for number, name in enumerate(asked if answered and isinstance(asked, list) else ()):
                if isinstance(name, str) and name not in answered:
                    yield releases.problem((*path, "health_checks", number), shown(name), one_of(name, answered))
