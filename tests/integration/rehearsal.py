"""What the tests do to the running hospital and want to know of it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from lab.hospital import Hospital
from lab.podman import podman
from tests.commands import start
from tests.recorded import rows

PRODUCT_ROOT = "/opt/wardround/pacs_client"
DESKS = ("rad-ws-01", "rad-ws-02", "rad-ws-03", "rad-ws-04", "reg-ws-01", "reg-ws-02")


class TestHospital(Hospital):
    """The engineer's clone, with what a test wants to know and do."""

    __test__ = False

    def call(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command in the clone to its end."""
        return subprocess.run(
            command,
            cwd=self.root,
            env={**self.environment, **environment},
            capture_output=True,
            text=True,
            check=False,
            timeout=600,
        )

    def start(self, *command: str) -> subprocess.Popen[str]:
        """Start a command in a process group of its own."""
        return start(command, self.root, self.environment)

    def rows(self, query: str, *values: Any) -> list[sqlite3.Row]:
        """Rows of the clone's record; none before there is one."""
        return rows(self.state, query, *values)

    def wait_for(self, query: str, process: subprocess.Popen[str], seconds: float = 120) -> sqlite3.Row:
        """The first row of a query as soon as there is one; the process must still be at work then."""
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if rows := self.rows(query):
                return rows[0]
            assert process.poll() is None, f"ended too soon:\n{process.communicate()[0]}"
            time.sleep(0.05)
        raise AssertionError(f"nothing in {seconds:.0f} s: {query}")

    def states(self) -> dict[str, str]:
        """State of each host in the newest roll-out, as `wardround status` says."""
        told = self.call("wardround", "status", "--json")
        assert told.returncode == 0, told.stderr
        return {host: one["state"] for host, one in json.loads(told.stdout)["rollouts"][-1]["hosts"].items()}

    def served(self, host: str) -> str:
        """The version that a desk's own port serves."""
        body = podman("exec", f"wr-{host}", "curl", "-fsS", "http://127.0.0.1/release.json")
        return str(json.loads(body)["version"])

    def switches(self, host: str, since: int = 0) -> list[dict[str, str]]:
        """What the desk's own journal says of switches, from line `since` on."""
        text = podman("exec", f"wr-{host}", "cat", f"{PRODUCT_ROOT}/journal.jsonl")
        return [json.loads(line) for line in text.splitlines()[since:]]

    def playbook_processes(self) -> list[int]:
        """Living ansible-playbook processes that work in this clone."""
        found = []
        for entry in Path("/proc").iterdir():
            if entry.name.isdigit():
                try:
                    command = (entry / "cmdline").read_bytes()
                    inside = (entry / "cwd").resolve() == self.root
                except OSError:
                    continue
                if inside and b"ansible-playbook" in command and int(entry.name) != os.getpid():
                    found.append(int(entry.name))
        return found


def kill(process: subprocess.Popen[str]) -> None:
    """`kill -9` of one process, and of nothing else."""
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert process.stdout is not None
    process.stdout.close()


@contextmanager
def written(path: Path, old: str, new: str) -> Iterator[None]:
    """A file of a clone with one passage written otherwise, and as it was afterwards."""
    before = path.read_text(encoding="utf-8")
    assert before.count(old) == 1, f"{path}: {before.count(old)} times {old!r}"
    path.write_text(before.replace(old, new), encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")
