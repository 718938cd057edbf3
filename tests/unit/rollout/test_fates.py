"""Hosts meet every fate in every combination: a roll-out comes to its end, and no gate opens before its time."""

from __future__ import annotations

import dataclasses
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rollout.recording import HOSTS, NEW, OLD, PLAN, Record
from wardround.rollout import gate
from wardround.rollout.observe import settle
from wardround.rollout.plan import Wave
from wardround.rollout.progress import State, Step, next_step, overdue, statuses
from wardround.rollout.record import History

GATED = dataclasses.replace(PLAN, journey=True, restart_deadline_minutes=3)
FATES = (
    "good",
    "bad release",
    "lost",
    "killed before",
    "killed after",
    "in use",
    "in use too long",
    "in use, then bad",
)
BUSY_ASKS = {"in use": 2, "in use too long": 9, "in use, then bad": 1}
POLL = 60


class Theatre:
    """Drives the steps the way the controller does; a person sees to what holds, and always says `machine`."""

    def __init__(self, fates: list[str], journeys: list[bool]) -> None:
        self.record = Record()
        self.fate = dict(zip(HOSTS, fates, strict=True))
        self.busy = {host: BUSY_ASKS.get(fate, 0) for host, fate in self.fate.items()}
        self.asks: Counter[str] = Counter()
        self.journeys = list(journeys)
        self.serves = dict.fromkeys(HOSTS, OLD)
        self.switches: list[tuple[str, str]] = []

    def run(self) -> None:
        for _round in range(80):
            step = next_step(GATED, self.record.history())
            if step.kind == "finish":
                return
            self._take(step)
        raise AssertionError("no end in 80 steps")

    def _take(self, step: Step) -> None:
        if step.kind == "verify":
            self._prove(step.hosts)
        elif step.kind == "journey":
            self.record.walk(self.journeys.pop() if self.journeys else True)
        elif step.kind == "observe":
            self._prove(step.hosts)
            for host in step.hosts:
                settlement = settle(GATED, host, self.record.history())
                assert settlement is not None
                self.record.close(host, settlement.state, settlement.reason)
        elif step.kind == "roll_back":
            for host in step.hosts:
                self._ask(host, "back")
        elif step.kind == "hold":
            self._mend(step)
        else:
            assert step.kind == "wave"
            for host in step.hosts:
                self._ask(host, "forward")

    def _mend(self, step: Step) -> None:
        """What a person does before `wardround apply` is started again, and what that asks once more."""
        if not step.hosts:
            self.record.walk()
        elif step.wave:
            for host in step.hosts:
                self.busy[host] = 0
                self._ask(host, "forward")
        else:
            for host in step.hosts:
                self.record.classify(host, "machine")

    def _ask(self, host: str, direction: str) -> None:
        staged = statuses(GATED, self.record.history())[host].state in (State.STAGED, State.BACK_STAGED)
        if not staged:
            self.record.open(host, direction)
            self.asks[host] = 0
        if self.busy[host]:
            self.busy[host] -= 1
            self.record.stage(host, waited=POLL * self.asks[host])
            self.asks[host] += 1
            return
        if staged:
            self.record.begin(host)
        meets = self.fate[host]
        if meets == "killed before":
            self.fate[host] = "good"
            return
        self._switch(host, NEW if direction == "forward" else OLD)
        if meets == "lost":
            self.record.close(host, "unknown", "no route to host")
            self.fate[host] = "good"
        elif meets == "killed after":
            self.fate[host] = "good"
        else:
            self.record.close(host, "applied")

    def _switch(self, host: str, version: str) -> None:
        if self.serves[host] != version:
            self.serves[host] = version
            self.switches.append((host, version))

    def _prove(self, hosts: tuple[str, ...]) -> None:
        for host in hosts:
            bad = self.serves[host] == NEW and self.fate[host] in ("bad release", "in use, then bad")
            self.record.prove(host, self.serves[host], not bad)


@given(st.lists(st.sampled_from(FATES), min_size=3, max_size=3), st.lists(st.booleans(), max_size=4))
def test_every_fate_ends_with_each_host_on_one_release_and_no_host_changed_twice(
    fates: list[str], journeys: list[bool]
) -> None:
    theatre = Theatre(fates, journeys)
    theatre.run()
    forward = [host for host, version in theatre.switches if version == NEW]
    assert len(forward) == len(set(forward)), "a host was changed twice"
    found = statuses(GATED, theatre.record.history())
    for host in HOSTS:
        assert found[host].state in (State.DONE, State.SET_ASIDE)
        assert theatre.serves[host] == (NEW if found[host].state is State.DONE else OLD)
    newest = theatre.record.history().newest_journey
    assert newest is not None and newest.ok and newest.seq > theatre.record.history().last_change()


