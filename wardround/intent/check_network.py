"""Is the network's intent one that switches and firewalls can be derived from? Asked before anything is contacted."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from wardround.intent.check_cabling import check_cabling
from wardround.intent.check_flows import check_flows
from wardround.intent.check_hospital import Section
from wardround.intent.check_hosts import CheckedHost
from wardround.intent.check_rooms import check_rooms
from wardround.intent.inventory import Inventory
from wardround.intent.network import PLATFORM_VLANS, Network
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.topology import (
    Address,
    Subnet,
    addresses,
    interface_addresses,
    is_gateway,
    subnets,
    zones_by_socket,
    zones_by_switch,
)


def check_network(
    section: Section, network: Network, hospital: Section, inventory: Inventory, hosts: Mapping[str, CheckedHost]
) -> Iterator[Problem]:
    """Every contradiction in the section `network`, once its values have the right types."""
    owners, departments = hospital.mapping("owners"), hospital.mapping("departments")
    yield from _check_zones(section, network, hosts)
    yield from _check_platform_vlans(section, network)
    yield from _check_profiles(section, network)
    yield from _check_devices(section, network, hosts)
    yield from _check_firewalls(section, network)
    yield from check_cabling(section, network)
    yield from check_rooms(section, network, owners, departments, hosts)
    yield from check_flows(section, network, owners, hosts)
    yield from _check_addresses(network, inventory, hosts)


def _check_zones(section: Section, network: Network, hosts: Mapping[str, CheckedHost]) -> Iterator[Problem]:
    """VLAN ids are one zone's, subnets apart, names not those of hosts; the zone for management is one."""
    if network.management not in network.zones:
        yield section.problem(("management",), shown(network.management), one_of(network.management, network.zones))
    vlans: dict[int, str] = {}
    for name, zone in network.zones.items():
        other = vlans.setdefault(zone.vlan, name)
        if other != name:
            yield section.problem(
                ("zones", name, "vlan"), f"{zone.vlan}, also of the zone {other}", "a VLAN id for each zone"
            )
        if name in hosts:
            yield section.problem(("zones", name), f"the name of the host {name}", "a name of its own: flows name both")
    for family in ("ipv4", "ipv6"):
        yield from _check_overlaps(section, network, family)


def _check_platform_vlans(section: Section, network: Network) -> Iterator[Problem]:
    """No switch carries a VLAN that its platform keeps for itself."""
    carried = zones_by_switch(network)
    for zone, body in network.zones.items():
        for platform, kept in PLATFORM_VLANS.items():
            first, last = kept[0], kept[-1]
            switches = [name for name, one in network.switches.items() if one.platform == platform]
            names = [name for name in switches if zone in carried[name]]
            if names and body.vlan in kept:
                where = names[0] + (f" and {len(names) - 1} more" if names[1:] else "")
                found = f"{body.vlan} on {where}, of {platform}, which keeps {first} to {last} for itself"
                allowed = f"a VLAN id of 2 to {first - 1} other than 1002 to 1005 on such a switch"
                yield section.problem(("zones", zone, "vlan"), found, allowed)


def _check_overlaps(section: Section, network: Network, family: str) -> Iterator[Problem]:
    """In the order of their addresses only the subnet that reaches farthest can hold the next one."""
    ordered: list[tuple[Subnet, str]] = [
        (ipaddress.ip_network(text), name) for name, zone in network.zones.items() if (text := getattr(zone, family))
    ]
    ordered.sort(key=lambda one: (int(one[0].network_address), one[0].prefixlen))
    farthest: tuple[Subnet, str] | None = None
    for subnet, name in ordered:
        if farthest and int(subnet.network_address) <= int(farthest[0].broadcast_address):
            found = f"{subnet}, overlapping {farthest[0]} of the zone {farthest[1]}"
            yield section.problem(("zones", name, family), found, "subnets that do not overlap")
        else:  # subnets never overlap in part: one that begins inside another ends inside it
            farthest = (subnet, name)


def _check_profiles(section: Section, network: Network) -> Iterator[Problem]:
    for name, profile in network.profiles.items():
        for key, zone in (("zone", profile.zone), ("voice", profile.voice)):
            if zone is not None and zone not in network.zones:
                yield section.problem(("profiles", name, key), f"{shown(zone)}, no zone", one_of(zone, network.zones))
        if profile.zone == profile.voice:
            yield section.problem(("profiles", name, "voice"), "the profile's own zone", "another zone, or none")


def _check_devices(section: Section, network: Network, hosts: Mapping[str, CheckedHost]) -> Iterator[Problem]:
    """Switches and firewalls are hosts of their groups."""
    for group, names in (("switches", network.switches), ("firewalls", network.firewalls)):
        members = [host.name for host in hosts.values() if group in host.groups]
        for name in names:
            if name not in members:
                what = f"a host that is not in the group {group}" if name in hosts else "no host of hosts.yml"
                yield section.problem((group, name), f"{shown(name)}, {what}", one_of(name, members))
    for name in network.firewalls:
        if name in network.switches:
            yield section.problem(("firewalls", name), "the name of a switch", "a name of its own")


