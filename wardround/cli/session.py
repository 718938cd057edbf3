"""What the roll-out commands share: reading the plan, holding the lock, ending with the right exit code."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from wardround.cli.display import RunDisplay
from wardround.exit_codes import BAD_INPUT, DONE, FAILED, HELD, LOCKED
from wardround.rollout.plan import Plan
from wardround.run import admission, journal, lock, past, processes, runner
from wardround.run.acts import Acts
from wardround.run.interrupt import Interrupt
from wardround.run.standing import Outcome, Standing
from wardround.run.store import Store, StoreError


def end(exit_code: int, sentence: str, as_json: bool = False, **facts: Any) -> NoReturn:
    """Print the outcome and exit. Errors go to standard error."""
    if as_json:
        print(json.dumps({"exit_code": exit_code, "message": sentence, **facts}, ensure_ascii=False))
    else:
        print(sentence, file=sys.stdout if exit_code in (DONE, HELD) else sys.stderr)
    raise SystemExit(exit_code)


def open_store(as_json: bool) -> Store:
    try:
        return Store.open()
    except StoreError as error:
        end(FAILED, str(error), as_json)


def need_playbook(name: str, as_json: bool) -> None:
    """Playbooks are found from where one stands, as ansible.cfg is."""
    if not Path("playbooks", name).exists():
        end(BAD_INPUT, f"{Path.cwd()}: no playbooks/{name} here; run from the repository's root", as_json)


@dataclass(frozen=True)
class Session:
    """One plan under this process's lock."""

    standing: Standing
    acts: Acts


@contextlib.contextmanager
def rollout(
    store: Store, plan: Plan, path: Path, inventory: Path, unreviewed: str | None, as_json: bool
) -> Iterator[Session]:
    """A plan's roll-out under this process's lock, after earlier runs have ended.

    A second Ctrl-C ends the command here; what is in flight goes on without it.
    """
    need_playbook("upgrade.yml", as_json)
    display = RunDisplay(store, Console(stderr=as_json, highlight=False))
    held = admission.product_lock(plan.product)
    try:
        lock.acquire(store, held, processes.who(), os.getpid())
    except lock.LockedError as error:
        end(LOCKED, str(error), as_json)
    try:
        runner.wait_for_orphans(store, display.say)
        with Interrupt() as interrupt:
            acts = Acts(store, plan, path, inventory, held, display, interrupt, unreviewed)
            yield Session(Standing(store, plan), acts)
    except KeyboardInterrupt:
        with store.read() as db:
            hosts = past.in_flight(db, journal.rollout_id(plan))
        left = f"left to finish by itself: {', '.join(hosts) or 'what is being asked'}"
        end(HELD, f"{left}; `wardround apply {path}` waits for that and goes on", as_json)
    finally:
        lock.release(store, held)


def finish(outcome: Outcome, as_json: bool) -> NoReturn:
    end(outcome.exit_code, outcome.sentence, as_json)
