"""What a wave must pass before it touches a host, whoever starts it.

The action plugin `rollout_gate` and `wardround apply` both ask here.
"""

from __future__ import annotations

import os
import sqlite3
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import wardround.intent
from wardround.exit_codes import BAD_INPUT, DIGEST_MISMATCH, HELD, LOCKED
from wardround.rollout import gate, inputs_sha256, plan
from wardround.rollout.progress import TROUBLED, State, explain, status, statuses
from wardround.rollout.record import History
from wardround.rollout.request import Refusal
from wardround.run import git, intents, journal, lock, past, processes
from wardround.run.store import Store


class RefusedError(Exception):
    """Admission denied; `exit_code` is the command's."""

    def __init__(self, exit_code: int, message: str) -> None:
        super().__init__(message)
        self.exit_code = exit_code


@dataclass(frozen=True)
class Ticket:
    """Leave to change one host: its intent id, or `already` where nothing is left to do there."""

    intent: str
    already: bool = False


def product_lock(product: str, token: str | None = None) -> lock.Lock:
    return lock.Lock(f"roll-out of {product}", token or uuid.uuid4().hex)


def check_plan(path: Path, inventory: Path, unreviewed: str | None) -> plan.Plan:
    """Read a plan that may be applied here and now.

    Raises RefusedError: unreadable (2), a what-if or not approved (2), made from other data (5).
    """
    try:
        read = plan.read(path)
    except plan.PlanDigestError as error:
        raise RefusedError(DIGEST_MISMATCH, str(error)) from error
    except plan.PlanError as error:
        raise RefusedError(BAD_INPUT, str(error)) from error
    if read.what_if:
        raise RefusedError(BAD_INPUT, f"{path} is a what-if: set `wanted` to {read.to_version} and plan again")
    if not unreviewed:
        try:
            git.check_approved(path)
        except git.NotApprovedError as error:
            raise RefusedError(
                BAD_INPUT,
                f"not approved: {error}; --unreviewed REASON (by hand: -e rollout_unreviewed=REASON) is recorded",
            ) from error
    try:
        current = inputs_sha256(wardround.intent.load(inventory), read.product)
    except wardround.intent.IntentError as error:
        raise RefusedError(BAD_INPUT, f"{inventory} has errors, see `wardround validate`: {error}") from error
    except Refusal as error:
        raise RefusedError(BAD_INPUT, str(error)) from error
    if current != read.inputs_sha256:
        raise RefusedError(
            DIGEST_MISMATCH, f"{inventory} has changed since {path.name} was made: plan again, and have it reviewed"
        )
    return read


def check_run(store: Store, run: str, path: Path, inventory: Path, unreviewed: str | None) -> plan.Plan:
    """`check_plan` once a run: the first host's worker asks, the others read its answer."""
    with store.write() as db:
        row = db.execute("SELECT exit_code, message FROM run_checks WHERE run = ?", (run,)).fetchone()
        if row is None:
            try:
                check_plan(path, inventory, unreviewed)
                row = (0, "")
            except RefusedError as error:
                row = (error.exit_code, str(error))
            db.execute("INSERT INTO run_checks VALUES (?, ?, ?)", (run, *row))
    if row[0]:
        raise RefusedError(row[0], row[1])
    return plan.read(path)


def take_lock(store: Store, product: str, run: str) -> lock.Lock:
    """The lock of the `wardround apply` above us, or one for the playbook run itself (our parent process)."""
    token = os.environ.get("WARDROUND_LOCK")
    if token is None:
        mine = product_lock(product, f"run-{run}")
        try:
            lock.acquire(store, mine, processes.who(), os.getppid())
        except lock.LockedError as error:
            raise RefusedError(LOCKED, str(error)) from error
        return mine
    mine = product_lock(product, token)
    with store.read() as db:
        if not lock.held(db, mine):
            raise RefusedError(
                LOCKED, "the `wardround apply` that started this run is gone; no further host is touched"
            )
        if why := lock.ending(db, mine):
            raise RefusedError(HELD, f"not begun: {why}")
    return mine


def wave_of(host: str, groups: Mapping[str, Sequence[str]], play_hosts: Sequence[str]) -> str:
    """The one wave that all hosts of the play are in.

    groups: the inventory's groups; play_hosts: every host the play may touch. Raises RefusedError.
    """
    waves = {name: set(members) for name, members in groups.items() if name.startswith("wave_")}
    if not waves:
        raise RefusedError(BAD_INPUT, "no plan in the inventory: add `-i plans/X.plan.json --limit wave_01`")
    of_host = sorted(name for name, members in waves.items() if host in members)
    if len(of_host) != 1:
        raise RefusedError(BAD_INPUT, f"{host} is in {len(of_host)} waves of the plan; a wave is `--limit wave_01`")
    strangers = sorted(set(play_hosts) - waves[of_host[0]])
    if strangers:
        raise RefusedError(
            BAD_INPUT,
            f"the run mixes {of_host[0]} with {', '.join(strangers[:5])}: one run is one wave, `--limit wave_01`",
        )
    return of_host[0]


