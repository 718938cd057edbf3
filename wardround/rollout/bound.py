"""How many waves any plan needs after its first one, and which limit makes it so."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from dataclasses import dataclass
from itertools import accumulate

from wardround.rollout.limits import Limit, counted, describe, limits, waves_for
from wardround.rollout.request import Department, Request


@dataclass(frozen=True)
class Bound:
    """waves: the least number, the first wave included; sentence: the limit that needs them."""

    waves: int
    sentence: str


def bound(request: Request, canary: Collection[str]) -> Bound:
    """The least number of waves for a plan that starts with `canary`; the request passed the arithmetic."""
    left = [(limit, sum(name not in canary for name in limit.members)) for limit in limits(request)]
    remaining = len(request.machines) - len(canary)
    if not remaining:
        return Bound(1, "the first wave holds every machine")
    binding, count = max(left, key=lambda item: waves_for(item[1], item[0].capacity))
    needed = waves_for(count, binding.capacity)
    departments = [(limit.capacity, count) for limit, count in left if isinstance(limit.source, Department)]
    enough = range(needed, remaining + 1)
    grown = enough[bisect_left(enough, True, key=lambda waves: fits(departments, caps(request, len(canary), waves)))]
    if grown == needed:
        return Bound(1 + needed, _limit_sentence(binding, count, needed))
    return Bound(
        1 + grown,
        f"waves grow from {len(canary)} at most {float(request.growth):g} times each, and all floors together allow "
        f"{sum(capacity for capacity, _count in departments)} out: "
        f"the {remaining} left need {counted(grown, 'wave')} more",
    )


def caps(request: Request, size: int, waves: int) -> list[int]:
    """The most machines each of the next `waves` waves may hold after one of `size` machines."""
    budget = sum(department.budget for department in request.departments)
    found = []
    for _wave in range(waves):
        size = min(request.cap_after(size), budget)
        found.append(size)
    return found


def fits(departments: list[tuple[int, int]], caps: list[int]) -> bool:
    """True where waves of at most `caps` machines, smallest first, can take every department's (budget, machines).

    Hall's condition for this transport problem: no number of the smallest waves may be too small for what the
    departments cannot place in the others (max-flow min-cut; the cut takes the smallest waves first).
    """
    total = sum(count for _capacity, count in departments)
    # change[k]: how many machines more the departments can place when they get wave k+1 than wave k.
    change = [0] * (len(caps) + 2)
    for budget, count in departments:
        full, rest = divmod(count, budget)
        for wave, step in ((0, budget), (full, rest - budget), (full + 1, -rest)):
            if wave < len(change):
                change[wave] += step
    placeable = [0, *accumulate(accumulate(change[: len(caps)]))]
    small = [0, *accumulate(caps)]
    return all(small[k] + placeable[len(caps) - k] >= total for k in range(len(caps) + 1))


def _limit_sentence(limit: Limit, count: int, needed: int) -> str:
    rest = f"{count} left after the first wave" if count < len(limit.members) else f"{count} to upgrade"
    return f"{describe(limit.source)}: {rest}, at most {limit.capacity} in a wave, need {counted(needed, 'wave')} more"
