"""Locks of living and of dead owners."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from wardround.run import lock, processes
from wardround.run.store import Store

MINE, YOURS = lock.Lock("roll-out of pacs_client", "mine"), lock.Lock("roll-out of pacs_client", "yours")


@pytest.fixture
def store(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Store:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path))
    return Store.open()


@pytest.fixture
def sleeper() -> subprocess.Popen[bytes]:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
        yield child
        child.kill()


def holds(store: Store, which: lock.Lock) -> bool:
    with store.read() as db:
        return lock.held(db, which)


def test_a_living_owner_keeps_others_out(store: Store, sleeper: subprocess.Popen[bytes]) -> None:
    lock.acquire(store, MINE, "nurse@desk", sleeper.pid)
    with pytest.raises(lock.LockedError, match=f"nurse@desk.*{sleeper.pid}"):
        lock.acquire(store, YOURS, "other", sleeper.pid)
    assert holds(store, MINE)
    assert not holds(store, YOURS)


def test_a_dead_owners_lock_is_free(store: Store, sleeper: subprocess.Popen[bytes]) -> None:
    lock.acquire(store, MINE, "nurse@desk", sleeper.pid)
    sleeper.kill()
    sleeper.wait()
    assert not holds(store, MINE)
    with subprocess.Popen(["sleep", "60"]) as heir:
        lock.acquire(store, YOURS, "other", heir.pid)
        assert holds(store, YOURS)
        heir.kill()


def test_a_process_id_used_again_is_not_the_owner(store: Store, sleeper: subprocess.Popen[bytes]) -> None:
    lock.acquire(store, MINE, "nurse@desk", sleeper.pid)
    with store.write() as db:
        db.execute("UPDATE locks SET pid_start = pid_start - 1")
    assert not holds(store, MINE)


def test_a_lock_of_another_boot_is_free(store: Store, sleeper: subprocess.Popen[bytes]) -> None:
    lock.acquire(store, MINE, "nurse@desk", sleeper.pid)
    with store.write() as db:
        db.execute("UPDATE locks SET boot_id = 'another'")
    assert not holds(store, MINE)


def test_only_the_holder_releases(store: Store, sleeper: subprocess.Popen[bytes]) -> None:
    lock.acquire(store, MINE, "nurse@desk", sleeper.pid)
    lock.release(store, YOURS)
    assert holds(store, MINE)
    lock.release(store, MINE)
    assert not holds(store, MINE)


def test_a_zombie_is_not_alive() -> None:
    with subprocess.Popen(["true"]) as child:
        while processes.start_time(child.pid) is not None:
            pass
        assert not processes.group_alive(child.pid)


def test_a_group_that_does_not_end_is_ended() -> None:
    with subprocess.Popen(["sleep", "60"], start_new_session=True) as child:
        assert processes.group_alive(child.pid)
        assert not processes.wait_group(child.pid, 0.1)
        processes.end_group(child.pid)
        assert not processes.group_alive(child.pid)
