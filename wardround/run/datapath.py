"""An Open vSwitch of our own inside a namespace: the userspace datapath needs no kernel module (ovs-vswitchd(8))."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import time
from pathlib import Path
from typing import Final

from wardround.run import ovsdb
from wardround.run.netns import NetworkError, run

_NEEDED: Final = ("ovsdb-tool", "ovsdb-server", "ovs-vswitchd")
_SCHEMA: Final = Path("/usr/share/openvswitch/vswitch.ovsschema")


def missing() -> list[str]:
    """Programs of Open vSwitch that this machine lacks."""
    paths = os.pathsep.join((os.environ.get("PATH", ""), "/usr/sbin", "/sbin"))
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

    def start(self) -> ovsdb.Database:
        """Start the switch, once its database listens: asked too early it would ask again a second later."""
        self._wait(self._socket)
        self._start("ovs-vswitchd", f"unix:{self._socket}", "--disable-system")
        return ovsdb.Database(self._socket)

    def _start(self, program: str, *arguments: str) -> None:
        command = [*self._inside, program, *arguments, f"--unixctl={self._control(program)}", "--verbose=off"]
        self._processes.append(
            subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=self._log,
                stderr=self._log,
                env={**os.environ, "OVS_RUNDIR": str(self._directory)},
                start_new_session=True,
            )
        )

    def _control(self, program: str) -> Path:
        return self._directory / f"{program}.ctl"

    def _wait(self, path: Path) -> None:
        deadline = time.monotonic() + 10
        while not _listened_at(path):
            if time.monotonic() > deadline or any(process.poll() is not None for process in self._processes):
                said = (self._directory / "openvswitch.log").read_text().strip().splitlines()
                raise NetworkError(f"Open vSwitch did not start: {said[-1] if said else 'it says nothing'}")
            time.sleep(0.002)

    def forget(self) -> None:
        """Forget learned addresses and cached decisions, so that the next frame meets what the ports are now."""
        for method in ("fdb/flush", "revalidator/wait"):
            ovsdb.call(self._control("ovs-vswitchd"), method, [])

    def close(self) -> None:
        for process in reversed(self._processes):
            with contextlib.suppress(ProcessLookupError):
                os.kill(process.pid, signal.SIGKILL)
        for process in self._processes:
            process.wait(60)  # the kernel takes its time over many packet sockets
        self._log.close()


def _listened_at(path: Path) -> bool:
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as connection, contextlib.suppress(OSError):
        connection.connect(str(path))
        return True
    return False
