"""The laboratory's desk under test."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[2] / "gnuhealth_client/files"))
from desk import Desk


@pytest.fixture(scope="session")
def desk() -> Desk:
    return Desk(
        "wr-mol-lis-client",
        "lis_client",
        version="5.0.0",
        server="wr-mol-lis-client-server",
        host="127.0.0.1:443",
        database="health",
        user="lab",
        language="zh_CN",
        view="lab_results",
        action="health_lab.gnuhealth_action_tree_lab",
        section="biochemical",
    )