def _check_firewalls(section: Section, network: Network) -> Iterator[Problem]:
    """Interfaces belong to zones, each zone has one gateway, and every firewall can be managed, by nobody else."""
    gateways: dict[str, str] = {}
    taken: dict[Any, str] = {}
    for name, firewall in network.firewalls.items():
        path = ("firewalls", name, "interfaces")
        if network.management in network.zones and network.management not in firewall.interfaces:
            allowed = f"an interface in {network.management}: the firewall is managed from there"
            yield section.problem(path, f"none in the zone {network.management}", allowed)
        names: dict[str, str] = {}
        for key, interface in firewall.interfaces.items():
            other = names.setdefault(interface.name, key)
            if other != key:
                found = f"{shown(interface.name)}, also the interface in {other}"
                yield section.problem((*path, key, "name"), found, "an interface for each zone")
            if key not in network.zones:
                yield section.problem((*path, key), f"{shown(key)}, no zone", one_of(key, network.zones))
                continue
            zone = network.zones[key]
            if is_gateway(interface):
                other = gateways.setdefault(key, name)
                if other != name:
                    found = f"a second gateway of the zone {key}, after {other}"
                    allowed = "one gateway a zone; a firewall that only is managed there says its ipv4"
                    yield section.problem((*path, key), found, allowed)
                    continue
            elif interface.ipv4 is None:
                yield section.problem((*path, key), "ipv6 without ipv4", "both, or ipv4 alone")
            for address in interface_addresses(zone, interface):
                if not any(address in subnet for subnet in subnets(zone)):
                    allowed = f"an address of {' or '.join(map(str, subnets(zone)))}"
                    yield section.problem((*path, key, f"ipv{address.version}"), f'"{address}"', allowed)
                elif (other := taken.setdefault(address, name)) != name:
                    found = f'"{address}", also of {other}'
                    yield section.problem((*path, key, f"ipv{address.version}"), found, "one firewall each")
        yield from _check_out_of_band(section, network, name)


def _check_out_of_band(section: Section, network: Network, name: str) -> Iterator[Problem]:
    """SSH is taken from them whoever asks, so nobody of a zone comes in there, nor untagged on a trunk."""
    firewall = network.firewalls[name]
    ends = [(end, key) for key, trunk in network.trunks.items() for end in (trunk.a, trunk.b)]
    used = {end.port: f"an end of the trunk {key}" for end, key in ends if end.device == name}
    used |= {interface.name: f"the interface in the zone {key}" for key, interface in firewall.interfaces.items()}
    for number, interface in enumerate(firewall.out_of_band):
        if interface in used:
            found = f"{shown(interface)}, {used[interface]}"
            allowed = "interfaces outside every zone: SSH is let in from them"
            yield section.problem(("firewalls", name, "out_of_band", number), found, allowed)


def _check_addresses(network: Network, inventory: Inventory, hosts: Mapping[str, CheckedHost]) -> Iterator[Problem]:
    """A host's addresses lie in one zone, the one that its socket gives it, and are nobody's gateway."""
    plugged = zones_by_socket(network)
    devices = dict.fromkeys((*network.switches, *network.firewalls), network.management)
    gateways = {
        address: (name, key)
        for name, firewall in network.firewalls.items()
        for key, interface in firewall.interfaces.items()
        if key in network.zones
        for address in interface_addresses(network.zones[key], interface)
    }
    within = {key: subnets(zone) for key, zone in network.zones.items()}
    for host in hosts.values():
        own = () if host.own is None else addresses(host.own)
        key = devices.get(host.name) or plugged.get(host.name) or _zone_with(own, within)
        for address in own:
            variable = "address_ipv6" if str(address) == (host.own and host.own.address_ipv6) else "address"
            file, place, _own = inventory.where(host.name, variable)
            if key in within and not _usable(address, within[key]):
                allowed = f"an address of the zone {key}, {' or '.join(map(str, within[key]))}: "
                if host.name in devices:
                    allowed += "it is a switch or firewall"
                elif host.name in plugged:
                    allowed += "its socket gives it this zone"
                else:
                    allowed += "a host's addresses are in one zone"
                yield file.problem(place, f'"{address}"', allowed, f"{host.name}.{variable}")
            elif host.name not in network.firewalls and address in gateways:
                firewall, zone = gateways[address]
                found = f'"{address}", the address of {firewall} in the zone {zone}'
                yield file.problem(place, found, "one device each", f"{host.name}.{variable}")


def _zone_with(own: tuple[Address, ...], within: Mapping[str, tuple[Subnet, ...]]) -> str | None:
    """The zone of the first of a host's addresses that is in one."""
    places = (key for address in own for key, nets in within.items() if any(address in net for net in nets))
    return next(places, None)


def _usable(address: Any, within: tuple[Subnet, ...]) -> bool:
    """In one of the subnets, and neither its network's nor its broadcast address (IPv6 has no broadcast)."""
    return any(
        address in subnet
        and address != subnet.network_address
        and (address.version == 6 or address != subnet.broadcast_address)
        for subnet in within
    )
