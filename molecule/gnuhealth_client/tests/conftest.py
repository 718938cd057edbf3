"""A desk with both clients, whose servers are not there."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "files"))
from desk import Desk

CONTAINER = "wr-mol-gnuhealth-client"


@pytest.fixture(scope="session")
def his() -> Desk:
    return Desk(CONTAINER, "his_client", version="5.0.0", server=CONTAINER, host="127.0.0.1:443", database="health")


@pytest.fixture(scope="session")
def lis() -> Desk:
    return Desk(CONTAINER, "lis_client", version="5.0.2", server=CONTAINER, host="127.0.0.1:8443", database="health")
