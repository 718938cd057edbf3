"""What hosts of a small hospital say to each other, with real packets, and what the collector of alerts gets of it."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

import pytest

from wardround.run import netns

PREFIX = "wr-ids-"
ZONES = {"imaging": 30, "servers": 40, "guest": 60}
HOSTS = {  # name: zone, last part of its addresses
    "guest": ("guest", "50"),
    "ct": ("imaging", "21"),
    "mr": ("imaging", "22"),
    "new": ("imaging", "23"),
    "pacs": ("servers", "5"),
}
MARK = ("guest", "pacs", 7)  # what nothing else says: an alert on it comes when what was said before was looked at
QUIET = 2  # seconds after that: Suricata looks at connections in several threads, and one may be behind another


class Wire:
    """Says things from host to host, with real packets, and hears what the collector got."""

    def __init__(self, ways: netns.Namespaces, sensor: Any) -> None:
        self._ways, self._sensor = ways, sensor

    def address(self, host: str, version: int = 4) -> str:
        zone, last = HOSTS[host]
        return f"10.{ZONES[zone]}.0.{last}" if version == 4 else f"fd00:{ZONES[zone]}::{last}"

    def socket(self, host: str, kind: socket.SocketKind, version: int = 4) -> socket.socket:
        with self._ways.inside(f"{PREFIX}{host}"):
            made = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, kind)
        made.settimeout(10)
        return made

    def say(self, source: str, destination: str, port: int, *said: bytes, version: int = 4) -> None:
        """A connection on which these are sent one after the other; all of it arrives."""
        with ExitStack() as stack:
            server = stack.enter_context(self.socket(destination, socket.SOCK_STREAM, version))
            server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            server.bind((self.address(destination, version), port))
            server.listen()
            client = stack.enter_context(self.socket(source, socket.SOCK_STREAM, version))
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            client.connect((self.address(destination, version), port))
            accepted = stack.enter_context(server.accept()[0])
            accepted.settimeout(10)
            for one in said:
                client.sendall(one)
                heard = b""
                while len(heard) < len(one):
                    heard += accepted.recv(65536)
                assert heard == one

    def ask(self, source: str, destination: str, questions: list[bytes], answer: Callable[[bytes], bytes]) -> None:
        """Datagrams to port 53, each answered."""
        with (
            self.socket(destination, socket.SOCK_DGRAM) as server,
            self.socket(source, socket.SOCK_DGRAM) as client,
        ):
            server.bind((self.address(destination), 53))
            client.connect((self.address(destination), 53))
            for question in questions:
                client.send(question)
                heard, peer = server.recvfrom(65536)
                server.sendto(answer(heard), peer)
                assert client.recv(65536) == answer(question)

    def try_ports(self, source: str, destination: str, ports: range) -> None:
        """One attempt to connect to each port; all are closed."""
        for port in ports:
            with self.socket(source, socket.SOCK_STREAM) as attempt, pytest.raises(ConnectionRefusedError):
                attempt.connect((self.address(destination), port))

    def collected(self) -> list[dict[str, Any]]:
        """Every alert that came to the collector."""
        lines = self._sensor.check_output("cat /var/log/collected").splitlines()
        return [json.loads(line[line.index("{") :]) for line in lines]

    def alerts(self, act: Callable[[], None], seconds: float = 20) -> list[dict[str, Any]]:
        """What comes to the collector for an act, and nothing that came before or that is later."""
        before = len(self.collected())
        act()
        self.say(*MARK, associate())
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            found = self.collected()[before:]
            if any(one["dest_port"] == MARK[2] for one in found):
                time.sleep(QUIET)
                return [one for one in self.collected()[before:] if one["dest_port"] != MARK[2]]
            time.sleep(0.2)
        raise AssertionError(f"no alert came within {seconds} s")


def associate() -> bytes:
    """An A-ASSOCIATE-RQ for verification (DICOM PS3.8, 9.3.2)."""

    def item(kind: int, content: bytes) -> bytes:
        return bytes([kind, 0]) + len(content).to_bytes(2, "big") + content

    syntax = item(0x30, b"1.2.840.10008.1.1") + item(0x40, b"1.2.840.10008.1.2")
    items = item(0x10, b"1.2.840.10008.3.1.1.1") + item(0x20, b"\1\0\0\0" + syntax)
    items += item(0x50, item(0x51, (16384).to_bytes(4, "big")) + item(0x52, b"1.2.826.0.1.3680043.9"))
    body = b"\0\1\0\0" + b"PACS".ljust(16) + b"SOMEBODY".ljust(16) + bytes(32) + items
    return b"\1\0" + len(body).to_bytes(4, "big") + body


def message() -> bytes:
    """An HL7 v2 order, framed (MLLP Release 1)."""
    text = "MSH|^~\\&|HIS|WR|PACS|WR|20261128||ORM^O01|1|P|2.5||||||UNICODE UTF-8\rPID|1||7||王^小明\r"
    return b"\x0b" + text.encode() + b"\x1c\r"
