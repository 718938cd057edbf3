"""What every language of firewalls asks of a model's rules."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Iterable

from wardround.network.device import FirewallModel, Rule

VERSIONS = (4, 6)


def check(model: FirewallModel) -> None:
    """Raises ValueError, naming device and rule, where a rule cannot be said: none is ever left out silently."""
    zones = {one.zone for one in model.interfaces}
    if model.management not in zones and not model.out_of_band:
        raise ValueError(f"{model.name}: no interface in zone {model.management}, from which it is managed")
    names = Counter(rule.flow for rule in model.rules)
    for rule in model.rules:
        where = f"{model.name}: rule {rule.flow}"
        for zone in (rule.source, rule.destination):
            if zone not in zones:
                raise ValueError(f"{where}: zone {zone} has no interface; allowed {', '.join(sorted(zones))}")
        if (rule.protocol == "icmp") == bool(rule.ports):
            raise ValueError(
                f"{where}: {rule.protocol} with ports {list(rule.ports)}; tcp and udp have some, icmp none"
            )
        if names[rule.flow] > 1:
            raise ValueError(f"{where}: several rules have this name; allowed is one")
        if not families(rule):
            raise ValueError(f"{where}: {_ends(rule)} have no address family in common")


def families(rule: Rule) -> list[int]:
    """IP versions that both ends have, as far as their hosts say: a whole zone has any."""
    ends = [by_version(hosts) for hosts in (rule.source_hosts, rule.destination_hosts)]
    return [version for version in VERSIONS if all(not end or version in end for end in ends)]


def by_version(hosts: Iterable[str]) -> dict[int, list[str]]:
    """IP version: addresses of it, sorted; only the versions that occur."""
    found: dict[int, list[str]] = {}
    for address in sorted({ipaddress.ip_address(host) for host in hosts}, key=lambda one: (one.version, int(one))):
        found.setdefault(address.version, []).append(str(address))
    return found


def _ends(rule: Rule) -> str:
    return f"{', '.join(rule.source_hosts)} and {', '.join(rule.destination_hosts)}"
