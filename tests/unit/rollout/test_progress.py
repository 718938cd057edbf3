"""A roll-out as a state machine: any record leads to one next step, and simulated ones to an end."""

from __future__ import annotations

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.rollout.recording import HOSTS, NEW, OLD, PLAN, Record
from wardround.rollout import gate
from wardround.rollout.observe import expected_version, settle
from wardround.rollout.progress import State, next_step, status


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
    record.done("a")
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


def test_the_gate_promotes_when_everyone_is_proved_and_soaked(record: Record) -> None:
    record.baseline()
    record.done("a")
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
    record.done("a")
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
    record.done("a")
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
