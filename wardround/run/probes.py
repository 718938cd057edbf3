"""Asks who reaches whom, with real packets from one process.

A socket stays in the network namespace that it was made in, so that one event loop asks from all of them
(network_namespaces(7)). Every answer must carry the question's own number: nothing else counts as one.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import itertools
import os
import socket
import struct
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, Protocol

from wardround.network.matrix import Probe, Seen
from wardround.network.wiring import Machine
from wardround.run.netns import Namespaces

# More at once overflow the switches' queues, and then even open firewalls seem to drop.
IN_FLIGHT: Final = 200
PATIENCE: Final = 2.0  # seconds; for an answer that must not be missed
_NUMBER: Final = struct.Struct("!Q")
_SENDINGS: Final = 3  # of a datagram
Span = tuple[float, float]  # from and to, on the event loop's clock
_REFUSED: Final = {errno.ECONNREFUSED, errno.ECONNRESET, errno.EHOSTUNREACH, errno.ENETUNREACH, errno.EACCES}
# tcp(7): an acknowledgement goes with what is said next, five segments a question instead of eight. With eight the
# switches' queues overflowed, and what is lost first is sent again only after a second (RFC 6298).
_FEW_SEGMENTS: Final = (socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
_SHUT: Final = struct.pack("ii", 1, 0)  # linger: end a connection at once, without TIME_WAIT


class Network(Protocol):
    """A network whose machines are namespaces."""

    @property
    def ways(self) -> Namespaces: ...

    def home(self, machine: Machine) -> str: ...


@dataclass(frozen=True, slots=True)
class Asked:
    """What each probe found, and how many seconds the answers took, sorted.

    unsure: probes without an answer, asked while even one that is sure to be answered was late.
    """

    seen: dict[Probe, Seen]
    seconds: list[float]
    unsure: frozenset[Probe] = frozenset()

    def usual(self, patience: float) -> float:
        """How long to wait for an answer on this machine: four times what 95 of 100 took, 0.1 s to `patience`."""
        if not self.seconds:
            return patience
        return min(patience, max(0.1, 4 * self.seconds[len(self.seconds) * 95 // 100]))


class Prober:
    """Listens on every machine and asks. Use it as a context manager, inside a running event loop."""

    def __init__(self, network: Network, machines: Mapping[str, Machine], probes: Iterable[Probe]) -> None:
        self._network = network
        self._machines = machines
        self._loop = asyncio.get_running_loop()
        self._numbers = itertools.count(int.from_bytes(os.urandom(3)) << 24)
        self._heard: set[int] = set()  # numbers that a server has seen
        self._echoes: dict[int, asyncio.Future[None]] = {}
        self._closing: list[Callable[[], None]] = []
        self._raw: dict[tuple[str, int], socket.socket] = {}
        self._probes = list(probes)

    def __enter__(self) -> Prober:
        for probe in self._probes:
            if probe.protocol == "icmp":
                for name in (probe.source, probe.destination):
                    self._listen_to_echoes(name, probe.family)
        served = {(self._home(one.destination), one.protocol, port) for one in self._probes if (port := one.port)}
        for home, protocol, port in sorted(served):
            (self._serve_tcp if protocol == "tcp" else self._serve_udp)(home, port)
        return self

    def __exit__(self, *_error: object) -> None:
        for close in reversed(self._closing):
            close()

    def _home(self, machine: str) -> str:
        return self._network.home(self._machines[machine])

    async def ask(
        self,
        probes: Collection[Probe],
        patience: float,
        at_once: int = IN_FLIGHT,
        tell: Callable[[int], None] = lambda _count: None,
        sure: Sequence[Probe] = (),
    ) -> Asked:
        """Ask every probe. patience: seconds that a client waits; tell: called with how many more are done.

        sure: probes that are answered by right, asked again and again meanwhile. While one of them is late, silence is
        no proof that something is denied: the machine is busy.
        """
        seen: dict[Probe, Seen] = {}
        numbers: dict[Probe, int] = {}
        spans: dict[Probe, Span] = {}
        seconds: list[float] = []
        waiting = iter(probes)

        async def work() -> None:
            for probe in waiting:  # shared: each worker takes the next
                number = numbers[probe] = next(self._numbers)
                began = self._loop.time()
                if await self._one(probe, number, patience):
                    seen[probe] = "reached"
                    seconds.append(self._loop.time() - began)
                spans[probe] = (began, self._loop.time())
                tell(1)

        async with self._pulse(sure, patience / 2) as late:
            await asyncio.gather(*(work() for _unused in range(min(at_once, len(probes)))))
            if len(seen) < len(probes):
                await asyncio.sleep(min(patience, 0.2))  # for what is still on its way to a server
        for probe, number in numbers.items():
            if probe not in seen:
                seen[probe] = "inconclusive" if _short(number) in self._heard else "not reached"
        unsure = (probe for probe, span in spans.items() if seen[probe] != "reached" and _meets(span, late))
        return Asked(seen, sorted(seconds), frozenset(unsure))

    @contextlib.asynccontextmanager
    async def _pulse(self, sure: Sequence[Probe], interval: float) -> AsyncIterator[list[Span]]:
        """Ask the sure ones in turn, one each interval; when they were answered late, complete once left.

        Those that are never answered tell nothing: that is for the proof to find.
        """
        late: list[Span] = []
        asked: set[asyncio.Task[None]] = set()

        async def one(probe: Probe) -> None:
            began = self._loop.time()
            if await self._one(probe, next(self._numbers), PATIENCE) and self._loop.time() - began > interval:
                late.append((began, self._loop.time()))

        async def beat() -> None:
            for probe in itertools.cycle(sure):
                task = asyncio.create_task(one(probe))
                asked.add(task)
                task.add_done_callback(asked.discard)
                await asyncio.sleep(interval)

        beating = asyncio.create_task(beat())
        try:
            yield late
            beating.cancel()
            if asked:
                await asyncio.wait(asked, timeout=PATIENCE / 2)
        finally:
            ended = {beating, *asked}
            for task in ended:
                task.cancel()
            await asyncio.gather(*ended, return_exceptions=True)

    async def _one(self, probe: Probe, number: int, patience: float) -> bool:
        address = self._machines[probe.destination].addresses[probe.family]
        try:
            async with asyncio.timeout(patience):
                if probe.protocol == "icmp":
                    return await self._echo(probe, address, number, patience)
                if probe.protocol == "udp":
                    return await self._datagram(probe, address, number, patience)
                return await self._connect(probe, address, number)
        except TimeoutError:
            return False
        except OSError as error:
            if error.errno in _REFUSED:
                return False
            raise

    async def _connect(self, probe: Probe, address: str, number: int) -> bool:
        family = socket.AF_INET if probe.family == 4 else socket.AF_INET6
        with self._network.ways.inside(self._home(probe.source)):
            client = socket.socket(family, socket.SOCK_STREAM | socket.SOCK_NONBLOCK)
        with client:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _SHUT)
            client.setsockopt(*_FEW_SEGMENTS)
            await self._loop.sock_connect(client, (address, probe.port))
            await self._loop.sock_sendall(client, _NUMBER.pack(number))
            return await self._loop.sock_recv(client, _NUMBER.size) == _NUMBER.pack(number)

    async def _datagram(self, probe: Probe, address: str, number: int, patience: float) -> bool:
        family = socket.AF_INET if probe.family == 4 else socket.AF_INET6
        with self._network.ways.inside(self._home(probe.source)):
            client = socket.socket(family, socket.SOCK_DGRAM | socket.SOCK_NONBLOCK)
        with client:
            client.connect((address, probe.port))
            answered = asyncio.ensure_future(self._loop.sock_recv(client, _NUMBER.size))
            try:
                await self._say_again(lambda: client.send(_NUMBER.pack(number)), answered, patience)
                return answered.result() == _NUMBER.pack(number)
            finally:
                answered.cancel()
                await asyncio.wait([answered])  # the loop must have let go of the socket before its number is used anew

    async def _echo(self, probe: Probe, address: str, number: int, patience: float) -> bool:
        answered = self._echoes[_short(number)] = self._loop.create_future()
        client, packet = self._raw[self._home(probe.source), probe.family], _echo_request(probe.family, _short(number))
        try:
            await self._say_again(lambda: client.sendto(packet, (address, 0)), answered, patience)
        finally:
            del self._echoes[_short(number)]
        return True

    async def _say_again(self, say: Callable[[], int], answered: asyncio.Future[Any], patience: float) -> None:
        """Send until there is an answer: unlike a connection, a datagram that was lost is not sent again by itself."""
        while not answered.done():
            say()
            await asyncio.wait([answered], timeout=patience / _SENDINGS)

    def _listen_to_echoes(self, machine: str, family: int) -> None:
        home = self._home(machine)
        if (home, family) in self._raw:
            return
        with self._network.ways.inside(home):
            raw = _raw_icmp(family)
        self._raw[home, family] = raw

        def hear() -> None:
            for data, _sender in _datagrams(raw):
                packet = data[(data[0] & 15) * 4 :] if family == 4 else data  # raw IPv4 sockets show its header
                kind, number = packet[0], int.from_bytes(packet[4:8])
                if kind in (8, 128):
                    self._heard.add(number)
                elif kind in (0, 129) and (waiting := self._echoes.get(number)) and not waiting.done():
                    waiting.set_result(None)

        self._watch(raw, hear)

    def _serve_udp(self, home: str, port: int) -> None:
        server = self._bound(home, socket.SOCK_DGRAM, port)

        def hear() -> None:
            for data, sender in _datagrams(server):
                if len(data) == _NUMBER.size:
                    self._heard.add(_short(*_NUMBER.unpack(data)))
                    with contextlib.suppress(OSError):
                        server.sendto(data, sender)

        self._watch(server, hear)

    def _serve_tcp(self, home: str, port: int) -> None:
        server = self._bound(home, socket.SOCK_STREAM, port)
        server.setsockopt(*_FEW_SEGMENTS)
        server.listen(1024)

        def accept() -> None:
            with contextlib.suppress(BlockingIOError, ConnectionError):
                while True:
                    connection, _client = server.accept()
                    connection.setblocking(False)
                    self._loop.add_reader(connection, answer, connection)

        def answer(connection: socket.socket) -> None:
            with contextlib.suppress(OSError):
                data = connection.recv(_NUMBER.size)
                if len(data) == _NUMBER.size:
                    self._heard.add(_short(*_NUMBER.unpack(data)))
                    connection.send(data)
            self._loop.remove_reader(connection)
            connection.close()

        self._watch(server, accept)

    def _bound(self, home: str, kind: int, port: int) -> socket.socket:
        """A socket of IPv6 that takes IPv4 as well."""
        with self._network.ways.inside(home):
            server = socket.socket(socket.AF_INET6, kind | socket.SOCK_NONBLOCK)
        server.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("::", port))
        return server

    def _watch(self, watched: socket.socket, heard: Callable[[], None]) -> None:
        self._loop.add_reader(watched, heard)

        def close() -> None:
            self._loop.remove_reader(watched)
            watched.close()

        self._closing.append(close)


def _short(number: int) -> int:
    """What an ICMP echo carries of a number, in its identifier and sequence; servers note no more of any.

    What changes most is in the identifier: echoes of one identifier are one connection to a firewall.
    """
    return (number & 0xFFFF) << 16 | (number >> 16) & 0xFFFF


def _meets(span: Span, others: Iterable[Span]) -> bool:
    return any(span[0] <= end and begin <= span[1] for begin, end in others)


def _datagrams(server: socket.socket) -> Iterator[tuple[bytes, tuple[str, int]]]:
    """What has come, without waiting for more."""
    with contextlib.suppress(OSError):
        while True:
            yield server.recvfrom(2048)


def _raw_icmp(family: int) -> socket.socket:
    if family == 4:
        return socket.socket(socket.AF_INET, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMP)
    return socket.socket(socket.AF_INET6, socket.SOCK_RAW | socket.SOCK_NONBLOCK, socket.IPPROTO_ICMPV6)


def _echo_request(family: int, number: int) -> bytes:
    """Type 8 with its checksum (RFC 792), type 128 whose checksum the kernel fills in (RFC 4443, 4.1)."""
    if family == 6:
        return struct.pack("!BBHI", 128, 0, 0, number)
    total = 0x0800 + (number >> 16) + (number & 0xFFFF)
    total = (total & 0xFFFF) + (total >> 16)
    total = (total & 0xFFFF) + (total >> 16)
    return struct.pack("!BBHI", 8, 0, ~total & 0xFFFF, number)
