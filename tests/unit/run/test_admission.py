"""Who is let through to a change, and who is not."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest

from wardround.evidence.check import Check
from wardround.rollout.plan import Coverage, Plan, PlannedHost, Service, Wave
from wardround.run import admission, journal, lock, past
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
        journal.close_intent(db, ticket.intent, "applied")
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
        journal.open_intent(db, journal.rollout_id(PLAN), "wave_01", "a", "r", "forward", (OLD, NEW))
    with store.write() as db:
        journal.close_intent(db, ticket.intent, "applied")
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
        journal.close_intent(db, ticket.intent, "applied")
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
    journal.lose(store, "r", "a", "no route to host")
    journal.end_run(store, "r", 4)
    with store.read() as db:
        newest = past.history(db, journal.rollout_id(PLAN)).newest_intent["a"]
    assert (newest.state, newest.reason) == ("unknown", "no route to host")
