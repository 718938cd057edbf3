# Copyright (c) 2026, Wardround contributors
# GNU General Public License v3.0+ (see https://www.gnu.org/licenses/gpl-3.0.txt)
"""What Linux's /proc says about processes and TCP connections, without a name service that could hang."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from pathlib import Path

ESTABLISHED, LISTEN = 0x01, 0x0A  # Linux, include/net/tcp_states.h
_SOCKET = re.compile(r"socket:\[(\d+)\]")


class ProcError(Exception):
    """Something in /proc could not be read or understood; the message says what."""


def parse_tcp(text, source="/proc/net/tcp"):
    """The connections of /proc/net/tcp or tcp6 (Linux, Documentation/networking/proc_net_tcp.rst).

    Each is a dict of local and remote (address, port), state, uid and inode (ints). An IPv4 address inside IPv6 is
    given as IPv4. Raises ProcError for a line that is no such line: an unread connection must not count as none.
    """
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        try:
            local, remote = _endpoint(fields[1]), _endpoint(fields[2])
            state, uid, inode = int(fields[3], 16), int(fields[7]), int(fields[9])
        except (IndexError, ValueError):
            raise ProcError(f"{source} holds a line that is no connection: {line.strip()!r}") from None
        found.append({"local": local, "remote": remote, "state": state, "uid": uid, "inode": inode})
    return found


def _endpoint(text):
    """(address, port) of `0100007F:0050`: words of 32 bits in the machine's byte order, then the port."""
    digits, port = text.split(":")
    raw = bytes.fromhex(digits)
    if len(raw) not in (4, 16) or not 1 <= len(port) <= 4:
        raise ValueError(text)
    if sys.byteorder == "little":
        raw = b"".join(raw[start : start + 4][::-1] for start in range(0, len(raw), 4))
    address = ipaddress.ip_address(raw)
    return str(getattr(address, "ipv4_mapped", None) or address), int(port, 16)


def connections(proc="/proc"):
    """Every TCP connection of this machine, IPv4 and IPv6; raises ProcError when they cannot be read."""
    found = []
    for name in ("tcp", "tcp6"):
        path = Path(proc) / "net" / name
        try:
            found += parse_tcp(path.read_text(encoding="ascii"), str(path))
        except FileNotFoundError as error:
            if name == "tcp":  # a kernel without IPv6 has no tcp6
                raise ProcError(f"{path} could not be read: {error.strerror}") from error
        except (OSError, UnicodeDecodeError) as error:
            raise ProcError(f"{path} could not be read: {error}") from error
    return found


def parse_status(text):
    """(name, real user id) of a process from its /proc/PID/status; raises ProcError."""
    name = re.search(r"^Name:\t(.*)$", text, re.MULTILINE)
    uid = re.search(r"^Uid:\t(\d+)\t", text, re.MULTILINE)
    if not name or not uid:
        raise ProcError("a process has no name or user in its status")
    return name.group(1), int(uid.group(1))


def started(stat, boot):
    """When a process began, seconds since 1970, from its /proc/PID/stat and the boot time of /proc/stat."""
    ticks = int(stat.rpartition(")")[2].split()[19])  # proc_pid_stat(5): field 22, two before the name's end
    return boot + ticks / os.sysconf("SC_CLK_TCK")


def processes(chosen, proc="/proc"):
    """The processes whose real user id satisfies `chosen`, as dicts of pid, name, uid, exe, arguments and since.

    exe is empty where the process has none (a kernel thread, a zombie) and None where it may not be seen; since is in
    seconds since 1970. A process that ends meanwhile is left out; ProcError when one cannot be read.
    """
    try:
        boot = int(re.search(r"^btime (\d+)$", (Path(proc) / "stat").read_text(), re.MULTILINE).group(1))
        folders = sorted(
            (path for path in Path(proc).iterdir() if path.name.isdecimal()), key=lambda path: int(path.name)
        )
    except (OSError, AttributeError) as error:
        raise ProcError(f"the processes in {proc} could not be listed: {error}") from error
    found = []
    for folder in folders:
        try:
            name, uid = parse_status((folder / "status").read_text(errors="replace"))
            if not chosen(uid):
                continue
            arguments = (folder / "cmdline").read_bytes().decode("utf-8", "surrogateescape").split("\0")
            since = started((folder / "stat").read_text(errors="replace"), boot)
            process = {"pid": int(folder.name), "name": name, "uid": uid, "since": since}
            found.append(dict(process, arguments=arguments, exe=_program(folder)))
        except (FileNotFoundError, ProcessLookupError):
            continue
        except (OSError, ValueError, IndexError) as error:
            raise ProcError(f"process {folder.name} could not be looked at: {error}") from error
    return found


def _pids(proc):
    return sorted(int(path.name) for path in Path(proc).iterdir() if path.name.isdecimal())


def _program(folder):
    try:
        return os.readlink(folder / "exe")  # noqa: PTH115  Path.readlink is younger than the targets' Python
    except FileNotFoundError:
        return ""
    except PermissionError:
        return None


def owners(inodes, proc="/proc"):
    """Socket inode -> (pid, name) of a process that holds it, as far as one may look."""
    found = {}
    for pid in _pids(proc):
        folder = Path(proc, str(pid))
        try:
            for link in (folder / "fd").iterdir():
                socket = _SOCKET.fullmatch(os.readlink(link))  # noqa: PTH115
                if socket and int(socket.group(1)) in inodes:
                    name = parse_status((folder / "status").read_text(errors="replace"))[0]
                    found.setdefault(int(socket.group(1)), (pid, name))
        except (OSError, ProcError):
            continue  # it ended, or may not be looked at: the connection is reported without its owner
    return found


def user_names(passwd="/etc/passwd"):
    """User id -> name of the local users. The file alone: a directory service that hangs must not hang the question."""
    try:
        rows = [line.split(":") for line in Path(passwd).read_text(encoding="utf-8", errors="replace").splitlines()]
    except OSError as error:
        raise ProcError(f"{passwd} could not be read: {error.strerror}") from error
    return {int(row[2]): row[0] for row in reversed(rows) if len(row) >= 3 and row[2].isdecimal()}
