"""Logging in to a GNU Health without being locked out of it.

Tryton lets nobody in as a user for five minutes after six wrong passwords, and each attempt meanwhile counts as another
(trytond/res/user.py, `get_login`). While a server is being set up its users are not there yet, and the engine's
processes would ask twice a second. So they share one file that says when the next attempt may be made.
"""

from __future__ import annotations

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ansible_collections.wardround.hospital.plugins.module_utils import tryton

# Seconds after the first, second, ... wrong password: never more than five in five minutes.
PAUSES = (15, 30, 60, 120)
LOCKED = 310  # seconds after which Tryton has forgotten every attempt


class Door:
    """path: the file that is shared."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def enter(self, session: tryton.Session) -> None:
        """Log in; tryton.TrytonError as always, and also when it is too early for another attempt."""
        with self._state() as state:
            if time.time() < state["until"]:
                at = datetime.fromtimestamp(state["until"]).astimezone().isoformat(timespec="seconds")
                raise tryton.TrytonError(
                    f"{session.url} refused the password of {session.user} {state['refusals']:g} times;"
                    f" the next attempt is at {at}"
                )
            if state["refusals"]:
                state["until"] = time.time() + session.deadline  # this attempt is ours alone
        try:
            session.login()
        except (tryton.PasswordRefusedError, tryton.LockedOutError) as error:
            with self._state() as state:
                locked = isinstance(error, tryton.LockedOutError)
                past = len(PAUSES) if locked else int(state["refusals"])
                state["refusals"] = past + (not locked)
                state["until"] = time.time() + (PAUSES[past] if past < len(PAUSES) else LOCKED)
            raise
        with self._state() as state:
            state.update(refusals=0, until=0.0)

    @contextmanager
    def _state(self) -> Iterator[dict[str, float]]:
        """How many passwords were refused, until when nobody may try; one process at a time, and changes are kept."""
        with self.path.open("a+", encoding="ascii") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            try:
                state = {"refusals": 0, "until": 0.0} | json.loads(file.read())
            except ValueError:  # it is new, or its writer was killed
                state = {"refusals": 0, "until": 0.0}
            before = dict(state)
            yield state
            if state != before:
                file.seek(0)
                file.truncate()
                json.dump(state, file)
