"""Playbook runs through ansible-runner, each its own process group and its own entry in the record."""

from __future__ import annotations

import os
import sys
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import ansible_runner

from wardround.run import clock, journal, processes
from wardround.run.lock import Lock
from wardround.run.store import Store, state_dir

_ORPHAN_SECONDS = 120
_POLL_SECONDS = 0.3


@dataclass(frozen=True)
class Job:
    """A playbook over some hosts. inventories: in order, as for `ansible-playbook -i`."""

    playbook: str
    inventories: tuple[str, ...]
    hosts: tuple[str, ...]
    rollout: str
    wave: str = ""
    phase: str = ""


@dataclass(frozen=True)
class Ended:
    """How a run ended. exit_code: ansible-playbook's own, None where it was killed; output: what it printed."""

    exit_code: int | None
    output: Path


def run(store: Store, job: Job, lock: Lock, unreviewed: str | None, watch: Callable[[str], None]) -> Ended:
    """Run a playbook and wait for it; `watch(run id)` is called some times a second."""
    identity = f"r-{uuid.uuid4().hex[:16]}"
    journal.begin_run(
        store,
        identity,
        {"kind": "apply", "rollout": job.rollout, "wave": job.wave, "playbook": Path(job.playbook).name},
    )
    directory = state_dir() / "runner"
    directory.mkdir(parents=True, exist_ok=True, mode=0o700)
    environment = {
        # The ansible-playbook beside this Python, also where nobody activated its environment.
        "PATH": f"{Path(sys.executable).parent}:{os.environ.get('PATH', os.defpath)}",
        "WARDROUND_STATE": str(state_dir()),
        "WARDROUND_RUN": identity,
        "WARDROUND_LOCK": lock.token,
        "WARDROUND_PHASE": job.phase,
        "WARDROUND_UNREVIEWED": unreviewed or "",
    }
    thread, runner = ansible_runner.run_async(
        private_data_dir=str(directory),
        project_dir=str(Path.cwd()),
        ident=identity,
        playbook=str(Path(job.playbook).absolute()),
        inventory=[str(Path(source).absolute()) for source in job.inventories],
        limit=_limit(directory, identity, job.hosts),
        envvars=environment,
        quiet=True,
        suppress_env_files=True,
        rotate_artifacts=100,
    )
    artifacts = directory / "artifacts" / identity
    while thread.is_alive():
        # ansible-runner writes our whole environment down there, and it may hold secrets.
        (artifacts / "command").unlink(missing_ok=True)
        watch(identity)
        thread.join(_POLL_SECONDS)
    watch(identity)
    output = artifacts / "stdout"
    if runner.rc is None or runner.rc < 0 or runner.status not in ("successful", "failed"):
        abandon(store, identity)
        return Ended(None, output)
    journal.end_run(store, identity, runner.rc)
    return Ended(int(runner.rc), output)


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


def _limit(directory: Path, identity: str, hosts: Sequence[str]) -> str:
    """A limit of any length: a file, read by `--limit @file`."""
    path = directory / f"{identity}.limit"
    path.write_text("".join(f"{host}\n" for host in hosts), encoding="utf-8")
    return f"@{path}"
