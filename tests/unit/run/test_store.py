"""The store under concurrent writers, damage and an unknown schema."""

from __future__ import annotations

import sqlite3
import threading
from pathlib import Path

import pytest

from wardround.run.store import Store, StoreError, next_seq


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    return Store.open()


def test_opening_again_keeps_what_is_there(store: Store) -> None:
    with store.write() as db:
        assert next_seq(db) == 1
    with Store.open().write() as db:
        assert next_seq(db) == 2


def test_a_failed_transaction_leaves_nothing(store: Store) -> None:
    with pytest.raises(ZeroDivisionError), store.write() as db:
        next_seq(db)
        raise ZeroDivisionError
    with store.write() as db:
        assert next_seq(db) == 1


def test_concurrent_writers_never_share_a_number(store: Store) -> None:
    taken: list[int] = []

    def take() -> None:
        for _round in range(20):
            with store.write() as db:
                taken.append(next_seq(db))

    threads = [threading.Thread(target=take) for _thread in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 81))


def test_a_damaged_file_is_named_with_the_way_out(store: Store) -> None:
    for extra in store.path.parent.glob("wardround.db-*"):
        extra.unlink()
    store.path.write_bytes(b"not a database, but long enough to be taken for one" * 40)
    with pytest.raises(StoreError, match=r"wardround\.db.*move it"):
        Store.open()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with sqlite3.connect(store.path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="schema 99"):
        Store.open()


def test_an_unwritable_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "file" / "state"))
    with pytest.raises(StoreError, match="WARDROUND_STATE"):
        Store.open()
