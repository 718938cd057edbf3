"""Plans of hospitals drawn at random: always sound, the same for the same wish, and as good as trying everything."""

from __future__ import annotations

import dataclasses
import os
import random
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.rollout.hospitals import least_canary, least_waves, machine, request, requests
from wardround.rollout.checker import check
from wardround.rollout.planner import plan_upgrade
from wardround.rollout.request import RedundancySet, Refusal, Request


@settings(max_examples=60)
@given(requests(most=12, overlap=True))
def test_a_plan_passes_the_checker_or_a_conflict_is_named(wish: Request) -> None:
    try:
        made = plan_upgrade(wish)
    except Refusal as refusal:
        assert len(refusal.sentences) >= 3
        return
    assert check(wish, made) == []


@settings(max_examples=60)
@given(requests())
def test_small_hospitals_are_planned_as_well_as_by_trying_everything(wish: Request) -> None:
    least = least_canary(wish)
    try:
        made = plan_upgrade(wish)
    except Refusal:
        assert least is None
        return
    canary = [host.name for host in made.waves[0].hosts]
    assert len(canary) == least
    needed = least_waves(wish, canary)
    assert made.bound_waves <= needed <= len(made.waves)
    if wish.growth >= 2:
        assert len(made.waves) == needed


@settings(max_examples=30)
@given(requests(), st.randoms(use_true_random=False))
def test_order_does_not_matter(wish: Request, dice: random.Random) -> None:
    fields = {}
    for name in ("machines", "departments", "sets"):
        fields[name] = list(getattr(wish, name))
        dice.shuffle(fields[name])
    assert outcome(dataclasses.replace(wish, **fields)) == outcome(wish)


@settings(max_examples=30)
@given(requests())
def test_other_host_names_give_a_plan_of_the_same_shape(wish: Request) -> None:
    def renamed(name: str) -> str:
        return f"pc{name}"

    other = dataclasses.replace(
        wish,
        machines=tuple(dataclasses.replace(one, name=renamed(one.name)) for one in wish.machines),
        sets=tuple(dataclasses.replace(one, members=tuple(map(renamed, one.members))) for one in wish.sets),
    )
    try:
        made = plan_upgrade(wish)
    except Refusal:
        with pytest.raises(Refusal):
            plan_upgrade(other)
        return
    again = plan_upgrade(other)
    assert len(again.waves[0].hosts) == len(made.waves[0].hosts)
    assert tiers(other, again.waves[0].hosts) == tiers(wish, made.waves[0].hosts)


def test_the_hash_seed_does_not_matter() -> None:
    script = (
        "from fractions import Fraction\n"
        "from wardround.rollout.planner import plan_upgrade\n"
        "from wardround.rollout.request import Department, Machine, RedundancySet, Request\n"
        f"print(plan_upgrade({HALLS!r}).sha256)"
    )
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed}
        run = subprocess.run(
            [sys.executable, "-c", script], env=environment, capture_output=True, text=True, check=True
        )
        assert run.stdout.strip() == plan_upgrade(HALLS).sha256


HALLS = request(
    [machine(f"{where}-{number}", where, "z2", ["card"]) for where in ("hall", "lab", "ward") for number in range(6)],
    {"hall": 2, "lab": 1, "ward": 3},
    [RedundancySet("windows", ("hall-0", "hall-1"), 1)],
    {"hall": 3, "lab": 2, "ward": 1},
)


def test_the_least_critical_department_stands_for_the_others() -> None:
    assert [host.department for host in plan_upgrade(HALLS).waves[0].hosts] == ["hall"]


def test_every_department_has_a_machine_by_the_second_wave_that_fits_it() -> None:
    made = plan_upgrade(HALLS)
    assert {host.department for wave in made.waves[:2] for host in wave.hosts} == {"hall", "lab", "ward"}


def test_the_bound_names_the_limit_that_binds() -> None:
    made = plan_upgrade(HALLS)
    assert made.bound_sentence == (
        "lab has 6 machines and floor 5: 6 to upgrade, at most 1 in a wave, need 6 waves more"
    )
    assert (len(made.waves), made.gap) == (7, 0)


def test_slow_growth_binds_and_says_so() -> None:
    wish = request([machine(f"pc-{number}", "hall") for number in range(9)], {"hall": 9}, growth="2")
    made = plan_upgrade(wish)
    assert [len(wave.hosts) for wave in made.waves] == [1, 2, 4, 2]
    assert made.bound_sentence == (
        "waves grow from 1 at most 2 times each, and all floors together allow 9 out: the 8 left need 3 waves more"
    )


def test_a_blocking_machine_is_moved() -> None:
    """Sets that cross departments: taking the first free machine of each leads into a dead end."""
    wish = request(
        [machine(f"{where}-{number}", where) for where in ("hall", "lab") for number in range(3)],
        {"hall": 1, "lab": 1},
        [RedundancySet(f"pair-{number}", (f"hall-{number}", f"lab-{number}"), 1) for number in range(3)],
    )
    made = plan_upgrade(wish)
    assert check(wish, made) == []
    assert len(made.waves) == 4 and made.gap == 0


def outcome(wish: Request) -> object:
    try:
        return plan_upgrade(wish).text()
    except Refusal as refusal:
        return refusal.sentences


def tiers(wish: Request, hosts: tuple[object, ...]) -> list[int]:
    tier = {one.name: one.tier for one in wish.departments}
    return sorted(tier[host.department] for host in hosts)  # type: ignore[attr-defined]
