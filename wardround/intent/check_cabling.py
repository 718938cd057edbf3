"""Does each cable of the network end where it can: at a port that exists, alone on it, with the zones it must carry?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.intent.check_hospital import Section
from wardround.intent.network import Network
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.topology import gateways, reached, sockets, trunk_zones
from wardround.intent.yaml_file import Steps


@dataclass(frozen=True, slots=True)
class _End:
    """One end of a cable. path: of the mapping that names device and port."""

    device_key: str
    path: Steps
    device: str
    port: str
    what: str


def check_cabling(section: Section, network: Network) -> Iterator[Problem]:
    """Ports, trunks, and whether every zone comes to where it is used."""
    ends = [*_check_ports(section, network), *_check_trunks(section, network)]
    yield from ends
    yield from _check_switches(section, network)
    if ends:  # of a cable that ends nowhere it would be told again
        return
    attachments = list(_check_attachments(section, network))
    yield from attachments or _check_paths(section, network)


def _ends(network: Network) -> Iterator[_End]:
    for name, firewall in network.firewalls.items():
        for zone, interface in firewall.interfaces.items():
            if interface.switch and interface.port:
                path = ("firewalls", name, "interfaces", zone)
                yield _End("switch", path, interface.switch, interface.port, f"{name}'s interface {interface.name}")
    for name, trunk in network.trunks.items():
        for side, end in (("a", trunk.a), ("b", trunk.b)):
            yield _End("device", ("trunks", name, side), end.device, end.port, f"the trunk {name}")
    for placed in sockets(network):
        yield _End("switch", placed.path, placed.socket.switch, placed.socket.port, f"the socket {placed.name}")


def _check_ports(section: Section, network: Network) -> Iterator[Problem]:
    """Every end is at a device that is there, at a port it has, and alone."""
    ports = {name: frozenset(switch.port_names()) for name, switch in network.switches.items()}
    taken: dict[tuple[str, str], _End] = {}
    for end in _ends(network):
        known = [*network.switches, *network.firewalls] if end.device_key == "device" else list(network.switches)
        if end.device not in known:
            what = "no switch" if end.device_key == "switch" else "no switch or firewall"
            found = f"{shown(end.device)}, {what}"
            yield section.problem((*end.path, end.device_key), found, one_of(end.device, known))
            continue
        if end.device in ports and end.port not in ports[end.device]:
            found = f"{shown(end.port)}, a port that {end.device} does not have"
            yield section.problem((*end.path, "port"), found, _spans(network, end.device))
            continue
        other = taken.setdefault((end.device, end.port), end)
        if other is not end:
            assert section.file is not None  # the section was read from it
            line = section.file.line((section.name, *other.path, "port"))
            found = f"{shown(end.port)} of {end.device}, also of {other.what} on line {line}"
            yield section.problem((*end.path, "port"), found, "a port for each")


def _spans(network: Network, switch: str) -> str:
    """What a switch's ports are, as its data says it."""
    return ", ".join(network.switches[switch].ports)


def _check_trunks(section: Section, network: Network) -> Iterator[Problem]:
    """A trunk goes from one device to another, and management goes over each."""
    for name, trunk in network.trunks.items():
        path = ("trunks", name)
        if trunk.a.device == trunk.b.device:
            yield section.problem((*path, "b", "device"), f"{shown(trunk.b.device)} at both ends", "another device")
        for number, zone in enumerate(() if trunk.zones == "all" else trunk.zones):
            if zone not in network.zones:
                yield section.problem((*path, "zones", number), f"{shown(zone)}, no zone", one_of(zone, network.zones))
        carried = trunk_zones(network, trunk)
        if network.management in network.zones and network.management not in carried:
            vlan = network.zones[network.management].vlan
            found = f"a trunk without the zone {network.management} (VLAN {vlan})"
            allowed = f"{network.management} on every trunk: switches are managed over it"
            yield section.problem((*path, "zones"), found, allowed)
        if trunk.native is not None and trunk.native not in carried:
            yield section.problem((*path, "native"), shown(trunk.native), f"none, or {one_of(trunk.native, carried)}")


def _check_switches(section: Section, network: Network) -> Iterator[Problem]:
    """Each port is listed once, and the uplink is a trunk."""
    trunked = {(end.device, end.port) for trunk in network.trunks.values() for end in (trunk.a, trunk.b)}
    for name, switch in network.switches.items():
        names = switch.port_names()
        if len(set(names)) < len(names):
            twice, *_more = (port for number, port in enumerate(names) if port in names[:number])
            yield section.problem(("switches", name, "ports"), f"{shown(twice)} twice", "each port once")
        if switch.uplink is not None and (name, switch.uplink) not in trunked:
            found = f"{shown(switch.uplink)}, which is on no trunk"
            ends = sorted(port for device, port in trunked if device == name)
            yield section.problem(("switches", name, "uplink"), found, one_of(switch.uplink, ends))


def _check_attachments(section: Section, network: Network) -> Iterator[Problem]:
    """A firewall's interface hangs on a port of a switch, or a trunk of the firewall carries its zone."""
    for name, firewall in network.firewalls.items():
        trunked = {
            zone
            for trunk in network.trunks.values()
            if name in (trunk.a.device, trunk.b.device)
            for zone in trunk_zones(network, trunk)
        }
        for zone, interface in firewall.interfaces.items():
            path = ("firewalls", name, "interfaces", zone)
            if (interface.switch is None) != (interface.port is None):
                yield section.problem(path, "one of switch and port", "both, or none behind a trunk")
            elif interface.switch is None and zone in network.zones and zone not in trunked:
                allowed = f"switch and port, or a trunk of {name} that carries {zone}"
                yield section.problem(path, "an interface that is connected to nothing", allowed)


def _check_paths(section: Section, network: Network) -> Iterator[Problem]:
    """From every switch that gives a zone to a socket, the zone's VLAN reaches its gateway; management from all."""
    used: dict[str, dict[str, Steps]] = {network.management: {name: ("switches", name) for name in network.switches}}
    for placed in sockets(network):
        profile = network.profiles.get(placed.socket.profile)
        for zone in (profile.zone, profile.voice) if profile else ():
            if zone is not None:
                used.setdefault(zone, {}).setdefault(placed.socket.switch, placed.path)
    for zone, firewall in gateways(network).items():
        attached = network.firewalls[firewall].interfaces[zone].switch
        there = reached(network, zone, attached or firewall)
        for switch, path in used.get(zone, {}).items():
            if switch not in there:
                found = f"the zone {zone} on {switch}, which no trunk carries from there to its gateway {firewall}"
                yield section.problem(path, found, f"trunks that carry {zone} all the way")
