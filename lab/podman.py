"""Podman, called with the lab's own settings so that nothing under /etc has to change."""

import os
import shutil
import subprocess
from pathlib import Path

from lab.paths import LAB

LABEL = "wardround=lab"  # on every container of the lab
CONF = LAB / "containers.conf"


class LabError(Exception):
    """Something the lab needs is missing or failed; the message says what to do."""


def environment() -> dict[str, str]:
    """The environment of every podman call."""
    if not CONF.exists():
        raise LabError(f"{CONF} is missing: run `make setup` first")
    return {**os.environ, "CONTAINERS_CONF": str(CONF), "PODMAN_IGNORE_CGROUPSV1_WARNING": "1"}


def run(
    command: list[str], *, what: str, stdin: str | None = None, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and return it with its output; a failure is a LabError with what the command said."""
    if shutil.which(command[0]) is None:
        raise LabError(f"{command[0]} is not installed: run `make setup` first")
    done = subprocess.run(command, text=True, capture_output=True, check=False, input=stdin, env=env)
    if done.returncode != 0:
        said = "\n".join((done.stderr or done.stdout).strip().splitlines()[-15:])
        raise LabError(f"{what} failed ({' '.join(command[:3])} ended with {done.returncode}):\n{said}")
    return done


def podman(*arguments: str | Path, what: str = "podman") -> str:
    """Standard output of one podman call."""
    return run(["podman", *map(str, arguments)], what=what, env=environment()).stdout.strip()


def exists(kind: str, name: str) -> bool:
    """Whether an image, container or network of this name is there."""
    return subprocess.run(["podman", kind, "exists", name], env=environment(), check=False).returncode == 0


def containers() -> list[str]:
    """Names of the lab's containers, running or not."""
    return podman("ps", "--all", "--filter", f"label={LABEL}", "--format", "{{.Names}}").split()