Event = tuple[str, str]
EVENT = st.tuples(
    st.sampled_from(["open", "stage", "begin", "applied", "failed", "unknown", "rolled_back", "not_done", "back"])
    | st.sampled_from(["good proof", "bad proof", "machine", "good walk", "bad walk"]),
    st.sampled_from(HOSTS),
)
PROVED = [("good proof", host) for host in HOSTS]
# A roll-out in which everything goes well; what follows takes out some of it and puts in something else.
WELL: list[Event] = [
    ("good walk", "a"),
    *[("open", "a"), ("applied", "a"), *PROVED, ("good walk", "a")],
    *[("open", "b"), ("open", "c"), ("stage", "b"), ("applied", "c"), *PROVED, ("good walk", "a")],
    *[("begin", "b"), ("applied", "b"), *PROVED, ("good walk", "a")],
]


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """What happened, in order."""
    events = WELL[: draw(st.integers(0, len(WELL)))]
    for _change in range(draw(st.integers(0, 5))):
        place = draw(st.integers(0, len(events)))
        events = events[:place] + draw(st.lists(EVENT, max_size=2)) + events[place + draw(st.integers(0, 1)) :]
    return events


def written(events: list[Event]) -> Record:
    """Any record that the journal could hold: what cannot follow is left out."""
    record = Record()
    record.baseline()
    for what, host in events:
        newest = next((one for one in reversed(record.intents) if one.host == host), None)
        state = newest.state if newest else "none"
        pending = state in ("open", "staged", "unknown")
        if what in ("open", "back") and not pending:
            record.open(host, "back" if what == "back" else "forward")
        elif what == "stage" and state in ("open", "staged"):
            record.stage(host, waited=newest.waited + 100 if newest else 0)
        elif what == "begin" and state == "staged":
            record.begin(host)
        elif what in ("applied", "failed", "rolled_back", "not_done", "unknown") and state in ("open", "unknown"):
            record.close(host, what)
        elif what.endswith("proof"):
            served = NEW if newest and newest.direction == "forward" and state == "applied" else OLD
            record.prove(host, served, what == "good proof")
        elif what == "machine":
            record.classify(host, "machine")
        elif what.endswith("walk"):
            record.walk(what == "good walk")
    return record


def untouched(record: Record, wave: str) -> list[str]:
    """Hosts of a wave that nobody excused and that are not changed forward and proved since; by the record alone."""
    found = []
    for host in [one.name for one in next(one for one in PLAN.waves if one.name == wave).hosts]:
        intents = [one for one in record.intents if one.host == host]
        proofs = [one for one in record.proofs if one.host == host]
        changed = intents and (intents[-1].direction, intents[-1].state) == ("forward", "applied")
        proved = changed and proofs[-1].ok and proofs[-1].seq > (intents[-1].closed_seq or 0)
        excused = any(label.host == host for label in record.labels)
        if not proved and not excused:
            found.append(host)
    return found


@given(stories())
def test_no_interleaving_promotes_a_wave_with_an_untouched_host_or_a_broken_journey(
    events: list[Event],
) -> None:
    record = written(events)
    history = record.history()
    for wave in PLAN.waves:
        if gate.after_wave(GATED, wave.name, history, 99).verdict == "promote":
            assert untouched(record, wave.name) == []
            assert record.journeys[-1].ok
            assert record.journeys[-1].seq > history.last_change(wave.name)
    step = next_step(GATED, history)
    if step.kind in ("wave", "finish"):
        begun = [wave.name for wave in PLAN.waves].index(step.wave) if step.wave else len(PLAN.waves)
        assert [host for wave in PLAN.waves[:begun] for host in untouched(record, wave.name)] == []
        assert record.journeys[-1].ok
        assert record.journeys[-1].seq > history.last_change()


def worse(history: History, how: str, host: str) -> History:
    """The same record with one thing in it that went worse; nobody excuses the host for it."""
    unexcused = tuple(one for one in history.classifications if one.host != host)
    if how == "journeys lost":
        return dataclasses.replace(history, journeys=())
    if how == "journey broken":
        broken = tuple(dataclasses.replace(one, ok=False) for one in history.journeys[-1:])
        return dataclasses.replace(history, journeys=history.journeys[:-1] + broken)
    if how == "proof failed":
        newest = history.newest_proof[host]
        proofs = tuple(dataclasses.replace(one, ok=one.ok and one is not newest) for one in history.proofs)
        return dataclasses.replace(history, proofs=proofs, classifications=unexcused)
    record = history.newest_intent.get(host)
    intents = tuple(
        dataclasses.replace(one, state="staged") if one is record and one.state == "applied" else one
        for one in history.intents
    )
    return dataclasses.replace(history, intents=intents, classifications=unexcused)


@pytest.mark.parametrize("how", ["journeys lost", "journey broken", "proof failed", "only staged"])
@given(events=stories(), host=st.sampled_from(HOSTS), wave=st.sampled_from(PLAN.waves))
def test_the_gate_is_monotone(how: str, events: list[Event], host: str, wave: Wave) -> None:
    """What went worse never opens a gate that was shut."""
    history = written(events).history()
    if gate.after_wave(GATED, wave.name, worse(history, how, host), 99).verdict == "promote":
        assert gate.after_wave(GATED, wave.name, history, 99).verdict == "promote"


@given(stories())
def test_only_hosts_in_use_past_their_deadline_hold_a_wave(events: list[Event]) -> None:
    history = written(events).history()
    step = next_step(GATED, history)
    if step.kind == "hold" and step.wave and step.hosts:
        assert overdue(GATED, history, step.hosts) == step.hosts
        assert all(history.newest_intent[host].waited >= 180 for host in step.hosts)
        assert "past the deadline of 3 min, still on 3.12.0" in step.reason
