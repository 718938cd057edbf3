"""What hangs on what: cables, sockets, gateways, and a machine in each zone from which a proof asks its questions."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from wardround.intent.network import Network, Zone
from wardround.intent.topology import (
    Addressed,
    Subnet,
    addresses,
    gateways,
    interface_addresses,
    sockets,
    subnets,
    trunk_zones,
    zone_at,
    zones_by_socket,
)


@dataclass(frozen=True, slots=True)
class End:
    """A port of a device. port None: one that the twin adds to a switch, in the zone of what hangs there."""

    device: str
    port: str | None


@dataclass(frozen=True, slots=True)
class Cable:
    """A trunk as the intent has it. zones: what it may carry; native: the one of them that goes untagged."""

    name: str
    a: End
    b: End
    zones: frozenset[str]
    native: str | None


@dataclass(frozen=True, slots=True)
class Outlet:
    """A socket in a wall, and the zones that it gives: one untagged, and perhaps one tagged."""

    name: str
    at: End
    zone: str
    voice: str | None = None


@dataclass(frozen=True, slots=True)
class Machine:
    """Who asks and who answers. addresses: IP version to address; firewall: the one it is, in that zone."""

    name: str
    zone: str
    addresses: Mapping[int, str]
    at: End | None = None
    firewall: str | None = None


@dataclass(frozen=True, slots=True)
class Gateway:
    """A firewall in a zone. at: the switch's port that it hangs on; None behind the firewall's own trunk."""

    firewall: str
    zone: str
    at: End | None


@dataclass(frozen=True, slots=True)
class Wiring:
    """A hospital's network as far as packets go. behind: zone to the firewall that is its gateway.

    blocked: trunks that close a loop, which a spanning tree would block; the twin leaves them out. listeners: where in
    each zone frames are listened for, close to its gateway, so that they come there over every trunk they need.
    """

    zones: Mapping[str, Zone]
    cables: tuple[Cable, ...]
    blocked: tuple[str, ...]
    outlets: tuple[Outlet, ...]
    gateways: tuple[Gateway, ...]
    machines: Mapping[str, Machine]
    listeners: Mapping[str, End]
    behind: Mapping[str, str]

    def zone_of_vlan(self, vlan: int | None) -> str | None:
        return next((name for name, zone in self.zones.items() if zone.vlan == vlan), None)


def wire(network: Network, hosts: Mapping[str, Addressed], limit: Iterable[str] = ()) -> Wiring:
    """The wiring of a network that check_network finds nothing wrong with.

    hosts: the inventory's. limit: only these zones have machines and sockets; all where it is empty. Each zone has a
    machine of the zone's name, at the zone's first free socket, with an address that no host has. Each host that a
    flow names is a machine at its own socket; each firewall one in each of its zones. Raises ValueError for a zone
    that no switch carries, and where a zone has no address left.
    """
    wanted = set(limit) or set(network.zones)
    cables, blocked = _cables(network)
    fixed = tuple(
        Gateway(name, zone, End(one.switch, one.port) if one.switch and one.port else None)
        for name, firewall in sorted(network.firewalls.items())
        for zone, one in sorted(firewall.interfaces.items())
    )
    outlets = tuple(
        Outlet(
            f"{one.path[1]}/{one.path[3]}/{one.name}",
            End(one.socket.switch, one.socket.port),
            profile.zone,
            profile.voice,
        )
        for one in sockets(network)
        if (profile := network.profiles[one.socket.profile]) and profile.zone in wanted
    )
    machines = {
        machine.name: machine
        for machine in (*_hosts(network, hosts), *_zones(network, hosts, outlets, fixed), *_firewalls(network))
        if machine.zone in wanted
    }
    listeners = {zone: End(_carrier(network, zone), None) for zone in network.zones if zone in wanted}
    return Wiring(network.zones, cables, blocked, outlets, fixed, machines, listeners, gateways(network))


def _cables(network: Network) -> tuple[tuple[Cable, ...], tuple[str, ...]]:
    """Trunks in the order of their names, those that close a loop apart."""
    joined: dict[str, str] = {}

    def island(device: str) -> str:
        while device in joined:
            device = joined[device]
        return device

    cables, blocked = [], []
    for name, trunk in sorted(network.trunks.items()):
        a, b = island(trunk.a.device), island(trunk.b.device)
        if a == b:
            blocked.append(name)
            continue
        joined[a] = b
        ends = End(trunk.a.device, trunk.a.port), End(trunk.b.device, trunk.b.port)
        cables.append(Cable(name, *ends, frozenset(trunk_zones(network, trunk)), trunk.native))
    return tuple(cables), tuple(blocked)


def _hosts(network: Network, hosts: Mapping[str, Addressed]) -> Iterator[Machine]:
    """Hosts that a flow names."""
    plugged = zones_by_socket(network)
    where = {one.socket.host: End(one.socket.switch, one.socket.port) for one in sockets(network) if one.socket.host}
    named = {end for flow in network.flows.values() for end in (flow.source, flow.destination)} - set(network.zones)
    for name in sorted(named):
        own = addresses(hosts[name])
        zone = plugged.get(name) or zone_at(network, own[0])
        if zone is None:
            raise ValueError(f"{name}: its address {own[0]} is in no zone")
        at = where.get(name) or End(_carrier(network, zone), None)
        yield Machine(name, zone, {int(address.version): str(address) for address in own}, at)


def _zones(
    network: Network, hosts: Mapping[str, Addressed], outlets: Iterable[Outlet], fixed: Iterable[Gateway]
) -> Iterator[Machine]:
    """One machine a zone: any that has no rights of its own."""
    named = {one.socket.host for one in sockets(network) if one.socket.host}
    occupied = {End(one.socket.switch, one.socket.port) for one in sockets(network) if one.socket.host in named}
    free: dict[str, End] = {}
    for outlet in outlets:
        if outlet.at not in occupied:
            free.setdefault(outlet.zone, outlet.at)
    taken = {str(address) for host in hosts.values() for address in addresses(host)}
    for one in fixed:
        interface = network.firewalls[one.firewall].interfaces[one.zone]
        taken |= {str(address) for address in interface_addresses(network.zones[one.zone], interface)}
    for name, zone in network.zones.items():
        own = {int(subnet.version): _free_address(name, subnet, taken) for subnet in subnets(zone)}
        yield Machine(name, name, own, free.get(name) or End(_carrier(network, name), None))


def _free_address(zone: str, subnet: Subnet, taken: set[str]) -> str:
    """The last of the subnet's first 65,534 addresses that nobody has."""
    last = min(subnet.num_addresses - 2, 65534)
    for number in range(last, max(1, last - len(taken) - 1), -1):
        if (address := str(subnet[number])) not in taken:
            return address
    raise ValueError(f"zone {zone}: every address of {subnet} is taken; a proof needs one that no host has")


