"""The rendered rules say what the model says: decided packet by packet, and checked by nft itself."""

from __future__ import annotations

import dataclasses
import itertools
import random
import subprocess

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.network.firewalls import firewalls, host, packets, small
from tests.unit.network.nft_reader import Packet, Ruleset
from wardround.network.device import FirewallModel, Rule
from wardround.network.nftables import render
from wardround.network.reach import allowed


@settings(max_examples=25)
@given(firewalls())
def test_rules_and_model_decide_alike(model: FirewallModel) -> None:
    rules = Ruleset(render(model))
    for packet in packets(model):
        passes = rules.passes(packet)
        expected = allowed([model], packet.source, packet.destination, packet.protocol, packet.port)
        assert (passes is not None) == expected[0], packet
        if passes is not None:
            named = next(rule for rule in model.rules if rule.flow == passes)
            assert allowed(
                [dataclasses.replace(model, rules=(named,))],
                packet.source,
                packet.destination,
                packet.protocol,
                packet.port,
            ) == (True, passes)


@settings(max_examples=10)
@given(firewalls(most_zones=3))
def test_a_borrowed_address_is_refused(model: FirewallModel) -> None:
    rules = Ruleset(render(model))
    for packet in packets(model):
        for other in model.interfaces:
            if other.interface != packet.into:
                assert rules.passes(dataclasses.replace(packet, into=other.interface)) is None


@settings(max_examples=15)
@given(firewalls())
def test_only_the_management_zone_reaches_the_firewall_itself(model: FirewallModel) -> None:
    rules = Ruleset(render(model))
    for source, target, port in itertools.product(model.interfaces, model.interfaces, (22, 443)):
        packet = Packet(source.interface, None, host(source, 2, 4), target.ipv4.split("/")[0], "tcp", port)
        expected = source is target and source.zone == model.management and port == 22
        assert (
            (rules.passes(packet) is not None)
            == expected
            == allowed([model], packet.source, packet.destination, "tcp", port)[0]
        )


@settings(max_examples=15)
@given(firewalls(), st.randoms(use_true_random=False))
def test_same_model_same_bytes_and_every_rule_appears(model: FirewallModel, dice: random.Random) -> None:
    text = render(model)
    assert all(f'accept comment "{rule.flow}"' in text for rule in model.rules)
    shuffled = dataclasses.replace(
        model,
        interfaces=tuple(dice.sample(model.interfaces, len(model.interfaces))),
        rules=tuple(dice.sample(model.rules, len(model.rules))),
    )
    assert render(shuffled) == text


def test_neighbouring_ports_are_a_range() -> None:
    assert "{ tcp . 104, tcp . 8042-8044 }" in render(small())
    every = dataclasses.replace(small().rules[1], ports=tuple(range(1, 65536)))
    assert "{ tcp . 1-65535 }" in render(dataclasses.replace(small(), rules=(every,)))


def test_a_zone_without_ipv6_sends_none() -> None:
    rules = Ruleset(render(small()))
    assert rules.sets["guest-ipv6"] == []
    assert rules.passes(Packet("guest", "servers", "fd00:12::2", "fd00:15::5", "udp", 53)) is None


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule("x", "guest", "moon", "tcp", (80,)), "fw-01: rule x: zone moon has no interface; allowed administration"),
        (Rule("x", "guest", "servers", "tcp"), "fw-01: rule x: tcp with ports []"),
        (Rule("x", "guest", "servers", "icmp", (8,)), "fw-01: rule x: icmp with ports [8]"),
        (
            Rule("x", "imaging", "servers", "tcp", (80,), ("10.13.0.2",), ("fd00:15::5",)),
            "fw-01: rule x: 10.13.0.2 and fd00:15::5 have no address family in common",
        ),
        (Rule("monitoring", "guest", "servers", "icmp"), "fw-01: rule monitoring: several rules have this name"),
    ],
)
def test_what_cannot_be_said_is_refused(rule: Rule, said: str) -> None:
    model = small()
    with pytest.raises(ValueError, match="fw-01") as refused:
        render(dataclasses.replace(model, rules=(*model.rules, rule)))
    assert said in str(refused.value)


def test_a_firewall_that_nobody_could_manage_is_refused() -> None:
    with pytest.raises(ValueError, match="fw-01: no interface in zone moon, from which it is managed"):
        render(dataclasses.replace(small(), management="moon"))


def test_a_service_port_reaches_ssh_and_nothing_else() -> None:
    rules = Ruleset(render(dataclasses.replace(small(), out_of_band=("eth9",))))
    packet = Packet("eth9", None, "192.0.2.7", "192.0.2.1", "tcp", 22)
    assert rules.passes(packet) == ""
    assert rules.passes(dataclasses.replace(packet, port=443)) is None
    assert rules.passes(dataclasses.replace(packet, out="servers", destination="10.15.0.5")) is None


def test_of_a_connection_between_zones_nothing_is_forwarded_from_or_to_elsewhere() -> None:
    rules = Ruleset(render(dataclasses.replace(small(), out_of_band=("eth9",))))
    answer = Packet("servers", "clinical", "10.15.0.5", "10.11.0.2", "tcp", 40000, established=True)
    assert rules.passes(answer) == ""
    for elsewhere in ("eth9", "eth7"):  # a service port, and one that the intent does not know
        assert rules.passes(dataclasses.replace(answer, into=elsewhere)) is None
        assert rules.passes(dataclasses.replace(answer, out=elsewhere)) is None


def nft(text: str) -> subprocess.CompletedProcess[str]:
    """Check a file in a network of its own: nothing of it reaches the machine's rules."""
    command = ["unshare", "--net", "nft", "--check", "--file", "-"]
    return subprocess.run(command, input=text, capture_output=True, text=True, timeout=30, check=False)


@settings(max_examples=8)
@given(firewalls())
def test_nft_understands_every_file(model: FirewallModel) -> None:
    checked = nft(render(model))
    assert checked.returncode == 0, checked.stderr


def test_nft_sees_an_error() -> None:
    assert nft(render(small()).replace("accept", "acept", 1)).returncode != 0
