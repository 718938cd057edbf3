"""A plain SSH client that types and waits for a prompt."""

from __future__ import annotations

import asyncio
import re
import time
from types import TracebackType

import asyncssh

from lab.switch.fleet import Fleet

PROMPT = r"\n?[\[<]?[~*]?acc-0\d\S*[>#\]]$"


class Client:
    """A session at a switch of a fleet, in the fleet's own loop."""

    def __init__(self, fleet: Fleet, name: str, password: str = "admin") -> None:
        self.fleet, self.name, self.password = fleet, name, password
        self.seen = ""

    def __enter__(self) -> Client:
        self.fleet.call(self._open())
        self.until(PROMPT)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.fleet.call(self._close())

    async def _open(self) -> None:
        port = self.fleet[self.name].port
        self.connection = await asyncssh.connect(
            "127.0.0.1", port, username="admin", password=self.password, known_hosts=None, config=None
        )
        self.process = await self.connection.create_process(term_type="vt100", encoding="utf-8")

    async def _close(self) -> None:
        self.connection.abort()

    def send(self, text: str) -> None:
        async def write() -> None:
            self.process.stdin.write(text)

        self.fleet.call(write())

    def until(self, pattern: str, seconds: float = 20) -> str:
        """What came, up to a match at its end; AssertionError where it does not come, ConnectionResetError at the end."""

        async def read() -> str:
            return str(await asyncio.wait_for(self.process.stdout.read(4096), seconds))

        deadline = time.monotonic() + seconds
        while not re.search(pattern, self.seen.replace("\r", "")):
            assert time.monotonic() < deadline, f"{pattern!r} did not come:\n{self.seen}"
            part = self.fleet.call(read())
            if not part:
                raise ConnectionResetError(self.seen)
            self.seen += part
        seen, self.seen = self.seen.replace("\r", ""), ""
        return seen

    def type(self, *lines: str, until: str = PROMPT) -> str:
        """Type lines, each when the prompt of the one before is there; returns what the last one showed."""
        shown = ""
        for line in lines:
            self.send(f"{line}\r")
            shown = self.until(until)
        return shown
