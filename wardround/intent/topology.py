"""Who is where in a hospital's network: sockets in their rooms, zones on trunks, gateways, hosts in zones."""

from __future__ import annotations

import ipaddress
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from wardround.intent.network import FirewallInterface, Network, Room, Socket, Trunk, Zone
from wardround.intent.yaml_file import Steps

Address = ipaddress.IPv4Address | ipaddress.IPv6Address
Subnet = ipaddress.IPv4Network | ipaddress.IPv6Network


class Addressed(Protocol):
    """A host, as far as its addresses go."""

    @property
    def address(self) -> str | None: ...
    @property
    def address_ipv6(self) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Placed:
    """A socket where it is. path: in the section `network`."""

    path: Steps
    room: Room
    name: str
    socket: Socket


def sockets(network: Network) -> Iterator[Placed]:
    """Every socket of every room, in the order written."""
    for department, body in network.departments.items():
        for key, room in body.rooms.items():
            for name, socket in room.sockets.items():
                yield Placed(("departments", department, "rooms", key, "sockets", name), room, name, socket)


def subnets(zone: Zone) -> tuple[Subnet, ...]:
    """The zone's subnets, IPv4 first."""
    return tuple(ipaddress.ip_network(text) for text in (zone.ipv4, zone.ipv6) if text)


def addresses(host: Addressed) -> tuple[Address, ...]:
    """The host's addresses; empty where none is known."""
    return tuple(ipaddress.ip_address(text) for text in (host.address, host.address_ipv6) if text)


def interface_addresses(zone: Zone, interface: FirewallInterface) -> tuple[Address, ...]:
    """A firewall's addresses in a zone, IPv4 first: its own, or of the gateway the first of each subnet."""
    if not is_gateway(interface):
        return tuple(ipaddress.ip_address(text) for text in (interface.ipv4, interface.ipv6) if text)
    return tuple(subnet[1] for subnet in subnets(zone))


def is_gateway(interface: FirewallInterface) -> bool:
    """Whether the firewall is the zone's gateway there."""
    return interface.ipv4 is None and interface.ipv6 is None


def gateways(network: Network) -> dict[str, str]:
    """Zone to the firewall that is its gateway; zones without one are left out."""
    return {
        zone: name
        for name, firewall in sorted(network.firewalls.items(), reverse=True)
        for zone, interface in firewall.interfaces.items()
        if is_gateway(interface)
    }


def zone_at(network: Network, address: Address) -> str | None:
    """The zone whose subnet holds the address."""
    return next((name for name, zone in network.zones.items() if address in _subnet_like(zone, address)), None)


def _subnet_like(zone: Zone, address: Address) -> tuple[()] | Subnet:
    text = zone.ipv4 if address.version == 4 else zone.ipv6
    return ipaddress.ip_network(text) if text else ()


def zones_by_socket(network: Network) -> dict[str, str]:
    """Host to the zone that the socket it is plugged into gives it."""
    return {
        placed.socket.host: network.profiles[placed.socket.profile].zone
        for placed in sockets(network)
        if placed.socket.host and placed.socket.profile in network.profiles
    }


def trunk_zones(network: Network, trunk: Trunk) -> tuple[str, ...]:
    """Zones that the trunk carries, by VLAN."""
    named = set(network.zones if trunk.zones == "all" else trunk.zones)
    return tuple(sorted(named & set(network.zones), key=lambda zone: network.zones[zone].vlan))


def zones_by_switch(network: Network) -> dict[str, frozenset[str]]:
    """Switch to the zones that it carries, for its ports and its management; what names no switch or zone is left out.

    A switch of no trunk or socket carries management alone.
    """
    carried = {name: {network.management} for name in network.switches}
    for placed in sockets(network):
        if (profile := network.profiles.get(placed.socket.profile)) and placed.socket.switch in carried:
            carried[placed.socket.switch] |= {zone for zone in (profile.zone, profile.voice) if zone}
    for trunk in network.trunks.values():
        for end in (trunk.a, trunk.b):
            carried.get(end.device, set()).update(trunk_zones(network, trunk))
    for firewall in network.firewalls.values():
        for zone, interface in firewall.interfaces.items():
            carried.get(interface.switch or "", set()).add(zone)
    return {name: frozenset(zones & network.zones.keys()) for name, zones in carried.items()}


def reached(network: Network, zone: str, start: str) -> frozenset[str]:
    """Devices that the zone's VLAN reaches from `start` over trunks, `start` included."""
    neighbours: defaultdict[str, set[str]] = defaultdict(set)
    for trunk in network.trunks.values():
        if zone in trunk_zones(network, trunk):
            neighbours[trunk.a.device].add(trunk.b.device)
            neighbours[trunk.b.device].add(trunk.a.device)
    seen, left = {start}, [start]
    while left:
        for device in neighbours[left.pop()] - seen:
            seen.add(device)
            left.append(device)
    return frozenset(seen)
