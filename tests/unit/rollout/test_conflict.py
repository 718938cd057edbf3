"""A refusal names what stands in the way, and nothing that does not."""

from __future__ import annotations

import pytest
from hypothesis import given, settings

from tests.unit.rollout.hospitals import machine, request, requests
from wardround.rollout.canary import capacities, combinations
from wardround.rollout.conflict import Demand, satisfiable, smallest
from wardround.rollout.planner import plan_upgrade
from wardround.rollout.request import RedundancySet, Refusal, Request


def sentences(wish: Request) -> tuple[str, ...]:
    with pytest.raises(Refusal) as refusal:
        plan_upgrade(wish)
    return refusal.value.sentences


def test_counting_names_every_floor_and_set_that_leaves_no_room() -> None:
    machines = [machine(f"{where}-{number}", where) for where in ("hall", "lab", "ward") for number in range(2)]
    wish = request(machines, {"hall": 0, "lab": -1, "ward": 1}, [RedundancySet("pair", ("ward-0", "ward-1"), 0)])
    assert sentences(wish) == (
        "hall has 2 machines and floor 2: none may be out, so none can be upgraded; "
        "lower the floor of hall or give it a spare machine",
        "lab has 2 machines and floor 3: the floor cannot be met even when nothing is touched",
        "redundancy set pair (ward-0, ward-1): none may be out, so none can be upgraded; raise its max_out",
    )


def test_a_canary_conflict_names_combinations_department_and_floor() -> None:
    machines = [machine("hall-0", "hall", "z2"), machine("hall-1", "hall", "z4"), machine("lab-0", "lab", "z6")]
    assert sentences(request(machines, {"hall": 1, "lab": 1})) == (
        "no first wave covers every combination within the floors and redundancy sets:",
        "the first wave must hold a machine with z2 / debian-13 / none (only hall-0)",
        "the first wave must hold a machine with z4 / debian-13 / none (only hall-1)",
        "hall has 2 machines and floor 1: at most 1 out in one wave",
        "lower a floor by one, raise a max_out, or give a department a second machine of that kind",
    )


def test_a_canary_conflict_names_the_set() -> None:
    machines = [machine("hall-0", "hall", "z2"), machine("lab-0", "lab", "z4")]
    found = sentences(request(machines, {"hall": 1, "lab": 1}, [RedundancySet("pair", ("hall-0", "lab-0"), 1)]))
    assert "redundancy set pair (hall-0, lab-0): at most 1 out in one wave" in found


@settings(max_examples=60)
@given(requests(overlap=True))
def test_every_demand_named_is_needed_for_the_conflict(wish: Request) -> None:
    demands = [Demand(names, combination=text) for text, names in combinations(wish.machines).items()]
    demands += [Demand(names, limit=limit) for limit, names in capacities(wish, wish.machines)]
    if satisfiable(demands):
        return
    core = smallest(demands)
    assert not satisfiable(core)
    assert all(satisfiable([other for other in core if other is not demand]) for demand in core)
