"""What does everything that speaks DICOM call itself, and whom do the desks' viewers ask?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from wardround.intent import ae_title
from wardround.intent.check_hospital import Section
from wardround.intent.inventory import Inventory
from wardround.intent.problem import Problem, one_of, shown

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
        elif option == "modality_link_ae_title" and host.variables.get(option) is None:
            file, place = inventory.hosts[host.name].place
            allowed = "a value: every device of modalities has one"
            yield file.problem(place, "nothing", allowed, f"{host.name}.ae_title")
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
    viewers = [host.name for host in machines if "pacs_client" in host.clients]
    if pattern is None and viewers and department in hospital.mapping("departments"):
        found = f"nothing, and no ae_title of {viewers[0]} with the client pacs_client"
        yield hospital.problem(path, found, "a pattern such as RAD_{n}, or an ae_title of each such desk")
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


def check_peers(inventory: Inventory, hosts: Mapping[str, CheckedHost]) -> Iterator[Problem]:
    """Whom a viewer asks is an archive: a host with an ae_title, and neither a desk nor a device."""
    no_archives = {"workstations", "modalities"}
    titled = [host for host in hosts.values() if host.variables.get("ae_title") is not None]
    archives = {host.name for host in titled if not host.groups & no_archives}
    for host in hosts.values():
        peers = host.variables.get("pacs_client_peers")
        for number, peer in enumerate(peers if isinstance(peers, list) else ()):
            if isinstance(peer, str) and peer not in archives:
                file, place, own = inventory.where(host.name, "pacs_client_peers")
                found = f"{shown(peer)}, {'no archive with an ae_title' if peer in hosts else 'no host'}"
                key = f"pacs_client_peers[{number}]"
                allowed = one_of(peer, archives)
                yield file.problem((*place, number), found, allowed, f"{host.name}.{key}" if own else key)


def _usable(pattern: str) -> bool:
    try:
        ae_title.check_pattern(pattern)
    except ValueError:
        return False
    return True
