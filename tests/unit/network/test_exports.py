"""What is exported lets pass what the model does, nothing else: by readers of each language, and by Aerleon itself."""

from __future__ import annotations

import builtins
import dataclasses
import itertools
from typing import Any

import pytest
from aerleon import api
from aerleon.lib.naming import Naming
from hypothesis import given, settings

from tests.unit.network.export_readers import FortiGate, Ios, PaloAlto, Srx
from tests.unit.network.firewalls import firewalls, host, packets, small
from tests.unit.network.nft_reader import Packet
from wardround.network import exports
from wardround.network.aerleon_policy import by_zone, by_zone_pair
from wardround.network.device import FirewallModel, Rule
from wardround.network.exports import FORMATS, ExportError, export
from wardround.network.reach import allowed

READERS: dict[str, Any] = {"cisco_ios_acl": Ios, "fortigate": FortiGate, "paloalto": PaloAlto, "srx": Srx}
every_format = pytest.mark.parametrize("name", sorted(FORMATS))


def meant(model: FirewallModel, packet: Packet) -> bool:
    return allowed([model], packet.source, packet.destination, packet.protocol, packet.port)[0]


@every_format
@settings(max_examples=8)
@given(firewalls(most_zones=4))
def test_file_and_model_decide_alike(name: str, model: FirewallModel) -> None:
    rules = READERS[name](export(model, name))
    for packet in packets(model):
        assert rules.passes(packet) == meant(model, packet), packet


@every_format
def test_a_wider_or_narrower_file_is_seen(name: str) -> None:
    text = export(small(), name)
    for before, after in (("11112", "11113"), ("10.15.0.5", "10.15.0.6")):
        assert before in text
        rules = READERS[name](text.replace(before, after))
        assert [packet for packet in special() if rules.passes(packet) != meant(small(), packet)]
    assert [packet for packet in special() if meant(small(), packet)]
    assert all(READERS[name](text).passes(packet) == meant(small(), packet) for packet in special())


def special() -> list[Packet]:
    """From and to the hosts that rules of the small firewall name, and the two next to them."""
    ends = [("10.13.0.21", "10.15.0.5"), ("10.13.0.21", "10.15.0.6"), ("10.13.0.22", "10.15.0.5")]
    return [Packet("imaging", "servers", *pair, "tcp", port) for pair in ends for port in (104, 11112, 11113)]


@every_format
def test_without_rules_nothing_passes(name: str) -> None:
    model = dataclasses.replace(small(), rules=())
    rules = READERS[name](export(model, name))
    assert not [packet for packet in packets(model) if rules.passes(packet)]


@every_format
def test_same_model_same_bytes(name: str) -> None:
    model = small()
    other = dataclasses.replace(model, interfaces=model.interfaces[::-1], rules=model.rules[::-1])
    assert export(other, name) == export(model, name)


@settings(max_examples=4)
@given(firewalls(most_zones=2))
def test_aerleon_decides_alike(model: FirewallModel) -> None:
    """Its own check of the policy, which knows neither what a device makes of the file nor types of ICMP."""
    policy = by_zone_pair(model, "srx")
    definitions = Naming()
    definitions.ParseDefinitionsObject(policy.definitions(), "")
    of_pair = {one["header"]["targets"]["srx"]: one for one in policy.filters}
    for packet in packets(model):
        one = of_pair[f"from-zone {packet.into} to-zone {packet.out} mixed"]
        protocol = "icmpv6" if (packet.protocol, packet.version) == ("icmp", 6) else packet.protocol
        found = api.AclCheck(
            {"filename": "x", "filters": [one]},
            definitions,
            packet.source,
            packet.destination,
            "any",
            packet.port,
            protocol,
        )
        ((matched,),) = [list(terms) for terms in found.values()]
        assert (not matched.endswith("-deny")) == meant(model, packet), (packet, matched)


@settings(max_examples=6)
@given(firewalls(most_zones=3, most_rules=5))
def test_a_router_takes_ssh_from_its_management_alone(model: FirewallModel) -> None:
    lists = Ios(export(model, "cisco_ios_acl"))
    for source, target, version in itertools.product(model.interfaces, model.interfaces, (4, 6)):
        if version == 6 and not (source.ipv6 and target.ipv6):
            continue
        own = host(target, 1, version)
        for protocol, port in (("tcp", 22), ("tcp", 443), ("icmp", None)):
            packet = Packet(source.interface, None, host(source, 2, version), own, protocol, port)
            assert lists.passes(packet) == meant(model, packet), packet


@settings(max_examples=6)
@given(firewalls(most_zones=3, most_rules=5))
def test_a_router_lets_in_no_borrowed_address(model: FirewallModel) -> None:
    lists = Ios(export(model, "cisco_ios_acl"))
    for packet in packets(model):
        for other in model.interfaces:
            if other.interface != packet.into:
                assert not lists.passes(dataclasses.replace(packet, into=other.interface))


