"""The archive with its devices' agreements, and modules as a device would call them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import testinfra
from pydicom.data import get_testdata_file

from tests.on_target import Target

CONTAINER = "wr-mol-modality-link"
SCENARIO = Path(__file__).parents[1]
Ask = Callable[..., dict[str, Any]]


def run(*command: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}  # Molecule forces colour
    command = (command[0], "-i", os.environ["MOLECULE_INVENTORY_FILE"], *command[1:])
    return subprocess.run(command, text=True, capture_output=True, check=False, env=environment)


@pytest.fixture(scope="session")
def host() -> Any:
    """The archive, with an image and a sender of imaging orders under /tmp."""
    local = testinfra.get_host("local://")
    image = get_testdata_file("CT_small.dcm", download=False)
    for source in (image, SCENARIO.parent / "pacs_server/files/mllp.py"):
        assert local.run(f"podman cp {source} {CONTAINER}:/tmp/").rc == 0
    return testinfra.get_host(f"podman://{CONTAINER}")


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Call a module on the archive's machine as the device with this AE title; its result."""
    target = Target(CONTAINER)

    def call(module: str, device: str, **arguments: Any) -> dict[str, Any]:
        peer = {"calling_ae": device, "called_ae": "WR_TEST", "host": "127.0.0.1", "port": 4242, "deadline": 5}
        return target.module(module, **(peer | arguments))

    return call


@pytest.fixture(scope="session")
def converge() -> Callable[..., str]:
    """Run the scenario's converge again with more variables; what it printed, and its exit code at the end."""

    def call(**variables: Any) -> str:
        done = run("ansible-playbook", str(SCENARIO / "converge.yml"), "-e", json.dumps(variables))
        return f"{done.stdout}\n{done.stderr}\nexit {done.returncode}"

    return call
