"""What an intrusion detection sensor alerts on, in Suricata's language, from the same intent as the firewalls' rules.

It is the second opinion on the firewalls: what no flow allows must not be seen on the wire.

- DICOM and HL7 are known by what is said, on any port, so that no port makes up for a flow that is missing. Between
  two hosts of one zone nothing is judged: the intent says nothing of it.
- A scan is counted without what flows allow, so that a busy server is none.
- Signature ids are 1,073,741,824 to 2,147,483,647, which nobody else's rules use. Each is made of what the rule is
  about (`dicom guest servers`): a flow that is added renumbers no other.

Suricata 7 (User Guide, "Suricata Rules"); DICOM PS3.8, 9.3.2; HL7 MLLP Release 1; RFC 1035, 3.2 and 4.1.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from itertools import permutations
from typing import Final

from wardround.intent.network import Zone
from wardround.intent.topology import subnets
from wardround.network.device import Rule

FILE: Final = "ids.rules"
OUTSIDE: Final = "no-zone"  # no zone can be named so
"""Addresses of no zone, where a rule names a zone. `$HOME_NET` must be the subnets of all zones."""

FIRST_SID: Final = 1 << 30
SIDS: Final = 1 << 30

SCAN: Final = (100, 10)  # connections, s: a person's browser opens some tens, a scanner thousands
TUNNEL: Final = (10, 60)  # messages, s: one long name is no tunnel
LONG_NAME: Final = 100  # characters; an IPv6 address asked for backwards has 72, a name at most 253 (RFC 1035, 2.3.4)
LARGE_TEXT: Final = 512  # bytes: what a DNS message over UDP may have without an extension (RFC 1035, 2.3.4)

_TALK: Final = {
    # A-ASSOCIATE-RQ: type, protocol version 1, and the one application context name there is, at its place.
    "dicom": (
        "DICOM association",
        'content:"|01 00|"; startswith; content:"|00 01|"; offset:6; depth:2; '
        'content:"1.2.840.10008.3.1.1.1"; offset:78; depth:21;',
    ),
    # Not only at the start: the byte before the message may come in a segment of its own.
    "hl7": ("HL7 message", 'content:"|0b|MSH";'),
}
_TO_SERVER: Final = "flow:established,to_server;"
_SYN: Final = "flow:to_server; flags:S,CE;"  # whether congestion bits are set does not matter (RFC 3168, 6.1.1)


def render(zones: Mapping[str, Zone], rules: Iterable[Rule]) -> str:
    """The rule file. Same intent, same bytes, whatever its order. rules: those of all firewalls."""
    ends = {name: _group(map(str, subnets(zone))) for name, zone in sorted(zones.items())} | {OUTSIDE: "!$HOME_NET"}
    bodies = dict(_allowed(ends, rules))
    bodies |= dict(_unlisted(ends))
    bodies |= dict(_scans(ends))
    bodies |= dict(_tunnels({zone: group for zone, group in ends.items() if zone != OUTSIDE}))
    numbers = _numbers(bodies)
    lines = [f"{body} sid:{numbers[key]}; rev:1;)" for key, body in bodies.items()]
    return "\n".join(
        ["# What must not be seen on the wire. Made from the hospital's network.yml: change it there.", *lines, ""]
    )


def _allowed(ends: Mapping[str, str], rules: Iterable[Rule]) -> Iterator[tuple[str, str]]:
    """What flows allow is passed before anything is judged (Suricata's action order: pass, drop, reject, alert)."""
    for rule in sorted(rules, key=lambda rule: rule.flow):
        if rule.protocol != "tcp":
            continue
        source = _group(rule.source_hosts) if rule.source_hosts else ends[rule.source]
        destination = _group(rule.destination_hosts) if rule.destination_hosts else ends[rule.destination]
        header = f"pass tcp {source} any -> {destination} {_group(map(str, sorted(set(rule.ports))))}"
        about = f"metadata:intent network.flows.{rule.flow};"
        yield f"connection {rule.flow}", f'{header} (msg:"{rule.flow}: connection"; {_SYN} {about}'
        for service, (what, content) in _TALK.items():
            yield f"{service} {rule.flow}", f'{header} (msg:"{rule.flow}: {what}"; {_TO_SERVER} {content} {about}'


def _unlisted(ends: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Clinical talk from zone to zone, once a connection."""
    for service, (what, content) in _TALK.items():
        once = f"flowbits:isnotset,wardround.{service}; flowbits:set,wardround.{service};"
        for source, destination in permutations(ends, 2):
            zone = source if source != OUTSIDE else destination
            about = _about("policy-violation", source, destination, service, zone)
            header = f"alert tcp {ends[source]} any -> {ends[destination]} any"
            said = f'msg:"{source} -> {destination}: {what} that no flow allows";'
            yield f"{service} {source} {destination}", f"{header} ({said} {_TO_SERVER} {content} {once} {about}"


def _scans(ends: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    count, seconds = SCAN
    for zone, group in ends.items():
        said = f'msg:"{zone} -> any: SYN scan, {count} connections in {seconds} s that no flow allows";'
        about = _about("network-scan", zone, "any", "tcp", zone)
        yield f"scan {zone}", f"alert tcp {group} any -> any any ({said} {_SYN} {_both('by_src', SCAN)} {about}"


def _tunnels(ends: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Names as long as a tunnel asks for, and texts as long as one answers with."""
    for zone, group in ends.items():
        said = f'msg:"{zone} -> any: DNS tunnel size, names over {LONG_NAME} characters";'
        body = f"flow:to_server; dns.query; bsize:>{LONG_NAME}; {_both('by_src', TUNNEL)}"
        about = _about("command-and-control", zone, "any", "dns", zone)
        yield f"names {zone}", f"alert dns {group} any -> any any ({said} {body} {about}"
        # The end of the name that was asked for, type TXT (16), class IN (1).
        text = 'content:"|00 00 10 00 01|"; offset:12;'
        said = f'msg:"any -> {zone}: DNS tunnel size, TXT answers over {LARGE_TEXT} bytes";'
        for protocol, flow in (("udp", "flow:to_client;"), ("tcp", "flow:established,to_client;")):
            body = f"{flow} dsize:>{LARGE_TEXT}; {text} {_both('by_dst', TUNNEL)}"
            about = _about("command-and-control", "any", zone, "dns", zone)
            yield f"texts {protocol} {zone}", f"alert {protocol} any 53 -> {group} any ({said} {body} {about}"


def _both(track: str, limit: tuple[int, int]) -> str:
    """From so many in so many seconds on, one alert in each such time."""
    return f"threshold:type both,track {track},count {limit[0]},seconds {limit[1]};"


def _about(classification: str, source: str, destination: str, service: str, zone: str) -> str:
    """What an alert says besides its sentence; zone: the one that it is about, whose key in the intent is named."""
    intent = "network.zones" if zone == OUTSIDE else f"network.zones.{zone}"
    about = {"intent": intent, "from": source, "to": destination, "service": service}
    return f"classtype:{classification}; metadata:{', '.join(f'{key} {value}' for key, value in about.items())};"


def _numbers(keys: Iterable[str]) -> dict[str, int]:
    """Each rule's sid. Of two on one number, which 500 rules have in one of 8,000 hospitals, one takes the next."""
    taken: dict[int, str] = {}
    for key in sorted(keys):
        number = int.from_bytes(hashlib.sha256(key.encode()).digest()[:4], "big") % SIDS
        while number in taken:
            number = (number + 1) % SIDS
        taken[number] = key
    return {key: FIRST_SID + number for number, key in taken.items()}


def _group(members: Iterable[str]) -> str:
    listed = list(members)
    return listed[0] if len(listed) == 1 else f"[{','.join(listed)}]"
