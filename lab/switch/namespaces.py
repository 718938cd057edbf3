"""Network namespaces, and the cables between them."""

from __future__ import annotations

import ctypes
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

CLONE_NEWNET = 0x40000000  # sched.h; os.setns comes with Python 3.12
_libc = ctypes.CDLL(None, use_errno=True)


class NamespaceError(RuntimeError):
    """A namespace or a cable could not be made."""


def _setns(descriptor: int) -> None:
    if _libc.setns(descriptor, CLONE_NEWNET) != 0:
        code = ctypes.get_errno()
        raise NamespaceError(f"entering a network namespace: {os.strerror(code)}")


@contextmanager
def inside(name: str) -> Iterator[None]:
    """This thread in a namespace. A socket stays in the namespace it was made in, so this is needed only to make it."""
    try:
        there = os.open(f"/run/netns/{name}", os.O_RDONLY)
    except OSError as error:
        raise NamespaceError(f"namespace {name}: {error.strerror}") from None
    here = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    try:
        _setns(there)
        yield
    finally:
        _setns(here)
        os.close(here)
        os.close(there)


def run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    if done.returncode != 0:
        raise NamespaceError(f"{' '.join(command)}: {done.stderr.strip()}")


def add(name: str) -> None:
    run("ip", "netns", "add", name)
    run("ip", "-n", name, "link", "set", "lo", "up")


def remove(name: str) -> None:
    """Remove a namespace and the cables in it; nothing happens where there is none."""
    if Path(f"/run/netns/{name}").exists():
        run("ip", "netns", "delete", name)


@contextmanager
def made(*names: str) -> Iterator[None]:
    """Namespaces that are new, whatever an earlier run has left, and gone afterwards."""
    for name in names:
        remove(name)
    try:
        for name in names:
            add(name)
        yield
    finally:
        for name in names:
            remove(name)


def cable(one: str, interface: str, other: str, its: str) -> None:
    """A veth pair between two namespaces, up at both ends.

    Its ends compute checksums themselves: a packet that Open vSwitch takes off a veth in user space has none yet if
    that was left to the hardware that is not there.
    """
    run("ip", "-n", one, "link", "add", interface, "type", "veth", "peer", "name", its, "netns", other)
    for namespace, name in ((one, interface), (other, its)):
        run("ip", "netns", "exec", namespace, "ethtool", "-K", name, "tx", "off")
        run("ip", "-n", namespace, "link", "set", name, "up")


def address(namespace: str, interface: str, with_length: str) -> None:
    """Give an interface an address such as 10.20.0.5/24."""
    run("ip", "-n", namespace, "addr", "add", with_length, "dev", interface)