def admit_forward(db: sqlite3.Connection, read: plan.Plan, wave: str, host: str, run: str | None) -> Ticket:
    """Admit a host to its change; `run` None (check mode) asks everything and journals nothing. Raises RefusedError."""
    rollout = journal.rollout_id(read)
    if reason := past.halted(db):
        raise RefusedError(HELD, reason)
    state = db.execute("SELECT state, reason FROM rollouts WHERE id = ?", (rollout,)).fetchone()
    if state is not None and state["state"] in ("stopped", "rolled_back"):
        raise RefusedError(HELD, f"this roll-out was ended ({state['state']}): {state['reason']}")
    history = past.history(db, rollout)
    for earlier in read.waves[: [one.name for one in read.waves].index(wave)]:
        passed = gate.after_wave(read, earlier.name, history, past.seconds_since_change(db, rollout, earlier.name))
        if passed.verdict != "promote":
            raise RefusedError(HELD, f"the gate after {earlier.name} says {passed.verdict}: {passed.reason}")
    found = statuses(read, history)
    if troubled := [name for name, one in found.items() if one.state in TROUBLED]:
        raise RefusedError(HELD, explain(troubled, found))
    if unseen := [name for name in found if name not in history.newest_proof]:
        raise RefusedError(
            HELD,
            f"no baseline of {', '.join(unseen[:5])}: prove every planned host first"
            " (`ansible-playbook ... playbooks/prove_product.yml`, same inventories, `--limit planned`)",
        )
    if reason := _journey_fault(read, history):
        raise RefusedError(HELD, reason)
    if found[host].state in (State.DONE, State.APPLIED):
        return Ticket("", already=True)
    if found[host].state not in (State.WAITING, State.STAGED):
        raise RefusedError(HELD, explain([host], found))
    if run is None:
        return Ticket("check")
    if found[host].state is State.STAGED:
        intents.ask_again(db, history.newest_intent[host].id, run)
        return Ticket(history.newest_intent[host].id)
    _refuse_if_elsewhere(db, rollout, host)
    return Ticket(intents.open_one(db, rollout, wave, host, run, "forward", (read.from_version, read.to_version)))


def admit_back(db: sqlite3.Connection, read: plan.Plan, wave: str, host: str, run: str | None) -> Ticket:
    """Admit a host to the recorded way back: it needs a change of this roll-out, and no new approval."""
    rollout = journal.rollout_id(read)
    history = past.history(db, rollout)
    newest = history.newest_intent.get(host)
    if newest is None or newest.state == "not_done" or (newest.state == "staged" and newest.direction == "forward"):
        raise RefusedError(BAD_INPUT, f"{host} was not changed by {rollout}: there is no way back to take")
    if newest.state == "rolled_back" or (newest.direction == "back" and newest.state == "applied"):
        return Ticket("", already=True)
    if run is None:
        return Ticket("check")
    if newest.state == "staged":
        intents.ask_again(db, newest.id, run)
        return Ticket(newest.id)
    if newest.state in ("open", "unknown"):
        intents.close(db, newest.id, "failed", newest.reason or "taken back")
    _refuse_if_elsewhere(db, rollout, host)
    versions, reason = (read.to_version, read.from_version), status(host, history).reason
    return Ticket(intents.open_one(db, rollout, wave, host, run, "back", versions, reason))


def admit_restart(db: sqlite3.Connection, intent: str, busy: Sequence[str] | None) -> bool:
    """Whether a host may be switched and restarted now; one that is in use is staged instead.

    busy: what uses it, in sentences; None where it is idle. Raises RefusedError.
    """
    if busy is not None:
        intents.stage(db, intent, "; ".join(busy) or "in use: what it is used for is not known")
        return False
    row = db.execute("SELECT rollout, host FROM intents WHERE id = ?", (intent,)).fetchone()
    if row is None:
        raise RefusedError(HELD, f"the record knows no intent {intent}: was it moved away meanwhile?")
    _refuse_if_elsewhere(db, row["rollout"], row["host"])
    intents.begin(db, intent)
    return True


def _journey_fault(read: plan.Plan, history: History) -> str:
    """Why the patient's journey lets nobody begin; empty where it does. The gates ask whether it is new enough."""
    if not read.journey:
        return ""
    if history.newest_journey is None:
        return (
            "the patient's journey was not walked before the first wave"
            " (`ansible-playbook ... playbooks/prove_clinical.yml`, same inventories)"
        )
    if not history.newest_journey.ok:
        return (
            f"the patient's journey failed: {history.newest_journey.sentence}; when that is mended, walk it again"
            " (`wardround apply`, by hand playbooks/prove_clinical.yml)"
        )
    return ""


def _refuse_if_elsewhere(db: sqlite3.Connection, rollout: str, host: str) -> None:
    """Products share desks: a host is changed for one of them at a time."""
    other = db.execute(
        "SELECT intents.state, product FROM intents JOIN rollouts ON rollouts.id = rollout"
        " WHERE host = ? AND rollout != ? AND intents.state IN ('open', 'unknown')",
        (host, rollout),
    ).fetchone()
    if other is not None:
        raise RefusedError(
            HELD, f"{host} is being changed by the roll-out of {other['product']} (its change is {other['state']})"
        )
