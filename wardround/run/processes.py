"""Who is alive on this control host. A process is its id *and* start time: ids are used again."""

from __future__ import annotations

import contextlib
import getpass
import os
import signal
import socket
import time
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Process:
    """A process of one boot: pid, start time in clock ticks since boot (proc(5), stat field 22), boot id."""

    pid: int
    start: int
    boot_id: str


def this_boot() -> str:
    return Path("/proc/sys/kernel/random/boot_id").read_text().strip()


def start_time(pid: int) -> int | None:
    """Start time of a living process, None where there is none or only its zombie."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    fields = stat.rpartition(")")[2].split()  # the command name may hold spaces and brackets
    return None if fields[0] == "Z" else int(fields[19])


def process(pid: int) -> Process:
    """The living process `pid`. Raises ProcessLookupError."""
    start = start_time(pid)
    if start is None:
        raise ProcessLookupError(pid)
    return Process(pid, start, this_boot())


def alive(known: Process) -> bool:
    return known.boot_id == this_boot() and start_time(known.pid) == known.start


def group_alive(pgid: int) -> bool:
    """Whether any process that is not a zombie is left in the group."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                fields = (entry / "stat").read_text().rpartition(")")[2].split()
            except OSError:
                continue
            if fields[0] != "Z" and int(fields[2]) == pgid:
                return True
    return False


def wait_group(pgid: int, seconds: float) -> bool:
    """Wait until the group is gone; False when it is still there after `seconds`."""
    deadline = time.monotonic() + seconds
    while group_alive(pgid):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.2)
    return True


def end_group(pgid: int) -> None:
    """End a process group: SIGTERM, then after 10 s SIGKILL."""
    for number in (signal.SIGTERM, signal.SIGKILL):
        with contextlib.suppress(ProcessLookupError):
            os.killpg(pgid, number)
        if wait_group(pgid, 10):
            return


def who() -> str:
    """The person or service that started us, for the record: user@host."""
    return f"{os.environ.get('SUDO_USER') or getpass.getuser()}@{socket.gethostname()}"
