"""Which version counts as right for a host, and what is written down of its answers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.run.test_admission import NEW, OLD, PLAN
from wardround.evidence.check import Check
from wardround.run import intents, journal, proving
from wardround.run.store import Store


def how(expected: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Check]:
    return [Check("version", answers["version"] == expected["version"], expected["version"], answers["version"])]


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path))
    store = Store.open()
    journal.begin_rollout(store, PLAN, "plans/x.plan.json", PLAN.text(), None)
    return store


def prove(store: Store, served: str, plan: Any = PLAN) -> proving.Proof:
    roll_out = (store, plan) if plan else None
    return proving.judge(roll_out, "a", "pacs_client", how, {"version": OLD}, {"version": served})


def test_the_record_says_which_version_is_right(store: Store) -> None:
    assert [check.ok for check in prove(store, OLD).checks] == [True]
    with store.write() as db:
        intent = intents.open_one(db, journal.rollout_id(PLAN), "wave_01", "a", "r", "forward", (OLD, NEW))
    assert prove(store, OLD).checks[0].ok and prove(store, NEW).checks[0].ok, "nobody knows yet"
    with store.write() as db:
        intents.close(db, intent, "applied")
    assert not prove(store, OLD).checks[0].ok
    assert prove(store, NEW).default_phase == "verify"


@pytest.mark.parametrize("found", ["not asked: there is no answer", "HTTP 404 from http://127.0.0.1/", ""])
def test_a_sentence_instead_of_a_version_is_unknown(store: Store, found: str) -> None:
    assert prove(store, found).served == "unknown"


def test_outside_a_roll_out_a_proof_is_recorded_with_its_product(store: Store) -> None:
    proving.record(store, "r", None, prove(store, OLD, plan=None))
    with store.read() as db:
        row = db.execute("SELECT rollout, product, phase, ok, served_version FROM proofs").fetchone()
    assert tuple(row) == (None, "pacs_client", "manual", 1, OLD)


def test_what_has_no_version_expects_and_serves_none(store: Store) -> None:
    def one(_expected: Mapping[str, Any], _answers: Mapping[str, Any]) -> list[Check]:
        return [Check("chrony", True, "within 1 s", "in step")]

    proof = proving.judge(None, "a", "time_client", one, {"asked": ["chrony"]}, {})
    assert (proof.expected, proof.served, proof.default_phase) == ("", "", "manual")
    proving.record(store, "r", None, proof)
    with store.read() as db:
        row = db.execute("SELECT product, ok, expected_version, served_version FROM proofs").fetchone()
    assert tuple(row) == ("time_client", 1, "", "")