def test_answers_come_back_through_a_router_and_open_no_service() -> None:
    """UDP has no flags: an answer is what comes from the service's host and port to a port that no service has."""
    lists = Ios(export(small(), "cisco_ios_acl"))
    answer = Packet("servers", "guest", "10.15.0.5", "10.12.0.7", "udp", 50000)
    assert lists.passes(answer, source_port=53)
    assert not lists.passes(answer, source_port=54)
    assert not lists.passes(dataclasses.replace(answer, port=1023), source_port=53)
    assert not lists.passes(dataclasses.replace(answer, protocol="tcp"), source_port=53)
    assert not lists.passes(Packet("servers", "clinical", "10.15.0.5", "10.11.0.7", "tcp", 50000), source_port=443)
    written = {
        " ".join(line) for lines in (lists.lists["servers-in-ipv4"], lists.lists["guest-in-ipv6"]) for line in lines
    }
    assert "permit tcp 10.15.0.0 0.0.0.255 eq 443 10.11.0.0 0.0.0.255 established" in written
    assert "permit icmp 10.15.0.0 0.0.0.255 10.14.0.0 0.0.0.255 0" in written
    assert "permit icmp any any 135" in written


@every_format
@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("x", "guest", "moon", "tcp", (80,)), "fw-01: rule x: zone moon has no interface; allowed administration"),
        (Rule("x", "guest", "servers", "tcp"), "fw-01: rule x: tcp with ports []"),
        (
            Rule("x", "imaging", "servers", "tcp", (80,), ("10.13.0.2",), ("fd00:15::5",)),
            "fw-01: rule x: 10.13.0.2 and fd00:15::5 have no address family in common",
        ),
        (
            Rule("x", "guest", "servers", "tcp", (80,), (), ("fd00:15::5",)),
            "fw-01: rule x: guest and servers have no address family in common",
        ),
        (
            Rule("x", "imaging", "servers", "tcp", (80,), ("10.12.0.2",)),
            "fw-01: rule x: found 10.12.0.2 in zone imaging; allowed is 10.13.0.0/24",
        ),
        (Rule("monitoring", "guest", "servers", "icmp"), "fw-01: rule monitoring: several rules have this name"),
    ],
)
def test_what_aerleon_would_open_or_leave_out_is_refused(name: str, rule: Rule, said: str) -> None:
    model = small()
    with pytest.raises(ExportError, match="fw-01") as refused:
        export(dataclasses.replace(model, rules=(*model.rules, rule)), name)
    assert said in str(refused.value)


def test_a_name_too_long_for_the_device_is_refused() -> None:
    model = dataclasses.replace(small(), rules=(Rule("a" * 31, "guest", "servers", "udp", (53,)),))
    expected = f"fw-01: rule {'a' * 31}-ipv4: found a name of 36 characters; fortigate takes 35"
    with pytest.raises(ExportError, match=expected):
        export(model, "fortigate")
    assert "a" * 31 in export(model, "srx")
    with pytest.raises(ExportError, match=r"fw-01: Aerleon refuses it for paloalto: .*63 characters max"):
        export(dataclasses.replace(model, rules=(dataclasses.replace(model.rules[0], flow="a" * 55),)), "paloalto")


def test_what_aerleon_warns_of_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It leaves a term out with a warning, and goes on: one that denies would be missed."""

    def lopsided(model: FirewallModel) -> Any:
        policy = by_zone_pair(model, "paloalto")
        policy.networks["guest-ipv4"] = ["fd00:99::/64"]
        return policy

    monkeypatch.setitem(exports.FORMATS, "paloalto", dataclasses.replace(FORMATS["paloalto"], policy=lopsided))
    with pytest.raises(
        ExportError, match=r"fw-01: Aerleon would not write all of it for paloalto: .*everybody_resolves"
    ):
        export(small(), "paloalto")


def test_aerleon_that_is_not_installed_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def without(name: str, *arguments: Any) -> Any:
        if name.startswith("aerleon"):
            raise ModuleNotFoundError("No module named 'aerleon'")
        return real(name, *arguments)

    monkeypatch.setattr(builtins, "__import__", without)
    with pytest.raises(ExportError, match=r"--export srx wants Aerleon: pip install 'wardround\[export\]'"):
        export(small(), "srx")


def test_aerleon_opens_what_is_refused() -> None:
    """Why ping by IPv6 is not left to it: without a type it writes any service, beside TCP it fails."""
    policy = by_zone_pair(small(), "fortigate", deny=False)
    definitions = Naming()
    definitions.ParseDefinitionsObject(policy.definitions(), "")
    with pytest.raises(Exception, match="ICMP/ICMPv6 mismatch"):
        api.Generate([policy.data()], definitions)
    terms = [term for one in policy.filters for term in one["terms"]]
    del next(term for term in terms if term["name"] == "monitoring-ipv6")["icmp-type"]
    policy.filters = [one for one in policy.filters if "from-zone management" in str(one)]
    (text,) = (api.Generate([policy.data()], definitions) or {}).values()
    assert 'set service "ALL"' in text


def test_lists_are_written_for_every_zone_in_both_families() -> None:
    names = {one["header"]["targets"]["cisco"].split()[0] for one in by_zone(small(), "cisco").filters}
    assert names == {f"{one.zone}-in-ipv{version}" for one in small().interfaces for version in (4, 6)}
