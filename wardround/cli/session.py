"""What the roll-out commands share: reading the plan, holding the lock, ending with the right exit code."""

from __future__ import annotations

import contextlib
import json
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

from rich.console import Console

from wardround.cli.display import RunDisplay
from wardround.exit_codes import BAD_INPUT, DONE, FAILED, HELD, LOCKED
from wardround.rollout.plan import Plan
from wardround.run import admission, lock, processes, runner
from wardround.run.rollout import Outcome, Rollout
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


@contextlib.contextmanager
def rollout(
    store: Store, plan: Plan, path: Path, inventory: Path, unreviewed: str | None, as_json: bool
) -> Iterator[Rollout]:
    """The roll-out of a plan under this process's lock, after earlier runs have ended."""
    need_playbook("upgrade.yml", as_json)
    display = RunDisplay(store, Console(stderr=as_json, highlight=False))
    held = admission.product_lock(plan.product)
    try:
        lock.acquire(store, held, processes.who(), os.getpid())
    except lock.LockedError as error:
        end(LOCKED, str(error), as_json)
    try:
        runner.wait_for_orphans(store, display.say)
        yield Rollout(store, plan, path, inventory, held, display, unreviewed)
    finally:
        lock.release(store, held)


def finish(outcome: Outcome, as_json: bool) -> NoReturn:
    end(outcome.exit_code, outcome.sentence, as_json)
