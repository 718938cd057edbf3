"""A firewall's model as policies that Aerleon renders; plain data, Aerleon itself is not needed here.

What Aerleon cannot match it takes for `any`: an address that is empty or of the other family, a port that is missing.
So each term names both ends, addresses of one family and a port or type of ICMP; what is denied comes last.
"""

from __future__ import annotations

import ipaddress
import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from wardround.network.device import FirewallModel, Rule, ZoneInterface
from wardround.network.reach import SSH
from wardround.network.rules import VERSIONS, by_version, check

Term = dict[str, Any]

_ICMP: Final = {4: "icmp", 6: "icmpv6"}
# A zone's or flow's own names have no such beginning: neither has a `-` in it.
_HIGH_PORTS: Final = "own-high-ports"
_SSH: Final = "own-ssh"
PING_STANDS_IN: Final = "own-ping"


@dataclass(slots=True)
class Policy:
    """What `aerleon.api` takes: filters in its YAML's shape, and what their names mean.

    pings: terms, with their IP version, that are written with PING_STANDS_IN and meant to be ping.
    """

    name: str
    filters: list[dict[str, Any]] = field(default_factory=list)
    networks: dict[str, list[str]] = field(default_factory=dict)
    services: dict[str, tuple[str, tuple[int, ...] | str]] = field(default_factory=dict)
    pings: dict[str, int] = field(default_factory=dict)

    def data(self) -> dict[str, Any]:
        return {"filename": self.name, "filters": self.filters}

    def definitions(self) -> dict[str, Any]:
        """For `Naming.ParseDefinitionsObject`."""
        return {
            "networks": {
                name: {"values": [{"address": one} for one in addresses]} for name, addresses in self.networks.items()
            },
            "services": {
                name: [{"protocol": protocol, "port": port} for port in ([ports] if isinstance(ports, str) else ports)]
                for name, (protocol, ports) in self.services.items()
            },
        }


@dataclass(frozen=True, slots=True)
class _Match:
    """One rule in one address family. source, destination: names of networks."""

    rule: Rule
    version: int
    source: str
    destination: str

    @property
    def name(self) -> str:
        return f"{self.rule.flow}-ipv{self.version}"


def by_zone_pair(model: FirewallModel, platform: str, *options: str, deny: bool = True, ping: bool = True) -> Policy:
    """A filter for each ordered pair of zones; with deny, each ends with a term that denies and logs the rest.

    options: the platform's. ping: without it, a service that is to be replaced stands for it. Raises ValueError where
    a rule cannot be said.
    """
    policy = Policy(model.name)
    matches = list(_matches(model, policy))
    if not ping:
        policy.pings = {one.name: one.version for one in matches if one.rule.protocol == "icmp"}
        policy.services[PING_STANDS_IN] = ("tcp", "7")
    for source, destination in itertools.permutations(sorted(one.zone for one in model.interfaces), 2):
        pair = [one for one in matches if (one.rule.source, one.rule.destination) == (source, destination)]
        terms = [_permit(one, ping=one.name not in policy.pings) for one in pair]
        if deny:
            terms.append({"name": f"{source}-{destination}-deny", "logging": "true", "action": "deny"})
        if terms:
            target = " ".join(["from-zone", source, "to-zone", destination, "mixed", *options])
            policy.filters.append({"header": {"targets": {platform: target}}, "terms": terms})
    return policy


def by_zone(model: FirewallModel, platform: str) -> Policy:
    """A list for what comes in from each zone, by IPv4 and by IPv6, as a router without memory needs it.

    Answers to a zone are permitted beside its questions: TCP by its flags, ping by its type, UDP from the service's
    hosts and port to ports that no service has. Raises ValueError where a rule cannot be said.
    """
    policy = Policy(model.name)
    matches = list(_matches(model, policy))
    policy.services |= {_HIGH_PORTS: ("udp", "1024-65535"), _SSH: ("tcp", (SSH,))}
    for version in VERSIONS:
        own = [str(ipaddress.ip_interface(text).ip) for one in model.interfaces if (text := _address(one, version))]
        if own:
            policy.networks[f"own-ipv{version}"] = own
    for zone, version in itertools.product(sorted(one.zone for one in model.interfaces), VERSIONS):
        terms = _to_itself(zone, version, model, policy)
        terms += [_permit(one) for one in matches if (one.rule.source, one.version) == (zone, version)]
        terms += [_answer(one) for one in matches if (one.rule.destination, one.version) == (zone, version)]
        terms.append({"name": "deny-the-rest", "logging": "true", "action": "deny"})
        target = f"{zone}-in-ipv{version} {'extended' if version == 4 else 'inet6'}"
        policy.filters.append({"header": {"targets": {platform: target}}, "terms": terms})
    return policy


