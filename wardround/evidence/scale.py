"""A time axis for pictures: moments to per cent of its width. Long times in which nothing happens are folded."""

from __future__ import annotations

import datetime
from bisect import bisect_right
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from wardround.evidence.words import Phrase, phrase

_START, _END = 1.5, 98.5  # per cent: marks at the ends stay inside
_FOLD = 5.0  # a folded time is as wide
_LEAST = 3.0  # so is, at least, what lies between two
_FOLDS = 8
_WORTH_FOLDING = 120.0  # seconds
_SHORTEST = 10.0
_WIDE, _NARROW = 9.5, 19.0  # per cent that a label needs on a desk's screen or paper, and on a telephone
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14400, 21600, 43200, 86400, 172800, 604800)


@dataclass(frozen=True)
class Fold:
    """A stretch of the axis that stands for `seconds` in which nothing happened."""

    start: float
    end: float
    seconds: float


@dataclass(frozen=True)
class Tick:
    """text: a time of day; date: where a day begins on the axis; narrow: whether a small screen has room for it."""

    at: float
    text: str
    date: str
    narrow: bool


@dataclass(frozen=True)
class _Stretch:
    """Time, in seconds since the epoch, that is drawn to scale; per cent of the width."""

    began: float
    ended: float
    start: float
    end: float


class Scale:
    """Where moments (seconds since the epoch, at least one) are on the axis, and what a clock in `zone` shows then."""

    def __init__(self, moments: Iterable[float], zone: datetime.tzinfo | None) -> None:
        self._zone = zone
        times = sorted(set(moments))
        if times[-1] - times[0] < _SHORTEST:
            times.append(times[0] + _SHORTEST)
        folded = _folded(times)
        groups = [[times[0]]]
        for earlier, later in pairwise(times):
            if (earlier, later) in folded:
                groups.append([])
            groups[-1].append(later)
        scaled = sum(group[-1] - group[0] for group in groups)
        spare = _END - _START - _FOLD * len(folded) - _LEAST * len(groups)
        fold = _FOLD if scaled else _FOLD + spare / len(folded)
        self._stretches: list[_Stretch] = []
        place = _START
        for group in groups:
            width = _LEAST + (spare * (group[-1] - group[0]) / scaled if scaled else 0)
            self._stretches.append(_Stretch(group[0], group[-1], place, place + width))
            place += width + fold
        self.folds = tuple(Fold(a.end, b.start, b.began - a.ended) for a, b in pairwise(self._stretches))

    def at(self, moment: float) -> float:
        """Per cent of the width, to two places; a moment outside the axis is at its end."""
        n = max(0, bisect_right(self._stretches, moment, key=lambda one: one.began) - 1)
        one = self._stretches[n]
        if moment <= one.ended or n == len(self._stretches) - 1:
            share = (moment - one.began) / (one.ended - one.began) if one.ended > one.began else 0.0
            return round(one.start + (one.end - one.start) * min(1.0, max(0.0, share)), 2)
        following = self._stretches[n + 1]
        share = (moment - one.ended) / (following.began - one.ended)
        return round(one.end + (following.start - one.end) * share, 2)

    def clock(self, moment: float) -> str:
        return datetime.datetime.fromtimestamp(moment, self._zone).strftime("%H:%M:%S")

    def ticks(self) -> tuple[Tick, ...]:
        """Times of day, as many as have room."""
        found: list[Tick] = []
        last_wide, last_narrow, day = -100.0, -100.0, ""
        for moment, to_the_second in self._round_moments():
            at = self.at(moment)
            if at - last_wide < _WIDE:
                continue
            narrow = at - last_narrow >= _NARROW
            local = datetime.datetime.fromtimestamp(moment, self._zone)
            date = local.strftime("%Y-%m-%d")
            text = local.strftime("%H:%M:%S" if to_the_second else "%H:%M")
            found.append(Tick(at, text, date if date != day else "", narrow))
            last_wide, day = at, date
            last_narrow = at if narrow else last_narrow
        return tuple(found)

    def _round_moments(self) -> Iterator[tuple[float, bool]]:
        for one in self._stretches:
            seconds = one.ended - one.began
            wanted = seconds / (one.end - one.start) * _WIDE
            step = next((step for step in _STEPS if step >= wanted), _STEPS[-1] * (1 + int(wanted // _STEPS[-1])))
            midnight = datetime.datetime.fromtimestamp(one.began, self._zone).replace(hour=0, minute=0, second=0)
            first = midnight.timestamp()
            n = int(-(-(one.began - first) // step))
            moments = []
            while (moment := first + n * step) <= one.ended:
                moments.append(moment)
                n += 1
            if not moments or self.at(moments[0]) - one.start >= _WIDE:
                moments.insert(0, one.began)
            seconds_shown = step < 60 and len(moments) > 1
            yield from ((moment, seconds_shown or moment % 60 > 0) for moment in moments)


def _folded(times: list[float]) -> set[tuple[float, float]]:
    """The pairs of neighbours between which so long nothing happened that all the rest would be squeezed."""
    found: list[tuple[float, float]] = []
    drawn = 0.0
    for pair in sorted(pairwise(times), key=lambda pair: pair[1] - pair[0]):
        gap = pair[1] - pair[0]
        if gap > max(_WORTH_FOLDING, drawn / 2):
            found.append(pair)
        else:
            drawn += gap
    return set(found[-_FOLDS:])


def span(seconds: float) -> Phrase:
    """A length of time as people say it: two figures at most, with the unit."""
    whole = round(seconds)
    if whole < 120:
        return phrase("span.s", seconds=whole)
    if whole < 7200:
        return phrase("span.min", minutes=round(whole / 60))
    if whole < 172800:
        return phrase("span.h", hours=round(whole / 3600))
    return phrase("span.d", days=round(whole / 86400))


def seconds_of(moment: str | None) -> float | None:
    """A recorded moment in seconds since the epoch; None where it is missing or no moment."""
    try:
        return datetime.datetime.fromisoformat(moment or "").timestamp()
    except (ValueError, OverflowError):
        return None
