"""One running hospital for the tests of this directory, with a clone of its own to plan and apply in."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from lab import containers, studies
from lab.engine import deploy
from tests.integration.rehearsal import TestHospital
from tests.integration.ward import Ward, ward_of_our_own


@pytest.fixture(scope="session")
def hospital() -> TestHospital:
    """The hospital converged on the first release, with the CT in its PACS."""
    containers.up(anew=containers.SYSTEMS)
    clone = TestHospital("test-hospital")
    clone.make()
    done = clone.call("ansible-playbook", "playbooks/converge.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    deploy.start()
    studies.store()
    return clone


@pytest.fixture(scope="session")
def ward() -> Iterator[Ward]:
    """Two desks beside the lab, with a product of their own."""
    with ward_of_our_own() as made:
        yield made
