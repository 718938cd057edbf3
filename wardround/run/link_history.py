"""What was measured of each link: JSON lines in the state directory, one check a line, oldest first; and its lock."""

from __future__ import annotations

import dataclasses
import json
import os
from pathlib import Path

from wardround.network.link_health import LinkCheck
from wardround.run import lock, processes
from wardround.run.store import Store, state_dir

_NAME = "the check of the links"


class HistoryError(Exception):
    """A history that cannot be used; the message names file, line and the way out."""


def begin(store: Store, pid: int) -> None:
    """Take the lock for the playbook run `pid`: two checks at once would measure each other. Raises LockedError."""
    lock.acquire(store, _lock(pid), processes.who(), pid)


def end(store: Store, pid: int) -> None:
    """Give back the lock of the playbook run `pid`."""
    lock.release(store, _lock(pid))


def read(link: str) -> list[LinkCheck]:
    """Every check of a link, oldest first; none where it was never checked. Raises HistoryError."""
    path = _path(link)
    try:
        lines = path.read_text(encoding="utf-8").splitlines() if path.exists() else []
    except (OSError, UnicodeDecodeError) as error:
        raise HistoryError(f"{path}: cannot be read ({error})") from error
    return [_check(path, number, line) for number, line in enumerate(lines, 1)]


def add(check: LinkCheck) -> list[LinkCheck]:
    """Write a check down; the link's history with it. The file is the one before or the one after, never a part."""
    path, history = _path(check.link), [*read(check.link), check]
    text = "".join(json.dumps(dataclasses.asdict(one), ensure_ascii=False) + "\n" for one in history)
    fresh = path.with_name(path.name + ".new")
    try:
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o750)
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:
        fresh.unlink(missing_ok=True)
        raise HistoryError(f"{path}: cannot be written ({error.strerror}); set WARDROUND_STATE") from error
    return history


def _check(path: Path, number: int, line: str) -> LinkCheck:
    try:
        told = json.loads(line)
        figures = {str(name): float(value) for name, value in told["figures"].items()}
        lists = {key: tuple(str(one) for one in told[key]) for key in ("faults", "findings")}
        return LinkCheck(**{**told, **lists, "figures": figures})
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise HistoryError(f"{path}:{number}: no check of a link; take the line out, or move the file away") from error


def _path(link: str) -> Path:
    return state_dir() / "links" / f"{link}.jsonl"


def _lock(pid: int) -> lock.Lock:
    return lock.Lock(_NAME, f"links-{pid}")
