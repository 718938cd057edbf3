"""The desk under test with its printers on it, and modules as an engineer would call them."""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra

sys.path.insert(0, str(Path(__file__).parent))
from printing_desk import CONTAINER, WANTED, Ask, run


@pytest.fixture(scope="session")
def host() -> Any:
    return testinfra.get_host(f"podman://{CONTAINER}")


@pytest.fixture
def ask() -> Ask:
    """Call a module of ours on the desk: its name and arguments; `check` for check mode."""

    def call(module: str, check: bool = False, **arguments: Any) -> dict[str, Any]:
        command = ["ansible", CONTAINER, "-m", f"wardround.hospital.{module}"]
        command += ["-a", json.dumps(arguments)] if arguments else []
        done = run(*command, *(["--check"] if check else []))
        found: dict[str, Any] = json.loads(done.stdout.partition("=> ")[2])
        return found | {"failed": done.returncode != 0}

    return call


@pytest.fixture
def changed(host: Any, ask: Ask) -> Iterator[None]:
    """For a test that breaks something: afterwards are the queues of the converge, no job, and every printer on."""
    yield
    host.run("cancel -a -x; pkill -CONT ippeveprinter; systemctl start printer@receipts printer@labels printer@films")
    arguments = {"queues": WANTED["print_client_queues"], "default": WANTED["print_client_default"]}
    assert not ask("cups_queues", **arguments)["failed"]
