"""The checker accepts a good plan and goes red on every way to spoil one."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from tests.unit.rollout.hospitals import machine, request
from wardround.rollout.checker import check
from wardround.rollout.plan import Coverage, Plan, PlannedHost, Wave
from wardround.rollout.planner import plan_upgrade
from wardround.rollout.request import Excluded, RedundancySet

WISH = request(
    [
        *(machine(f"hall-{number}", "hall", "z2", ["card"]) for number in range(4)),
        *(machine(f"lab-{number}", "lab", "z4", ["label", "scanner"]) for number in range(3)),
    ],
    {"hall": 2, "lab": 1},
    [RedundancySet("windows", ("hall-0", "hall-1"), 1)],
    growth="2",
)
PLAN = plan_upgrade(WISH)


def wave(number: int, **changes: object) -> Plan:
    waves = list(PLAN.waves)
    waves[number] = replace(waves[number], **changes)  # type: ignore[arg-type]
    return replace(PLAN, waves=tuple(waves))


def hosts(number: int, change: Callable[[tuple[PlannedHost, ...]], tuple[PlannedHost, ...]]) -> Plan:
    return wave(number, hosts=change(PLAN.waves[number].hosts))


def figures(number: int, **changes: int) -> Plan:
    first, *others = PLAN.waves[number].departments
    return wave(number, departments=(replace(first, **changes), *others))


def moved(name: str, to: int) -> Plan:
    """The machine in another wave."""
    host = next(host for host in PLAN.hosts if host.name == name)
    waves = [replace(one, hosts=tuple(other for other in one.hosts if other != host)) for one in PLAN.waves]
    waves[to] = replace(waves[to], hosts=(*waves[to].hosts, host))
    return replace(PLAN, waves=tuple(waves))


def merged() -> Plan:
    """The second and third waves as one."""
    one, two, three, *rest = PLAN.waves
    return replace(PLAN, waves=(one, replace(two, hosts=two.hosts + three.hosts), *rest), gap=PLAN.gap - 1)


def where(name: str) -> int:
    return next(number for number, one in enumerate(PLAN.waves) if name in [host.name for host in one.hosts])


STRANGER = PlannedHost("his-01", "hall", WISH.from_version)
EMPTY = Wave("wave_09", "wave", 1, 2, (), ())
MUTANTS: dict[str, tuple[Plan, str]] = {
    "a machine forgotten": (hosts(1, lambda these: these[1:]), "is forgotten"),
    "a machine doubled in its wave": (hosts(1, lambda these: (these[0], *these)), "is in 2 places"),
    "a machine in two waves": (hosts(2, lambda these: (*these, PLAN.waves[1].hosts[0])), "is in 2 places"),
    "a stranger": (hosts(1, lambda these: (*these, STRANGER)), "his-01 is planned but not to be upgraded"),
    "an empty wave": (replace(PLAN, waves=(*PLAN.waves, EMPTY), gap=PLAN.gap + 1), "is empty"),
    "no waves": (replace(PLAN, waves=(), gap=-PLAN.bound_waves), "is forgotten"),
    "a floor broken": (merged(), "keeps 1 of 3, floor 2"),
    "a set together": (moved("hall-0", where("hall-1")), "takes hall-0, hall-1 of windows"),
    "a canary without its combination": (moved("lab-0", 1) if where("lab-0") == 0 else moved("lab-1", 1), "first wave"),
    "waves in another order": (replace(PLAN, waves=PLAN.waves[::-1]), "stands where wave 1 should"),
    "a name out of turn": (wave(1, name="wave_07"), "stands where wave 2 should"),
    "a second canary": (wave(1, kind="canary"), "is of kind canary"),
    "a cap beyond the growth": (wave(1, cap=PLAN.waves[1].cap + 1), "more than 2 times"),
    "a wave above its cap": (wave(1, cap=len(PLAN.waves[1].hosts) - 1), "its cap is"),
    "a canary's cap above its size": (wave(0, cap=9), "the cap of the first wave"),
    "less soak": (wave(1, soak_seconds=0), "soaks for 0 s"),
    "another department": (
        hosts(1, lambda these: (replace(these[0], department="lab"), *these[1:])),
        "is of hall, not of lab",
    ),
    "another version before": (
        hosts(1, lambda these: (replace(these[0], from_version="1"), *these[1:])),
        "starts from 1",
    ),
    "a lower floor stated": (figures(1, floor=0), "states other department figures"),
    "more kept than true": (figures(1, keeps=99), "states other department figures"),
    "figures left out": (wave(1, departments=()), "states other department figures"),
    "coverage left out": (replace(PLAN, canary=PLAN.canary[1:]), "stated coverage"),
    "coverage by another machine": (
        replace(PLAN, canary=(Coverage(PLAN.canary[0].combination, ("his-01",)), *PLAN.canary[1:])),
        "stated coverage",
    ),
    "another version to": (replace(PLAN, to_version="9"), "the plan is for"),
    "a what-if hidden": (replace(PLAN, what_if=True), "the plan is for"),
    "other inputs": (replace(PLAN, inputs_sha256="0" * 64), "made from other inputs"),
    "a gap hidden": (replace(PLAN, bound_waves=PLAN.bound_waves + 1), "does not lead from a bound"),
    "an exclusion invented": (replace(PLAN, excluded=(Excluded("hall-0", "spared"),)), "excluded hosts are not those"),
    "a journey left out": (replace(PLAN, journey=not WISH.journey), "says True to the patient's journey"),
    "a longer wait": (replace(PLAN, restart_deadline_minutes=999), "the plan waits 999 min"),
    "a rarer question": (replace(PLAN, idle_poll_seconds=999), "asks every 999 s"),
    "an exception granted": (replace(PLAN, exceptions=("hall may close",)), "exceptions that nobody asked for"),
}


def test_a_good_plan_is_green() -> None:
    assert check(WISH, PLAN) == []


@pytest.mark.parametrize("name", MUTANTS)
def test_a_spoiled_plan_is_red(name: str) -> None:
    mutant, sentence = MUTANTS[name]
    assert any(sentence in fault for fault in check(WISH, mutant)), check(WISH, mutant)


@pytest.mark.parametrize("budget", [0, 1])
def test_a_plan_for_higher_floors_is_red(budget: int) -> None:
    tighter = replace(
        WISH, departments=tuple(replace(one, floor=one.machines - min(budget, one.budget)) for one in WISH.departments)
    )
    assert any("floor" in fault for fault in check(tighter, PLAN))
