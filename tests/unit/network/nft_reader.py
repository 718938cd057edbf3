"""Reads a rendered ruleset as the kernel would and says what becomes of a packet; knows nothing of how it was made.

Only the statements that the generator uses; any other is an error, so that a rule cannot be overlooked.
"""

from __future__ import annotations

import functools
import ipaddress
import re
from dataclasses import dataclass

_SET = re.compile(r"set (\S+) \{ type \S+;(?: flags interval;)?(?: elements = \{ (.*) \})? \}")
_JUMP = re.compile(r'"(\S+)" \. "(\S+)" : jump (\S+),')

_address = functools.cache(ipaddress.ip_address)
_network = functools.cache(ipaddress.ip_network)


@functools.cache
def within(address: str, network: str) -> bool:
    return _address(address) in _network(network)


@dataclass(frozen=True)
class Packet:
    """The first packet of a connection, or one of an established one.

    out: the interface it would leave by, None where it is for the firewall.
    """

    into: str
    out: str | None
    source: str
    destination: str
    protocol: str
    port: int | None
    established: bool = False

    @property
    def version(self) -> int:
        return _address(self.source).version


class Ruleset:
    """Chains and sets of one file."""

    def __init__(self, text: str) -> None:
        self.sets: dict[str, list[str]] = {}
        self.chains: dict[str, list[str]] = {}
        chain: list[str] | None = None
        for line in (raw.strip() for raw in text.splitlines()):
            if found := _SET.fullmatch(line):
                self.sets[found[1]] = found[2].split(", ") if found[2] else []
            elif found := re.fullmatch(r"chain (\S+) \{", line):
                chain = self.chains.setdefault(found[1], [])
            elif chain is not None and line not in ("", "}"):
                chain.append(line)

    def passes(self, packet: Packet) -> str | None:
        """The comment of the rule that accepts the packet ('' for one without), None where it is dropped."""
        if self._walk("antispoof", packet, "accept") is None:
            return None
        return self._walk("input" if packet.out is None else "forward", packet, "drop")

    def _walk(self, chain: str, packet: Packet, policy: str) -> str | None:
        for line in self.chains[chain]:
            if line.startswith("type filter hook"):
                assert f"policy {policy};" in line
            elif line.startswith(("ct state invalid", "iifname . oifname vmap {", "limit rate")) or line == "}":
                continue  # no packet here is invalid
            elif found := _JUMP.fullmatch(line):
                if (packet.into, packet.out) == (found[1], found[2]):
                    verdict = self._walk(found[3], packet, "")
                    if verdict is not None:
                        return verdict
            elif (verdict := self._rule(line, packet)) is not None:
                return None if verdict == "drop" else verdict
        return "" if policy == "accept" else None

    def _rule(self, line: str, packet: Packet) -> str | None:
        """Comment of an accepting rule that matches, "drop" of a dropping one, None where it does not match."""
        words, comment = _read(line)
        while words:
            match words:
                case ["accept"]:
                    return comment
                case ["drop"]:
                    return "drop"
                case ["counter", "name", _, *words]:
                    continue
                case ["counter", *words]:
                    continue
                case ["ct", "state", "established,related", *words]:
                    holds = packet.established
                case [("iifname" | "oifname") as side, name, *words]:
                    interface = f'"{packet.into if side == "iifname" else packet.out}"'
                    holds = interface in (self.sets[name[1:]] if name.startswith("@") else [name])
                case ["icmpv6", "type", "{", *rest]:
                    holds, words = False, rest  # neighbours: not asked about here
                case [("icmp" | "icmpv6") as kind, "type", "echo-request", *words]:
                    holds = packet.protocol == "icmp" and packet.version == (4 if kind == "icmp" else 6)
                case [("ip" | "ip6") as header, ("saddr" | "daddr") as end, *rest]:
                    negated = rest[0] == "!="
                    wanted, *words = rest[1:] if negated else rest
                    address = packet.source if end == "saddr" else packet.destination
                    holds = packet.version == (4 if header == "ip" else 6) and self._in(address, wanted) != negated
                case ["tcp", "dport", port, *words]:
                    holds = (packet.protocol, packet.port) == ("tcp", int(port))
                case ["meta", "l4proto", ".", "th", "dport", "{", *rest]:
                    end_of = rest.index("}")
                    listed, words = " ".join(rest[:end_of]).split(", "), rest[end_of + 1 :]
                    holds = any(_matches(one, packet) for one in listed)
                case _:
                    raise AssertionError(f"not understood: {line}")
            if not holds:
                return None
        raise AssertionError(f"no verdict: {line}")

    def _in(self, address: str, wanted: str) -> bool:
        listed = self.sets[wanted[1:]] if wanted.startswith("@") else [wanted]
        return any(within(address, one) for one in listed)


@functools.cache
def _read(line: str) -> tuple[list[str], str]:
    """(a rule's words without its comment, the comment)."""
    text, _unused, comment = line.partition(" comment ")
    return text.split(), comment.strip('"')


def _matches(element: str, packet: Packet) -> bool:
    protocol, _unused, ports = element.partition(" . ")
    first, _unused, last = ports.partition("-")
    return packet.protocol == protocol and packet.port in range(int(first), int(last or first) + 1)
