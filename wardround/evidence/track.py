"""What happened on one host of a roll-out, as bars and marks on a time axis; places are per cent of its width."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from wardround.evidence.facts import Change, Proof
from wardround.evidence.scale import Scale, seconds_of
from wardround.evidence.words import Phrase, phrase

_APART = 2.7  # per cent between the middles of two marks
_CROWD = 16  # with more marks on a track the small ones go
_THIN = 0.8  # the narrowest bar


@dataclass(frozen=True)
class Bar:
    """A stretch of time. kind: `forward`, `back`, `lost`, `staged`, `wave` or `soak`."""

    kind: str
    start: float
    end: float

    @property
    def width(self) -> float:
        return round(self.end - self.start, 2)


@dataclass(frozen=True)
class Mark:
    """A moment. name: of the shape; label: what happened; moment: in seconds; small: one more of the same."""

    name: str
    at: float
    label: Phrase
    moment: float
    small: bool = False


@dataclass(frozen=True)
class Track:
    """host: empty at a gate; proof: the record behind the host's newest state."""

    host: str
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]
    proof: Proof | None = None


def host_track(host: str, changes: Sequence[Change], proofs: Sequence[Proof], scale: Scale, end: float) -> Track:
    """One host's changes and proofs in one roll-out; what is not over yet lasts until `end`."""
    bars = [strip for change in changes for strip in _bars(change, scale, end)]
    marks = [*(mark for change in changes for mark in _marks(change, scale, end)), *_proved(changes, proofs, scale)]
    return Track(host, tuple(bars), apart(marks), proofs[-1] if proofs else None)


def strip(kind: str, began: float, ended: float, scale: Scale) -> Bar:
    start, end = scale.at(began), scale.at(max(began, ended))
    return Bar(kind, start, max(end, round(start + _THIN, 2)))


def apart(marks: Iterable[Mark]) -> tuple[Mark, ...]:
    """Marks in order of time, moved to the right, then back from the end, until none hides another."""
    ordered = sorted(marks, key=lambda mark: mark.moment)
    if len(ordered) > _CROWD:
        ordered = [mark for mark in ordered if not mark.small]
    places = [mark.at for mark in ordered]
    for n in range(1, len(places)):
        places[n] = max(places[n], places[n - 1] + _APART)
    limit = 98.8
    for n in reversed(range(len(places))):
        places[n] = max(1.2, min(places[n], limit))
        limit = places[n] - _APART
    return tuple(replace(mark, at=round(place, 2)) for mark, place in zip(ordered, places, strict=True))


def moments_of(changes: Iterable[Change], proofs: Iterable[Proof]) -> Iterator[float]:
    """Every recorded moment of them, in seconds."""
    texts = [text for change in changes for text in (change.opened, change.staged, change.closed)]
    texts += [proof.at for proof in proofs]
    yield from (moment for text in texts if (moment := seconds_of(text)) is not None)


def _ended(change: Change, end: float) -> float:
    """When a change was over; one that waits for a restart is not."""
    closed = None if change.state == "staged" else seconds_of(change.closed)
    return end if closed is None else closed


def _bars(change: Change, scale: Scale, end: float) -> Iterator[Bar]:
    began, staged = seconds_of(change.opened), seconds_of(change.staged)
    kind = "lost" if change.state == "unknown" else change.direction
    if staged is not None:
        if began is not None and began < staged:
            yield strip(kind, began, staged, scale)
        yield strip("staged", staged, _ended(change, end), scale)
    elif began is not None:
        yield strip(kind, began, _ended(change, end), scale)


def _marks(change: Change, scale: Scale, end: float) -> Iterator[Mark]:
    if (staged := seconds_of(change.staged)) is not None:
        label = phrase("event.staged", version=change.to_version, when=scale.clock(staged), why=change.busy or "–")
        yield Mark("staged", scale.at(staged), label, staged)
    if change.state == "staged":
        return
    at = _ended(change, end)
    said = {"version": change.to_version, "when": scale.clock(at)}
    if change.state == "open":
        yield Mark("changing", scale.at(at), phrase("event.changing", **said), at)
    elif change.state == "unknown":
        yield Mark("unknown", scale.at(at), phrase("event.lost", **said), at)
    elif change.state == "failed":
        yield Mark("failed", scale.at(at), phrase("event.not_moved", **said), at)
    elif change.state == "not_done":
        yield Mark("waiting", scale.at(at), phrase("event.not_begun", **said), at)
    elif change.direction == "back" or change.state == "rolled_back":
        version = change.to_version if change.direction == "back" else change.from_version
        yield Mark("back", scale.at(at), phrase("event.back", version=version, when=scale.clock(at)), at)
    else:
        yield Mark("moved", scale.at(at), phrase("event.moved", **said), at)


def _proved(changes: Sequence[Change], proofs: Sequence[Proof], scale: Scale) -> Iterator[Mark]:
    """The first proof after each change, and each whose verdict differs, is large."""
    moved = [change.closed_seq for change in changes if change.closed_seq is not None]
    told: tuple[int, bool] = (0, True)
    for proof in proofs:
        if (at := seconds_of(proof.at)) is None:
            continue
        now = (sum(seq < proof.seq for seq in moved), proof.ok)
        key = "event.proved" if proof.ok else "event.failed"
        label = phrase(key, version=proof.served_version or "–", when=scale.clock(at))
        yield Mark("proved" if proof.ok else "failed", scale.at(at), label, at, small=now == told)
        told = now
