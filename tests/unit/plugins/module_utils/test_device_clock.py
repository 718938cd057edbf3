"""A device's clock by NTP and by its images: what is a wrong clock, what a doubt, what says nothing."""

from __future__ import annotations

import datetime
import json
import socket
import struct
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import device_clock

NOON = datetime.datetime(2026, 11, 23, 12, 0, 0, tzinfo=datetime.UTC).timestamp()


@pytest.fixture
def ntp() -> Iterator[Callable[..., int]]:
    """Starts a server whose clock is so many seconds ahead; its port."""
    servers = []

    def serve(ahead: float, mode: int = 4, echo: bool = True) -> int:
        server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        server.bind(("127.0.0.1", 0))
        servers.append(server)

        def answer() -> None:
            request, peer = server.recvfrom(512)
            now = time.time() + ahead + device_clock.NTP_EPOCH
            moment = struct.pack(">II", int(now), int(now % 1 * 2**32))
            origin = request[40:48] if echo else b"somebody"
            server.sendto(bytes([0x20 | mode, 2]) + bytes(22) + origin + moment + moment, peer)

        threading.Thread(target=answer, daemon=True).start()
        return int(server.getsockname()[1])

    yield serve
    for server in servers:
        server.close()


@pytest.mark.parametrize("ahead", [0.0, 93.0, -7.5])
def test_ntp_tells_the_offset(ntp: Callable[..., int], ahead: float) -> None:
    assert device_clock.ntp_offset("127.0.0.1", 2, ntp(ahead)) == pytest.approx(ahead, abs=0.5)


def test_what_is_no_answer_to_our_question_tells_nothing(ntp: Callable[..., int]) -> None:
    assert device_clock.ntp_offset("127.0.0.1", 2, ntp(9, mode=3)) is None
    assert device_clock.ntp_offset("127.0.0.1", 2, ntp(9, echo=False)) is None
    assert device_clock.ntp_offset("127.0.0.1", 0.2, 9) is None


@pytest.mark.parametrize(
    ("stamped", "zone", "offset"),
    [
        ("20261123120200", "+0000", 120),
        ("20261123200000.5", "+0800", 0.5),
        ("20261123115900+0000", "", -60),
        ("202611231200", "+0000", 0),
        ("20261123120200-0000 ", "", 120),
    ],
)
def test_an_images_stamp_is_compared_with_its_arrival(stamped: str, zone: str, offset: float) -> None:
    assert device_clock.image_offset({"received": NOON, "stamped": stamped, "zone": zone}) == pytest.approx(offset)


@pytest.mark.parametrize(
    "note", [{}, {"stamped": "2026", "received": 1}, {"stamped": "20261399120000", "received": 1}, {"stamped": None}]
)
def test_a_stamp_that_cannot_be_read_tells_nothing(note: dict[str, object]) -> None:
    assert device_clock.image_offset(note) is None


def test_a_note_is_read_or_empty(tmp_path: Path) -> None:
    path = tmp_path / "CT_1.json"
    assert device_clock.read_note(str(path)) == {}
    path.write_text("[]")
    assert device_clock.read_note(str(path)) == {}
    path.write_text(json.dumps({"received": 1}))
    assert device_clock.read_note(str(path)) == {"received": 1}


@pytest.mark.parametrize(
    ("by_ntp", "by_image", "ok", "doubt", "said"),
    [
        (93.0, None, False, False, "its clock is 93.0 s ahead of this machine's, the limit"),
        (-6.0, 0.0, False, False, "its clock is 6.0 s behind this machine's"),
        (1.0, 500.0, True, False, "its clock is 1.0 s ahead of"),
        (None, 120.0, False, False, "(measured by its newest image)"),
        (None, -60.0, True, True, "stamped 60.0 s before it came: its clock is behind, or it sent late"),
        (None, -8.0e8, True, False, "its newest image is an old one"),
        (None, None, True, False, "its clock is unknown"),
    ],
)
def test_verdicts(by_ntp: float | None, by_image: float | None, ok: bool, doubt: bool, said: str) -> None:
    found = device_clock.judge(by_ntp, by_image, 5)
    assert (found["ok"], found["doubt"]) == (ok, doubt)
    assert said in found["verdict"]
