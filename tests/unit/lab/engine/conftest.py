"""A HIS and a LIS to test the engine's parts with, each answering over HTTP."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from lab.engine.door import Door
from lab.engine.journal import Journal
from lab.engine.records import Records
from tests.unit.lab.engine import standin
from tests.unit.lab.engine.standin import GnuHealth


@pytest.fixture
def journal(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "engine.db")
    yield found
    found.close()


@pytest.fixture
def server() -> GnuHealth:
    """A GNU Health with master data; what tests look into."""
    found = GnuHealth()
    standin.master_data(found)
    return found


@pytest.fixture
def records(server: GnuHealth, tmp_path: Path) -> Iterator[Records]:
    """The same server, as the engine asks it."""
    with standin.serving(server) as port:
        found = Records("lis", standin.settings(port), 5, Door(tmp_path / "door.json"))
        yield found
        found.close()
