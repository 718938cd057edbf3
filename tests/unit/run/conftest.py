"""For tests that run commands of this machine."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.unit.run.local import STARTED


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    """A command whose test has failed would ask its desks for hours, and slow down all that comes after."""
    yield
    while STARTED:
        process = STARTED.pop()
        if process.poll() is None:
            process.kill()
            process.wait()
