"""The engine is never locked out by its own attempts to log in."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import tryton

from lab.engine.door import Door


class Session:
    """A session with a server whose users are there from a moment on; it locks them out as Tryton does."""

    url, user, deadline = "https://his", "interface", 4.0

    def __init__(self, clock: Clock, users_at: float) -> None:
        self.clock, self.users_at = clock, users_at
        self.failed: list[float] = []
        self.in_at: float | None = None

    def login(self) -> None:
        now = self.clock.now
        if len([at for at in self.failed if at > now - 300]) > 5:
            self.failed.append(now)
            raise tryton.LockedOutError("locked")
        if now < self.users_at:
            self.failed.append(now)
            raise tryton.PasswordRefusedError("wrong")
        self.in_at = now


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    found = Clock()
    monkeypatch.setattr(time, "time", lambda: found.now)
    return found


def ask_until_in(clock: Clock, path: Path, server: Session, seconds: float) -> None:
    """Three processes ask twice a second."""
    doors = [Door(path) for _time in range(3)]
    while server.in_at is None and clock.now < 1000 + seconds:
        for door in doors:
            try:
                door.enter(server)
            except tryton.TrytonError:
                continue
        clock.now += 0.5


@pytest.mark.parametrize("users_after", [0, 5, 20, 50, 90, 200, 400, 1000])
def test_users_that_come_late_are_let_in_soon_and_nobody_is_locked_out(
    clock: Clock, tmp_path: Path, users_after: float
) -> None:
    server = Session(clock, 1000 + users_after)
    ask_until_in(clock, tmp_path / "door", server, 2000)
    assert server.in_at is not None
    assert server.in_at - server.users_at <= min(15 + 1.5 * users_after, 310)
    for at in server.failed:
        assert len([other for other in server.failed if at - 300 < other <= at]) <= 5


def test_who_is_locked_out_stays_away_until_it_is_over(clock: Clock, tmp_path: Path) -> None:
    server = Session(clock, 0)
    server.failed = [999.0] * 6
    ask_until_in(clock, tmp_path / "door", server, 2000)
    assert server.failed == [999.0] * 6 + [1000.0] * 1
    assert server.in_at == 1310


def test_what_is_waited_for_is_said_and_does_not_change_every_time(clock: Clock, tmp_path: Path) -> None:
    server, door = Session(clock, 1e9), Door(tmp_path / "door")
    with pytest.raises(tryton.PasswordRefusedError):
        door.enter(server)
    said = set()
    for _time in range(3):
        clock.now += 0.5
        with pytest.raises(tryton.TrytonError, match="refused the password of interface 1 times; the next") as caught:
            door.enter(server)
        said.add(str(caught.value))
    assert len(said) == 1


def test_another_failure_counts_for_nothing(clock: Clock, tmp_path: Path) -> None:
    server, door = Session(clock, 0), Door(tmp_path / "door")

    def away() -> None:
        raise tryton.TrytonError("cannot be reached")

    for login in (away, away, server.login):
        server.login = login  # type: ignore[method-assign]
        try:
            door.enter(server)
        except tryton.TrytonError as error:
            assert str(error) == "cannot be reached"
    assert server.in_at == 1000


def test_a_file_that_was_cut_off_is_none(clock: Clock, tmp_path: Path) -> None:
    (tmp_path / "door").write_text('{"refus')
    server = Session(clock, 0)
    Door(tmp_path / "door").enter(server)
    assert server.in_at == 1000
