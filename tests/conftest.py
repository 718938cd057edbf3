"""For all tests."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from tests.commands import end_started

# A property is about what comes out, not about how fast this machine is just now.
settings.register_profile("wardround", deadline=None)
settings.load_profile("wardround")


@pytest.fixture(autouse=True)
def nothing_goes_on() -> Iterator[None]:
    yield
    end_started()
