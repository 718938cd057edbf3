"""A roll-out over time: a lane a wave, with each host's change and proof, the soak, the gate, and halts over all.

Places are per cent of the width, so that one drawing serves a desk's screen, a telephone and A4 paper.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from wardround.evidence.curve import Curve, curve
from wardround.evidence.facts import Facts, Gate, Halt
from wardround.evidence.rounds import HostRecord, Round, Wave
from wardround.evidence.scale import Fold, Scale, Tick, seconds_of, span
from wardround.evidence.track import Mark, Track, apart, host_track, moments_of, strip
from wardround.evidence.words import Phrase, phrase

_NAMED = 24  # a wave of up to so many hosts has a track for each
_TRACKS = 60  # as many tracks in one picture
_GATE_MARKS = {"promote": "promote", "hold": "hold", "stop": "stop"}


@dataclass(frozen=True)
class Lane:
    """One wave. tracks: host by host, or none where a curve tells of many; quiet: nothing was changed in it yet."""

    wave: Wave
    number: int
    tracks: tuple[Track, ...]
    curve: Curve | None
    gate: Track
    soaked: Phrase | None
    quiet: bool


@dataclass(frozen=True)
class Stop:
    """A halt over the lanes."""

    halt: Halt
    start: float
    end: float


@dataclass(frozen=True)
class Timeline:
    """day: the date where the whole axis lies in one day."""

    ticks: tuple[Tick, ...]
    folds: tuple[Fold, ...]
    stops: tuple[Stop, ...]
    lanes: tuple[Lane, ...]
    day: str


def timeline(one: Round, facts: Facts) -> Timeline | None:
    """The picture of a roll-out; None where nothing of it has a time."""
    now = facts.written.timestamp()
    gates = [gate for gate in facts.history.gates if gate.rollout == one.rollout.id]
    moments = [seconds_of(one.rollout.started), *(seconds_of(gate.at) for gate in gates)]
    known = [moment for moment in moments if moment is not None]
    known += [moment for host in one.hosts.values() for moment in moments_of(host.changes, host.proofs)]
    if not known:
        return None
    if one.under_way:
        known.append(max(now, *known))
    halts = _halts(facts, min(known), max(known), now)
    scale = Scale([*known, *(at for _halt, *both in halts for at in both)], facts.written.tzinfo)
    lanes, left = [], _TRACKS
    for number, wave in enumerate(one.waves, 1):
        lane = _lane(one, wave, number, [gate for gate in gates if gate.wave == wave.name], scale, max(known), left)
        left -= len(lane.tracks)
        lanes.append(lane)
    ticks = scale.ticks()
    dates = [tick.date for tick in ticks if tick.date]
    return Timeline(
        ticks if len(dates) > 1 else tuple(replace(tick, date="") for tick in ticks),
        scale.folds,
        tuple(Stop(halt, scale.at(at), scale.at(end)) for halt, at, end in halts),
        tuple(lanes),
        dates[0] if len(dates) == 1 else "",
    )


def _halts(facts: Facts, first: float, last: float, now: float) -> list[tuple[Halt, float, float]]:
    """Halts that meet the time from `first` to `last`, with the part of them that does."""
    found = []
    for halt in facts.history.halts:
        began, ended = seconds_of(halt.at), seconds_of(halt.lifted_at)
        ended = now if ended is None else ended
        if began is not None and began <= last and ended >= first:
            found.append((halt, max(began, first), min(ended, last)))
    return found


def _lane(one: Round, wave: Wave, number: int, gates: list[Gate], scale: Scale, end: float, left: int) -> Lane:
    hosts = {name: one.hosts.get(name, HostRecord([], [])) for name in wave.standings}
    changes = [change for host in hosts.values() for change in host.changes]
    tracks: tuple[Track, ...] = ()
    drawn = None
    if changes and len(hosts) <= min(_NAMED, left):
        tracks = tuple(host_track(name, host.changes, host.proofs, scale, end) for name, host in hosts.items())
    elif changes:
        drawn = curve(changes, [proof for host in hosts.values() for proof in host.proofs], len(hosts), scale)
    gate, soaked = _gate(wave, gates, scale, end)
    return Lane(wave, number, tracks, drawn, gate, soaked, not changes)


def _gate(wave: Wave, gates: Sequence[Gate], scale: Scale, end: float) -> tuple[Track, Phrase | None]:
    """The wave as a line, its soak, and each verdict; the soak in words where the gate let the roll-out go on."""
    asked, moments = wave.plan.get("soak_seconds"), list(moments_of(wave.changes, ()))
    verdicts = [(gate, at) for gate in gates if (at := seconds_of(gate.at)) is not None]
    bars, soaked = [], None
    if moments:
        ended = max(moments)
        bars.append(strip("wave", min(moments), ended, scale))
        passed = [at for gate, at in verdicts if gate.verdict == "promote" and at >= ended]
        until = passed[-1] if passed else end
        if until > ended and (passed or not verdicts):
            bars.append(strip("soak", ended, until, scale))
        if passed and isinstance(asked, int):
            soaked = phrase("soaked", took=span(until - ended), asked=span(asked))
    marks = []
    for gate, at in verdicts:
        label = phrase("event.gate", verdict=phrase(f"gate.{gate.verdict}"), when=scale.clock(at))
        marks.append(Mark(_GATE_MARKS.get(gate.verdict, "unknown"), scale.at(at), label, at))
    return Track("", tuple(bars), apart(marks)), soaked
