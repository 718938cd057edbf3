"""Network namespaces of this machine: made, entered, emptied, removed (network_namespaces(7), ip-netns(8))."""

from __future__ import annotations

import contextlib
import ctypes
import fcntl
import os
import signal
import socket
import struct
import subprocess
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Final

_CLONE_NEWNET: Final = 0x40000000
_SIOCETHTOOL: Final = 0x8946
_ETHTOOL_STXCSUM: Final = 0x17
_NETLINK_NETFILTER: Final = 12
_NLM_F_REQUEST, _NLM_F_ACK = 1, 4
_NAMED: Final = Path("/run/netns")
_LIBC: Final = ctypes.CDLL(None, use_errno=True)


class NetworkError(Exception):
    """This machine cannot make the network; the message is a sentence for a technician."""


def run(command: list[str], text: str = "") -> str:
    """Run a program with `text` as its input. Raises NetworkError with what it said where it fails or is missing."""
    try:
        done = subprocess.run(command, input=text, capture_output=True, text=True, timeout=120, check=False)
    except FileNotFoundError:
        raise NetworkError(f"{command[0]}: not installed on this machine") from None
    except subprocess.TimeoutExpired:
        raise NetworkError(f"{' '.join(command[:4])}: no end after 120 s") from None
    if done.returncode:
        said = (done.stderr or done.stdout).strip().splitlines()
        raise NetworkError(f"{' '.join(command[:4])}: {said[0] if said else f'ended with {done.returncode}'}")
    return done.stdout


def ip(commands: Iterable[str], namespace: str | None = None) -> None:
    """Run ip(8) commands in one process, inside a namespace where one is named. Raises NetworkError."""
    run(["ip", *(["-n", namespace] if namespace else []), "-batch", "-"], "\n".join(commands) + "\n")


def ip_each(commands: Mapping[str, Iterable[str]]) -> None:
    """Run ip(8) commands in several namespaces at once. Raises NetworkError with what the first to fail said."""
    started = [
        (
            name,
            subprocess.Popen(
                ["ip", "-n", name, "-batch", "-"], stdin=subprocess.PIPE, stderr=subprocess.PIPE, text=True
            ),
            lines,
        )
        for name, lines in commands.items()
    ]
    failed = []
    for name, process, lines in started:
        _out, said = process.communicate("\n".join(lines) + "\n", timeout=120)
        if process.returncode:
            failed.append(f"{name}: {said.strip().splitlines()[0] if said.strip() else process.returncode}")
    if failed:
        raise NetworkError(f"ip -n {failed[0]}")


def found(prefix: str) -> list[str]:
    """Namespaces whose name begins so."""
    return sorted(path.name for path in _NAMED.glob(f"{prefix}*"))


def add(names: Iterable[str]) -> None:
    ip(f"netns add {name}" for name in names)


def remove(prefix: str) -> None:
    """End every process inside the namespaces whose name begins so, and remove them with all that is in them."""
    names = found(prefix)
    deadline = time.monotonic() + 5
    while (pids := _inhabitants(names)) and time.monotonic() < deadline:
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
    if names:
        ip(f"netns del {name}" for name in names)


def _inhabitants(names: list[str]) -> list[int]:
    """Processes that live in one of the namespaces; we, who only step in, do not."""
    homes = {(_NAMED / name).stat().st_ino for name in names}
    found = []
    for entry in Path("/proc").iterdir() if homes else ():
        if entry.name.isdigit() and int(entry.name) != os.getpid():
            with contextlib.suppress(OSError):  # it has ended, or is a zombie
                if (entry / "ns/net").stat().st_ino in homes:
                    found.append(int(entry.name))
    return found


class Namespaces:
    """The way into namespaces and back for this thread, the only one that may use it."""

    def __init__(self, names: Iterable[str]) -> None:
        self._home = os.open("/proc/thread-self/ns/net", os.O_RDONLY | os.O_CLOEXEC)
        self._open = {name: os.open(_NAMED / name, os.O_RDONLY | os.O_CLOEXEC) for name in names}

    @contextlib.contextmanager
    def inside(self, name: str) -> Iterator[None]:
        """Work in a namespace; a socket made here stays in it afterwards."""
        _setns(self._open[name])
        try:
            yield
        finally:
            _setns(self._home)

    def close(self) -> None:
        for descriptor in (*self._open.values(), self._home):
            os.close(descriptor)
        self._open = {}


def _setns(descriptor: int) -> None:
    if _LIBC.setns(descriptor, _CLONE_NEWNET):
        number = ctypes.get_errno()
        raise NetworkError(f"a network namespace cannot be entered: {os.strerror(number)}")


def checksums_in_software(interface: str) -> None:
    """What `ethtool -K IFACE tx off` does: Open vSwitch in userspace would pass on half-made checksums."""
    wanted = ctypes.create_string_buffer(struct.pack("II", _ETHTOOL_STXCSUM, 0))
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as any_socket:
        request = struct.pack("16sP", interface.encode(), ctypes.addressof(wanted))
        fcntl.ioctl(any_socket, _SIOCETHTOOL, request)


def forget_connections() -> None:
    """Empty the connection table of the namespace this thread is in: what was established under other rules is not.

    One message of nfnetlink: subsystem 1 (conntrack), delete, without a selection (linux/netfilter/nfnetlink.h).
    """
    message = struct.pack("=IHHIIBBH", 20, 1 << 8 | 2, _NLM_F_REQUEST | _NLM_F_ACK, 1, 0, 0, 0, 0)
    with socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, _NETLINK_NETFILTER) as link:
        link.send(message)
        number = -struct.unpack_from("=16xi", link.recv(4096))[0]
    if number:
        raise NetworkError(f"the connection table cannot be emptied: {os.strerror(number)}")


def sysctl(name: str, value: int) -> None:
    """Set a value of the namespace this thread is in, such as net/ipv4/ip_forward."""
    Path("/proc/sys", name).write_text(f"{value}\n")
