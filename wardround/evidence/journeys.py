"""The patient's journey as the page tells it: the newest, and the ones before and after each roll-out."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.evidence.facts import History, Hospital, Journey, Name, Step
from wardround.evidence.words import Phrase, phrase

_BAR = 100.0


@dataclass(frozen=True)
class Cell:
    """One step in one journey. width: its time in per cent of the longest step shown beside it."""

    step: Step
    width: float

    @property
    def reached(self) -> bool:
        """Steps behind a broken one were not asked."""
        return self.step.ok or not self.step.found.startswith(("not reached", "not asked"))


@dataclass(frozen=True)
class Row:
    """A step in each of the journeys that are compared; None where one has it not."""

    name: Name
    host: str
    cells: tuple[Cell | None, ...]


@dataclass(frozen=True)
class Comparison:
    """Journeys side by side. labels: what each is, such as `before`."""

    journeys: tuple[Journey, ...]
    labels: tuple[str, ...]
    rows: tuple[Row, ...]


def newest(history: History) -> Journey | None:
    return history.journeys[-1] if history.journeys else None


def alone(journey: Journey) -> Comparison:
    return _compare((journey,), ("now",))


def around(rollout: str, history: History) -> Comparison | None:
    """The newest journeys before a roll-out changed anything and after its changes, or the one of them there is."""
    own = [journey for journey in history.journeys if journey.rollout == rollout]
    found = {
        label: [journey for journey in own if (journey.phase == "baseline") == (label == "before")]
        for label in ("before", "after")
    }
    shown = {label: journeys[-1] for label, journeys in found.items() if journeys}
    return _compare(tuple(shown.values()), tuple(shown)) if shown else None


def verdict(journey: Journey, hospital: Hospital) -> Phrase:
    """In one sentence: how many steps and how long they took together, or where it broke."""
    if not journey.steps:
        return phrase("journey.empty")
    broken = journey.broken
    if broken is None:
        return phrase("journey.proved", steps=len(journey.steps), seconds=f"{journey.seconds:.1f}")
    return phrase(
        "journey.broken",
        step=broken.name,
        host=hospital.name_of(broken.host),
        place=journey.steps.index(broken) + 1,
        steps=len(journey.steps),
    )


def _compare(journeys: tuple[Journey, ...], labels: tuple[str, ...]) -> Comparison:
    longest = max((step.seconds or 0.0 for journey in journeys for step in journey.steps), default=0.0)
    by_key = [{step.key: step for step in journey.steps} for journey in journeys]
    keys = dict.fromkeys(key for steps in reversed(by_key) for key in steps)
    rows = []
    for key in keys:
        steps = [steps.get(key) for steps in by_key]
        latest = next(step for step in reversed(steps) if step is not None)
        cells = tuple(
            Cell(step, round(_BAR * (step.seconds or 0.0) / longest, 1) if longest else 0.0) if step else None
            for step in steps
        )
        rows.append(Row(latest.name, latest.host, cells))
    return Comparison(journeys, labels, tuple(rows))
