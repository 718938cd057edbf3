"""A firewall's rules in nftables' language, one file that is loaded as one transaction (nft(8), netlink transactions).

The file says the whole of `table inet wardround` and nothing of other tables, so loading it twice is loading it once.
What is not allowed is dropped, counted, and logged at a bounded rate.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Iterator

from wardround.network.device import FirewallModel, Rule, ZoneInterface
from wardround.network.rules import by_version, check, families

TABLE = "inet wardround"
_LOG = 'limit rate 10/second burst 20 packets log prefix "wardround {}: "'
_FAMILIES = {4: ("ipv4", "ip"), 6: ("ipv6", "ip6")}  # IP version: what sets are named, what a packet's header is called


def render(model: FirewallModel) -> str:
    """The file for `nft -f`. Same model, same bytes, whatever the order of its rules.

    Raises ValueError where a rule cannot be said in it: a rule is never left out silently.
    """
    rules = sorted(model.rules, key=lambda rule: (rule.source, rule.destination, rule.flow, rule.protocol, rule.ports))
    interfaces = sorted(model.interfaces, key=lambda one: one.zone)
    check(model)
    pairs: dict[tuple[str, str], list[Rule]] = {}
    for rule in rules:
        pairs.setdefault((rule.source, rule.destination), []).append(rule)
    parts = [
        ["counter dropped { }", "counter spoofed { }"],
        *([line] for line in _zone_sets(interfaces)),
        *([line] for line in dict.fromkeys(_host_sets(rules))),
        _antispoof(interfaces),
        _input(model, interfaces),
        _forward(interfaces, pairs),
        *(_pair(source, destination, pair) for (source, destination), pair in pairs.items()),
    ]
    body = "\n".join("\t" + line if line else "" for part in parts for line in part)
    return (
        f"# {model.name}: what may pass between zones. Made from the hospital's network.yml: change it there.\n"
        f"table {TABLE}\ndelete table {TABLE}\ntable {TABLE} {{\n{body}\n}}\n"
    )


def _zone_sets(interfaces: list[ZoneInterface]) -> Iterator[str]:
    """The zones' interfaces; addresses that may be a source in each zone, by family: none of one that it lacks."""
    names = ", ".join(f'"{one.interface}"' for one in interfaces)
    yield f"set zones {{ type ifname; elements = {{ {names} }} }}"
    for one in interfaces:
        yield _set(f"{one.zone}-ipv4", 4, [str(ipaddress.ip_interface(one.ipv4).network)], interval=True)
        # An address that is being looked for on the link has no source yet, or a link-local one (RFC 4291, 2.5).
        six = [str(ipaddress.ip_interface(one.ipv6).network), "fe80::/10", "::"] if one.ipv6 else []
        yield _set(f"{one.zone}-ipv6", 6, six, interval=True)


def _host_sets(rules: list[Rule]) -> Iterator[str]:
    for rule in rules:
        for end, hosts in (("from", rule.source_hosts), ("to", rule.destination_hosts)):
            for version, addresses in by_version(hosts).items():
                yield _set(f"{rule.flow}-{end}-{_FAMILIES[version][0]}", version, addresses)


def _set(name: str, version: int, elements: list[str], interval: bool = False) -> str:
    flags = " flags interval;" if interval else ""
    listed = f" elements = {{ {', '.join(elements)} }}" if elements else ""
    return f"set {name} {{ type {_FAMILIES[version][0]}_addr;{flags}{listed} }}"


def _antispoof(interfaces: list[ZoneInterface]) -> list[str]:
    """Before a connection is looked up: nobody joins another zone's connection with a borrowed address."""
    lines = ["", "chain antispoof {", "\ttype filter hook prerouting priority raw; policy accept;"]
    for one in interfaces:
        lines.append(f'\tiifname "{one.interface}" ip saddr != @{one.zone}-ipv4 counter name spoofed drop')
        lines.append(f'\tiifname "{one.interface}" ip6 saddr != @{one.zone}-ipv6 counter name spoofed drop')
    return [*lines, "}"]


