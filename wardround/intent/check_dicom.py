"""What does everything that speaks DICOM call itself?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wardround.intent import ae_title
from wardround.intent.check_hospital import Section
from wardround.intent.inventory import Inventory
from wardround.intent.problem import Problem, shown

if TYPE_CHECKING:
    from wardround.intent.check_hosts import CheckedHost


def check_ae_titles(inventory: Inventory, hospital: Section, hosts: Mapping[str, CheckedHost]) -> Iterator[Problem]:
    """Give each host its AE title: its role's option, its own, or a workstation's by its department's pattern."""
    derived: dict[str, list[CheckedHost]] = {}
    for host in hosts.values():
        option = _option(host)
        if option and isinstance(title := host.variables.get(option), str):
            host.ae_title_key = option
            yield from _take(inventory, host, title)
        elif host.variables.get("ae_title") is not None:
            host.ae_title = host.own.ae_title if host.own else None
        elif "workstations" in host.groups and len(host.departments) == 1:
            derived.setdefault(host.departments[0].removeprefix("dept_"), []).append(host)
    for department, machines in derived.items():
        yield from _derive(inventory, hospital, department, machines)


def _option(host: CheckedHost) -> str | None:
    """The option by which the host's role may be told another AE title than the host's own."""
    if "workstations" in host.groups:
        return "pacs_client_ae_title" if "pacs_client" in host.clients else None
    return "modality_link_ae_title" if "modalities" in host.groups else None


def _take(inventory: Inventory, host: CheckedHost, title: str) -> Iterator[Problem]:
    try:
        host.ae_title = ae_title.check(title)
    except ValueError as error:
        file, place, _own = inventory.where(host.name, host.ae_title_key)
        yield file.problem(place, shown(title), str(error), f"{host.name}.{host.ae_title_key}")


def _derive(inventory: Inventory, hospital: Section, department: str, machines: list[CheckedHost]) -> Iterator[Problem]:
    path = ("departments", department, "ae_title_pattern")
    pattern = hospital.mapping(*path[:2]).get(path[2])
    if not isinstance(pattern, str) or not _usable(pattern):
        return
    if "{n}" not in pattern and len(machines) > 1:
        found = f"{shown(pattern)} for {len(machines)} machines"
        yield hospital.problem(path, found, "a pattern with {n}, the number in the host name")
        return
    for host in machines:
        try:
            host.ae_title = ae_title.derive(pattern, host.name)
        except ValueError as error:
            file, place = inventory.hosts[host.name].place
            found = f"none by the pattern {shown(pattern)}"
            yield file.problem(place, found, str(error), f"{host.name}.ae_title")


def _usable(pattern: str) -> bool:
    try:
        ae_title.check_pattern(pattern)
    except ValueError:
        return False
    return True
