"""Does each flow name ends and a service that exist, in one address family, through a firewall that has both ends?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from wardround.intent.check_hospital import Section
from wardround.intent.check_hosts import CheckedHost
from wardround.intent.network import Network
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.topology import addresses, gateways, subnets, zone_at, zones_by_socket


def check_flows(
    section: Section, network: Network, owners: Mapping[str, Any], hosts: Mapping[str, CheckedHost]
) -> Iterator[Problem]:
    """Services, and every flow."""
    for name, service in network.services.items():
        if service.protocol == "icmp" and service.ports:
            yield section.problem(("services", name, "ports"), "ports of icmp", "none: ICMP has no ports")
        elif service.protocol != "icmp" and not service.ports:
            yield section.problem(("services", name), f"{service.protocol} without ports", "at least one port")
    plugged, behind = zones_by_socket(network), gateways(network)
    said: dict[tuple[str, str, str], str] = {}
    for name, flow in network.flows.items():
        path = ("flows", name)
        if flow.service not in network.services:
            allowed = one_of(flow.service, network.services)
            yield section.problem((*path, "service"), f"{shown(flow.service)}, no service", allowed)
        if flow.owner not in owners:
            yield section.problem((*path, "owner"), shown(flow.owner), one_of(flow.owner, owners))
        other = said.setdefault((flow.source, flow.destination, flow.service), name)
        if other != name:
            yield section.problem(path, f"the same as the flow {other}", "each flow once")
        zones: dict[str, str] = {}
        families: list[set[int]] = []
        for key, end in (("from", flow.source), ("to", flow.destination)):
            problem, zone = _zone_of(section, network, hosts, plugged, (*path, key), end)
            if problem:
                yield problem
            elif zone:
                zones[key] = zone
                families.append(_families(network, hosts, end))
        if len(zones) < 2:
            continue
        if not families[0] & families[1]:
            found = f"{flow.source} ({_named(families[0])}) to {flow.destination} ({_named(families[1])})"
            yield section.problem(path, found, "two ends with an address family in common")
        if zones["from"] == zones["to"]:
            found = f"both ends in the zone {zones['from']}"
            yield section.problem(path, found, "ends in two zones: inside one zone no firewall is passed")
        elif missing := [zone for zone in zones.values() if zone not in behind]:
            found = f"the zone {missing[0]}, which is behind no firewall"
            yield section.problem(path, found, "zones with a firewall as their gateway")
        elif behind[zones["from"]] != behind[zones["to"]]:
            found = f"{zones['from']} behind {behind[zones['from']]} and {zones['to']} behind {behind[zones['to']]}"
            yield section.problem(path, found, "zones behind the same firewall")


def _zone_of(
    section: Section,
    network: Network,
    hosts: Mapping[str, CheckedHost],
    plugged: Mapping[str, str],
    path: tuple[str, ...],
    end: str,
) -> tuple[Problem | None, str | None]:
    """The zone in which an end is; a problem where it is in none; neither where the problem is told elsewhere."""
    if end in network.zones:
        return None, end
    if end not in hosts:
        known = [*network.zones, *hosts]
        return section.problem(path, f"{shown(end)}, no zone and no host", one_of(end, known)), None
    own = hosts[end].own
    if own is None:
        return None, None
    if not addresses(own):
        return section.problem(path, f"{shown(end)}, a host without an address", "a host with one, or a zone"), None
    zone = plugged.get(end) or zone_at(network, addresses(own)[0])
    if zone is None:
        found = f"{shown(end)}, whose address {addresses(own)[0]} is in no zone"
        return section.problem(path, found, "a host in a zone"), None
    return None, zone if zone in network.zones else None


def _families(network: Network, hosts: Mapping[str, CheckedHost], end: str) -> set[int]:
    """4 and 6, as far as the end has them."""
    if end in network.zones:
        return {subnet.version for subnet in subnets(network.zones[end])}
    own = hosts[end].own
    return {address.version for address in addresses(own)} if own else set()


def _named(families: set[int]) -> str:
    return " and ".join(f"IPv{family}" for family in sorted(families))
