"""A switch that runs: its state, its timers, its sessions and its datapath, in one asyncio loop."""

from __future__ import annotations

import asyncio
import dataclasses
import re
import time
from typing import Protocol

from lab.switch import faults, timers
from lab.switch.config import Armed, Config, Learned, Live, Resolved, Switch
from lab.switch.dialect import Answer, Session
from lab.switch.faults import Faults
from lab.switch.spec import DIALECTS, Spec, SpecError


class Datapath(Protocol):
    """What forwards packets."""

    async def start(self) -> None: ...
    async def apply(self, config: Config | None) -> None: ...
    async def seen(self) -> tuple[tuple[Learned, ...], tuple[Resolved, ...]]: ...
    async def stop(self) -> None: ...


class NoPackets:
    """A datapath for tests of the command line alone, which has seen what the specification says."""

    def __init__(self, spec: Spec) -> None:
        self.spec = spec

    async def start(self) -> None:
        pass

    async def apply(self, config: Config | None) -> None:
        pass

    async def seen(self) -> tuple[tuple[Learned, ...], tuple[Resolved, ...]]:
        return self.spec.learned, self.spec.resolved

    async def stop(self) -> None:
        pass


class Connection(Protocol):
    def abort(self) -> None: ...


class Device:
    """One switch. Every line of every session comes to `execute`, one at a time, as on the real one's processor."""

    def __init__(self, spec: Spec, datapath: Datapath) -> None:
        self.spec = spec
        self.dialect = DIALECTS[spec.dialect](spec.secret)
        self.datapath = datapath
        blank = self.dialect.blank(spec.name, spec.ports)
        startup = self._startup(blank)
        plugged = frozenset(spec.links if spec.namespace else spec.ports)
        live = Live(plugged, dict(spec.neighbours))
        self.switch = Switch(startup.copy(), startup, live, factory=blank.copy)
        self.faults = Faults()
        self._told = Faults()  # what the file said last
        self.port = spec.port
        self.up = True
        self.boots = 0
        self.connections: set[Connection] = set()
        self._numbers = 0
        self._spent: int | None = None  # the cut that has happened
        self._lines: dict[int, int] = {}  # of each session, lines in configuration
        self._timers: dict[str, tuple[Armed, asyncio.TimerHandle]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self._lock = asyncio.Lock()
        self._applied: Config | None = None
        self._started = time.monotonic()
        self.log: list[tuple[float, str]] = []  # when, on time.monotonic's clock, and what a timer did: armed, back

    def _startup(self, blank: Config) -> Config:
        saved = self.spec.state / "startup.cfg" if self.spec.state else None
        where, text = ("startup", self.spec.startup)
        if saved and saved.exists():
            where, text = str(saved), saved.read_text()
        try:
            return self.dialect.load(text, blank) if text.strip() else blank
        except ValueError as error:
            raise SpecError(f"{self.spec.name}: {where}: {error}") from None

    async def start(self) -> None:
        await self.datapath.start()
        await self._settle()

    async def stop(self) -> None:
        for _unused, handle in self._timers.values():
            handle.cancel()
        for task in self._tasks:
            task.cancel()
        self.cut_all()
        await self.datapath.stop()

    def session(self, user: str, source: str) -> Session:
        self._numbers += 1
        return Session(self._numbers, user, source, self.spec.privilege, self.dialect.outside)

    def seconds(self, emulated: float) -> float:
        """How long the switch's own seconds last here."""
        return emulated * self.spec.minute / 60

    async def execute(self, session: Session, line: str) -> Answer | None:
        """One line of a session; None when it is never answered because the connection is cut."""
        fault = self._faults()
        if fault.slow:
            await asyncio.sleep(fault.slow / 1000)
        if line.strip() and fault.hangs(line):
            await asyncio.Event().wait()
        counted = self.dialect.configuring(session) and line.strip() != ""
        async with self._lock:
            if line.strip() and fault.rejects(line):
                answer = self.dialect.rejected(self.switch, session, line)
            else:
                await self._look(line)
                answer = self.dialect.execute(self.switch, session, line)
            self._lines[session.number] = self._lines.get(session.number, 0) + counted
            if self._cut(fault, session):
                self._spent = fault.cut_after
                self.cut_all()
                await self._settle()
                return None
            await self._settle()
        if answer.act == "reboot":
            await self.reboot()
            return None
        return answer

    async def reply(self, answer: Answer, text: str) -> Answer | None:
        """What was typed at a question."""
        if answer.ask is None:
            return Answer()
        async with self._lock:
            done = answer.ask.then(text)
            await self._settle()
        if done.act == "reboot":
            await self.reboot()
            return None
        return done

    def _faults(self) -> Faults:
        if self.spec.faults:
            found = faults.read(self.spec.faults)
            if found != self._told:
                self._told = found
                self.misbehave(found)
        return self.faults

    def misbehave(self, fault: Faults) -> None:
        """Have these faults from now on; Faults() ends them."""
        self.faults, self._spent, self._lines = fault, None, {}

    def _cut(self, fault: Faults, session: Session) -> bool:
        if fault.cut_after is None or self._spent is not None:
            return False
        entered = self.dialect.configuring(session) or self._lines[session.number] > 0
        return entered and self._lines[session.number] >= fault.cut_after

    async def _look(self, line: str) -> None:
        """Bring what the switch sees up to date, the costly part only where it is asked for."""
        self.switch.live.uptime = (time.monotonic() - self._started) * 60 / self.spec.minute
        if re.search(r"\b(mac|arp)", line.lower()):
            self.switch.live.learned, self.switch.live.resolved = await self.datapath.seen()

    async def _settle(self) -> None:
        """Let packets, timers and the disk follow what a line has changed."""
        if self.switch.running != self._applied:
            self._applied = self.switch.running.copy()
            await self.datapath.apply(self._applied)
        for kind, armed in (("rollback", self.switch.rollback), ("reload", self.switch.reload)):
            old = self._timers.get(kind)
            if old and old[0] is not armed:
                old[1].cancel()
                del self._timers[kind]
            if armed and (not old or old[0] is not armed):
                handle = asyncio.get_running_loop().call_later(self.seconds(armed.seconds), self._run_out, armed)
                self._timers[kind] = (armed, handle)
                self.log.append((time.monotonic(), "armed"))
        if self.spec.state:
            self.spec.state.mkdir(parents=True, exist_ok=True)
            text = self.dialect.render(self.switch.startup)
            saved = self.spec.state / "startup.cfg"
            if not saved.exists() or saved.read_text() != text:
                saved.with_suffix(".new").write_text(text)
                saved.with_suffix(".new").replace(saved)

    def _run_out(self, armed: Armed) -> None:
        task = asyncio.get_running_loop().create_task(self._expire(armed))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _expire(self, armed: Armed) -> None:
        if armed.kind == "reload":
            await self.reboot()
            return
        async with self._lock:
            if self.switch.rollback is armed:  # not confirmed while we waited for the lock
                timers.expire(self.switch, armed)
                await self._settle()
                self.log.append((time.monotonic(), "back"))

    async def reboot(self) -> None:
        """Cut everybody off, forward nothing for `boot` minutes, start with what was saved."""
        async with self._lock:
            self.up = False
            await self.datapath.apply(None)
            self.cut_all()
            timers.reboot(self.switch)
            self._applied = None
            await self._settle_timers_only()
        await asyncio.sleep(self.seconds(60 * self.spec.boot))
        async with self._lock:
            await self._settle()
            self.up = True
            self.boots += 1
            self._started = time.monotonic()
            self.log.append((self._started, "back"))

    async def _settle_timers_only(self) -> None:
        for _unused, handle in self._timers.values():
            handle.cancel()
        self._timers.clear()

    def cut_all(self) -> None:
        """Drop every connection without a word."""
        for connection in list(self.connections):
            connection.abort()
        self.connections.clear()

    def text(self, which: str = "running") -> str:
        """The running or the startup configuration, as the vendor prints it, for tests."""
        return self.dialect.render(getattr(self.switch, which))

    def plug(self, *ports: str) -> None:
        """Say that these ports have a carrier, and no others; only without packets."""
        self.switch.live = dataclasses.replace(self.switch.live, plugged=frozenset(ports))
