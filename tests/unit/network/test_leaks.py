"""What frames may show, and what is said of it."""

from __future__ import annotations

import dataclasses

import pytest

from tests.unit.network.devices import models
from tests.unit.network.intents import HOSTS, small
from wardround.network.device import Access
from wardround.network.leaks import Frame, Passing, frames, groups, judge_cables, judge_sockets, unheard
from wardround.network.wiring import wire

WIRING = wire(small(), HOSTS)
SWITCHES = models(small(), HOSTS).switches
GROUPS = groups(WIRING, SWITCHES)
DESK = "radiology/r1/r1-4"  # clinical, with a telephone's zone tagged
HALL = "hall/h1/h1-1"  # guest


def right() -> dict[Frame, set[str]]:
    zones = {outlet.name: outlet for outlet in WIRING.outlets}
    seen = {}
    for frame in frames(WIRING, GROUPS):
        outlet = zones[frame.outlet]
        if frame.kind == "untagged":
            seen[frame] = {outlet.zone}
        elif frame.kind == "tagged" and outlet.voice and frame.outer == 50:
            seen[frame] = {outlet.voice}
    return seen


def passing() -> set[Passing]:
    return {
        Passing(cable.name, zone, WIRING.zones[zone].vlan) for cable in WIRING.cables for zone in sorted(cable.zones)
    }


def test_what_is_right_is_not_spoken_of() -> None:
    assert judge_sockets(WIRING, GROUPS, right()) == []
    assert judge_cables(WIRING, passing()) == []


def test_only_what_did_not_come_is_worth_another_try() -> None:
    lost = Frame(DESK, "tagged", 50)
    assert unheard(WIRING, GROUPS, right()) == []
    assert unheard(WIRING, GROUPS, {**right(), lost: set(), Frame(HALL, "tagged", 30): {"imaging"}}) == [lost]


def test_sockets_that_are_set_alike_are_one_group() -> None:
    counted = {group.outlet.name: group.others for group in GROUPS}
    assert sum(counted.values()) + len(counted) == len(WIRING.outlets)
    assert counted["radiology/r1/r1-1"] == 2
    moved = dataclasses.replace(SWITCHES["acc-01"].ports["Gi1/0/1"], mode=Access(60))
    ports = {**SWITCHES["acc-01"].ports, "Gi1/0/1": moved}
    changed = {**SWITCHES, "acc-01": dataclasses.replace(SWITCHES["acc-01"], ports=ports)}
    counted = {group.outlet.name: group.others for group in groups(WIRING, changed)}
    assert (counted["radiology/r1/r1-1"], counted["radiology/r1/r1-2"]) == (0, 1)


@pytest.mark.parametrize(
    ("frame", "came", "said"),
    [
        (
            Frame(HALL, "untagged"),
            {"imaging"},
            [
                "an untagged frame reached imaging, must reach guest only",
                "an untagged frame did not reach guest, must reach guest",
            ],
        ),
        (Frame(HALL, "untagged"), {"guest", "imaging"}, ["an untagged frame reached imaging, must reach guest only"]),
        (Frame(HALL, "priority-tagged", 0), {"guest"}, []),
        (
            Frame(HALL, "priority-tagged", 0),
            {"imaging"},
            ["a priority-tagged frame reached imaging, must reach nobody"],
        ),
        (Frame(HALL, "tagged", 30), {"imaging"}, ["a tagged frame (30) reached imaging, must reach nobody"]),
        (
            Frame(HALL, "double-tagged", 60, 30),
            {"imaging"},
            ["a double-tagged frame (60, 30) reached imaging, must reach nobody"],
        ),
        (Frame(DESK, "tagged", 50), set(), ["a tagged frame (50) did not reach telephones, must reach telephones"]),
        (
            Frame(DESK, "untagged"),
            {"clinical", "telephones"},
            ["an untagged frame reached telephones, must reach clinical only"],
        ),
    ],
)
def test_frames_that_stray_or_are_lost_are_told(frame: Frame, came: set[str], said: list[str]) -> None:
    place = {HALL: f"socket {HALL} (acc-02 Gi1/0/1)", DESK: f"socket {DESK} (acc-01 Gi1/0/4)"}[frame.outlet]
    told = judge_sockets(WIRING, GROUPS, {**right(), frame: came})
    assert [fault.sentence for fault in told] == [f"{place}: {sentence}" for sentence in said]
    assert [fault.lost for fault in told] == ["did not reach" in sentence for sentence in said]


@pytest.mark.parametrize(
    ("removed", "added", "said"),
    [
        (None, Passing("t2", "imaging", 30), "imaging passes tagged 30, must not pass"),
        (None, Passing("t2", "guest", None), "guest passes untagged, must pass tagged 60"),
        (None, Passing("t2", "guest", 30), "guest passes tagged 30, must pass tagged 60"),
        (Passing("t2", "guest", 60), None, "guest does not pass, must pass"),
    ],
)
def test_trunks_that_carry_the_wrong_zones_are_told(removed: Passing | None, added: Passing | None, said: str) -> None:
    seen = (passing() - {removed}) | ({added} if added else set())
    told = judge_cables(WIRING, seen)
    assert [fault.sentence for fault in told] == [f"trunk t2 (acc-02 Gi1/0/16 - core-01 Gi1/0/15): {said}"]
    assert told[0].lost == (added is None)
