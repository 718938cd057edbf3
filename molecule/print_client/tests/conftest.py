"""The desk under test with its printers on it, and modules as an engineer would call them."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra

sys.path.insert(0, str(Path(__file__).parent))
from printing_desk import CONTAINER, WANTED, Ask

from tests.on_target import Target


@pytest.fixture(scope="session")
def host() -> Any:
    return testinfra.get_host(f"podman://{CONTAINER}")


@pytest.fixture(scope="session")
def ask() -> Ask:
    """Call a module of ours on the desk: its name and arguments; `check` for check mode."""
    target = Target(CONTAINER)

    def call(module: str, check: bool = False, **arguments: Any) -> dict[str, Any]:
        return target.module(module, check=check, **arguments)

    return call


@pytest.fixture
def changed(host: Any, ask: Ask) -> Iterator[None]:
    """For a test that breaks something: afterwards are the queues of the converge, no job, and every printer on."""
    yield
    host.run("cancel -a -x; pkill -CONT ippeveprinter; systemctl start printer@receipts printer@labels printer@films")
    arguments = {"queues": WANTED["print_client_queues"], "default": WANTED["print_client_default"]}
    assert not ask("cups_queues", **arguments)["failed"]
