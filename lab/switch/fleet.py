"""Many switches in one process and one thread: a Python process for each would cost 43 MB and a second."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Iterable
from types import TracebackType
from typing import Any, TypeVar

import asyncssh

from lab.switch import shell
from lab.switch.datapath import OpenVSwitch, listening
from lab.switch.device import Datapath, Device, NoPackets
from lab.switch.faults import Faults
from lab.switch.spec import Spec

Result = TypeVar("Result")


async def start(specs: Iterable[Spec], key: asyncssh.SSHKey) -> tuple[list[Device], list[asyncssh.SSHAcceptor]]:
    """Start the switches; all are stopped again if one does not start."""
    devices: list[Device] = []
    acceptors: list[asyncssh.SSHAcceptor] = []
    try:
        for spec in specs:
            packets: Datapath = NoPackets(spec)
            if spec.namespace:
                packets = OpenVSwitch(spec.namespace, spec.links, spec.mirror)
            device = Device(spec, packets)
            devices.append(device)
            await device.start()
            sock = listening(spec.namespace, spec.host, spec.port) if spec.namespace else None
            acceptors.append(await shell.listen(device, key, sock))
    except BaseException:
        await stop(devices, acceptors)
        raise
    return devices, acceptors


async def stop(devices: Iterable[Device], acceptors: Iterable[asyncssh.SSHAcceptor]) -> None:
    for acceptor in acceptors:
        acceptor.close()
    for device in devices:
        await device.stop()


class Fleet:
    """Switches for a test, as a context manager: `with Fleet(spec, ...) as fleet: fleet["acc-01"].port`."""

    def __init__(self, *specs: Spec) -> None:
        self.specs = specs
        self.devices: dict[str, Device] = {}
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="switches", daemon=True)
        self._acceptors: list[asyncssh.SSHAcceptor] = []

    def __enter__(self) -> Fleet:
        self._thread.start()
        try:
            devices, self._acceptors = self.call(start(self.specs, asyncssh.generate_private_key("ssh-ed25519")))
        except BaseException:
            self._end()
            raise
        self.devices = {device.spec.name: device for device in devices}
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.call(stop(self.devices.values(), self._acceptors))
        self._end()

    def _end(self) -> None:
        async def rest() -> None:
            """End the sessions that hang on command."""
            others = asyncio.all_tasks() - {asyncio.current_task()}
            for task in others:
                task.cancel()
            await asyncio.gather(*others, return_exceptions=True)

        self.call(rest())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def __getitem__(self, name: str) -> Device:
        return self.devices[name]

    def call(self, work: Coroutine[Any, Any, Result]) -> Result:
        """Do something in the switches' loop and wait for it, at most a minute."""
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(60)

    def misbehave(self, name: str, **faults: Any) -> None:
        """Give a switch faults; none ends them."""

        async def now() -> None:
            self[name].misbehave(Faults.of(faults))

        self.call(now())
