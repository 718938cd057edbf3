"""A proof in short: every question is in one pair of zones, and what was wrong is told of each pair."""

from __future__ import annotations

from tests.unit.network.intents import HOSTS, small
from wardround.network import tally
from wardround.network.matrix import Expected, Probe, Seen, blind, compare, expectations
from wardround.network.wiring import wire

NETWORK = small()
WIRING = wire(NETWORK, HOSTS)
EXPECTED = expectations(NETWORK, WIRING)


def between(source: str, destination: str) -> dict[Probe, Expected]:
    """The questions from a zone to a zone."""
    zone = {name: machine.zone for name, machine in WIRING.machines.items()}
    return {
        probe: right
        for probe, right in EXPECTED.items()
        if (zone[probe.source], zone[probe.destination]) == (source, destination)
    }


def right_answers() -> dict[Probe, Seen]:
    return {probe: "reached" if right.allowed else "not reached" for probe, right in EXPECTED.items()}


def test_every_question_is_in_one_pair() -> None:
    counted = tally.pairs(WIRING, EXPECTED, compare(EXPECTED, right_answers(), WIRING, ()), ())
    assert sum(one.asked for one in counted) == sum(one.proved for one in counted) == len(EXPECTED)
    assert len({(one.source, one.destination) for one in counted}) == len(counted)
    assert {(a, b) for a in NETWORK.zones for b in NETWORK.zones if a != b} <= {
        (one.source, one.destination) for one in counted
    }
    (desks,) = [one for one in counted if (one.source, one.destination) == ("clinical", "servers")]
    assert desks.allowed == sum(right.allowed for right in between("clinical", "servers").values()) > 0
    assert (desks.mismatches, desks.inconclusive, desks.blind) == (0, 0, 0)


def test_what_is_wrong_is_counted_in_its_pair_and_told_a_few_times() -> None:
    seen = right_answers()
    leaking = list(between("guest", "imaging"))
    late, dead = list(between("management", "servers"))[:2]
    seen |= dict.fromkeys(leaking, "reached")
    seen[late] = "inconclusive"
    judged = {probe: right for probe, right in EXPECTED.items() if probe != dead}
    verdict = compare(judged, seen, WIRING, ())
    counted = {(one.source, one.destination): one for one in tally.pairs(WIRING, EXPECTED, verdict, [dead])}
    assert counted["guest", "imaging"].mismatches == len(leaking) > 3
    assert counted["guest", "imaging"].proved == 0
    assert (counted["management", "servers"].inconclusive, counted["management", "servers"].blind) == (1, 1)
    assert sum(one.asked - one.proved for one in counted.values()) == len(leaking) + 2
    told = tally.faults(WIRING, verdict, [dead], blind([dead], EXPECTED), ["trunk t1: guest passes"])
    kinds = [(one.kind, one.source, one.destination) for one in told]
    assert kinds == [
        ("leak", "", ""),
        ("blind", "management", "servers"),
        *[("mismatch", "guest", "imaging")] * 3,
        ("inconclusive", "management", "servers"),
    ]
    assert [one.sentence for one in told if one.kind == "mismatch"] == list(verdict.mismatches[:3])
