"""The network asked from its own machines: who asks what, and what answers prove."""

from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Mapping

from tests.unit.network.devices import models
from tests.unit.network.intents import HOSTS, small
from wardround.intent.load import Host
from wardround.intent.models import LocalName
from wardround.network import live, matrix
from wardround.network.live import Answers
from wardround.network.matrix import Probe
from wardround.network.wiring import wire

NETWORK = small()


def host(name: str, address: str | None, ipv6: str | None = None, os: str | None = "debian-13") -> Host:
    plain = LocalName(en=name, zh=name)
    return Host(name, frozenset(), None, address, None, None, os, (), None, plain, (), {}, ipv6)


REAL = {
    "ct-01": host("ct-01", "10.30.0.21", "fd00:30::21"),
    "mr-01": host("mr-01", "10.30.0.22", os=None),
    "pacs-01": host("pacs-01", "10.40.0.5", "fd00:40::5"),
    "imaging-desk": host("imaging-desk", "10.30.0.40"),
    "desk-01": host("desk-01", "10.20.0.5", "fd00:20::5"),
    "gst-01": host("gst-01", "10.60.0.5"),
    "mon-01": host("mon-01", "10.10.0.5"),
    "fw-01": host("fw-01", "10.10.0.1"),
}
WIRING = wire(NETWORK, HOSTS)
LIVE = live.wire_live(WIRING, NETWORK, REAL)
EXPECTED = matrix.expectations(NETWORK, LIVE)


def zone_of(name: str) -> str:
    return next(machine.zone for machine in LIVE.machines.values() if machine.name == name)


def answers(reached: Mapping[Probe, bool]) -> dict[str, Answers]:
    """What the machines bring home if these probes come through."""
    marks: dict[str, dict[str, tuple[str, ...]]] = {name: {} for name in REAL if name not in ("mr-01", "fw-01")}
    heard: dict[str, set[str]] = {name: set() for name in marks}
    answered: dict[str, set[str]] = {name: set() for name in marks}
    for number, probe in enumerate(EXPECTED):
        mark = f"{probe.family} {probe.protocol} of-{number}"
        marks[probe.source][str(number)] = ("lost", mark)
        if reached[probe] and probe.destination in heard:
            heard[probe.destination].add(mark)
        elif reached[probe]:
            answered[probe.source].add(str(number))
    for name, other in itertools.permutations(marks, 2):
        if zone_of(name) == zone_of(other):
            heard[other].add(f"frame {name}")
    return {name: Answers(frozenset(heard[name]), 9, marks[name], frozenset(answered[name]), {}) for name in marks}


def verdict(found: Mapping[str, Answers]) -> matrix.Verdict:
    firewalls = models(NETWORK, HOSTS).firewalls.values()
    return matrix.compare(EXPECTED, live.seen(LIVE, EXPECTED, found), LIVE, firewalls)


INTENDED = {probe: right.allowed for probe, right in EXPECTED.items()}


def test_a_host_without_rights_speaks_for_its_zone() -> None:
    assert {zone: LIVE.machines[zone].name for zone in NETWORK.zones if zone in LIVE.machines} == {
        "management": "mon-01",
        "clinical": "desk-01",
        "imaging": "imaging-desk",
        "servers": "pacs-01",
        "guest": "gst-01",
    }
    assert LIVE.machines["ct-01"].addresses == {4: "10.30.0.21", 6: "fd00:30::21"}


def test_what_nobody_can_be_asked_of_is_said() -> None:
    assert live.silent(LIVE, sorted(WIRING.machines.keys() - NETWORK.zones.keys())) == [
        "zone telephones: no host of it can be asked, so nothing is proved of it",
        "mr-01: cannot be asked, so nothing is proved of it",
    ]


