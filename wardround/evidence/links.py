"""What the record says of each link between the hospital's systems: a pure function of both."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from wardround.evidence.facts import Change, History, Journey, Proof, Step
from wardround.evidence.systems import Link, Systems

# Checks of a client that look at the desk itself.
_LOCAL = frozenset({"version", "page", "settings"})
Record = Proof | Journey | Change


@dataclass(frozen=True)
class Told:
    """A link and its last proof. state: `proved`, `failed` or `waiting`, for not asked.

    proved, hosts: how many of those that ask over it have proved it; record: behind the state, the newest that failed,
    else the newest.
    """

    link: Link
    state: str
    proved: int
    hosts: int
    record: Record | None

    @property
    def urgency(self) -> int:
        """Failed links first, proved ones last."""
        return ("failed", "waiting", "proved").index(self.state)


@dataclass(frozen=True)
class _Shown:
    seq: int
    ok: bool
    record: Record


def told(systems: Systems, history: History) -> tuple[Told, ...]:
    """Every link with its state, in order. Proved only where each of its hosts has proved it."""
    proofs = {(proof.host, proof.product): proof for proof in history.proofs}
    fetched = {
        change.host: change
        for change in history.changes
        if change.direction == "forward" and (change.staged or change.state == "applied")
    }
    steps = {(step.host, step.key): (journey, step) for journey in history.journeys for step in _reached(journey)}
    found = []
    for link in systems.links:
        newest = []
        for host in link.hosts:
            shown = [*_by_proof(link, proofs.get((host, link.product))), *_by_steps(link, host, steps)]
            if link.fetched and (change := fetched.get(host)) is not None:
                shown.append(_Shown(change.opened_seq, True, change))
            if shown:
                newest.append(max(shown, key=lambda one: one.seq))
        found.append(_told(link, newest))
    return tuple(found)


def _told(link: Link, newest: list[_Shown]) -> Told:
    proved = sum(one.ok for one in newest)
    state = "failed" if proved < len(newest) else "proved" if newest and proved == len(link.hosts) else "waiting"
    decides = max(newest, key=lambda one: (not one.ok, one.seq), default=None)
    return Told(link, state, proved, len(link.hosts), decides.record if decides else None)


def _reached(journey: Journey) -> Iterator[Step]:
    """Steps that were really asked: those behind a broken one were not."""
    for step in journey.steps:
        if step.ok or not step.found.startswith(("not reached", "not asked")):
            yield step


def _by_proof(link: Link, proof: Proof | None) -> Iterator[_Shown]:
    if proof is None or not link.product:
        return
    over = [check for check in proof.checks if (check.name in link.checks if link.checks else check.name not in _LOCAL)]
    if over:
        yield _Shown(proof.seq, all(check.ok for check in over), proof)


def _by_steps(link: Link, host: str, steps: dict[tuple[str, str], tuple[Journey, Step]]) -> Iterator[_Shown]:
    """Each step's newest answer; where one journey walked several over the link, all of them count."""
    over = [
        found
        for (asker, key), found in steps.items()
        if (asker == host and key in link.steps.get(host, ())) or key.partition(" ")[0] in link.shown
    ]
    if over:
        newest = max((journey for journey, _step in over), key=lambda journey: journey.seq)
        yield _Shown(newest.seq, all(step.ok for journey, step in over if journey.seq == newest.seq), newest)
