"""Playbook runs through ansible-runner, each its own process group and its own entry in the record."""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import time
import traceback
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NoReturn

import ansible_runner

from wardround.run import clock, journal, processes
from wardround.run.lock import Lock
from wardround.run.store import Store, state_dir

_ORPHAN_SECONDS: Final = 120
_POLL_SECONDS: Final = 0.3
_CHECKING: Final = "ANSIBLE_HOST_KEY_CHECKING"
_KILLED: Final = 255  # what the attendant ends with where ansible-playbook had no end of its own


@dataclass(frozen=True)
class Job:
    """A playbook over some hosts.

    inventories: in order, as for `ansible-playbook -i`; hosts: all that the playbook names where empty, or where
    `limit` is a pattern; extra: variables as by `-e`; kind: the command behind it, for the record.
    """

    playbook: str
    inventories: tuple[str, ...]
    hosts: tuple[str, ...] = ()
    limit: str = ""
    rollout: str | None = None
    wave: str = ""
    phase: str = ""
    kind: str = "apply"
    extra: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Ended:
    """How a run ended. exit_code: ansible-playbook's own, None where it was killed; output: what it printed."""

    run: str
    exit_code: int | None
    output: Path


def run(
    store: Store,
    job: Job,
    watch: Callable[[str], None],
    lock: Lock | None = None,
    unreviewed: str | None = None,
) -> Ended:
    """Run a playbook and wait for it; `watch(run id)` is called some times a second.

    What `watch` raises ends the waiting only: the run goes on by itself, and `wait_for_orphans` finds it.
    """
    identity = f"r-{uuid.uuid4().hex[:16]}"
    facts = {"kind": job.kind, "rollout": job.rollout, "wave": job.wave, "playbook": Path(job.playbook).name}
    journal.begin_run(store, identity, facts)
    directory = state_dir() / "runner"
    artifacts = directory / "artifacts" / identity
    artifacts.mkdir(parents=True, mode=0o700)
    directory.chmod(0o700)
    attendant = _fork(directory, identity, job, _environment(job, identity, lock, unreviewed))
    with contextlib.suppress(ProcessLookupError):  # ended already
        journal.attended(store, identity, processes.process(attendant))
    while not (ended := os.waitpid(attendant, os.WNOHANG))[0]:
        watch(identity)
        time.sleep(_POLL_SECONDS)
    watch(identity)
    code = os.waitstatus_to_exitcode(ended[1])
    if code < 0 or code == _KILLED:
        abandon(store, identity)
        return Ended(identity, None, artifacts / "stdout")
    journal.end_run(store, identity, code)
    return Ended(identity, code, artifacts / "stdout")


def _environment(job: Job, identity: str, lock: Lock | None, unreviewed: str | None) -> dict[str, str]:
    return {
        # The ansible-playbook beside this Python, also where nobody activated its environment.
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "WARDROUND_STATE": str(state_dir()),
        "WARDROUND_RUN": identity,
        "WARDROUND_ROLLOUT": job.rollout or "",
        "WARDROUND_PHASE": job.phase,
        "WARDROUND_UNREVIEWED": unreviewed or "",
        **({"WARDROUND_LOCK": lock.token} if lock else {}),
    }


def _fork(directory: Path, identity: str, job: Job, environment: dict[str, str]) -> int:
    """Start the run's attendant, which reads what ansible-playbook prints until it ends; returns its process id.

    It is a process of its own, in a session of its own: a Ctrl-C at the terminal does not reach the run, and when we
    are killed somebody still reads, without whom ansible-playbook dies at its next line with hosts in mid-change.
    """
    settings: dict[str, Any] = {
        "private_data_dir": str(directory),
        "project_dir": str(Path.cwd()),
        "ident": identity,
        "playbook": str(Path(job.playbook).absolute()),
        "inventory": [str(Path(source).absolute()) for source in job.inventories],
        "limit": job.limit or _limit(directory / "artifacts" / identity, job.hosts),
        "extravars": job.extra or None,
        "envvars": environment,
        "quiet": True,
        "suppress_env_files": True,
        "rotate_artifacts": 100,
    }
    child = os.fork()
    if not child:
        _attend(directory / "artifacts" / identity, settings)
    return child


def _attend(artifacts: Path, settings: dict[str, Any]) -> NoReturn:
    """The attendant's whole life; it never returns to the code that was forked."""
    code = _KILLED
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        log = os.open(artifacts / "attendant", os.O_CREAT | os.O_WRONLY, 0o600)
        for stream in (1, 2):
            os.dup2(log, stream)
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, lambda *_: None)  # unlike SIG_IGN it is not handed down to ansible-playbook

        def forget_environment(_status: object, **_more: object) -> None:
            # ansible-runner writes our whole environment down there, and it may hold secrets.
            (artifacts / "command").unlink(missing_ok=True)

        runner = ansible_runner.interface.init_runner(
            **settings, status_handler=forget_environment, cancel_callback=lambda: False
        )
        if _CHECKING not in os.environ:  # ansible-runner would turn it off; ansible.cfg decides
            runner.config.env.pop(_CHECKING, None)
        runner.run()
        if runner.status in ("successful", "failed") and runner.rc is not None and runner.rc >= 0:
            code = runner.rc
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def wait_for_orphans(store: Store, say: Callable[[str], None]) -> None:
    """Wait for playbook runs whose `wardround apply` died, and end those that do not end by themselves.

    They touch no further host, their lock is gone; a host in flight is left to finish.
    """
    with store.read() as db:
        rows = db.execute("SELECT * FROM runs WHERE ended IS NULL AND kind = 'apply'").fetchall()
    for row in rows:
        if row["pid"] is not None and processes.alive(
            processes.Process(row["pid"], row["pid_start"], processes.this_boot())
        ):
            say(f"an earlier run ({row['playbook']}, process group {row['pgid']}) still finishes its hosts in flight")
            if not processes.wait_group(row["pgid"], _ORPHAN_SECONDS):
                say(f"it has not ended after {_ORPHAN_SECONDS} s and is being ended")
                processes.end_group(row["pgid"])
        abandon(store, row["id"])


def abandon(store: Store, run_id: str) -> None:
    """Close the entry of a run that was killed; its open intents stay open until their hosts are observed."""
    with store.write() as db:
        db.execute("UPDATE runs SET ended = ? WHERE id = ? AND ended IS NULL", (clock.now(), run_id))


def _limit(artifacts: Path, hosts: tuple[str, ...]) -> str | None:
    """A limit of any length: a file, read by `--limit @file`."""
    if not hosts:
        return None
    path = artifacts / "limit"
    path.write_text("".join(f"{host}\n" for host in hosts), encoding="utf-8")
    return f"@{path}"
