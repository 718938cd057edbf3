"""One running hospital for the tests of this directory, with a clone of its own to plan and apply in."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from lab import containers, studies
from tests.integration.rehearsal import TestHospital


@pytest.fixture(scope="session")
def machines() -> Callable[[], None]:
    """Bring the hospital up; the workstations and the PACS as they were baked."""
    containers.up()

    def reset() -> None:
        containers.reset("pacs", "workstation")

    return reset


@pytest.fixture(scope="session")
def hospital(machines: Callable[[], None]) -> TestHospital:
    """The hospital converged on the first release, with the CT in its PACS."""
    machines()
    clone = TestHospital("test-hospital")
    clone.make()
    done = clone.call("ansible-playbook", "playbooks/converge.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    studies.store()
    return clone
