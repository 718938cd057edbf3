"""Which machine goes in which wave after the first: list scheduling for a given number of waves.

What must go now goes first, then one machine of every department, then the least critical departments up to the cap.
"""

from __future__ import annotations

import copy
from bisect import bisect_left
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from heapq import heapify, heappop, heappush
from itertools import chain, islice, takewhile
from typing import Final

from wardround.rollout.bound import caps, fits
from wardround.rollout.limits import limits, waves_for
from wardround.rollout.request import Department, Request

Left = list[dict[str, None]]  # for each limit its machines that no wave has yet, in order
_REPAIR_DEPTH: Final = 2


def schedule(request: Request, canary: Collection[str], waves: int) -> list[tuple[str, ...]]:
    """The waves after `canary`: `waves` of them or, where those do not suffice, as few more as are found.

    Each is in order of name, none is empty. The request passed the arithmetic, so one machine a wave always fits.
    """
    hospital = _Hospital(request)
    while (found := _attempt(hospital, canary, waves)) is None:
        waves += 1
    return found


class _Hospital:
    """The request by number: its limits, and for each machine the limits that hold it, its department's first."""

    def __init__(self, request: Request) -> None:
        self.request = request
        self.limits = limits(request)
        self.capacity = [limit.capacity for limit in self.limits]
        self.tier = {i: one.source.tier for i, one in enumerate(self.limits) if isinstance(one.source, Department)}
        self.held: dict[str, list[int]] = defaultdict(list)
        for index, limit in enumerate(self.limits):
            for name in limit.members:
                self.held[name].append(index)

    def tied(self, name: str) -> bool:
        """True for a machine of a redundancy set."""
        return len(self.held[name]) > 1


def _attempt(hospital: _Hospital, canary: Collection[str], waves: int) -> list[tuple[str, ...]] | None:
    """At most `waves` waves after `canary`, or None where this way of choosing finds none."""
    left: Left = []
    for limit in hospital.limits:
        names = [name for name in limit.members if name not in canary]
        left.append(dict.fromkeys(sorted(names, key=lambda name: not hospital.tied(name))))
    size = len(canary)
    found: list[tuple[str, ...]] = []
    while any(left[index] for index in hospital.tier):
        later = waves - len(found) - 1
        if later < 0:
            return None
        cap = hospital.request.cap_after(size)
        wave = _choose(hospital, left, cap, later, first=not found)
        if wave is None:
            return None
        for name in wave:
            for index in hospital.held[name]:
                del left[index][name]
        found.append(tuple(sorted(wave)))
        size = len(wave)
    return found


def _choose(hospital: _Hospital, left: Left, cap: int, later: int, first: bool) -> Collection[str] | None:
    """One wave of at most `cap` machines with `later` waves to follow, or None where what must go does not fit.

    After what must go, the least critical departments fill the wave. Where that would leave more than the later
    waves can take, just enough machines of the longest queues go before them.
    """

    def fill(queued: int) -> dict[str, None]:
        wave = must.copy()
        wave.fill(lambda index: (-wave.queue(index), -hospital.tier[index]), len(wave.names) + queued)
        wave.fill(lambda index: (0, -hospital.tier[index]), cap)
        return wave.names

    must = _Wave(hospital, left, cap, later)
    # Sets last in the list are the tightest limits, so they choose first.
    for index in reversed(range(len(hospital.limits))):
        while must.owes(index):
            if not must.take(index, _REPAIR_DEPTH):
                return None
    if first:
        for index in sorted(hospital.tier, key=lambda index: (-hospital.tier[index], index)):
            if not must.taken[index] and len(left[index]) == len(hospital.limits[index].members):
                must.take(index, 0)
    wave = fill(0)
    if _rest_fits(hospital, left, wave, later):
        return wave
    more = range(cap - len(must.names))
    return fill(bisect_left(more, True, lo=1, key=lambda queued: _rest_fits(hospital, left, fill(queued), later)))


def _rest_fits(hospital: _Hospital, left: Left, wave: Collection[str], later: int) -> bool:
    """True where the departments' machines that `wave` leaves fit into `later` growing waves."""
    going = Counter(hospital.held[name][0] for name in wave)
    rest = [(hospital.capacity[index], len(left[index]) - going[index]) for index in hospital.tier]
    return fits(rest, caps(hospital.request, len(wave), later))


class _Wave:
    """A wave in the making. taken, must: for each limit how many are in the wave, and how many have to be."""

    def __init__(self, hospital: _Hospital, left: Left, cap: int, later: int) -> None:
        self.hospital = hospital
        self.left = left
        self.cap = cap
        self.names: dict[str, None] = {}
        self.taken = [0] * len(left)
        self.must = [len(names) - later * capacity for names, capacity in zip(left, hospital.capacity, strict=True)]

    def owes(self, index: int) -> bool:
        return self.taken[index] < self.must[index]

    def take(self, index: int, depth: int) -> bool:
        """Add one machine of the limit; where a single full limit blocks it, move a machine of that one out."""
        name = next((name for name in self._in_order(index) if self._free(name)), None)
        if name is not None:
            self._add(name)
            return True
        if not depth or len(self.names) >= self.cap:
            return False
        for name in self.left[index]:
            full = [i for i in self.hospital.held[name] if self.taken[i] >= self.hospital.capacity[i]]
            if name in self.names or len(full) != 1:
                continue
            for blocking in [other for other in self.names if full[0] in self.hospital.held[other]]:
                before = self.names.copy(), self.taken.copy()
                self._remove(blocking)
                self._add(name)
                if all(not self.owes(i) or self.take(i, depth - 1) for i in self.hospital.held[blocking]):
                    return True
                self.names, self.taken = before
        return False

    def copy(self) -> _Wave:
        other = copy.copy(self)
        other.names, other.taken = self.names.copy(), self.taken.copy()
        return other

    def queue(self, index: int) -> float:
        """How many waves the department still needs, with a fraction."""
        return (len(self.left[index]) - self.taken[index]) / self.hospital.capacity[index]

    def fill(self, urgency: Callable[[int], tuple[float, int]], size: int) -> None:
        """Add machines up to `size`, each from the department whose urgency is the least number."""
        queues: dict[int, Iterator[str]] = {index: self._in_order(index) for index in self.hospital.tier}
        heap = [(urgency(index), index) for index in queues]
        heapify(heap)
        while heap and len(self.names) < size:
            index = heappop(heap)[1]
            name = next((name for name in queues[index] if self._free(name)), None)
            if name is not None:
                self._add(name)
                heappush(heap, (urgency(index), index))

    def _in_order(self, index: int) -> Iterator[str]:
        """The limit's machines, those of redundancy sets first, of them those whose limits are tightest."""
        held, left, capacity = self.hospital.held, self.left, self.hospital.capacity
        tied = list(takewhile(self.hospital.tied, left[index]))
        plain = islice(left[index], len(tied), None)

        def ease(name: str) -> tuple[int, int]:
            owing = sum(self.owes(i) for i in held[name])
            return (-owing, -max(waves_for(len(left[i]), capacity[i]) for i in held[name]))

        return chain(sorted(tied, key=ease), plain)

    def _free(self, name: str) -> bool:
        if name in self.names or len(self.names) >= self.cap:
            return False
        return all(self.taken[i] < self.hospital.capacity[i] for i in self.hospital.held[name])

    def _add(self, name: str) -> None:
        self.names[name] = None
        for index in self.hospital.held[name]:
            self.taken[index] += 1

    def _remove(self, name: str) -> None:
        del self.names[name]
        for index in self.hospital.held[name]:
            self.taken[index] -= 1
