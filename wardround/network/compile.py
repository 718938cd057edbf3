"""From the hospital's intent to one model for each switch and firewall. Same intent, same models, in the same order.

What a hospital engineer expects of a switch and finds here:

- A switch knows the VLANs that its ports and trunks carry, and management; no others.
- A port that the intent gives nothing to is shut down: who plugs in at a free port gets no network, and whoever
  needs the port writes it into the intent. Which VLAN it had is left alone, since nothing passes. Whatever is
  plugged in and not written down would go dark, so a switch that joins is compared before it is changed.
- Every trunk has the same native VLAN, which nothing is a member of, so that what arrives untagged goes nowhere.
- Descriptions of ports are ASCII: what vendors do with other letters differs.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Final

from wardround.intent.load import Host
from wardround.intent.network import FirewallInterface, Flow, Network, Zone
from wardround.intent.topology import (
    addresses,
    gateways,
    interface_addresses,
    sockets,
    subnets,
    trunk_zones,
    zone_at,
    zones_by_socket,
)
from wardround.network.device import (
    Access,
    FirewallModel,
    Port,
    Rule,
    SwitchModel,
    TrunkPort,
    ZoneInterface,
    carried,
    port_order,
)

PARKING_NAME: Final = "parking-vlan"  # no zone can be named so
DESCRIPTION_LENGTH: Final = 60  # the least that the platforms here take is 80

_PARKING_VLAN: Final = 999
_NOT_PLAIN: Final = re.compile(r"[^A-Za-z0-9 ._/(),:+-]+")  # `?` asks IOS for help, quotes and # end a description


def compile_network(network: Network, hosts: Mapping[str, Host]) -> dict[str, SwitchModel | FirewallModel]:
    """Every switch and firewall by name, sorted; the network is one that check_network finds nothing wrong with.

    Expired flows stay in: a date must never change what a device gets, only a person does.
    """
    ports = _ports(network)
    models: dict[str, SwitchModel | FirewallModel] = {
        name: _switch(network, name, ports[name]) for name in network.switches
    }
    rules = _rules(network, hosts)
    for name, firewall in network.firewalls.items():
        interfaces = tuple(
            _interface(zone, network.zones[zone], interface) for zone, interface in sorted(firewall.interfaces.items())
        )
        models[name] = FirewallModel(name, network.management, interfaces, tuple(rules[name]), firewall.out_of_band)
    return {name: models[name] for name in sorted(models)}


def parking_vlan(network: Network) -> int:
    """The native VLAN of every trunk, which no port is a member of: 999, or the next below that no zone has."""
    taken = {zone.vlan for zone in network.zones.values()}
    return next(vlan for vlan in range(_PARKING_VLAN, 1, -1) if vlan not in taken)


def described(text: str) -> str:
    """ASCII that every vendor keeps as it is, at most 60 characters."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode("ascii")
    return " ".join(_NOT_PLAIN.sub(" ", plain).split())[:DESCRIPTION_LENGTH].rstrip()


def _ports(network: Network) -> dict[str, dict[str, Port]]:
    """Every port of every switch; those that the intent gives nothing to are shut down."""
    vlans = {name: zone.vlan for name, zone in network.zones.items()}
    ports = {
        name: {port: Port(port, None, enabled=False) for port in sorted(switch.port_names(), key=port_order)}
        for name, switch in network.switches.items()
    }
    for placed in sockets(network):
        socket = placed.socket
        profile = network.profiles[socket.profile]
        mode = Access(vlans[profile.zone], vlans[profile.voice] if profile.voice else None)
        room = described(placed.room.display_name.en) or str(placed.path[3])
        ports[socket.switch][socket.port] = Port(socket.port, mode, described(f"{placed.name} {room}"))
    for trunk in network.trunks.values():
        allowed = frozenset(vlans[zone] for zone in trunk_zones(network, trunk))
        native = vlans[trunk.native] if trunk.native else parking_vlan(network)
        for end, other in ((trunk.a, trunk.b), (trunk.b, trunk.a)):
            if end.device in ports:
                text = described(f"to {other.device} {other.port}")
                ports[end.device][end.port] = Port(end.port, TrunkPort(allowed, native), text)
    for name, firewall in network.firewalls.items():
        for zone, interface in firewall.interfaces.items():
            if interface.switch and interface.port:
                text = described(f"{name} {interface.name} {zone}")
                ports[interface.switch][interface.port] = Port(interface.port, Access(vlans[zone]), text)
    return ports


def _switch(network: Network, name: str, ports: dict[str, Port]) -> SwitchModel:
    switch, management = network.switches[name], network.zones[network.management].vlan
    needed = {management}.union(*(carried(port) for port in ports.values()))
    vlans = {zone.vlan: key for key, zone in network.zones.items() if zone.vlan in needed}
    vlans |= {
        port.mode.native: PARKING_NAME
        for port in ports.values()
        if isinstance(port.mode, TrunkPort) and port.mode.native and port.mode.native not in port.mode.allowed
    }
    return SwitchModel(name, switch.platform, dict(sorted(vlans.items())), ports, management, switch.uplink)


def _interface(key: str, zone: Zone, interface: FirewallInterface) -> ZoneInterface:
    own = {
        address.version: f"{address}/{subnet.prefixlen}"
        for address in interface_addresses(zone, interface)
        for subnet in subnets(zone)
        if address in subnet
    }
    return ZoneInterface(key, interface.name, own[4], own.get(6))


def _rules(network: Network, hosts: Mapping[str, Host]) -> dict[str, list[Rule]]:
    """Firewall to its rules, by flow: a flow belongs to the firewall that is the gateway of both its zones."""
    plugged, behind = zones_by_socket(network), gateways(network)
    rules: dict[str, list[Rule]] = {name: [] for name in network.firewalls}
    for name, flow in sorted(network.flows.items()):
        source, destination = (_zone(network, hosts, plugged, end) for end in (flow.source, flow.destination))
        service = network.services[flow.service]
        from_hosts, to_hosts = _hosts(network, hosts, flow)
        ports = tuple(sorted(set(service.ports)))
        rules[behind[source]].append(
            Rule(name, source, destination, service.protocol, ports, from_hosts, to_hosts),
        )
    return rules


def _zone(network: Network, hosts: Mapping[str, Host], plugged: Mapping[str, str], end: str) -> str:
    if end in network.zones:
        return end
    zone = plugged.get(end) or zone_at(network, addresses(hosts[end])[0])
    assert zone is not None  # check_flows refuses such a flow
    return zone


def _hosts(network: Network, hosts: Mapping[str, Host], flow: Flow) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Addresses of both ends where they are hosts, in the families that both ends have."""
    ends = [
        {subnet.version: "" for subnet in subnets(network.zones[end])}
        if end in network.zones
        else {address.version: str(address) for address in addresses(hosts[end])}
        for end in (flow.source, flow.destination)
    ]
    common = sorted(ends[0].keys() & ends[1].keys())
    source, destination = (tuple(end[family] for family in common if end[family]) for end in ends)
    return source, destination
