"""/proc is read as the kernel writes it, and what cannot be read is never taken for nothing."""

from __future__ import annotations

import ipaddress
import os
import socket
import sys
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import proc
from hypothesis import given
from hypothesis import strategies as st

HEAD = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
LINE = "   0: 0100007F:0050 0100007F:D2F0 01 00000000:00000000 00:00000000 00000000  1000        0 4242 1 0 20 4\n"


def word_order(packed: bytes) -> bytes:
    """The kernel prints each 32-bit word in the machine's own order."""
    if sys.byteorder == "big":
        return packed
    return b"".join(packed[start : start + 4][::-1] for start in range(0, len(packed), 4))


def written(address: str, port: int) -> str:
    return f"{word_order(ipaddress.ip_address(address).packed).hex().upper()}:{port:04X}"


def row(local: tuple[str, int], remote: tuple[str, int], state: int, uid: int, inode: int) -> str:
    ends = f"{written(*local)} {written(*remote)} {state:02X}"
    return f"   7: {ends} 00000000:00000000 00:00000000 00000000 {uid:5} 0 {inode} 1 0000000000000000 100 0\n"


ADDRESS = st.ip_addresses().filter(lambda one: getattr(one, "ipv4_mapped", None) is None).map(str)
END = st.tuples(ADDRESS, st.integers(0, 65535))
NUMBER = st.integers(0, 2**32 - 1)


@given(st.lists(st.tuples(END, END, st.integers(1, 12), NUMBER, NUMBER), max_size=5))
def test_every_connection_is_read_back(rows: Any) -> None:
    names = ("local", "remote", "state", "uid", "inode")
    text = HEAD + "".join(row(*one) for one in rows)
    assert proc.parse_tcp(text) == [dict(zip(names, one, strict=True)) for one in rows]


def test_an_ipv4_peer_of_an_ipv6_socket_is_an_ipv4_peer() -> None:
    found = proc.parse_tcp(HEAD + row(("::ffff:10.0.0.1", 80), ("::", 1), 1, 0, 1))
    assert (found[0]["local"], found[0]["remote"]) == (("10.0.0.1", 80), ("::", 1))


@given(st.text(max_size=80))
def test_a_line_is_a_connection_or_an_error(line: str) -> None:
    try:
        found = proc.parse_tcp(HEAD + line)
    except proc.ProcError as error:
        assert "holds a line that is no connection" in str(error)
    else:
        assert len(found) == len(line.splitlines())


@pytest.mark.parametrize("damage", [("0050", "00050"), ("0100007F:D", "0100007:D"), ("0100007F:0050", "01007F:0050")])
def test_a_damaged_line_is_an_error(damage: tuple[str, str]) -> None:
    assert proc.parse_tcp(HEAD + LINE)[0]["uid"] == 1000
    with pytest.raises(proc.ProcError):
        proc.parse_tcp(HEAD + LINE.replace(*damage))


def test_a_line_cut_short_is_an_error() -> None:
    with pytest.raises(proc.ProcError):
        proc.parse_tcp(HEAD + LINE[:90])


def test_a_real_connection_and_its_owner_are_found() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        address = server.getsockname()
        with socket.create_connection(address) as client:
            found = [one for one in proc.connections() if one["local"] == client.getsockname()]
            assert [(one["remote"], one["state"], one["uid"]) for one in found] == [
                (address, proc.ESTABLISHED, os.getuid())
            ]
            assert proc.owners({found[0]["inode"]})[found[0]["inode"]][0] == os.getpid()
        assert [one["state"] for one in proc.connections() if one["local"] == address and one["remote"][1] == 0] == [
            proc.LISTEN
        ]


def test_this_process_is_found_with_its_program_and_start() -> None:
    mine = [one for one in proc.processes(lambda uid: uid == os.getuid()) if one["pid"] == os.getpid()]
    assert Path(mine[0]["exe"]).samefile(sys.executable)
    told = [argument for argument in mine[0]["arguments"] if argument]
    assert told == Path("/proc/self/cmdline").read_text().rstrip("\0").split("\0")
    assert 0 <= Path("/proc/self").stat().st_ctime - mine[0]["since"] < 86400
    assert proc.processes(lambda uid: False) == []


@pytest.mark.parametrize("missing", ["net/tcp", "net"])
def test_connections_that_cannot_be_read_are_an_error(tmp_path: Path, missing: str) -> None:
    if missing == "net/tcp":
        (tmp_path / "net").mkdir()
        (tmp_path / "net/tcp6").write_text(HEAD)
    with pytest.raises(proc.ProcError, match=r"net/tcp could not be read"):
        proc.connections(str(tmp_path))


def test_a_kernel_without_ipv6_is_no_error(tmp_path: Path) -> None:
    (tmp_path / "net").mkdir()
    (tmp_path / "net/tcp").write_text(HEAD + LINE)
    assert len(proc.connections(str(tmp_path))) == 1


def process(folder: Path, uid: int = 1000, status: str | None = None) -> Path:
    """A process 12 in a made-up /proc."""
    (folder / "stat").write_text("cpu 1\nbtime 1000\n")
    (folder / "12").mkdir()
    (folder / "12/status").write_text(status or f"Name:\tpython3 (x)\nUid:\t{uid}\t0\t0\t0\n")
    (folder / "12/cmdline").write_bytes(b"python3\0/opt/x\xff\0")
    (folder / "12/stat").write_text(
        "12 (python3 (x)) S " + " ".join(["0"] * 18) + f" {50 * os.sysconf('SC_CLK_TCK')} 0\n"
    )
    return folder


def test_a_process_is_described(tmp_path: Path) -> None:
    found = proc.processes(lambda uid: uid == 1000, str(process(tmp_path)))
    expected = {"pid": 12, "name": "python3 (x)", "uid": 1000, "since": 1050, "exe": ""}
    assert found == [expected | {"arguments": ["python3", "/opt/x\udcff", ""]}]


def test_a_process_that_may_not_be_looked_at_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refused(_path: Any) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(os, "readlink", refused)
    assert proc.processes(lambda uid: True, str(process(tmp_path)))[0]["exe"] is None


def test_a_process_that_makes_no_sense_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(proc.ProcError, match="no name or user"):
        proc.processes(lambda uid: True, str(process(tmp_path, status="Name:\tx\n")))


def test_processes_that_cannot_be_listed_are_an_error(tmp_path: Path) -> None:
    with pytest.raises(proc.ProcError, match="could not be listed"):
        proc.processes(lambda uid: True, str(tmp_path / "none"))


def test_local_users_have_names(tmp_path: Path) -> None:
    passwd = tmp_path / "passwd"
    passwd.write_text("root:x:0:0::/:/bin/sh\ntoor:x:0:0::/:/bin/sh\n\n# note\nnurse1:x:1000:1000::/:\n+::::::\n")
    assert proc.user_names(str(passwd)) == {0: "root", 1000: "nurse1"}
    with pytest.raises(proc.ProcError):
        proc.user_names(str(tmp_path / "none"))
