"""Ctrl-C at a real terminal, on real machines: the desk in flight finishes, none begins after it, and apply goes on."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import time
from collections.abc import Iterator

import pytest

from tests.integration.ward import BEDS, DESKS, Ward

CTRL_C = b"\x03"
HELD = 3


class Terminal:
    """A command whose standard streams and controlling terminal are a pseudo-terminal, as in a person's shell."""

    def __init__(self, ward: Ward, *command: str) -> None:
        self._master, slave = pty.openpty()
        # The child makes the terminal its own; otherwise a Ctrl-C would have nobody to go to.
        self.process = subprocess.Popen(
            ["setsid", "--ctty", *command],
            cwd=ward.root,
            env={**ward.environment, "TERM": "xterm", "COLUMNS": "200"},
            stdin=slave,
            stdout=slave,
            stderr=slave,
        )
        os.close(slave)
        os.set_blocking(self._master, False)
        self._said = b""

    def said(self) -> str:
        """Everything printed so far, without what only moves the cursor."""
        while True:
            try:
                chunk = os.read(self._master, 65536)
            except (BlockingIOError, OSError):
                break
            if not chunk:
                break
            self._said += chunk
        return re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", self._said.decode("utf-8", "replace")).replace("\r\n", "\n")

    def wait_until_said(self, text: str, seconds: float = 60) -> None:
        deadline = time.monotonic() + seconds
        while text not in self.said():
            assert time.monotonic() < deadline, f"{text!r} was not said:\n{self.said()}"
            time.sleep(0.1)

    def press(self, key: bytes) -> None:
        os.write(self._master, key)

    def ended(self, seconds: float = 120) -> tuple[int, str]:
        """Exit code and what was said; its output is read meanwhile, or it would wait for a reader."""
        deadline = time.monotonic() + seconds
        while self.process.poll() is None:
            assert time.monotonic() < deadline, self.said()
            self.said()
            time.sleep(0.1)
        return self.process.returncode, self.said()


@pytest.fixture(scope="module")
def plan(ward: Ward) -> Iterator[str]:
    """An approved plan of two waves from 1.0.0, which is installed, to 1.3.0."""
    ward.install()
    plan = ward.want("1.3.0")
    yield plan
    ward.wardround("rollback", plan)


def apply(ward: Ward, plan: str) -> Terminal:
    return Terminal(ward, "wardround", "apply", plan, "-i", "inventories/example")


def in_flight(ward: Ward, desk: str, terminal: Terminal) -> None:
    query = f"SELECT 1 FROM intents WHERE host = '{desk}' AND state = 'open' AND to_version = '1.3.0'"
    deadline = time.monotonic() + 120
    while not ward.rows(query):
        assert terminal.process.poll() is None, terminal.said()
        assert time.monotonic() < deadline
        terminal.said()
        time.sleep(0.05)


@pytest.mark.long
def test_one_ctrl_c_finishes_the_desk_in_flight_and_says_how_to_go_on(ward: Ward, plan: str) -> None:
    canary = ward.canary(plan)
    terminal = apply(ward, plan)
    in_flight(ward, canary, terminal)
    terminal.press(CTRL_C)
    terminal.wait_until_said(f"finishing the hosts in flight ({canary}); no further host is begun; Ctrl-C again")
    code, said = terminal.ended()
    assert code == HELD, said
    assert said.strip().splitlines()[-1].endswith(f"`wardround apply {plan}` goes on")
    other = next(desk for desk in DESKS if desk != canary)
    assert (ward.beds(canary)[0], ward.beds(other)[0]) == ("1.3.0", "1.0.0")
    assert not ward.rows("SELECT 1 FROM runs WHERE ended IS NULL")
    assert not ward.rows("SELECT 1 FROM intents WHERE state IN ('open', 'unknown')")


@pytest.mark.long
def test_two_leave_at_once_and_the_desk_finishes_by_itself(ward: Ward, plan: str) -> None:
    other = next(desk for desk in DESKS if desk != ward.canary(plan))
    terminal = apply(ward, plan)
    in_flight(ward, other, terminal)
    terminal.press(CTRL_C)
    terminal.wait_until_said("Ctrl-C again to leave them to finish by themselves")
    terminal.press(CTRL_C)
    began = time.monotonic()
    code, said = terminal.ended()
    assert time.monotonic() - began < 5
    assert code == HELD
    assert f"left to finish by itself: {other}" in said
    done = ward.wardround("apply", plan)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [ward.beds(desk) for desk in DESKS] == [("1.3.0", BEDS["1.3.0"])] * 2
    assert len(ward.rows("SELECT 1 FROM intents WHERE to_version = '1.3.0'")) == 2, "none was done twice"
