"""A host in use is staged and asked again; a journey gates the waves."""

from __future__ import annotations

import dataclasses

import pytest

from tests.unit.rollout.recording import NEW, OLD, PLAN, Record
from wardround.rollout import gate
from wardround.rollout.observe import expected_version
from wardround.rollout.progress import State, next_step, status

WALKED = dataclasses.replace(PLAN, journey=True)
DEADLINE = PLAN.restart_deadline_minutes * 60


@pytest.fixture
def record() -> Record:
    record = Record()
    record.baseline()
    return record


def test_a_staged_host_is_neither_done_nor_failed_and_asked_again(record: Record) -> None:
    record.open("a")
    record.stage("a")
    assert (status("a", record.history()).state, status("a", record.history()).reason) == (
        State.STAGED,
        "li.na is logged on",
    )
    step = next_step(PLAN, record.history())
    assert (step.kind, step.wave, step.hosts) == ("wave", "wave_01", ("a",))
    verdict = gate.after_wave(PLAN, "wave_01", record.history(), 99)
    assert verdict.verdict == "hold"
    assert "a staged, waiting for restart (li.na is logged on)" in verdict.reason


def test_hosts_in_use_are_asked_with_those_not_touched_yet(record: Record) -> None:
    record.done("a")
    record.open("b")
    record.stage("b", waited=DEADLINE)
    assert next_step(PLAN, record.history()).hosts == ("b", "c"), "c has not been asked at all"
    record.done("c")
    step = next_step(PLAN, record.history())
    assert (step.kind, step.hosts, step.wave) == ("hold", ("b",), "wave_02")
    assert step.reason.endswith("past the deadline of 240 min, still on 3.12.0")


@pytest.mark.parametrize("waited, kind", [(0.0, "wave"), (DEADLINE - 1, "wave"), (DEADLINE, "hold")])
def test_the_wave_holds_once_a_host_was_in_use_at_its_deadline(record: Record, waited: float, kind: str) -> None:
    record.open("a")
    record.stage("a", waited=waited)
    assert next_step(PLAN, record.history()).kind == kind


def test_a_user_who_left_ends_the_wait(record: Record) -> None:
    record.open("a")
    record.stage("a")
    record.stage("a", waited=60)
    record.begin("a")
    assert status("a", record.history()).state is State.OPEN
    record.close("a", "applied")
    record.prove("a", NEW)
    assert status("a", record.history()).state is State.DONE


def test_a_staged_host_serves_the_old_release_and_must_do_so_well(record: Record) -> None:
    record.open("a")
    record.stage("a")
    assert expected_version("a", PLAN, record.history()).versions == (OLD,)
    record.prove("a", OLD, ok=False)
    assert status("a", record.history()).state is State.UNFIT
    record.prove("a", OLD)
    assert status("a", record.history()).state is State.STAGED
    record.differ("a", "3.11.0")
    assert status("a", record.history()).state is State.SKIPPED


def test_a_person_may_leave_a_machine_in_use_alone(record: Record) -> None:
    record.open("a")
    record.stage("a", waited=DEADLINE)
    record.classify("a", "machine")
    assert status("a", record.history()).state is State.SET_ASIDE
    assert next_step(PLAN, record.history()).wave == "wave_02"
    record.stage("a", waited=DEADLINE + 60)
    assert status("a", record.history()).state is State.STAGED, "it was asked again since"


def test_a_way_back_waits_for_the_user_too(record: Record) -> None:
    record.open("a")
    record.close("a", "applied")
    record.prove("a", NEW, ok=False)
    record.open("a", "back")
    record.stage("a", busy="li.na works on it")
    assert status("a", record.history()).state is State.BACK_STAGED
    assert expected_version("a", PLAN, record.history()).versions == (OLD, NEW)
    assert next_step(PLAN, record.history()).kind == "roll_back"
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "hold"
    record.prove("a", NEW, ok=False)
    assert status("a", record.history()).state is State.BACK_STAGED, "what it runs meanwhile decides nothing"
    record.stage("a", waited=DEADLINE, busy="li.na works on it")
    step = next_step(PLAN, record.history())
    assert (step.kind, step.reason) == ("hold", "a to be taken back, waiting for restart (li.na works on it)")


def test_a_way_back_that_waits_holds_every_gate(record: Record) -> None:
    record.done("a")
    record.open("b")
    record.close("b", "applied")
    record.open("b", "back")
    record.stage("b")
    for host, version in (("a", NEW), ("b", NEW), ("c", OLD)):
        record.prove(host, version)
    assert "b to be taken back" in gate.after_wave(PLAN, "wave_01", record.history(), 99).reason


def test_a_failed_host_is_taken_back_with_those_that_wait(record: Record) -> None:
    record.done("a")
    for host in ("b", "c"):
        record.open(host)
        record.close(host, "applied")
        record.prove(host, NEW, ok=False)
    record.open("b", "back")
    record.stage("b")
    step = next_step(PLAN, record.history())
    assert (step.kind, step.hosts) == ("roll_back", ("b", "c"))


def test_the_journey_is_walked_before_the_first_wave_and_after_each(record: Record) -> None:
    step = next_step(WALKED, record.history())
    assert (step.kind, step.reason) == ("journey", "before the first wave")
    assert next_step(PLAN, record.history()).kind == "wave", "a plan without it asks for none"
    record.walk()
    assert next_step(WALKED, record.history()).kind == "wave"
    record.open("a")
    record.close("a", "applied")
    assert next_step(WALKED, record.history()).kind == "verify", "the proof of each host comes first"
    for host, version in (("a", NEW), ("b", OLD), ("c", OLD)):
        record.prove(host, version)
    assert next_step(WALKED, record.history()).reason == "after wave_01"
    assert "was not walked since wave_01" in gate.after_wave(WALKED, "wave_01", record.history(), 99).reason
    assert gate.after_wave(PLAN, "wave_01", record.history(), 99).verdict == "promote"
    record.walk()
    assert gate.after_wave(WALKED, "wave_01", record.history(), 99).verdict == "promote"
    assert next_step(WALKED, record.history()).wave == "wave_02"


def test_a_journey_that_failed_holds_and_is_nobodys_machine(record: Record) -> None:
    record.walk(ok=False)
    step = next_step(WALKED, record.history())
    assert (step.kind, step.hosts, step.wave) == ("hold", (), "")
    record.walk()
    record.done("a")
    record.prove("b", OLD)
    record.prove("c", OLD)
    record.walk(ok=False)
    step = next_step(WALKED, record.history())
    assert (step.kind, step.hosts, step.wave) == ("hold", (), "wave_01")
    assert step.reason == "the patient's journey failed: read the result at lab-ws-01: nothing"
    assert step.reason in gate.after_wave(WALKED, "wave_01", record.history(), 99).reason
    assert status("a", record.history()).state is State.DONE, "nothing is taken back by itself"


def test_a_host_that_was_only_staged_asks_for_no_journey(record: Record) -> None:
    record.walk()
    record.open("a")
    record.stage("a")
    assert next_step(WALKED, record.history()).kind == "wave"