def _carrier(network: Network, zone: str) -> str:
    """A switch that carries the zone, as close to its gateway as there is one."""
    trunked = [
        (here.device, there.device)
        for _name, trunk in sorted(network.trunks.items())
        if zone in trunk_zones(network, trunk)
        for here, there in ((trunk.a, trunk.b), (trunk.b, trunk.a))
        if here.device in network.switches
    ]
    candidates = [
        *(one.interfaces[zone].switch for one in network.firewalls.values() if zone in one.interfaces),
        *(
            here
            for here, there in trunked
            if there in network.firewalls and zone in network.firewalls[there].interfaces
        ),
        *(here for here, _there in trunked),
        *(one.socket.switch for one in sockets(network) if network.profiles[one.socket.profile].zone == zone),
    ]
    found = next((name for name in candidates if name), None)
    if found is None:
        raise ValueError(f"zone {zone}: no switch carries it, so nothing can be asked from there")
    return found


def _firewalls(network: Network) -> Iterator[Machine]:
    for name, firewall in sorted(network.firewalls.items()):
        for zone, interface in sorted(firewall.interfaces.items()):
            own = interface_addresses(network.zones[zone], interface)
            by_version = {int(address.version): str(address) for address in own}
            yield Machine(f"{name} in {zone}", zone, by_version, firewall=name)
