"""A mirror of an emulated switch, with real frames: what comes in to its ports is seen once, and nothing else."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator

import pytest

from lab.switch import namespaces
from lab.switch.datapath import MIRROR
from lab.switch.fleet import Fleet
from lab.switch.spec import Spec, port_range

SWITCH, SENSOR = "wr-mir-switch", "wr-mir-sensor"
HOSTS = {"wr-mir-alfa": "10.87.221.1/24", "wr-mir-bravo": "10.87.221.2/24"}
PORTS = port_range("GigabitEthernet1/0/1-2")
STARTUP = """
vlan 20
interface GigabitEthernet1/0/1
 switchport access vlan 20
 switchport mode access
interface GigabitEthernet1/0/2
 switchport access vlan 20
 switchport mode access
"""
SECONDS = 5  # within which a frame comes
QUIET = 0.5  # seconds without one that show that no more comes


@pytest.fixture
def fleet() -> Iterator[Fleet]:
    """A switch that mirrors what comes in to its first port."""
    with namespaces.made(SWITCH, SENSOR, *HOSTS):
        for number, (name, address) in enumerate(HOSTS.items(), 1):
            namespaces.cable(SWITCH, f"p{number}", name, "eth0")
            namespaces.address(name, "eth0", address)
        namespaces.cable(SWITCH, MIRROR, SENSOR, "mirror0")
        links = {port: f"p{number}" for number, port in enumerate(PORTS, 1)}
        spec = Spec("acc-01", "cisco_ios", PORTS, STARTUP, namespace=SWITCH, links=links, mirror=PORTS[:1])
        with Fleet(spec) as running:
            yield running


def seen(source: str, mark: bytes, seconds: float = SECONDS) -> int:
    """How often a broadcast of a host comes to the sensor; it is sent again until it does, or the time is over."""
    with namespaces.inside(SENSOR):
        ear = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))  # ETH_P_ALL
        ear.bind(("mirror0", 0))
    with namespaces.inside(source):
        mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with ear, mouth:
        ear.settimeout(QUIET)
        mouth.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            mouth.sendto(mark, ("10.87.221.255", 5998))
            if found := _marked(ear, mark):
                return found
    return 0


def _marked(ear: socket.socket, mark: bytes) -> int:
    found = 0
    while True:
        try:
            found += mark in ear.recv(2048)
        except TimeoutError:
            return found


def test_what_comes_in_to_a_mirrored_port_is_seen_once_and_again_after_it_was_dead(fleet: Fleet) -> None:
    assert seen("wr-mir-alfa", b"first") == 1
    assert seen("wr-mir-bravo", b"other", QUIET) == 0
    device = fleet["acc-01"]
    session = device.session("admin", "test")
    for lines in (["no vlan 20"], ["vlan 20", "name AGAIN"]):  # a dead port is taken off the bridge
        for line in ("configure terminal", *lines, "end"):
            fleet.call(device.execute(session, line))
    assert seen("wr-mir-alfa", b"again") == 1
    assert seen("wr-mir-bravo", b"still", QUIET) == 0
