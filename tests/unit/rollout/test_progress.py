"""A roll-out as a state machine: any record leads to one next step, and simulated ones to an end."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.rollout import gate
from wardround.rollout.plan import Coverage, Plan, PlannedHost, Service, Wave
from wardround.rollout.progress import (
    ClassificationRecord,
    History,
    IntentRecord,
    ProofRecord,
    State,
    expected_version,
    next_step,
    settle,
    status,
    statuses,
)

OLD, NEW = "3.12.0", "3.13.2"


def wave(name: str, *hosts: str) -> Wave:
    service = Service("radiology", 4, len(hosts), 4 - len(hosts), 1)
    return Wave(name, "wave", 9, 5, tuple(PlannedHost(host, "radiology", OLD) for host in hosts), (service,))


PLAN = Plan(
    product="pacs_client",
    from_version=OLD,
    to_version=NEW,
    what_if=False,
    planner={},
    inputs_sha256="0" * 64,
    bound_waves=2,
    bound_sentence="",
    gap=0,
    waves=(wave("wave_01", "a"), wave("wave_02", "b", "c")),
    canary=(Coverage("m / o / p", ("a",)),),
    excluded=(),
)
HOSTS = ("a", "b", "c")


class Record:
    """Writes a history the way the journal does, with one sequence."""

    def __init__(self) -> None:
        self.seq = 0
        self.intents: list[IntentRecord] = []
        self.proofs: list[ProofRecord] = []
        self.labels: list[ClassificationRecord] = []

    def next(self) -> int:
        self.seq += 1
        return self.seq

    def open(self, host: str, direction: str = "forward") -> None:
        where = next(one.name for one in PLAN.waves if any(member.name == host for member in one.hosts))
        seq = self.next()
        self.intents.append(IntentRecord(f"i{seq}", host, where, "r", direction, "open", "", seq, None))

    def close(self, host: str, state: str, reason: str = "") -> None:
        index = max(i for i, one in enumerate(self.intents) if one.host == host)
        closed = None if state == "unknown" else self.next()
        self.intents[index] = dataclasses.replace(self.intents[index], state=state, reason=reason, closed_seq=closed)

    def prove(self, host: str, served: str, ok: bool = True) -> None:
        failures = () if ok else ("frame: expected an image, found HTTP 404",)
        self.proofs.append(ProofRecord(host, self.next(), ok, served, served, failures))

    def differ(self, host: str, served: str, *failures: str) -> None:
        wrong = f"version: expected {OLD}, found {served}"
        self.proofs.append(ProofRecord(host, self.next(), False, OLD, served, (wrong, *failures)))

    def baseline(self) -> None:
        for host in HOSTS:
            self.prove(host, OLD)

    def classify(self, host: str, cause: str) -> None:
        self.labels.append(ClassificationRecord(host, cause, "because", self.next()))

    def history(self) -> History:
        return History(tuple(self.intents), tuple(self.proofs), tuple(self.labels))


@pytest.fixture
def record() -> Record:
    return Record()


def test_the_baseline_comes_first(record: Record) -> None:
    assert next_step(PLAN, record.history()).kind == "verify"
    record.prove("a", OLD)
    assert "2 hosts" in next_step(PLAN, record.history()).reason


def test_the_canary_follows_a_healthy_baseline(record: Record) -> None:
    record.baseline()
    step = next_step(PLAN, record.history())
    assert (step.kind, step.wave, step.hosts) == ("wave", "wave_01", ("a",))


def test_a_host_unfit_before_being_touched_holds(record: Record) -> None:
    record.baseline()
    record.prove("c", OLD, ok=False)
    step = next_step(PLAN, record.history())
    assert step.kind == "hold"
    assert "c fails its proof before being touched" in step.reason
    record.classify("c", "machine")
    assert next_step(PLAN, record.history()).kind == "wave"


def test_a_healthy_host_on_another_version_is_skipped_and_the_others_go_on(record: Record) -> None:
    record.baseline()
    record.differ("b", "3.11.0")
    assert status("b", record.history()).state is State.SKIPPED
    assert "3.11.0 instead of 3.12.0" in status("b", record.history()).reason
    assert next_step(PLAN, record.history()).wave == "wave_01"
    done(record, "a")
    record.prove("c", OLD)
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "promote"
    assert next_step(PLAN, record.history()).hosts == ("c",)


def test_a_sick_host_on_another_version_is_unfit(record: Record) -> None:
    record.baseline()
    record.differ("b", "3.11.0", "page: expected it, found HTTP 500")
    assert status("b", record.history()).state is State.UNFIT
    record.differ("b", "unknown")
    assert status("b", record.history()).state is State.UNFIT


def test_a_canary_of_skipped_hosts_teaches_nothing(record: Record) -> None:
    record.baseline()
    record.differ("a", NEW)
    canary = dataclasses.replace(PLAN.waves[0], kind="canary")
    plan = dataclasses.replace(PLAN, waves=(canary, PLAN.waves[1]))
    assert "nothing was learnt" in gate.after_wave(plan, "wave_01", record.history(), 99).reason
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "promote"


def test_a_changed_host_is_proved_before_anything_else(record: Record) -> None:
    record.baseline()
    record.open("a")
    record.close("a", "applied")
    step = next_step(PLAN, record.history())
    assert (step.kind, step.hosts) == ("verify", HOSTS)


def test_a_proof_from_before_the_change_does_not_count(record: Record) -> None:
    record.open("a")
    record.prove("a", NEW)
    record.close("a", "applied")
    assert status("a", record.history()).state is State.APPLIED


def test_a_failed_proof_takes_the_host_back_and_then_holds(record: Record) -> None:
    record.baseline()
    record.open("a")
    record.close("a", "applied")
    record.prove("a", NEW, ok=False)
    assert next_step(PLAN, record.history()).kind == "roll_back"
    record.open("a", "back")
    record.close("a", "applied")
    assert next_step(PLAN, record.history()).kind == "verify"
    record.prove("a", OLD)
    assert next_step(PLAN, record.history()).kind == "hold"
    record.classify("a", "release")
    assert next_step(PLAN, record.history()).kind == "stop"


def test_a_machines_own_fault_sets_it_aside(record: Record) -> None:
    record.baseline()
    record.open("a")
    record.close("a", "rolled_back", "disk full")
    record.prove("a", OLD)
    record.classify("a", "machine")
    assert status("a", record.history()).state is State.SET_ASIDE
    record.open("a")
    record.close("a", "rolled_back", "disk full")
    record.prove("a", OLD)
    assert status("a", record.history()).state is State.ROLLED_BACK, "an old classification excuses no new failure"


def test_a_host_that_cannot_be_taken_back_is_stuck(record: Record) -> None:
    record.baseline()
    record.open("a", "back")
    record.close("a", "failed", "disk full")
    assert status("a", record.history()) == dataclasses.replace(status("a", record.history()), state=State.STUCK)
    assert next_step(PLAN, record.history()).kind == "hold"


@pytest.mark.parametrize("served, ok, state", [(NEW, True, "applied"), (OLD, True, "not_done"), (NEW, False, "failed")])
def test_an_intent_whose_controller_died_is_settled_by_what_is_served(
    record: Record, served: str, ok: bool, state: str
) -> None:
    record.baseline()
    record.open("a")
    assert next_step(PLAN, record.history()).kind == "observe"
    assert settle(PLAN, "a", record.history()) is None, "the baseline says nothing about it"
    assert expected_version("a", PLAN, record.history()).versions == (OLD, NEW)
    record.prove("a", served, ok)
    settlement = settle(PLAN, "a", record.history())
    assert settlement is not None
    assert settlement.state == state


def test_a_host_lost_in_mid_change_is_taken_back_whatever_it_serves(record: Record) -> None:
    record.open("a")
    record.close("a", "unknown", "no route to host")
    record.prove("a", NEW)
    settlement = settle(PLAN, "a", record.history())
    assert settlement is not None
    assert (settlement.state, settlement.reason) == ("failed", "no route to host")


def test_a_lost_way_back_is_settled_by_what_is_served(record: Record) -> None:
    record.open("a", "back")
    record.prove("a", OLD)
    assert settle(PLAN, "a", record.history()).state == "applied"
    record.prove("a", NEW)
    assert settle(PLAN, "a", record.history()).state == "failed"


def done(record: Record, host: str) -> None:
    record.open(host)
    record.close(host, "applied")
    record.prove(host, NEW)


def test_the_gate_promotes_when_everyone_is_proved_and_soaked(record: Record) -> None:
    record.baseline()
    done(record, "a")
    verdict = gate.after_wave(PLAN, "wave_01", record.history(), 99)
    assert verdict.verdict == "hold"
    assert "no answer since wave_01 from b, c" in verdict.reason
    record.prove("b", OLD)
    record.prove("c", OLD)
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "promote"
    soaking = gate.after_wave(PLAN, "wave_01", record.history(), 2)
    assert (soaking.verdict, soaking.soak) == ("hold", 3)


def test_the_gate_holds_on_trouble_anywhere_and_stops_on_the_release(record: Record) -> None:
    record.baseline()
    done(record, "a")
    record.prove("b", OLD, ok=False)
    record.prove("c", OLD)
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "hold"
    record.classify("b", "release")
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "stop"


def test_a_wave_that_taught_nothing_holds(record: Record) -> None:
    record.baseline()
    record.open("a")
    record.close("a", "rolled_back")
    record.prove("a", OLD)
    record.classify("a", "machine")
    assert "nothing was learnt" in gate.after_wave(PLAN, "wave_01", record.history(), 99).reason


@given(st.data())
def test_the_gate_is_monotone_in_failures(data: st.DataObject) -> None:
    """Turning any proof into a failure never turns a gate into a promotion."""
    record = Record()
    record.baseline()
    done(record, "a")
    for host in HOSTS[1:]:
        record.prove(host, OLD)
    history = record.history()
    assert gate.after_wave(PLAN, "wave_01", history, 99).verdict == "promote"
    spoiled = data.draw(st.sets(st.sampled_from(range(len(HOSTS))), min_size=1))
    newest = len(history.proofs) - len(HOSTS)
    proofs = tuple(
        dataclasses.replace(proof, ok=False) if index - newest in spoiled else proof
        for index, proof in enumerate(history.proofs)
    )
    worse = dataclasses.replace(history, proofs=proofs)
    assert gate.after_wave(PLAN, "wave_01", worse, 99).verdict != "promote"


FATES = ("good", "bad release", "lost", "killed before", "killed after", "switched and killed")


@given(st.lists(st.sampled_from(FATES), min_size=3, max_size=3))
def test_every_fate_ends_with_each_host_on_one_release_and_no_host_changed_twice(fates: list[str]) -> None:
    """Drive the steps the way the controller does, each host meeting its fate once; a person says `machine`."""
    record = Record()
    fate = dict(zip(HOSTS, fates, strict=True))
    serves = dict.fromkeys(HOSTS, OLD)
    switches: list[tuple[str, str]] = []

    def switch(host: str, version: str) -> None:
        if serves[host] != version:
            serves[host] = version
            switches.append((host, version))

    def prove(hosts: tuple[str, ...]) -> None:
        for host in hosts:
            bad = serves[host] == NEW and fate[host] == "bad release"
            record.prove(host, serves[host], not bad)

    for _round in range(40):
        step = next_step(PLAN, record.history())
        if step.kind == "finish":
            break
        if step.kind == "verify":
            prove(step.hosts)
        elif step.kind == "observe":
            prove(step.hosts)
            for host in step.hosts:
                settlement = settle(PLAN, host, record.history())
                assert settlement is not None
                record.close(host, settlement.state, settlement.reason)
        elif step.kind == "roll_back":
            for host in step.hosts:
                record.open(host, "back")
                switch(host, OLD)
                record.close(host, "applied")
        elif step.kind == "hold":
            for host in step.hosts:
                record.classify(host, "machine")
        else:
            assert step.kind == "wave"
            for host in step.hosts:
                record.open(host)
                meets = fate[host]
                if meets == "killed before":
                    fate[host] = "good"
                    continue
                switch(host, NEW)
                if meets == "lost":
                    record.close(host, "unknown", "no route to host")
                    fate[host] = "good"
                elif meets not in ("killed after", "switched and killed"):
                    record.close(host, "applied")
    assert next_step(PLAN, record.history()).kind == "finish"
    forward = [host for host, version in switches if version == NEW]
    assert len(forward) == len(set(forward)), "a host was changed twice"
    found = statuses(PLAN, record.history())
    for host in HOSTS:
        assert found[host].state in (State.DONE, State.SET_ASIDE)
        assert serves[host] == (NEW if found[host].state is State.DONE else OLD)
