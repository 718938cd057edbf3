"""Load a hospital: read it, check everything, say everything that is wrong at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from wardround.intent import roles
from wardround.intent.check_hospital import Section, check_hospital, check_releases
from wardround.intent.check_hosts import CheckedHost, check_hosts
from wardround.intent.check_journey import check_journey
from wardround.intent.check_keys import check_keys
from wardround.intent.check_links import check_links
from wardround.intent.check_network import check_network
from wardround.intent.inventory import Inventory, read
from wardround.intent.journey import Journey
from wardround.intent.link_checks import LinkChecks
from wardround.intent.models import Hospital, LocalName, Releases
from wardround.intent.network import Network
from wardround.intent.problem import IntentError


@dataclass(frozen=True, slots=True)
class Host:
    """One machine.

    groups: all of them, those above its own included; department: without `dept_`; address: clinical, ansible_host:
    for management; ae_title: its own or its department's pattern applied; clients: products it has; vars: after
    Ansible's precedence; address_ipv6: its second clinical address.
    """

    name: str
    groups: frozenset[str]
    department: str | None
    address: str | None
    ansible_host: str | None
    model: str | None
    os: str | None
    peripherals: tuple[str, ...]
    ae_title: str | None
    display_name: LocalName
    clients: tuple[str, ...]
    vars: Mapping[str, Any]
    address_ipv6: str | None = None


@dataclass(frozen=True)
class Intent:
    """What a hospital wants. groups: group to its hosts, sorted, those of child groups included.

    journey: the patient's journey that gates every upgrade; network: zones, sockets and flows; None where the
    hospital has none. network_section: the network as written, which knows its lines. link_checks: links to measure.
    """

    directory: Path
    hospital: Hospital
    releases: Releases
    hosts: dict[str, Host]
    groups: dict[str, tuple[str, ...]]
    journey: Journey | None = None
    network: Network | None = None
    network_section: Section | None = field(default=None, repr=False, compare=False)
    link_checks: LinkChecks | None = None

    def supported_os(self, product: str) -> frozenset[str]:
        """Operating systems that the product's role supports, such as {"debian-13"}; empty where no role says so."""
        directory = roles.find(self.directory)
        return roles.platforms(directory, product) if directory else frozenset()

    def dicom_peers(self) -> list[dict[str, str]]:
        """Every host with an AE title, sorted by it, as {"name", "ae_title", "address"}."""
        return dicom_peers(self.hosts.values())


def dicom_peers(hosts: Iterable[Host]) -> list[dict[str, str]]:
    """Those of the hosts that speak DICOM, sorted by AE title, as {"name", "ae_title", "address"}."""
    peers = [
        {"name": host.name, "ae_title": host.ae_title, "address": host.address}
        for host in hosts
        if host.ae_title and host.address
    ]
    return sorted(peers, key=lambda peer: peer["ae_title"])


def load(directory: Path) -> Intent:
    """The hospital in an inventory directory. Contacts nothing. Raises IntentError with every problem."""
    inventory = read(directory)
    role_directory = roles.find(directory)
    problems = list(check_keys(inventory, roles.options(role_directory) if role_directory else {}))
    hospital_section, releases_section = Section(inventory, "hospital"), Section(inventory, "releases")
    hospital, wrong = hospital_section.validated(Hospital)
    problems += wrong
    releases, wrong = releases_section.validated(Releases)
    problems += wrong
    problems += check_hospital(hospital_section, inventory)
    problems += check_releases(releases_section, hospital_section, role_directory)
    hosts, wrong = check_hosts(inventory, hospital_section, releases_section)
    problems += wrong
    journey_section, journey = Section(inventory, "journey"), None
    if journey_section.file:
        journey, wrong = journey_section.validated(Journey)
        problems += wrong
    if journey and inventory.hosts:
        problems += check_journey(journey_section, journey, hosts)
    network_section, network = Section(inventory, "network"), None
    if network_section.file:
        network, wrong = network_section.validated(Network)
        problems += wrong
    if network and hospital_section.file and inventory.hosts:
        problems += check_network(network_section, network, hospital_section, inventory, hosts)
    links_section, links = Section(inventory, "link_checks"), None
    if links_section.file:
        links, wrong = links_section.validated(LinkChecks)
        problems += wrong
    if links and inventory.hosts:
        problems += check_links(links_section, links, network, hosts)
    read_badly = {(problem.file, problem.line, problem.key) for problem in inventory.problems}
    problems = inventory.problems + [
        problem for problem in problems if (problem.file, problem.line, problem.key) not in read_badly
    ]
    if problems or hospital is None or releases is None:
        raise IntentError(problems)
    machines = {name: _host(hosts[name]) for name in sorted(hosts)}
    groups, written = _groups(inventory), network_section if network else None
    return Intent(directory, hospital, releases, machines, groups, journey, network, written, links)


def _host(checked: CheckedHost) -> Host:
    own = checked.own
    assert own is not None  # a host with faulty data is a problem, and load raised it
    return Host(
        name=checked.name,
        groups=checked.groups,
        department=checked.departments[0].removeprefix("dept_") if checked.departments else None,
        address=own.address,
        ansible_host=own.ansible_host,
        model=own.model,
        os=own.os,
        peripherals=own.peripherals,
        ae_title=checked.ae_title,
        display_name=own.display_name or LocalName(en=checked.name, zh=checked.name),
        clients=own.clients or (),
        vars=checked.variables,
        address_ipv6=own.address_ipv6,
    )


def _groups(inventory: Inventory) -> dict[str, tuple[str, ...]]:
    members: dict[str, list[str]] = {name: [] for name in sorted(inventory.groups)}
    for host in sorted(inventory.hosts):
        for group in inventory.groups_of(host):
            members[group].append(host)
    return {name: tuple(hosts) for name, hosts in members.items()}
