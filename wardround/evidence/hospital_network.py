"""The network that a hospital's own data say it has. Pure functions of the intent."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from wardround.evidence.facts import Name
from wardround.evidence.network import Device, Flow, Network, Trunk, Zone
from wardround.intent import Intent
from wardround.intent.network import Network as Wished
from wardround.intent.network import Service
from wardround.intent.topology import addresses, gateways, sockets, subnets, trunk_zones, zone_at, zones_by_socket
from wardround.network.digest import intent_sha256


def network(intent: Intent) -> Network | None:
    """Zones by VLAN, devices and flows as written, trunks and the cables of firewalls; None without a network."""
    wished = intent.network
    if wished is None:
        return None
    behind, trunks = gateways(wished), tuple(_trunks(wished))
    placed = [(one.socket.switch, wished.profiles[one.socket.profile]) for one in sockets(wished)]
    walls = Counter(zone for _switch, profile in placed for zone in (profile.zone, profile.voice) if zone)
    zones = tuple(
        Zone(
            key,
            Name(zone.display_name.en, zone.display_name.zh),
            zone.vlan,
            tuple(str(subnet) for subnet in subnets(zone)),
            behind.get(key, ""),
            walls[key],
        )
        for key, zone in sorted(wished.zones.items(), key=lambda item: item[1].vlan)
    )
    return Network(
        intent_sha256(wished, intent.hosts),
        zones,
        tuple(_devices(wished, trunks, Counter(switch for switch, _profile in placed))),
        trunks,
        tuple(_flows(intent, wished)),
        frozenset(wished.services),
    )


def _trunks(wished: Wished) -> Iterator[Trunk]:
    """Trunks, and a firewall's access ports, which carry one zone untagged."""
    vlans = {key: zone.vlan for key, zone in wished.zones.items()}
    for key, trunk in wished.trunks.items():
        carried = tuple(vlans[zone] for zone in trunk_zones(wished, trunk))
        native = vlans[trunk.native] if trunk.native else None
        ends = (trunk.a.device, trunk.a.port, trunk.b.device, trunk.b.port)
        yield Trunk(key, *ends, carried, trunk.zones == "all", native)
    for name, firewall in wished.firewalls.items():
        for zone, interface in firewall.interfaces.items():
            if interface.switch and interface.port:
                ends = (interface.switch, interface.port, name, interface.name)
                yield Trunk(f"{name}_{zone}", *ends, (vlans[zone],), native=vlans[zone])


def _devices(wished: Wished, trunks: tuple[Trunk, ...], plugged: Counter[str]) -> Iterator[Device]:
    vlans = {key: zone.vlan for key, zone in wished.zones.items()}
    carried = {key: {vlans[wished.management]} for key in wished.switches}
    for trunk in trunks:
        for end in (trunk.a, trunk.b):
            if end in carried:
                carried[end] |= set(trunk.vlans)
    for one in sockets(wished):
        profile = wished.profiles[one.socket.profile]
        carried[one.socket.switch] |= {vlans[zone] for zone in (profile.zone, profile.voice) if zone}
    for key, firewall in wished.firewalls.items():
        yield Device(key, firewall.site, True, "", tuple(sorted(vlans[zone] for zone in firewall.interfaces)))
    for key, switch in wished.switches.items():
        yield Device(key, switch.site, False, switch.platform, tuple(sorted(carried[key])), plugged[key])


def _flows(intent: Intent, wished: Wished) -> Iterator[Flow]:
    where = zones_by_socket(wished)
    for key, flow in wished.flows.items():
        from_zone, to_zone = (
            end
            if end in wished.zones
            else where.get(end) or zone_at(wished, addresses(intent.hosts[end])[0]) or ""  # check_flows refuses that
            for end in (flow.source, flow.destination)
        )
        service = wished.services[flow.service]
        expires = flow.expires.isoformat() if flow.expires else ""
        yield Flow(
            key, flow.source, flow.destination, from_zone, to_zone, flow.service, _ports(service), flow.owner,
            flow.reason, expires,
        )  # fmt: skip


def _ports(service: Service) -> str:
    return "/".join((service.protocol, ",".join(str(port) for port in service.ports))).rstrip("/")
