"""Floors and redundancy sets in one shape: at most `capacity` machines of a group go in one wave."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from wardround.rollout.request import Department, RedundancySet, Request


@dataclass(frozen=True)
class Limit:
    """One group of machines to upgrade, how many of them one wave may hold, and the wish behind it."""

    capacity: int
    members: tuple[str, ...]
    source: Department | RedundancySet

    @property
    def waves(self) -> int:
        """The fewest waves that take every member."""
        return waves_for(len(self.members), self.capacity)

    def sentence(self) -> str:
        """The limit in words, with its department or set and floor."""
        return f"{describe(self.source)}: at most {self.capacity} out in one wave"


def describe(source: Department | RedundancySet) -> str:
    """The department with its machines and floor, or the set with its members."""
    if isinstance(source, Department):
        return f"{source.name} has {counted(source.machines, 'machine')} and floor {source.floor}"
    return f"redundancy set {source.name} ({', '.join(source.members)})"


def counted(number: int, noun: str) -> str:
    """`1 wave`, `2 waves`."""
    return f"{number} {noun}{'s' if number != 1 else ''}"


def waves_for(machines: int, capacity: int) -> int:
    """ceil(machines / capacity)."""
    return -(-machines // capacity)


def limits(request: Request) -> tuple[Limit, ...]:
    """Every department's and set's limit, departments first, each kind in order of name."""
    names: dict[str, list[str]] = defaultdict(list)
    for machine in request.machines:
        names[machine.department].append(machine.name)
    return (
        *(Limit(d.budget, tuple(names[d.name]), d) for d in request.departments),
        *(Limit(s.max_out, s.members, s) for s in request.sets),
    )


def arithmetic(request: Request) -> list[str]:
    """What cannot be met by counting alone, a sentence each; empty where every limit leaves room for one machine."""
    sentences = []
    if request.growth < 1:
        sentences.append(f"rollout growth {request.growth} is below 1: waves would shrink to nothing")
    for department in request.departments:
        if department.budget < 0:
            sentences.append(f"{describe(department)}: the floor cannot be met even when nothing is touched")
        elif department.budget == 0:
            sentences.append(
                f"{describe(department)}: none may be out, so none can be upgraded; "
                f"lower the floor of {department.name} or give it a spare machine"
            )
    sentences += [
        f"{describe(member_set)}: none may be out, so none can be upgraded; raise its max_out"
        for member_set in request.sets
        if member_set.max_out < 1
    ]
    return sentences
