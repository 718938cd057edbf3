"""The workstation under test, and the module as an engineer would call it."""

import json
import os
import subprocess
from collections.abc import Callable
from typing import Any

import pytest
import testinfra

CONTAINER = "wr-mol-pacs-client"
ROOT = "/opt/wardround/pacs_client"
Install = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def host() -> Any:
    return testinfra.get_host(f"podman://{CONTAINER}")


@pytest.fixture
def install(host: Any) -> Install:
    """Call release_install on the workstation: state, version, more arguments; `diff` is as printed."""

    def call(state: str, version: str | None = None, check: bool = False, **more: Any) -> dict[str, Any]:
        arguments: dict[str, Any] = {"root": ROOT, "state": state, "served_url": "http://127.0.0.1/release.json"}
        if version:
            digest = host.check_output(f"sha256sum /srv/share/{version}.tar").split()[0]
            arguments |= {"version": version, "url": f"http://127.0.0.1:8042/{version}.tar", "sha256": digest}
        command = ["ansible", "-i", os.environ["MOLECULE_INVENTORY_FILE"], CONTAINER]
        command += ["--diff", "-m", "wardround.hospital.release_install", "-a", json.dumps(arguments | more)]
        if check:
            command.append("--check")
        # Molecule forces colour.
        environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}
        done = subprocess.run(command, text=True, capture_output=True, check=False, env=environment)
        printed, _sep, answer = done.stdout.partition(f"{CONTAINER} | ")
        found: dict[str, Any] = json.loads(answer.partition("=> ")[2])
        return found | {"failed": done.returncode != 0, "diff": printed}

    return call


@pytest.fixture(scope="session")
def converged(host: Any) -> str:
    """A copy of the releases as the converge left them."""
    host.check_output(f"rm -rf /srv/converged && cp -a {ROOT} /srv/converged")
    return "/srv/converged"


@pytest.fixture(autouse=True)
def as_converged(host: Any, converged: str) -> None:
    """Every test begins as after the converge: 1.0 in use, nothing else there."""
    host.check_output(f"rm -rf {ROOT} && cp -a {converged} {ROOT}")