def test_each_question_is_its_askers() -> None:
    asked = live.questions(LIVE, EXPECTED, everybody=True)
    assert set(asked) == REAL.keys() - {"mr-01", "fw-01"}
    assert sum(len(own["questions"]) for own in asked.values()) == len(EXPECTED) > 100
    number, probe = next((n, p) for n, p in enumerate(EXPECTED) if p.source == "gst-01" and p.port == 11112)
    assert asked["gst-01"]["questions"][str(number)] == {
        "protocol": "tcp",
        "address": LIVE.machines[probe.destination].addresses[4],
        "port": 11112,
        "source": "10.60.0.5",
    }
    assert asked["desk-01"]["addresses"] == ["10.20.0.5", "fd00:20::5"]


def test_what_is_asked_once_more_takes_only_those_who_ask_and_are_asked() -> None:
    probe = next(probe for probe in EXPECTED if probe.source == "desk-01" and probe.destination == "pacs-01")
    asked = live.questions(LIVE, [probe], everybody=False)
    assert {host: list(own["questions"]) for host, own in asked.items()} == {"desk-01": ["0"], "pacs-01": []}
    assert live.questions(LIVE, [probe], everybody=True).keys() > asked.keys()


def test_what_arrives_as_intended_is_proved() -> None:
    found = verdict(answers(INTENDED))
    assert found.ok
    assert found.proved == len(EXPECTED)


def test_one_arrival_too_many_and_one_too_few_are_named() -> None:
    leak = next(p for p in EXPECTED if (p.source, p.destination, p.port) == ("gst-01", "ct-01", 104))
    lost = next(p for p in EXPECTED if (p.source, p.destination, p.port) == ("desk-01", "pacs-01", 443))
    found = verdict(answers({**INTENDED, leak: True, lost: False}))
    assert set(found.mismatches) == {
        "gst-01 -> ct-01: dicom (tcp/104, IPv4) reached, must be denied (no rule allows it: past the firewall, or by a"
        " wrong VLAN)",
        f"{lost} not reached, must be allowed (flow desks_to_pacs)",
    }


def test_a_firewall_that_answers_guests_is_named() -> None:
    door = next(p for p in EXPECTED if p.source == "gst-01" and p.service == matrix.OWN_SSH)
    found = verdict(answers({**INTENDED, door: True}))
    assert [sentence.split(" reached")[0] for sentence in found.mismatches] == [str(door)]


def test_silence_of_a_listener_that_heard_nothing_proves_nothing() -> None:
    right = answers(INTENDED)
    deaf = {**right, "ct-01": dataclasses.replace(right["ct-01"], heard=frozenset(), sent=0)}
    found = verdict(deaf)
    assert found.mismatches == ()
    assert {probe.destination for probe in found.wrong} == {"ct-01"}
    assert len(found.inconclusive) == sum(probe.destination == "ct-01" for probe in EXPECTED)


def test_who_brings_nothing_home_has_asked_nothing() -> None:
    right = answers(INTENDED)
    del right["desk-01"]
    found = verdict(right)
    assert not found.ok
    assert all("desk-01" in sentence for sentence in found.inconclusive)
    assert any("was not asked" in sentence for sentence in found.inconclusive)


def test_what_could_not_be_sent_proves_nothing() -> None:
    right = answers(INTENDED)
    number, probe = next((n, p) for n, p in enumerate(EXPECTED) if p.source == "gst-01" and not EXPECTED[p].allowed)
    unsent = dataclasses.replace(right["gst-01"], unsent={str(number): "Network is unreachable"})
    found = verdict({**right, "gst-01": unsent})
    assert found.wrong == (probe,)
    assert len(found.inconclusive) == 1


def test_a_machine_in_a_wrong_vlan_is_named_whatever_its_address() -> None:
    right = answers(INTENDED)
    assert live.apart(LIVE, right) == []
    moved = {
        **right,
        "ct-01": dataclasses.replace(right["ct-01"], heard=right["ct-01"].heard | {"frame gst-01"}),
        "imaging-desk": dataclasses.replace(right["imaging-desk"], heard=frozenset()),
    }
    ends = "look at their sockets' VLANs and the trunks between"
    assert live.apart(LIVE, moved) == [
        f"a frame of ct-01 (imaging) did not reach imaging-desk in the same zone: {ends}",
        f"a frame of gst-01 (guest) reached ct-01 (imaging), must not: {ends}",
    ]
