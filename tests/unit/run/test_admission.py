"""Who is let through to a change, and who is not."""

from __future__ import annotations

import dataclasses
import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from wardround.evidence.check import Check
from wardround.rollout.plan import Coverage, Plan, PlannedHost, Service, Wave
from wardround.rollout.record import IntentRecord
from wardround.run import admission, intents, journal, lock, past
from wardround.run.store import Store

OLD, NEW = "3.12.0", "3.13.2"
GOOD = Check("version", True, NEW, NEW)
BAD = Check("frame", False, "an image", "HTTP 404")


def wave(name: str, *hosts: str) -> Wave:
    service = Service("radiology", 3, len(hosts), 3 - len(hosts), 1)
    return Wave(name, "wave", 9, 0, tuple(PlannedHost(host, "radiology", OLD) for host in hosts), (service,))


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
    waves=(wave("wave_01", "a"), wave("wave_02", "b")),
    canary=(Coverage("m / o / p", ("a",)),),
    excluded=(),
)
GROUPS = {"all": ["a", "b", "x"], "wave_01": ["a"], "wave_02": ["b"]}


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path))
    store = Store.open()
    journal.begin_rollout(store, PLAN, "plans/x.plan.json", PLAN.text(), None)
    return store


def prove(store: Store, host: str, check: Check = GOOD) -> None:
    journal.add_proof(store, "r", journal.rollout_id(PLAN), "pacs_client", host, "verify", (OLD, OLD), [check])


def admit(store: Store, host: str, where: str, run: str | None = "r") -> admission.Ticket:
    with store.write() as db:
        return admission.admit_forward(db, PLAN, where, host, run)


def newest(store: Store, host: str) -> IntentRecord:
    with store.read() as db:
        return past.history(db, journal.rollout_id(PLAN)).newest_intent[host]


def refused(what: Callable[[], object]) -> str:
    with pytest.raises(admission.RefusedError) as caught:
        what()
    return str(caught.value)


def test_a_wave_is_one_group_and_nothing_else() -> None:
    assert admission.wave_of("a", GROUPS, ["a"]) == "wave_01"
    assert "0 waves" in refused(lambda: admission.wave_of("x", GROUPS, ["x"]))
    assert "mixes wave_01 with b" in refused(lambda: admission.wave_of("a", GROUPS, ["a", "b"]))
    assert "2 waves" in refused(lambda: admission.wave_of("a", {**GROUPS, "wave_02": ["a", "b"]}, ["a"]))
    assert "no plan in the inventory" in refused(lambda: admission.wave_of("a", {"all": ["a"]}, ["a"]))


def test_no_baseline_no_change(store: Store) -> None:
    prove(store, "a")
    assert "no baseline of b" in refused(lambda: admit(store, "a", "wave_01"))
    prove(store, "b")
    assert admit(store, "a", "wave_01").intent.startswith("i-")


