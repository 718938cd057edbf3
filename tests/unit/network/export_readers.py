"""Read exported rules as their devices would and say whether a packet passes; know nothing of how they were made.

Each knows only the statements that are written; any other is an error, so that a rule cannot be overlooked. What no
rule matches passes: an export must not lean on a device's own last rule. FortiGate's alone cannot be taken away.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable
from typing import Any

from tests.unit.network.nft_reader import Packet, within

ECHO_REQUEST = {4: 8, 6: 128}


def _among(address: str, networks: Iterable[str]) -> bool:
    return any(within(address, one) for one in networks)


def _in_ranges(port: int | None, ranges: Iterable[str]) -> bool:
    for one in ranges:
        first, _unused, last = one.partition("-")
        if port is not None and int(first) <= port <= int(last or first):
            return True
    return False


class Ios:
    """Extended and IPv6 access lists, each bound inwards to the zone that its name begins with."""

    def __init__(self, text: str) -> None:
        self.lists: dict[str, list[list[str]]] = {}
        name = ""
        for line in text.splitlines():
            words = line.split()
            match words:
                case ["!", *_] | ["no", *_] | ["remark", *_] | ["exit"]:
                    continue
                case ["ip", "access-list", "extended", name] | ["ipv6", "access-list", name]:
                    assert f"no {line}" in text and name not in self.lists
                    self.lists[name] = []
                case ["permit" | "deny", *_]:
                    self.lists[name].append(words)
                case _:
                    raise AssertionError(f"not understood: {line}")

    def passes(self, packet: Packet, source_port: int | None = 49152) -> bool:
        """Whether the first packet of a connection is let in; a list without a line lets everything in."""
        for verdict, protocol, *rest in self.lists.get(f"{packet.into}-in-ipv{packet.version}", ()):
            source, ports, rest = self._end(rest)
            destination, to_ports, rest = self._end(rest)
            holds = protocol in ("ip", "ipv6", packet.protocol)
            holds = holds and (source is None or _among(packet.source, [source]))
            holds = holds and (destination is None or _among(packet.destination, [destination]))
            holds = holds and (not ports or _in_ranges(source_port, ports))
            holds = holds and (not to_ports or _in_ranges(packet.port, to_ports))
            for word in rest:
                assert word in ("log", "established") or word.isdecimal()
                if word != "log":
                    holds = holds and word == str(ECHO_REQUEST[packet.version])
            if holds:
                return verdict == "permit"
        return True

    @staticmethod
    def _end(words: list[str]) -> tuple[str | None, list[str], list[str]]:
        """(network, port ranges, the rest)."""
        match words:
            case ["any", *rest]:
                network = None
            case ["host", address, *rest]:
                network = address
            case [address, *rest] if ":" in address:
                network = address
            case [address, wildcard, *rest]:
                network = f"{address}/{wildcard}"
        match rest:
            case ["eq", port, *rest]:
                return network, [port], rest
            case ["range", first, last, *rest]:
                return network, [f"{first}-{last}"], rest
        return network, [], rest


class FortiGate:
    """Policies in their order; addresses, groups and services that they name."""

    def __init__(self, text: str) -> None:
        self.tables: dict[str, dict[str, dict[str, list[str]]]] = {}
        table: dict[str, dict[str, list[str]]] = {}
        entry: dict[str, list[str]] = {}
        for line in text.splitlines():
            words = [word.strip('"') for word in line.split()]
            match words:
                case ["#", *_] | ["next"] | ["end"]:
                    continue
                case ["config", "firewall", *name]:
                    assert " ".join(name) not in self.tables
                    table = self.tables[" ".join(name)] = {}
                case ["edit", key]:
                    assert key not in table
                    entry = table[key] = {}
                case ["set", key, *values]:
                    assert key not in entry
                    entry[key] = values
                case _:
                    raise AssertionError(f"not understood: {line}")

    def passes(self, packet: Packet) -> bool:
        family = "6" if packet.version == 6 else ""
        for policy in self.tables.get("policy", {}).values():
            assert policy["schedule"] == ["always"]
            ends = policy.get(f"srcaddr{family}"), policy.get(f"dstaddr{family}")
            if (
                (policy["srcintf"], policy["dstintf"]) == ([packet.into], [packet.out])
                and self._end(ends[0], packet.source, family)
                and self._end(ends[1], packet.destination, family)
                and any(self._service(name, packet) for name in policy["service"])
            ):
                return policy.get("action") == ["accept"]
        return False

    def _end(self, groups: list[str] | None, address: str, family: str) -> bool:
        if groups is None:
            return False
        members = [one for name in groups if name != "all" for one in self.tables[f"addrgrp{family}"][name]["member"]]
        entries = [self.tables[f"address{family}"][one] for one in members]
        networks = [entry["ip6"][0] if family else "/".join(entry["subnet"]) for entry in entries]
        return "all" in groups or _among(address, networks)

    def _service(self, name: str, packet: Packet) -> bool:
        if name == "ALL":
            return True
        entry = self.tables["service custom"][name]
        if protocol := entry.get("protocol"):
            wanted = ["ICMP"] if packet.version == 4 else ["ICMP6"]
            right = protocol == wanted and entry["icmptype"] == [str(ECHO_REQUEST[packet.version])]
            return packet.protocol == "icmp" and right
        assert set(entry) <= {"tcp-portrange", "udp-portrange"}
        return _in_ranges(packet.port, entry.get(f"{packet.protocol}-portrange", []))


class PaloAlto:
    """Rules in their order; addresses, groups, services and applications of the one virtual system."""

    KNOWN = frozenset(
        {"to", "from", "source", "destination", "service", "action", "rule-type", "application", "log-end"}
    )

    def __init__(self, text: str) -> None:
        system = ET.fromstring(text).find("devices/entry/vsys/entry")
        assert system is not None
        self.tables = {
            table: {entry.get("name"): entry for entry in system.findall(f"{table}/entry")}
            for table in ("address", "address-group", "application", "service")
        }
        self.rules = system.findall("rulebase/security/rules/entry")
        assert len({rule.get("name") for rule in self.rules}) == len(self.rules)

    def passes(self, packet: Packet) -> bool:
        for rule in self.rules:
            assert {part.tag for part in rule} <= self.KNOWN
            assert rule.findtext("rule-type") == "interzone"
            if (
                self._members(rule, "from") == [packet.into]
                and self._members(rule, "to") == [packet.out]
                and self._end(self._members(rule, "source"), packet.source)
                and self._end(self._members(rule, "destination"), packet.destination)
                and self._service(rule, packet)
            ):
                return rule.findtext("action") == "allow"
        return True

    @staticmethod
    def _members(rule: ET.Element, name: str) -> list[str]:
        return [member.text or "" for member in rule.findall(f"{name}/member")]

    def _end(self, names: list[str], address: str) -> bool:
        if names == ["any"]:
            return True
        members = [one for name in names for one in self._members(self.tables["address-group"][name], "static")]
        return _among(address, [self.tables["address"][one].findtext("ip-netmask") or "" for one in members])

    def _service(self, rule: ET.Element, packet: Packet) -> bool:
        applications, services = self._members(rule, "application"), self._members(rule, "service")
        if services == ["application-default"]:
            kind = "ident-by-icmp-type" if packet.version == 4 else "ident-by-icmp6-type"
            types = [self.tables["application"][one].findtext(f"default/{kind}/type") for one in applications]
            return packet.protocol == "icmp" and str(ECHO_REQUEST[packet.version]) in types
        assert applications == ["any"]
        if services == ["any"]:
            return True
        texts = [self.tables["service"][one].findtext(f"protocol/{packet.protocol}/port") for one in services]
        return _in_ranges(packet.port, [one for text in texts if text for one in text.split(",")])


class Srx:
    """Policies between two zones in their order; the global address book, applications and their sets."""

    def __init__(self, text: str) -> None:
        self.words = re.findall(r"[{};]|[^\s{};]+", re.sub(r"(?s)/\*.*?\*/", "", text))
        top = {" ".join(words): inner for words, inner in self._statements()}
        security = {" ".join(words): inner for words, inner in top.pop("security")}
        ((book, named),) = security["replace: address-book"]
        assert book == ["global"]
        self.addresses = {words[1]: words[2] for words, _none in named if words[0] == "address"}
        self.sets = {words[1]: [one[1] for one, _none in inner] for words, inner in named if words[0] == "address-set"}
        self.policies = {tuple(words): inner for words, inner in security["replace: policies"]}
        assert len(self.policies) == len(security["replace: policies"])
        self.applications: dict[str, list[list[str]]] = {}
        for words, inner in top.pop("replace: applications", []):
            for one, _none in inner:
                terms = self.applications[one[1]] if words[0] == "application-set" else [one]
                self.applications.setdefault(words[1], []).extend(terms)
        assert set(top) <= {"delete: applications"}

    def _statements(self) -> list[tuple[list[str], Any]]:
        """(words, statements inside or None) until the brace that closes."""
        found: list[tuple[list[str], Any]] = []
        words: list[str] = []
        while self.words:
            word = self.words.pop(0)
            if word == "}":
                break
            if word in "{;":
                found.append((words, self._statements() if word == "{" else None))
                words = []
            else:
                words.append(word)
        return found

    def passes(self, packet: Packet) -> bool:
        for _words, policy in self.policies.get(("from-zone", packet.into, "to-zone", str(packet.out)), ()):
            parts = {words[0]: inner for words, inner in policy}
            match = {words[0]: [word for word in words[1:] if word not in "[]"] for words, _none in parts.pop("match")}
            ((verdict,), _none), *rest = parts.pop("then")
            assert not parts and all(words == ["log"] for words, _inner in rest)
            holds = self._end(match.pop("source-address"), packet.source)
            holds &= self._end(match.pop("destination-address"), packet.destination)
            (application,) = match.pop("application")
            assert not match
            if holds and (
                application == "any" or any(self._term(one, packet) for one in self.applications[application])
            ):
                return verdict == "permit"
        return True

    def _end(self, names: list[str], address: str) -> bool:
        if names == ["any"]:
            return True
        return _among(address, [self.addresses[one] for name in names for one in self.sets[name]])

    @staticmethod
    def _term(words: list[str], packet: Packet) -> bool:
        match words[2:]:
            case ["protocol", ("tcp" | "udp") as protocol, "destination-port", ports]:
                return packet.protocol == protocol and _in_ranges(packet.port, [ports])
            case ["protocol", "icmp", "icmp-type", kind, "inactivity-timeout", _]:
                return (packet.protocol, packet.version, kind) == ("icmp", 4, "8")
            case ["protocol", "icmp6", "icmp6-type", kind, "inactivity-timeout", _]:
                return (packet.protocol, packet.version, kind) == ("icmp", 6, "128")
        raise AssertionError(f"not understood: {words}")