def _matches(model: FirewallModel, policy: Policy) -> Iterator[_Match]:
    """Every rule, by family; its networks and services are added to the policy's."""
    check(model)
    interfaces = {one.zone: one for one in model.interfaces}
    for zone, version in itertools.product(sorted(interfaces), VERSIONS):
        if text := _address(interfaces[zone], version):
            policy.networks[f"{zone}-ipv{version}"] = [str(ipaddress.ip_interface(text).network)]
    for rule in sorted(model.rules, key=lambda one: one.flow):
        where = f"{model.name}: rule {rule.flow}"
        sides = (("from", rule.source, rule.source_hosts), ("to", rule.destination, rule.destination_hosts))
        said = False
        if rule.ports:
            policy.services[rule.flow] = (rule.protocol, tuple(sorted(rule.ports)))
        for version in VERSIONS:
            names = []
            for end, zone, hosts in sides:
                name, addresses = f"{zone}-ipv{version}", by_version(hosts).get(version, [])
                if addresses:
                    _inside(where, addresses, zone, policy.networks.get(name))
                    name = f"{rule.flow}-{end}-ipv{version}"
                    policy.networks[name] = addresses
                names.append(name if addresses or (not hosts and name in policy.networks) else None)
            if names[0] and names[1]:
                said = True
                yield _Match(rule, version, names[0], names[1])
        if not said:
            raise ValueError(f"{where}: {rule.source} and {rule.destination} have no address family in common")


def _inside(where: str, addresses: list[str], zone: str, subnet: list[str] | None) -> None:
    """A host elsewhere would be let in by the zone's list, or its rule never match."""
    for address in addresses:
        if subnet is None or ipaddress.ip_address(address) not in ipaddress.ip_network(subnet[0]):
            raise ValueError(f"{where}: found {address} in zone {zone}; allowed is {', '.join(subnet or ['IPv4'])}")


def _address(interface: ZoneInterface, version: int) -> str | None:
    return interface.ipv4 if version == 4 else interface.ipv6


def _permit(match: _Match, ping: bool = True) -> Term:
    term = _term(match.name, match.source, match.destination)
    if ping:
        return term | _service(match, "destination-port", "echo-request")
    return term | {"protocol": "tcp", "destination-port": PING_STANDS_IN}


def _answer(match: _Match) -> Term:
    term = _term(f"{match.name}-answers", match.destination, match.source)
    term |= _service(match, "source-port", "echo-reply")
    if match.rule.protocol == "tcp":
        term["option"] = "tcp-established"
    elif match.rule.protocol == "udp":
        term["destination-port"] = _HIGH_PORTS
    return term


def _term(name: str, source: str, destination: str) -> Term:
    return {"name": name, "source-address": source, "destination-address": destination, "action": "accept"}


def _service(match: _Match, port: str, icmp_type: str) -> Term:
    if match.rule.protocol == "icmp":
        return {"protocol": _ICMP[match.version], "icmp-type": icmp_type}
    return {"protocol": match.rule.protocol, port: match.rule.flow}


def _to_itself(zone: str, version: int, model: FirewallModel, policy: Policy) -> list[Term]:
    """What the router itself takes: neighbours, and SSH from the zone that it is managed from."""
    own, terms = f"own-ipv{version}", []
    if version == 6:
        # The last line would take away what IOS permits by itself (RFC 4861).
        types = "neighbor-solicit neighbor-advertisement"
        terms.append({"name": "neighbours", "protocol": "icmpv6", "icmp-type": types, "action": "accept"})
    if own in policy.networks:
        here = f"{zone}-ipv{version}"
        if zone == model.management and here in policy.networks:
            address = next(_address(one, version) for one in model.interfaces if one.zone == zone)
            policy.networks[f"own-management-ipv{version}"] = [str(ipaddress.ip_interface(address or "").ip)]
            ssh = _term("ssh-from-management", here, f"own-management-ipv{version}")
            terms.append(ssh | {"protocol": "tcp", "destination-port": _SSH})
        terms.append({"name": "to-the-firewall", "destination-address": own, "action": "deny"})
    return terms
