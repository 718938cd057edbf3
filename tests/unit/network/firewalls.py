"""Firewalls for tests: one of a small hospital, and drawn ones."""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator
from typing import Any

from hypothesis import strategies as st

from tests.unit.network.nft_reader import Packet
from wardround.network.device import FirewallModel, Rule, ZoneInterface

SERVICES: dict[str, tuple[str, tuple[int, ...]]] = {
    "dicom": ("tcp", (104, 11112)),
    "hl7": ("tcp", (2575,)),
    "https": ("tcp", (443,)),
    "dns": ("udp", (53,)),
    "ping": ("icmp", ()),
}
ZONES = ("administration", "clinical", "guest", "imaging", "management", "servers")


def interface(number: int, zone: str, ipv6: bool = True) -> ZoneInterface:
    """10.N.0.1/24 and fdNN::1/64, N from 10."""
    return ZoneInterface(zone, zone[:15], f"10.{number}.0.1/24", f"fd00:{number}::1/64" if ipv6 else None)


def small() -> FirewallModel:
    """Six zones; one has no IPv6; rules from zones, from and to single hosts, with a range of ports and with icmp."""
    interfaces = tuple(interface(n, zone, zone != "guest") for n, zone in enumerate(ZONES, 10))
    rules = (
        Rule("ct_to_pacs", "imaging", "servers", "tcp", (104, 11112), ("10.13.0.21", "fd00:13::21"), ("10.15.0.5",)),
        Rule("desks_to_his", "clinical", "servers", "tcp", (443,)),
        Rule("desks_to_pacs", "clinical", "servers", "tcp", (104, 8042, 8043, 8044), (), ("10.15.0.5", "fd00:15::5")),
        Rule("everybody_resolves", "guest", "servers", "udp", (53,)),
        Rule("monitoring", "management", "servers", "icmp"),
        Rule("office_to_his", "administration", "servers", "tcp", (443,)),
    )
    return FirewallModel("fw-01", "management", interfaces, rules)


def host(zone: ZoneInterface, number: int, version: int) -> str:
    """The address of a machine in a zone; number from 2."""
    text = zone.ipv4 if version == 4 else zone.ipv6
    assert text is not None
    return str(ipaddress.ip_interface(text).network[number])


@st.composite
def firewalls(draw: st.DrawFn, most_zones: int = 5, most_rules: int = 8) -> FirewallModel:
    """Some zones, with or without IPv6, and rules between them, for whole zones or some of hosts 2 and 3 of each."""
    zones = draw(st.lists(st.sampled_from(ZONES), min_size=2, max_size=most_zones, unique=True))
    interfaces = {zone: interface(n, zone, draw(st.booleans())) for n, zone in enumerate(zones, 10)}
    rules = []
    for number in range(draw(st.integers(0, most_rules))):
        source, destination = draw(st.permutations(zones))[:2]
        versions = [4, 6] if interfaces[source].ipv6 and interfaces[destination].ipv6 else [4]
        version = draw(st.sampled_from(versions))
        protocol, ports = SERVICES[draw(st.sampled_from(sorted(SERVICES)))]
        ends: list[Any] = []
        for zone in (source, destination):
            hosts = st.sampled_from([host(interfaces[zone], n, version) for n in (2, 3)])
            ends.append(tuple(sorted(draw(st.sets(hosts)))))
        rules.append(Rule(f"flow_{number}", source, destination, protocol, ports, *ends))
    management = draw(st.sampled_from(zones))
    return FirewallModel("fw-01", management, tuple(interfaces.values()), tuple(rules))


def packets(model: FirewallModel) -> Iterator[Packet]:
    """Every service, and a port of none, between hosts 2 and 3 of every two zones, by IPv4 and IPv6."""
    services = [(protocol, port) for protocol, ports in SERVICES.values() for port in ports or (None,)]
    services += [("tcp", 103), ("udp", 443)]
    for source, destination in itertools.permutations(model.interfaces, 2):
        versions = (4, 6) if source.ipv6 and destination.ipv6 else (4,)
        for version, a, b, (protocol, port) in itertools.product(versions, (2, 3), (2, 3), services):
            ends = host(source, a, version), host(destination, b, version)
            yield Packet(source.interface, destination.interface, *ends, protocol, port)
