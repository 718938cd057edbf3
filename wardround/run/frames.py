"""Sends frames at every socket, and listens in every zone and on every trunk: what layer 3 cannot show.

packet(7); the kernel takes a frame's outer tag off and tells it beside the frame (PACKET_AUXDATA), so it is put back
before the frame is read.
"""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from wardround.network.leaks import Frame, Passing
from wardround.run.twin import Twin

_EXPERIMENTAL: Final = 0x88B5  # IEEE 802 local experimental EtherType 1 (IEEE 802-2014, 9.2.3)
_ETH_P_ALL: Final = 3
_TAG: Final = 0x8100
_SOL_PACKET: Final = 263
_ADD_MEMBERSHIP, _AUXDATA, _PROMISCUOUS = 1, 8, 1
_VLAN_VALID: Final = 0x10
_BROADCAST: Final = b"\xff" * 6
_LISTENER: Final = bytes.fromhex("025752424301")  # in every zone the same, so that a frame finds whoever listens there
_SENDER: Final = bytes.fromhex("025752424302")
_CALL, _TRY = 1, 2  # what a frame is: a zone's own broadcast, or one of the frames sent at sockets
_BODY: Final = struct.Struct("!4sBI")
_MARK: Final = b"ward"
_PAUSE: Final = 0.005  # seconds between bursts: queues are short


@dataclass(frozen=True, slots=True)
class Pace:
    """burst: frames between two short pauses; settle: seconds without a new frame after which none is on its way."""

    burst: int
    settle: float


QUICK: Final = Pace(burst=64, settle=0.15)
PATIENT: Final = Pace(burst=4, settle=1.0)  # for what a busy machine lost or is late with


def _nobody(_count: int) -> None:
    """Nobody is told."""


@dataclass(frozen=True, slots=True)
class Heard:
    """frames: frame to the zones that it came to; passing: zones' broadcasts as they were seen on trunks."""

    frames: dict[Frame, set[str]]
    passing: set[Passing]

    def add(self, other: Heard) -> None:
        """Add what was heard when it was tried again."""
        for frame, zones in other.frames.items():
            self.frames.setdefault(frame, set()).update(zones)
        self.passing.update(other.passing)


async def listen(twin: Twin, tried: list[Frame], pace: Pace = QUICK, tell: Callable[[int], None] = _nobody) -> Heard:
    """Every zone calls once, then every frame is tried.

    tell: called with how many more frames were sent.
    """
    wiring, loop = twin.wiring, asyncio.get_running_loop()
    zones = list(wiring.listeners)
    heard = Heard({}, set())
    last = loop.time()
    with contextlib.ExitStack() as stack:

        def watch(namespace: str, interface: str, note: Callable[[int | None, int, int], None]) -> socket.socket:
            listener = stack.enter_context(_listener(twin, namespace, interface))

            def hear() -> None:
                nonlocal last
                for tag, kind, number in _marked(listener):
                    last = loop.time()
                    note(tag, kind, number)

            loop.add_reader(listener, hear)
            stack.callback(loop.remove_reader, listener)
            return listener

        def at_zone(zone: str) -> Callable[[int | None, int, int], None]:
            def note(_tag: int | None, kind: int, number: int) -> None:
                if kind == _TRY:
                    heard.frames.setdefault(tried[number], set()).add(zone)

            return note

        def at_cable(cable: str) -> Callable[[int | None, int, int], None]:
            def note(tag: int | None, kind: int, number: int) -> None:
                if kind == _CALL:
                    heard.passing.add(Passing(cable, zones[number], tag))

            return note

        async def silence() -> None:
            while loop.time() - last < pace.settle:
                await asyncio.sleep(pace.settle / 3)

        callers = {zone: watch(namespace, interface, at_zone(zone)) for zone, namespace, interface in twin.ears()}
        for name, namespace, interface in twin.cables():
            watch(namespace, interface, at_cable(name))
        for number, zone in enumerate(zones):
            callers[zone].send(_BROADCAST + _LISTENER + _body(_CALL, number))
        last = loop.time()
        await silence()
        outlets = {outlet.name: outlet for outlet in wiring.outlets}
        sockets = {
            name: stack.enter_context(_sender(twin, *twin.plug(outlets[name])))
            for name in dict.fromkeys(frame.outlet for frame in tried)
        }
        for number, frame in enumerate(tried):
            sockets[frame.outlet].send(_LISTENER + _SENDER + _tags(frame) + _body(_TRY, number))
            if number % pace.burst == pace.burst - 1:
                tell(pace.burst)
                await asyncio.sleep(_PAUSE)
        last = loop.time()
        await silence()
    return heard


def _body(kind: int, number: int) -> bytes:
    return struct.pack("!H", _EXPERIMENTAL) + _BODY.pack(_MARK, kind, number) + bytes(40)  # at least 60 bytes in all


def _tags(frame: Frame) -> bytes:
    return b"".join(struct.pack("!HH", _TAG, tag) for tag in (frame.outer, frame.inner) if tag is not None)


def _sender(twin: Twin, namespace: str, interface: str) -> socket.socket:
    with twin.ways.inside(namespace):
        sender = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)  # 0: hears nothing
        sender.bind((interface, 0))
    return sender


def _listener(twin: Twin, namespace: str, interface: str) -> socket.socket:
    with twin.ways.inside(namespace):
        listener = socket.socket(socket.AF_PACKET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.htons(_ETH_P_ALL))
        listener.bind((interface, _ETH_P_ALL))
        index = socket.if_nametoindex(interface)
    listener.setsockopt(_SOL_PACKET, _ADD_MEMBERSHIP, struct.pack("iHH8s", index, _PROMISCUOUS, 0, b""))
    listener.setsockopt(_SOL_PACKET, _AUXDATA, 1)
    return listener


def _marked(listener: socket.socket) -> Iterator[tuple[int | None, int, int]]:
    """(VLAN id of the outer tag or None, kind, number) of our frames that have come, without waiting for more."""
    with contextlib.suppress(BlockingIOError):
        while True:
            data, notes, _flags, _sender = listener.recvmsg(256, socket.CMSG_SPACE(20))
            tags = [tci for level, kind, note in notes if (tci := _stripped(level, kind, note)) is not None]
            kind_at = 12
            while data[kind_at : kind_at + 2] == b"\x81\x00":
                tags.append(int.from_bytes(data[kind_at + 2 : kind_at + 4]))
                kind_at += 4
            body = data[kind_at + 2 : kind_at + 2 + _BODY.size]
            if data[kind_at : kind_at + 2] == b"\x88\xb5" and body[:4] == _MARK:
                _mark, kind, number = _BODY.unpack(body)
                yield (tags[0] & 0xFFF if tags else None), kind, number


def _stripped(level: int, kind: int, note: bytes) -> int | None:
    """The tag that the kernel took off (struct tpacket_auxdata), None where there was none."""
    if (level, kind) != (_SOL_PACKET, _AUXDATA):
        return None
    status, _length, _captured, _mac, _net, tci, _protocol = struct.unpack_from("IIIHHHH", note)
    return tci if status & _VLAN_VALID else None
