"""Commands that a test starts and does not wait for."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path

_STARTED: list[subprocess.Popen[str]] = []


def start(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], group: bool = True
) -> subprocess.Popen[str]:
    """Start a command whose output is kept. group: as the leader of a process group of its own."""
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=group,
    )
    _STARTED.append(process)
    return process


def end_started() -> None:
    """End what still runs behind its test: it would ask its desks for hours, and slow down all that comes after."""
    while _STARTED:
        process = _STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.wait()
