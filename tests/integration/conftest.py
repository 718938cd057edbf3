"""One running hospital for the tests of this directory, with a clone of its own to plan and apply in."""

from __future__ import annotations

import pytest

from lab import containers, studies
from tests.integration.rehearsal import TestHospital


@pytest.fixture(scope="session")
def hospital() -> TestHospital:
    """The hospital converged on the first release, with the CT in its PACS."""
    containers.up(anew=containers.SYSTEMS)
    clone = TestHospital("test-hospital")
    clone.make()
    done = clone.call("ansible-playbook", "playbooks/converge.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    studies.store()
    return clone
