"""Is every host's data whole, and is what must be its own its own?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from wardround.intent.check_dicom import check_ae_titles, check_peers
from wardround.intent.check_hospital import Section
from wardround.intent.explain import check
from wardround.intent.inventory import Inventory
from wardround.intent.models import HostVars, known
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.yaml_file import Steps, YamlFile, dotted

_NEEDED = ("address", "ansible_host", "clients", "model", "os")


@dataclass
class CheckedHost:
    """What is known of a host once its own data were checked.

    own: None where they are wrong; ae_title: what it calls itself, by the variable ae_title_key or its department.
    """

    name: str
    variables: dict[str, Any]
    groups: frozenset[str]
    own: HostVars | None
    departments: list[str] = field(default_factory=list)
    ae_title: str | None = None
    ae_title_key: str = "ae_title"

    @property
    def clients(self) -> tuple[str, ...]:
        return (self.own.clients if self.own else None) or ()


def check_hosts(
    inventory: Inventory, hospital: Section, releases: Section
) -> tuple[dict[str, CheckedHost], list[Problem]]:
    """Every host by name, with its AE title, and what is wrong with them."""
    problems: list[Problem] = []
    hosts = {name: _check_host(inventory, name, problems) for name in inventory.hosts}
    if releases.file:
        problems += _check_clients(inventory, hosts, releases.mapping("products"))
    problems += check_ae_titles(inventory, hospital, hosts)
    problems += check_peers(inventory, hosts)
    problems += _check_own(inventory, hosts)
    return hosts, problems


def _check_host(inventory: Inventory, name: str, problems: list[Problem]) -> CheckedHost:
    variables = inventory.effective(name)
    groups = inventory.groups_of(name)

    def locate(path: Steps) -> tuple[YamlFile, Steps, str]:
        file, place, own = inventory.where(name, str(path[0]))
        return file, (*place, *path[1:]), f"{name}.{dotted(path)}" if own else dotted(path)

    mine = {key: variables[key] for key in _HOST_KEYS if key in variables}
    own, wrong = check(HostVars, mine, locate)
    problems += wrong
    host = CheckedHost(name, variables, groups, own, sorted(group for group in groups if group.startswith("dept_")))
    file, place = inventory.hosts[name].place
    if len(host.departments) > 1:
        problems.append(file.problem(place, " and ".join(host.departments), "one department a machine", name))
    if "workstations" in groups:
        if not host.departments:
            problems.append(file.problem(place, "no department", "each workstation in one dept_ group", name))
        for key in _NEEDED:
            if variables.get(key) is None:
                problems.append(file.problem(place, "nothing", "a value: every workstation has one", f"{name}.{key}"))
    elif variables.get("ae_title") is not None and variables.get("address") is None:
        allowed = "a value: whoever has an AE title has one"
        problems.append(file.problem(place, "nothing", allowed, f"{name}.address"))
    return host


def _check_clients(
    inventory: Inventory, hosts: dict[str, CheckedHost], products: Mapping[str, Any]
) -> Iterator[Problem]:
    """Clients are products of releases.yml that are no server's: `his_server` is what the hosts of `his_servers` have.

    A wrong one is told once, where it is written, not once a host.
    """
    servers = {name for name in products if name.endswith("_server") or f"{name}s" in inventory.groups}
    told: set[tuple[str, int, int]] = set()
    for host in hosts.values():
        for number, client in enumerate(host.clients):
            if client in products.keys() - servers:
                continue
            file, place, own = inventory.where(host.name, "clients")
            if (here := (file.name, file.line((*place, number)), number)) not in told:
                told.add(here)
                key = f"{host.name}.clients[{number}]" if own else f"clients[{number}]"
                found = f"{shown(client)}, {'the product of a server' if client in servers else 'no product'}"
                yield file.problem((*place, number), found, one_of(client, products.keys() - servers), key)


def _check_own(inventory: Inventory, hosts: dict[str, CheckedHost]) -> Iterator[Problem]:
    """Names, addresses and AE titles belong to one host each, whatever their case.

    Orthanc compares AE titles without it, unless told otherwise (StrictAetComparison); so may other makers' archives.
    """
    names: dict[str, tuple[str, str, str]] = {}
    addresses: dict[str, tuple[str, str, str]] = {}
    titles: dict[str, tuple[str, str, str]] = {}
    for host in hosts.values():
        own = host.own
        for taken, key, value in (
            (names, "", host.name),
            (addresses, "address", own.address if own else None),
            (addresses, "address_ipv6", own.address_ipv6 if own else None),
            (addresses, "ansible_host", own.ansible_host if own else None),
            (titles, host.ae_title_key, host.ae_title),
        ):
            if value is None:
                continue
            other, other_key, spelling = taken.setdefault(value.casefold(), (host.name, key, value))
            if other != host.name:
                file, place, _own = inventory.where(host.name, key)
                other_file, other_place, _own = inventory.where(other, other_key)
                also = f"also of {other} at {other_file.name}:{other_file.line(other_place)}"
                allowed = "one host each"
                if key and spelling != value:
                    also, allowed = f"{also} as {shown(spelling)}", f"{allowed}, whatever the case"
                found = f"{shown(value)}, {also}"
                yield file.problem(place, found, allowed, f"{host.name}.{key}" if key else host.name)


_HOST_KEYS = tuple(known(HostVars))
