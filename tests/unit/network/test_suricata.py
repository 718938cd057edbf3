"""The rules alert on what the intent does not allow and on nothing else: decided message by message.

That Suricata reads them so, and alerts on real packets, is what molecule/intrusion_detection tries.
"""

from __future__ import annotations

import functools
import ipaddress
import itertools
import random
import re
from dataclasses import dataclass

import pytest

from tests.unit.network.intents import HOSTS, flow, large, rules_of, small
from wardround.intent.network import Network
from wardround.intent.topology import subnets
from wardround.network import suricata
from wardround.network.compile import compile_network
from wardround.network.device import FirewallModel
from wardround.network.reach import allowed
from wardround.network.suricata import FIRST_SID, SIDS, render

LINE = re.compile(
    r'(pass|alert) (tcp|udp|dns) (\S+) (\S+) -> (\S+) (\S+) \(msg:"([^";]+)"; (.+) sid:([0-9]+); rev:1;\)'
)
MARKS = {"dicom": "1.2.840.10008.3.1.1.1", "hl7": "|0b|MSH", "connection": "flags:S,CE;"}
OTHERS = {
    "guest": "10.60.0.50",
    "clinical": "10.20.0.50",
    "clinical6": "fd00:20::50",
    "imaging": "10.30.0.50",
    "imaging6": "fd00:30::50",
    "servers": "10.40.0.50",
    "elsewhere": "192.0.2.7",
    "elsewhere6": "2001:db8::7",
}


@dataclass(frozen=True)
class Signature:
    action: str
    protocol: str
    source: str
    source_port: str
    destination: str
    port: str
    message: str
    body: str
    sid: int


def signatures(network: Network) -> list[Signature]:
    first, *lines = render(network.zones, rules_of(network, HOSTS)).splitlines()
    assert first.startswith("# ")
    found = []
    for line in lines:
        match = LINE.fullmatch(line)
        assert match, line
        *parts, sid = match.groups()
        found.append(Signature(*parts, int(sid)))
    return found


@functools.cache
def among(group: str, address: str) -> bool:
    """Whether an address is in what a rule of the small hospital names."""
    one = ipaddress.ip_address(address)
    if group == "any":
        return True
    if group == "!$HOME_NET":
        return not any(one in subnet for zone in small().zones.values() for subnet in subnets(zone))
    return any(one in ipaddress.ip_network(text) for text in group.strip("[]").split(","))


def judged(found: list[Signature], what: str, source: str, destination: str, port: int) -> list[str]:
    """Messages of the alerts on something said by one address to another."""
    fitting = [
        one
        for one in found
        if MARKS[what] in one.body
        and among(one.source, source)
        and among(one.destination, destination)
        and (one.port == "any" or str(port) in one.port.strip("[]").split(","))
    ]
    return [] if any(one.action == "pass" for one in fitting) else [one.message for one in fitting]


@pytest.mark.parametrize("what", ["dicom", "hl7"])
def test_an_alert_is_what_no_flow_allows(what: str) -> None:
    network = small()
    found = signatures(network)
    models = [one for one in compile_network(network, HOSTS).values() if isinstance(one, FirewallModel)]
    addresses = [text for host in HOSTS.values() for text in (host.address, host.address_ipv6) if text]
    quiet = 0
    for source, destination in itertools.permutations([*addresses, *OTHERS.values()], 2):
        if ipaddress.ip_address(source).version != ipaddress.ip_address(destination).version:
            continue
        for port in (104, 443, 2575):
            passes, _rule = allowed(models, source, destination, "tcp", port)
            outside = among("!$HOME_NET", source) and among("!$HOME_NET", destination)
            alerts = judged(found, what, source, destination, port)
            assert len(alerts) == (0 if passes or outside else 1), (source, destination, port, alerts)
            quiet += passes
    assert quiet > 20


def test_an_alert_names_zones_and_service() -> None:
    found = signatures(small())
    pacs = HOSTS["pacs-01"].address
    assert pacs
    assert judged(found, "dicom", OTHERS["guest"], pacs, 104) == [
        "guest -> servers: DICOM association that no flow allows"
    ]
    assert judged(found, "hl7", OTHERS["elsewhere"], pacs, 2575) == [
        "no-zone -> servers: HL7 message that no flow allows"
    ]
    (one,) = (one for one in found if one.message.startswith("guest -> servers: DICOM"))
    assert "classtype:policy-violation;" in one.body
    assert "metadata:intent network.zones.guest, from guest, to servers, service dicom;" in one.body
    (allowed_one,) = (one for one in found if one.message == "ct_to_pacs: DICOM association")
    assert allowed_one.action == "pass" and "metadata:intent network.flows.ct_to_pacs;" in allowed_one.body


def test_a_scan_is_counted_without_what_flows_allow() -> None:
    found = signatures(small())
    ct, pacs = HOSTS["ct-01"].address, HOSTS["pacs-01"].address
    assert ct and pacs
    assert judged(found, "connection", ct, pacs, 11112) == []
    said = "imaging -> any: SYN scan, 100 connections in 10 s that no flow allows"
    assert judged(found, "connection", ct, pacs, 22) == [said]
    assert judged(found, "connection", ct, OTHERS["imaging"], 22) == [said]
    assert all("count 100,seconds 10;" in one.body for one in found if "SYN scan" in one.message)


def test_every_zone_is_watched_for_tunnels() -> None:
    network = small()
    found = [one for one in signatures(network) if "DNS tunnel" in one.message]
    for zone in network.zones:
        names, udp, tcp = (one for one in found if zone in one.message)
        assert names.protocol == "dns" and "dns.query; bsize:>100;" in names.body and "track by_src" in names.body
        for protocol, texts in (("udp", udp), ("tcp", tcp)):
            assert (texts.protocol, texts.source, texts.source_port) == (protocol, "any", "53")
            assert "dsize:>512;" in texts.body and "track by_dst" in texts.body
    assert len(found) == 3 * len(network.zones)


def test_a_flow_more_adds_lines_and_changes_none() -> None:
    written = small().model_dump(by_alias=True)["flows"]
    more = small(flows=written | {"desks_store": flow("clinical", "pacs-01", "dicom")})
    before, after = (render(one.zones, rules_of(one, HOSTS)).splitlines() for one in (small(), more))
    assert [line for line in after if line in before] == before
    assert len(after) == len(before) + 3


def test_same_intent_same_bytes_whatever_its_order() -> None:
    network, dice = small(), random.Random(1)
    zones, rules = list(network.zones.items()), rules_of(network, HOSTS)
    dice.shuffle(zones)
    dice.shuffle(rules)
    assert render(dict(zones), rules) == render(network.zones, rules_of(network, HOSTS))


def test_each_rule_has_a_number_of_its_own_in_our_range() -> None:
    network = large(20, 20)
    numbers = [one.sid for one in signatures(network)]
    assert len(numbers) > 1000
    assert len(set(numbers)) == len(numbers)
    assert min(numbers) >= FIRST_SID and max(numbers) < FIRST_SID + SIDS == 1 << 31


def test_of_two_on_one_number_one_takes_the_next(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(suricata, "SIDS", 128)
    numbers = [one.sid - FIRST_SID for one in signatures(small())]
    assert len(numbers) == 122 - 1
    assert len(set(numbers)) == len(numbers) and set(numbers) <= set(range(128))