def _input(model: FirewallModel, interfaces: list[ZoneInterface]) -> list[str]:
    """What the firewall itself answers: neighbours, and SSH at its address in the management zone."""
    ssh = []
    for one in interfaces:
        for header, own in (("ip", one.ipv4), ("ip6", one.ipv6)):
            if own and one.zone == model.management:
                address = ipaddress.ip_interface(own).ip
                ssh.append(f'\tiifname "{one.interface}" {header} daddr {address} tcp dport 22 accept')
    return [
        "",
        "chain input {",
        "\ttype filter hook input priority filter; policy drop;",
        "\tct state established,related accept",
        '\tiifname "lo" accept',
        *(f'\tiifname "{name}" tcp dport 22 accept' for name in sorted(model.out_of_band)),
        # From the link itself only: what came through a router has a smaller hop limit (RFC 4861, 7.1).
        "\ticmpv6 type { nd-neighbor-solicit, nd-neighbor-advert } ip6 hoplimit 255 accept",
        *ssh,
        *_refusal(),
        "}",
    ]


def _forward(interfaces: list[ZoneInterface], pairs: Iterable[tuple[str, str]]) -> list[str]:
    """`related` lets ICMP errors through, which path MTU discovery needs (RFC 1191, RFC 8201).

    Only between zones: antispoof looks at no other interface, where a forged packet of a connection may come in.
    """
    names = {one.zone: one.interface for one in interfaces}
    jumps = [f'"{names[source]}" . "{names[to]}" : jump {_chain(source, to)}' for source, to in pairs]
    table = ["\tiifname . oifname vmap {", *(f"\t\t{jump}," for jump in jumps), "\t}"] if jumps else []
    return [
        "",
        "chain forward {",
        "\ttype filter hook forward priority filter; policy drop;",
        "\tiifname @zones oifname @zones ct state established,related accept",
        "\tct state invalid counter name dropped drop",
        *table,
        *_refusal(),
        "}",
    ]


def _refusal() -> list[str]:
    return ["\t" + _LOG.format("dropped"), "\tcounter name dropped drop"]


def _chain(source: str, destination: str) -> str:
    return f"{source}-to-{destination}"  # no zone has a `-` in its name, so this is one pair and no other


def _pair(source: str, destination: str, rules: list[Rule]) -> list[str]:
    lines = ["", f"chain {_chain(source, destination)} {{"]
    for rule in rules:
        lines += [f'\t{match} counter accept comment "{rule.flow}"' for match in _matches(rule)]
    return [*lines, "}"]


def _matches(rule: Rule) -> Iterator[str]:
    """What a rule matches, a line for each family where it names hosts; one for both where it names none."""
    sources, destinations = by_version(rule.source_hosts), by_version(rule.destination_hosts)
    if rule.protocol != "icmp" and not sources and not destinations:
        yield _service(rule, 4)
        return
    for version in families(rule):
        name, header = _FAMILIES[version]
        hosts = [f"{header} saddr @{rule.flow}-from-{name}"] if sources else []
        hosts += [f"{header} daddr @{rule.flow}-to-{name}"] if destinations else []
        yield " ".join([*hosts, _service(rule, version)])


def _service(rule: Rule, version: int) -> str:
    if rule.protocol == "icmp":
        return "icmp type echo-request" if version == 4 else "icmpv6 type echo-request"
    ports = ", ".join(f"{rule.protocol} . {ports}" for ports in _ranges(rule.ports))
    return f"meta l4proto . th dport {{ {ports} }}"


def _ranges(ports: Iterable[int]) -> Iterator[str]:
    """Ports in order, neighbours as one range: {104, 2761, 2762} is 104, 2761-2762."""
    first = last = 0
    for port in [*sorted(set(ports)), 0]:
        if port == last + 1 and first:
            last = port
            continue
        if first:
            yield str(first) if first == last else f"{first}-{last}"
        first = last = port