def test_a_later_wave_waits_for_the_gates_before_it(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    assert "the gate after wave_01 says hold" in refused(lambda: admit(store, "b", "wave_02"))
    ticket = admit(store, "a", "wave_01")
    assert "gate after wave_01" in refused(lambda: admit(store, "b", "wave_02"))
    with store.write() as db:
        intents.close(db, ticket.intent, "applied")
    assert "gate after wave_01" in refused(lambda: admit(store, "b", "wave_02"))
    prove(store, "a")
    prove(store, "b")
    assert admit(store, "b", "wave_02").intent


def test_a_host_is_not_changed_twice(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    ticket = admit(store, "a", "wave_01")
    assert "being changed" in refused(lambda: admit(store, "a", "wave_01"))
    with pytest.raises(sqlite3.IntegrityError), store.write() as db:
        intents.open_one(db, journal.rollout_id(PLAN), "wave_01", "a", "r", "forward", (OLD, NEW))
    with store.write() as db:
        intents.close(db, ticket.intent, "applied")
    assert admit(store, "a", "wave_01").already


def test_a_failure_anywhere_holds(store: Store) -> None:
    prove(store, "a")
    prove(store, "b", BAD)
    assert "b fails its proof" in refused(lambda: admit(store, "a", "wave_01"))


def test_a_halt_stops_the_next_host_but_not_the_way_back(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    ticket = admit(store, "a", "wave_01")
    with store.write() as db:
        intents.close(db, ticket.intent, "applied")
    journal.halt(store, "smoke in the server room")
    assert "smoke in the server room" in refused(lambda: admit(store, "b", "wave_02"))
    with store.write() as db:
        assert admission.admit_back(db, PLAN, "wave_01", "a", "r").intent
    assert journal.lift_halt(store) == 1


def test_the_way_back_needs_a_change(store: Store) -> None:
    with store.write() as db:
        assert "no way back" in refused(lambda: admission.admit_back(db, PLAN, "wave_01", "a", "r"))


def test_check_mode_asks_everything_and_journals_nothing(store: Store) -> None:
    assert "no baseline" in refused(lambda: admit(store, "a", "wave_01", None))
    prove(store, "a")
    prove(store, "b")
    assert admit(store, "a", "wave_01", None).intent == "check"
    with store.read() as db:
        assert db.execute("SELECT count(*) FROM intents").fetchone()[0] == 0


def test_a_host_in_use_is_staged_and_keeps_its_intent_until_it_is_begun(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    intent = admit(store, "a", "wave_01").intent
    with store.write() as db:
        assert not admission.admit_restart(db, intent, ["li.na is logged on", "a job is printing"])
    assert newest(store, "a").state == "staged"
    assert newest(store, "a").busy == "li.na is logged on; a job is printing"
    assert "not complete: a staged, waiting for restart" in refused(lambda: admit(store, "b", "wave_02"))
    assert admit(store, "a", "wave_01", "r2") == admission.Ticket(intent)
    assert (newest(store, "a").state, newest(store, "a").run) == ("staged", "r2"), "asking begins nothing"
    with store.write() as db:
        assert not admission.admit_restart(db, intent, [])
    assert newest(store, "a").busy == "in use: what it is used for is not known"
    with store.write() as db:
        assert admission.admit_restart(db, intent, None)
    assert (newest(store, "a").state, newest(store, "a").closed_seq) == ("open", None)
    with store.write() as db:
        assert admission.admit_restart(db, intent, None), "it is open: nothing changes"
        intents.close(db, intent, "applied")
    assert admit(store, "a", "wave_01").already


def test_an_intent_that_nobody_knows_restarts_nothing(store: Store) -> None:
    with store.write() as db:
        assert "knows no intent i-0" in refused(lambda: admission.admit_restart(db, "i-0", None))


def test_time_in_use_is_counted_from_the_first_answer(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    intent = admit(store, "a", "wave_01").intent
    with store.write() as db:
        admission.admit_restart(db, intent, ["li.na"])
        db.execute("UPDATE intents SET staged = '2026-11-20T01:30:00Z', closed = '2026-11-20T01:31:30Z'")
    assert newest(store, "a").waited == 90
    with store.write() as db:
        admission.admit_restart(db, intent, ["li.na"])
    assert newest(store, "a").waited > 90, "the first answer still counts"


def test_a_staged_host_that_is_switched_off_is_not_lost(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    intent = admit(store, "a", "wave_01").intent
    with store.write() as db:
        admission.admit_restart(db, intent, ["li.na"])
    admit(store, "a", "wave_01", "r2")
    intents.lose(store, "r2", "a", "no route to host")
    assert (newest(store, "a").state, newest(store, "a").busy) == ("staged", "unreachable when asked: no route to host")
    journal.begin_run(store, "r2", {})
    journal.end_run(store, "r2", 4)
    assert newest(store, "a").state == "staged"


def test_a_way_back_waits_for_the_user_with_its_reason_kept(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    with store.write() as db:
        assert "no way back" in refused(lambda: admission.admit_back(db, PLAN, "wave_01", "a", "r"))
    intent = admit(store, "a", "wave_01").intent
    with store.write() as db:
        admission.admit_restart(db, intent, ["li.na"])
        assert "no way back" in refused(lambda: admission.admit_back(db, PLAN, "wave_01", "a", "r"))
        admission.admit_restart(db, intent, None)
        intents.close(db, intent, "failed", "the page is blank")
        back = admission.admit_back(db, PLAN, "wave_01", "a", "r").intent
        admission.admit_restart(db, back, ["li.na"])
        assert admission.admit_back(db, PLAN, "wave_01", "a", "r3").intent == back
    assert (newest(store, "a").direction, newest(store, "a").reason) == ("back", "the page is blank")
    assert "to be taken back" in refused(lambda: admit(store, "a", "wave_01"))


def test_a_plan_with_a_journey_wants_a_good_one_before_its_first_wave(store: Store) -> None:
    plan = dataclasses.replace(PLAN, journey=True)
    journal.begin_rollout(store, plan, "plans/y.plan.json", plan.text(), None)
    rollout = journal.rollout_id(plan)

    def begin() -> admission.Ticket:
        with store.write() as db:
            return admission.admit_forward(db, plan, "wave_01", "a", None)

    for host in ("a", "b"):
        journal.add_proof(store, "r", rollout, "pacs_client", host, "baseline", (OLD, OLD), [GOOD])
    assert "playbooks/prove_clinical.yml" in refused(begin)
    step = {"key": "r", "name": "read the result", "host": "lab-ws-01", "ok": False, "expected": "5.4", "found": "none"}
    journal.add_journey(store, "r", rollout, "baseline", [{**step, "seconds": 1, "cause": "the engine is stopped"}])
    assert (
        "read the result at lab-ws-01: expected 5.4, found none; likely cause: the engine is stopped; when that is"
        in refused(begin)
    )
    journal.add_journey(store, "r", rollout, "baseline", [])
    assert "no step was walked" in refused(begin)
    journal.add_journey(store, "r", None, "manual", [{**step, "ok": True}])
    assert "no step was walked" in refused(begin), "a journey outside the roll-out says nothing about it"
    journal.add_journey(store, "r", rollout, "baseline", [{**step, "ok": True}])
    assert begin().intent == "check"


def test_a_host_is_changed_for_one_product_at_a_time(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    other = dataclasses.replace(PLAN, product="his_client")
    journal.begin_rollout(store, other, "plans/y.plan.json", other.text(), None)
    with store.write() as db:
        theirs = intents.open_one(db, journal.rollout_id(other), "wave_01", "a", "r", "forward", (OLD, NEW))
    assert "a is being changed by the roll-out of his_client" in refused(lambda: admit(store, "a", "wave_01"))
    with store.write() as db:
        intents.close(db, theirs, "applied")
    mine = admit(store, "a", "wave_01").intent
    with store.write() as db:
        admission.admit_restart(db, mine, ["li.na"])
        intents.open_one(db, journal.rollout_id(other), "wave_01", "a", "r", "back", (NEW, OLD))
        assert "roll-out of his_client" in refused(lambda: admission.admit_restart(db, mine, None))


def test_after_a_ctrl_c_no_host_is_begun(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = admission.product_lock("pacs_client", "token")
    lock.acquire(store, mine, "me", os.getpid())
    monkeypatch.setenv("WARDROUND_LOCK", "token")
    lock.end(store, mine, "chen.yu ended the run with Ctrl-C")
    assert "not begun: chen.yu ended" in refused(lambda: admission.take_lock(store, "pacs_client", "r"))


def test_an_orphan_is_refused(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    mine = admission.product_lock("pacs_client", "token")
    lock.acquire(store, mine, "me", os.getpid())
    monkeypatch.setenv("WARDROUND_LOCK", "token")
    admission.take_lock(store, "pacs_client", "r")
    with store.write() as db:
        db.execute("UPDATE locks SET pid_start = pid_start - 1")
    assert "is gone" in refused(lambda: admission.take_lock(store, "pacs_client", "r"))


def test_a_run_by_hand_is_refused_while_another_works(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("WARDROUND_LOCK", raising=False)
    lock.acquire(store, admission.product_lock("pacs_client", "other"), "night shift", os.getpid())
    assert "night shift" in refused(lambda: admission.take_lock(store, "pacs_client", "r"))


def test_a_lost_host_is_unknown_and_a_run_that_ends_fails_what_it_left_open(store: Store) -> None:
    prove(store, "a")
    prove(store, "b")
    journal.begin_run(store, "r", {})
    admit(store, "a", "wave_01")
    intents.lose(store, "r", "a", "no route to host")
    journal.end_run(store, "r", 4)
    with store.read() as db:
        lost = past.history(db, journal.rollout_id(PLAN)).newest_intent["a"]
    assert (lost.state, lost.reason) == ("unknown", "no route to host")
