"""The desk under test, and the server it is for."""

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra

sys.path.insert(0, str(Path(__file__).parents[2] / "gnuhealth_client/files"))
from desk import Desk

SERVER = "wr-mol-his-client-server"


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(
        "wr-mol-his-client",
        "his_client",
        version="5.0.0",
        server=SERVER,
        host="127.0.0.1:443",
        database="health",
        user="med",
        language="zh_CN",
        view="lab_requests",
        action="health_lab.gnuhealth_action_lab_test_request",
        section="",
    )


@pytest.fixture(scope="session")
def server() -> Any:
    return testinfra.get_host(f"podman://{SERVER}")


@pytest.fixture
def without(server: Any) -> Iterator[Any]:
    """Stop a service of the server, or freeze it, until the test is over."""
    afterwards = []

    def take(unit: str, how: str = "stop") -> None:
        if how == "stop":
            server.check_output(f"systemctl stop {unit}")
            afterwards.append(f"systemctl start {unit}")
        else:
            server.check_output(f"systemctl kill --signal=STOP {unit}")
            afterwards.append(f"systemctl kill --signal=CONT {unit}")

    yield take
    for command in afterwards:
        server.check_output(command)
