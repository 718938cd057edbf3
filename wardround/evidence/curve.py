"""Many hosts over time: how many were changed and how many proved, as curves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from wardround.evidence.facts import Change, Proof
from wardround.evidence.scale import Scale, seconds_of

_COARSE = 0.4  # per cent of the width within which only the last value counts
_ALARMS_APART = 3.0  # per cent


@dataclass(frozen=True)
class Alarm:
    """count: how many changes and proofs failed around this place of the axis."""

    at: float
    count: int


@dataclass(frozen=True)
class Curve:
    """changed, proved: SVG paths in a box of 100 x 100, up to `hosts`; *_last: where they end, in hosts."""

    hosts: int
    changed: str
    proved: str
    changed_last: int
    proved_last: int
    alarms: tuple[Alarm, ...]


def curve(changes: Iterable[Change], proofs: Iterable[Proof], hosts: int, scale: Scale) -> Curve:
    """changes, proofs: of one wave's hosts. A host taken back counts as neither changed nor proved any more."""
    changed: set[str] = set()
    proved: set[str] = set()
    changed_line, proved_line = _Line(hosts), _Line(hosts)
    alarms: list[Alarm] = []
    for moment, _seq, host, what in sorted([*_changes(changes), *_proofs(proofs)]):
        at = scale.at(moment)
        if what == "changed":
            changed.add(host)
        elif what == "returned":
            changed.discard(host)
        if what == "good" and host in changed:
            proved.add(host)
        elif what != "good":
            proved.discard(host)
        if what in ("bad", "failed"):
            _ring(alarms, at)
        changed_line.go(at, len(changed))
        proved_line.go(at, len(proved))
    return Curve(hosts, changed_line.path(), proved_line.path(), len(changed), len(proved), tuple(alarms))


def _changes(changes: Iterable[Change]) -> Iterator[tuple[float, int, str, str]]:
    meaning = {("forward", "applied"): "changed", ("back", "applied"): "returned"}
    for one in changes:
        if one.state != "staged" and one.closed_seq is not None and (at := seconds_of(one.closed)) is not None:
            yield at, one.closed_seq, one.host, meaning.get((one.direction, one.state), "failed")


def _proofs(proofs: Iterable[Proof]) -> Iterator[tuple[float, int, str, str]]:
    for one in proofs:
        if (at := seconds_of(one.at)) is not None:
            yield at, one.seq, one.host, "good" if one.ok else "bad"


def _ring(alarms: list[Alarm], at: float) -> None:
    if alarms and at - alarms[-1].at < _ALARMS_APART:
        alarms[-1] = Alarm(alarms[-1].at, alarms[-1].count + 1)
    else:
        alarms.append(Alarm(at, 1))


class _Line:
    """A count over time, in steps."""

    def __init__(self, top: int) -> None:
        self._top = top
        self._steps: list[tuple[float, int]] = []

    def go(self, at: float, count: int) -> None:
        if not self._steps:
            self._steps.append((at, 0))
        if len(self._steps) > 1 and at - self._steps[-1][0] < _COARSE:
            self._steps[-1] = (self._steps[-1][0], count)
        elif count != self._steps[-1][1]:
            self._steps.append((at, count))

    def path(self) -> str:
        """Steps from point to point, then level to the end."""
        path = ""
        for at, count in self._steps:
            height = round(100 - 96 * count / self._top, 1)
            path += f"H{at}V{height}" if path else f"M{at} {height}"
        return f"{path}H98.5" if path else ""
