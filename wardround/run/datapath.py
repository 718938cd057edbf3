"""An Open vSwitch of our own inside a namespace: the userspace datapath needs no kernel module (ovs-vswitchd(8))."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from wardround.run.netns import NetworkError, run

_NEEDED: Final = ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd", "ovs-vsctl", "ovs-appctl")
_SCHEMA: Final = Path("/usr/share/openvswitch/vswitch.ovsschema")


def missing() -> list[str]:
    """Programs of Open vSwitch that this machine lacks."""
    paths = os.environ.get("PATH", "") + os.pathsep + os.pathsep.join(("/usr/sbin", "/sbin"))
    return [name for name in _NEEDED if shutil.which(name, path=paths) is None]


class Datapath:
    """ovsdb-server and ovs-vswitchd with files in `directory`; both end with this process, even if it is killed."""

    def __init__(self, namespace: str, directory: Path) -> None:
        self._directory = directory
        self._socket = directory / "db.sock"
        database = directory / "conf.db"
        self._inside = ["setpriv", "--pdeathsig", "KILL", "ip", "netns", "exec", namespace]
        self._log = (directory / "openvswitch.log").open("w")
        self._processes: list[subprocess.Popen[bytes]] = []
        run(["ovsdb-tool", "create", str(database), str(_SCHEMA)])
        self._start("ovsdb-server", str(database), f"--remote=punix:{self._socket}")

    def start(self) -> None:
        """Start the switch, once its database listens: asked too early it would ask again a second later."""
        self._wait(self._socket)
        self._start("ovs-vswitchd", f"unix:{self._socket}", "--disable-system")

    def _start(self, program: str, *arguments: str) -> None:
        control = self._directory / f"{program}.ctl"
        command = [*self._inside, program, *arguments, f"--unixctl={control}", "--verbose=off"]
        environment = {**os.environ, "OVS_RUNDIR": str(self._directory)}
        self._processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env=environment,
                start_new_session=True,
            )
        )

    def _wait(self, path: Path) -> None:
        deadline = time.monotonic() + 10
        while not path.exists():
            if time.monotonic() > deadline or any(process.poll() is not None for process in self._processes):
                said = (self._directory / "openvswitch.log").read_text().strip().splitlines()
                raise NetworkError(f"Open vSwitch did not start: {said[-1] if said else 'it says nothing'}")
            time.sleep(0.002)

    def change(self, commands: Iterable[Iterable[str]]) -> None:
        """Run ovs-vsctl(8) commands as one transaction, and wait until the switch works so. Raises NetworkError."""
        arguments = [word for command in commands for word in ("--", *command)]
        if arguments:
            run(self._vsctl(*arguments))

    def forget(self) -> None:
        """Forget learned addresses and cached decisions, so that the next frame meets what the ports are now."""
        control = f"--target={self._directory / 'ovs-vswitchd.ctl'}"
        run(["ovs-appctl", control, "fdb/flush"])
        run(["ovs-appctl", control, "revalidator/wait"])

    def _vsctl(self, *arguments: str) -> list[str]:
        return ["ovs-vsctl", f"--db=unix:{self._socket}", "--timeout=60", *arguments]

    def close(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
            process.wait(10)
        self._log.close()
