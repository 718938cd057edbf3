"""What a firewall's model lets pass, decided from the model alone: the second opinion on its rendered rules."""

from __future__ import annotations

import functools
import ipaddress
from collections.abc import Iterable

from wardround.network.device import FirewallModel, Rule, ZoneInterface

Address = ipaddress.IPv4Address | ipaddress.IPv6Address

SSH = 22

# A matrix asks for the same few addresses thousands of times.
_address = functools.lru_cache(maxsize=65536)(ipaddress.ip_address)
_own_address = functools.lru_cache(maxsize=4096)(ipaddress.ip_interface)


def allowed(
    models: Iterable[FirewallModel], source: str, destination: str, protocol: str, port: int | None
) -> tuple[bool, str | None]:
    """Whether the first packet of a connection gets from one address to another, and by which rule.

    port: the destination's, None with icmp (an echo request). The rule's name is None where none is needed (both ends
    are in one zone, or a firewall's own SSH is reached from its management zone) and where nothing allows it.
    Addresses of different families, and addresses that no firewall has an interface for, never reach each other.
    """
    here, there = _address(source), _address(destination)
    for model in models:
        start, end = _interface(model, here), _interface(model, there)
        if start is None or end is None or here.version != there.version:
            continue
        if _own(end, there):
            managed = start is end and start.zone == model.management
            return managed and (protocol, port) == ("tcp", SSH), None
        if start is end:
            return True, None
        for rule in model.rules:
            if (rule.source, rule.destination) == (start.zone, end.zone) and _fits(rule, here, there, protocol, port):
                return True, rule.flow
    return False, None


def _interface(model: FirewallModel, address: Address) -> ZoneInterface | None:
    for one in model.interfaces:
        for text in (one.ipv4, one.ipv6):
            if text and address in _own_address(text).network:
                return one
    return None


def _own(interface: ZoneInterface, address: Address) -> bool:
    """Whether the address is the firewall's own in that zone."""
    return any(text and _own_address(text).ip == address for text in (interface.ipv4, interface.ipv6))


def _fits(rule: Rule, here: Address, there: Address, protocol: str, port: int | None) -> bool:
    if rule.protocol != protocol or (protocol != "icmp" and port not in rule.ports):
        return False
    return _among(here, rule.source_hosts) and _among(there, rule.destination_hosts)


def _among(address: Address, hosts: tuple[str, ...]) -> bool:
    return not hosts or address in {_address(host) for host in hosts}
