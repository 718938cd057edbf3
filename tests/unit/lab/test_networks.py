import json
import subprocess
from pathlib import Path

import pytest

from lab import networks
from lab.podman import LabError

ROUTES = [
    {"dst": "default", "dev": "eth0"},
    {"dst": "10.87.0.0/16", "dev": "tun0"},
    {"dst": "192.0.2.0/24", "dev": "eth0"},
]


@pytest.fixture(autouse=True)
def routes(monkeypatch) -> None:
    done = subprocess.CompletedProcess([], 0, json.dumps(ROUTES), "")
    monkeypatch.setattr(networks, "run", lambda command, what: done)


def test_a_route_into_the_lab_is_named() -> None:
    with pytest.raises(LabError, match=r"the lab needs 10\.87\.10\.0/24, but .* 10\.87\.0\.0/16 by tun0"):
        networks.refuse_clash("10.87.10.0/24")


def test_other_routes_do_not_matter() -> None:
    networks.refuse_clash("10.99.10.0/24")


def test_a_machine_keeps_its_hardware_address() -> None:
    joined = networks.attachment("10.87.10.21")
    assert joined == "wr-mgmt:ip=10.87.10.21,mac=02:57:0a:57:0a:15,interface_name=mgmt"


def test_a_machine_that_ended_with_the_computer_gives_its_address_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(networks, "TAKEN", tmp_path / "wr-mgmt")
    networks.free("10.87.10.16")  # nothing is kept there on Debian 13
    networks.TAKEN.mkdir()
    for address in ("10.87.10.16", "10.87.10.17"):
        (networks.TAKEN / address).write_text("19ce3c5b\nmgmt")
    networks.free("10.87.10.16")
    assert [path.name for path in networks.TAKEN.iterdir()] == ["10.87.10.17"]
