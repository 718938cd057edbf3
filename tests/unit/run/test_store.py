"""The store under concurrent writers, damage and an unknown schema."""

from __future__ import annotations

import sqlite3
import threading
from contextlib import closing
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


def test_the_log_is_copied_back_by_the_last_to_close_and_by_nobody_before(store: Store) -> None:
    log, size = store.path.with_name("wardround.db-wal"), store.path.stat().st_size
    much = "x" * 5_000_000  # more than the 1,000 pages after which SQLite copies by itself, whoever else is there
    with closing(sqlite3.connect(store.path)) as other:
        other.execute("SELECT * FROM sequence").fetchall()
        with store.write() as db:
            db.execute("INSERT INTO halts (reason, who, at) VALUES (?, 'me', 't')", (much,))
        assert (store.path.stat().st_size, log.exists()) == (size, True)
    with store.read() as db:
        assert db.execute("SELECT reason FROM halts").fetchone()[0] == much
    assert (store.path.stat().st_size > len(much), log.exists()) == (True, False)


def test_a_damaged_file_is_named_with_the_way_out(store: Store) -> None:
    for extra in store.path.parent.glob("wardround.db-*"):
        extra.unlink()
    store.path.write_bytes(b"not a database, but long enough to be taken for one" * 40)
    with pytest.raises(StoreError, match=r"wardround\.db.*move it"):
        Store.open()


def test_a_newer_schema_is_refused(store: Store) -> None:
    with closing(sqlite3.connect(store.path, isolation_level=None)) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(StoreError, match="schema 99"):
        Store.open()


def test_an_unwritable_place_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "file" / "state"))
    with pytest.raises(StoreError, match="WARDROUND_STATE"):
        Store.open()


def test_a_store_of_schema_1_is_migrated_with_what_it_holds(store: Store) -> None:
    old = store.path.with_name("old.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.executescript((Path(__file__).parent / "schema_1.sql").read_text())
        db.execute("UPDATE sequence SET n = 7")
        db.execute(
            "INSERT INTO rollouts (id, plan_path, plan, product, from_version, to_version, state, who, started)"
            " VALUES ('x', 'p', '{}', 'his_client', '1', '2', 'held', 'me', 't')"
        )
        for number, state in enumerate(("open", "applied"), 1):
            db.execute(
                "INSERT INTO intents (id, rollout, wave, host, run, direction, from_version, to_version, state, opened,"
                " opened_seq, closed_seq) VALUES (?, 'x', 'wave_01', ?, 'r', 'forward', '1', '2', ?, 't', ?, 5)",
                (f"i{number}", f"host-{number}", state, number),
            )
        for seq, rollout in ((3, "x"), (4, None)):
            db.execute(
                "INSERT INTO proofs VALUES (?, 'r', ?, 'host-1', 'verify', '1', '1', 1, '[]', 't')", (seq, rollout)
            )
        db.execute("INSERT INTO locks VALUES ('l', 't', 'me', 1, 2, 'b', 't')")
    old.replace(store.path)
    for extra in store.path.parent.glob("wardround.db-*"):
        extra.unlink()
    with Store.open().write() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 3
        assert next_seq(db) == 8
        rows = db.execute("SELECT id, state, closed_seq, staged, busy FROM intents ORDER BY id").fetchall()
        assert [tuple(row) for row in rows] == [("i1", "open", 5, None, ""), ("i2", "applied", 5, None, "")]
        assert [row[0] for row in db.execute("SELECT product FROM proofs ORDER BY seq")] == [
            "his_client",
            "pacs_client",
        ]
        assert db.execute("SELECT ending FROM locks").fetchone()[0] is None
        db.execute("UPDATE intents SET state = 'staged' WHERE id = 'i2'")
        with pytest.raises(sqlite3.IntegrityError):
            db.execute("UPDATE intents SET state = 'open', host = 'host-1' WHERE id = 'i2'")


def test_a_store_of_schema_2_is_migrated_with_what_it_holds(store: Store) -> None:
    old = store.path.with_name("old.db")
    with closing(sqlite3.connect(old, isolation_level=None)) as db:
        db.executescript((Path(__file__).parent / "schema_2.sql").read_text())
        db.execute("UPDATE sequence SET n = 7")
        db.execute("INSERT INTO journeys VALUES (6, 'r', NULL, 'manual', 1, '[]', 't')")
    old.replace(store.path)
    for extra in store.path.parent.glob("wardround.db-*"):
        extra.unlink()
    with Store.open().write() as db:
        assert db.execute("PRAGMA user_version").fetchone()[0] == 3
        assert next_seq(db) == 8
        assert db.execute("SELECT seq FROM journeys").fetchone()[0] == 6
        assert [db.execute(f"SELECT count(*) FROM network_{what}").fetchone()[0] for what in ("proofs", "changes")] == [
            0,
            0,
        ]


@pytest.mark.parametrize("version", [1, 2])
def test_a_migrated_store_has_the_schema_of_a_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: int
) -> None:
    shapes = []
    for name, script in (("new", None), ("old", Path(__file__).parent / f"schema_{version}.sql")):
        monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / name))
        (tmp_path / name).mkdir()
        if script:
            with closing(sqlite3.connect(tmp_path / name / "wardround.db", isolation_level=None)) as db:
                db.executescript(script.read_text())
        with Store.open().read() as db:
            tables = db.execute("SELECT type, name, tbl_name FROM sqlite_master ORDER BY type, name").fetchall()
            columns = {
                row["name"]: [tuple(c) for c in db.execute(f"PRAGMA table_info({row['name']})")] for row in tables
            }
            checks = db.execute("SELECT sql FROM sqlite_master WHERE name = 'intents'").fetchone()[0]
            shapes.append(([tuple(row) for row in tables], columns, checks))
    assert shapes[0] == shapes[1]
