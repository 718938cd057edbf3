"""Can each link be measured: two hosts with addresses, and a network that lets the check through?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from wardround.intent.check_hospital import Section
from wardround.intent.check_hosts import CheckedHost
from wardround.intent.link_checks import Link, LinkChecks
from wardround.intent.network import Network
from wardround.intent.problem import Problem, one_of, shown
from wardround.intent.topology import Address, addresses, zone_at, zones_by_socket


def check_links(
    section: Section, checks: LinkChecks, network: Network | None, hosts: Mapping[str, CheckedHost]
) -> Iterator[Problem]:
    """Every link whose ends do not exist or never reach each other."""
    said: dict[tuple[str, str], str] = {}
    for name, link in checks.links.items():
        path = ("links", name)
        wrong = [*_check_ends(section, path, link, hosts)]
        yield from wrong
        if len(set(link.directions)) < len(link.directions):
            yield section.problem((*path, "directions"), "a direction twice", "each once")
        other = said.setdefault((link.source, link.destination), name)
        if other != name:
            yield section.problem(path, f"the same ends as the link {other}", "each link once")
        elif network and not wrong:
            yield from _check_way(section, path, checks.port, network, link, hosts)


def _check_ends(
    section: Section, path: tuple[str, ...], link: Link, hosts: Mapping[str, CheckedHost]
) -> Iterator[Problem]:
    """Two hosts, each with an address, in one family."""
    found: list[Address] = []
    for key, name in (("from", link.source), ("to", link.destination)):
        if name not in hosts:
            yield section.problem((*path, key), f"{shown(name)}, no host", one_of(name, hosts))
        elif own := hosts[name].own:
            found += addresses(own)[:1]
            if own.address is None:
                yield section.problem((*path, key), f"{shown(name)}, a host without an address", "a host with one")
    if link.source == link.destination:
        yield section.problem((*path, "to"), f"{shown(link.destination)}, also from", "two hosts")
    elif len({address.version for address in found}) > 1:
        yield section.problem(path, f"{found[0]} to {found[1]}", "two addresses of one family")


def _check_way(
    section: Section,
    path: tuple[str, ...],
    port: int,
    network: Network,
    link: Link,
    hosts: Mapping[str, CheckedHost],
) -> Iterator[Problem]:
    """Between two zones the check passes a firewall, which lets through what a flow says."""
    plugged, ends = zones_by_socket(network), (link.source, link.destination)
    owns = [own for end in ends if (own := hosts[end].own)]
    zones = [plugged.get(end) or zone_at(network, addresses(own)[0]) for end, own in zip(ends, owns, strict=False)]
    if len(owns) < 2 or None in zones or zones[0] == zones[1]:
        return
    among = [{end, zone} for end, zone in zip(ends, zones, strict=True)]
    let = [
        network.services[flow.service]
        for flow in network.flows.values()
        if flow.source in among[0] and flow.destination in among[1] and flow.service in network.services
    ]
    missing = [
        "ping" if protocol == "icmp" else f"{protocol}/{port}"
        for protocol in ("tcp", "udp", "icmp")
        if not any(one.protocol == protocol and (protocol == "icmp" or port in one.ports) for one in let)
    ]
    if missing:
        found = f"no flow for {', '.join(missing)} from {ends[0]} ({zones[0]}) to {ends[1]} ({zones[1]})"
        yield section.problem(path, found, "a link whose flows are in network.flows")
