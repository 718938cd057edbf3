"""The archive under test, an image of 王小明 to send, and modules as a playbook calls them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import testinfra
from pydicom import dcmread
from pydicom.data import get_testdata_file

from tests.on_target import Target

CONTAINER = "wr-mol-pacs-server"
FILES = Path(__file__).parents[1] / "files"
Ask = Callable[..., dict[str, Any]]


@pytest.fixture(scope="session")
def host(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The archive, with an image and a sender of imaging orders under /tmp."""
    found = testinfra.get_host(f"podman://{CONTAINER}")
    image = dcmread(get_testdata_file("CT_small.dcm", download=False))
    image.SpecificCharacterSet, image.PatientName, image.PatientID = "ISO_IR 192", "Wang^XiaoMing=王^小明", "WR0001"
    path = tmp_path_factory.mktemp("dicom") / "ct.dcm"
    image.save_as(path)
    local = testinfra.get_host("local://")
    for source in (path, FILES / "mllp.py", FILES / "silent_peer.py"):
        assert local.run(f"podman cp {source} {CONTAINER}:/tmp/").rc == 0
    curl = 'user = "workstation:a \\"quoted\\" $ecret"'
    found.check_output(f"umask 077; printf '%s' '{curl}' > /root/curlrc")
    return found


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Call a module on the archive; its result. By default RAD_1 asks WR_TEST."""
    target = Target(CONTAINER)

    def call(module: str, **arguments: Any) -> dict[str, Any]:
        peer = {"calling_ae": "RAD_1", "called_ae": "WR_TEST", "host": "127.0.0.1", "port": 4242, "deadline": 5}
        return target.module(module, **{k: v for k, v in (peer | arguments).items() if v is not None})

    return call


@pytest.fixture(scope="session")
def converge() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run the scenario's converge again, with more variables."""

    def call(**variables: Any) -> subprocess.CompletedProcess[str]:
        command = ["ansible-playbook", "-i", os.environ["MOLECULE_INVENTORY_FILE"], str(FILES.parent / "converge.yml")]
        environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}
        return subprocess.run(
            [*command, "-e", json.dumps(variables)], text=True, capture_output=True, check=False, env=environment
        )

    return call
