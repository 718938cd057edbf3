"""A clock is right when chrony follows one of the hospital's servers and the servers themselves agree."""

import socket
import struct
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import chrony
from hypothesis import given
from hypothesis import strategies as st

# As chronyd 4.6.1 in a container printed them, with a server that lies by 5 s.
TRACKING = (
    "7F000003,127.0.0.3,3,1795440256.830793834,0.000000000,-5.000023365,5.000023365,0.000,-17.268,1000000.000,"
    "0.000068154,1.540750265,0.0,Normal\n"
)
SOURCES = "^,*,127.0.0.3,2,6,17,4,-5.012495518,-5.012495518,0.012563876\n"
UNSYNCHRONISED = "00000000,,0,0.000000000,0.0,0.0,0.0,0.000,0.000,0.000,1.000000000,1.000000000,0.0,Not synchronised\n"
SERVER = {"name": "share-01", "address": "10.87.20.12"}
SETTINGS = {"servers": [SERVER], "serves": False, "max_offset_seconds": 1.0}


def tracking(**changes: Any) -> dict[str, Any]:
    return {"reference": "0A57140C", "source": "10.87.20.12", "stratum": 3, "offset": 0.0, "leap": "Normal", **changes}


def source(**changes: Any) -> dict[str, Any]:
    return {"source": "10.87.20.12", "state": "*", "stratum": 2, "reach": 0o377, "offset": 0.0, **changes}


def test_what_chrony_prints_is_read() -> None:
    assert chrony.parse_tracking(TRACKING) == {
        "reference": "7F000003",
        "source": "127.0.0.3",
        "stratum": 3,
        "offset": 0.0,
        "leap": "Normal",
    }
    assert chrony.parse_tracking(UNSYNCHRONISED)["leap"] == "Not synchronised"
    expected = source(source="127.0.0.3", reach=0o17, offset=-5.012495518)
    assert chrony.parse_sources(SOURCES + SOURCES) == [expected, expected]
    assert chrony.parse_sources("") == []


@given(st.text())
def test_anything_else_is_an_error(text: str) -> None:
    with pytest.raises(chrony.TimeError, match="chronyc tracking said something else"):
        chrony.parse_tracking(text)
    try:
        assert len(chrony.parse_sources(text)) <= len(text)
    except chrony.TimeError as error:
        assert "chronyc sources said something else" in str(error)


OFFSETS = st.floats(-1e6, 1e6)


@given(OFFSETS, OFFSETS, st.floats(0.01, 100))
def test_the_larger_of_chronys_two_offsets_decides(measured: float, pending: float, limit: float) -> None:
    settings = SETTINGS | {"max_offset_seconds": limit}
    ok, found = chrony.judge_chrony(tracking(offset=pending), [source(offset=measured)], settings, "reg-ws-01")
    assert ok == (max(abs(measured), abs(pending)) <= limit)
    assert ("HL7" in found) is not ok


def test_a_clock_that_is_off_is_a_sentence() -> None:
    assert chrony.too_far("reg-ws-01", 5.2, "share-01", 1.0) == (
        "clock of reg-ws-01 is 5.2 s ahead of share-01, allowed 1 s: time stamps in HL7 and DICOM would be wrong"
    )
    assert "is 0.31 s behind share-01, allowed 0.25 s" in chrony.too_far("reg-ws-01", -0.31, "share-01", 0.25)


@pytest.mark.parametrize(
    ("sources", "said"),
    [
        ([source(state="?", reach=0)], "clock of d follows no time server of the hospital: share-01 does not answer"),
        ([source(state="x")], "share-01 tells another time than the others"),
        ([source(state="+")], "share-01 is not chosen (stratum 2)"),
        ([source(source="192.0.2.1")], "of the hospital: 192.0.2.1 is not chosen"),
        ([], "chrony of d knows no time server"),
    ],
)
def test_a_clock_that_follows_nobody_says_why(sources: list[dict[str, Any]], said: str) -> None:
    ok, found = chrony.judge_chrony(tracking(), sources, SETTINGS, "d")
    assert not ok
    assert said in found


def test_a_server_may_serve_its_own_clock_only_when_it_has_no_other() -> None:
    own = tracking(reference=chrony.LOCAL_CLOCK, source="", stratum=10)
    alone = {"servers": [], "serves": True, "max_offset_seconds": 1.0}
    assert chrony.judge_chrony(own, [], alone, "d") == (True, "serves its own clock at stratum 10")
    assert not chrony.judge_chrony(own, [], alone | {"serves": False}, "d")[0]
    assert not chrony.judge_chrony(own, [source(reach=0, state="?")], alone | {"servers": [SERVER]}, "d")[0]
    assert not chrony.judge_chrony(tracking(reference="00000000", stratum=0), [], alone, "d")[0]


def stamp(moment: float) -> bytes:
    moment = (moment + chrony.EPOCH) % 2**32
    return struct.pack(">II", int(moment), int(moment % 1 * 2**32))


def packet(mark: bytes, moment: float, stratum: int = 2, first: int = 0x24) -> bytes:
    return struct.pack(">BBbb", first, stratum, 6, -20) + bytes(20) + mark + stamp(moment) + stamp(moment)


@given(st.floats(1000, 4.2e9), st.floats(-1000, 1000), st.floats(0, 2))
def test_an_offset_is_read_from_a_packet(sent: float, lie: float, took: float) -> None:
    """From 1970 to 2103: in 2036 NTP's seconds begin anew. Accurate to what a float holds of seconds since 1970."""
    mark = b"12345678"
    offset, stratum = chrony.read_answer(packet(mark, sent + took / 2 + lie), mark, sent, took, "x")
    assert abs(offset + lie) < 0.001
    assert stratum == 2


@given(st.binary(max_size=80))
def test_any_packet_is_an_answer_or_an_error(data: bytes) -> None:
    try:
        _offset, stratum = chrony.read_answer(data, b"12345678", 0.0, 0.0, "x")
    except chrony.TimeError:
        return
    assert 1 <= stratum < 16


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (packet(b"12345678", 0)[:40], "no answer to the question"),
        (packet(b"another1", 0), "no answer to the question"),
        (packet(b"12345678", 0, first=0x23), "no answer to the question"),
        (packet(b"12345678", 0, first=0xE4), "does not know the time"),
        (packet(b"12345678", 0, stratum=0), "does not know the time (stratum 0)"),
        (packet(b"12345678", 0, stratum=16), "does not know the time (stratum 16)"),
    ],
)
def test_a_wrong_answer_is_told(data: bytes, said: str) -> None:
    with pytest.raises(chrony.TimeError) as caught:
        chrony.read_answer(data, b"12345678", 0.0, 0.0, "x")
    assert said in str(caught.value)


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """A time server on a local port: `lie` in seconds, `lost` questions it does not answer."""
    behaviour: dict[str, Any] = {"lie": 0.0, "lost": 0}
    link = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    link.bind(("127.0.0.1", 0))
    monkeypatch.setattr(chrony, "PORT", link.getsockname()[1])

    def serve() -> None:
        while True:
            question, peer = link.recvfrom(512)
            if not question:
                return
            if behaviour["lost"]:
                behaviour["lost"] -= 1
                continue
            link.sendto(packet(question[40:48], time.time() + behaviour["lie"]), peer)

    thread = threading.Thread(target=serve)
    thread.start()
    yield behaviour
    link.sendto(b"", link.getsockname())
    thread.join()
    link.close()


HERE = {"name": "share-01", "address": "127.0.0.1"}


def test_a_server_is_asked_for_real(server: dict[str, Any]) -> None:
    answer = chrony.check_server(HERE, SETTINGS, "reg-ws-01", 3)
    assert answer["ok"]
    assert answer["found"].endswith(" share-01 (stratum 2)")
    server["lie"] = -5.2
    answer = chrony.check_server(HERE, SETTINGS, "reg-ws-01", 3)
    assert not answer["ok"]
    assert answer["found"].startswith("clock of reg-ws-01 is 5.") and " s ahead of share-01" in answer["found"]


def test_two_lost_packets_are_no_dead_server(server: dict[str, Any]) -> None:
    server["lost"] = 2
    assert chrony.check_server(HERE, SETTINGS, "reg-ws-01", 1.5)["ok"]
    server["lost"] = 3
    answer = chrony.check_server(HERE, SETTINGS, "reg-ws-01", 0.6)
    assert answer["found"] == "time server share-01: 127.0.0.1 does not answer within 0.2 s"


def test_a_server_that_is_off_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(chrony, "PORT", 9)
    answer = chrony.check_server(HERE, SETTINGS, "reg-ws-01", 0.6)
    assert answer["found"] == ("time server share-01: 127.0.0.1 refuses the question: its time service does not run")


@pytest.fixture
def chronyc(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Write the script that is called as chronyc."""
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def write(script: str) -> None:
        (tmp_path / "chronyc").write_text("#!/bin/sh\n" + script)
        (tmp_path / "chronyc").chmod(0o755)

    return write


def test_chrony_is_waited_for(chronyc: Any, tmp_path: Path) -> None:
    good = SOURCES.replace("127.0.0.3", "10.87.20.12").replace("-5.012495518", "0.000012")
    chronyc(
        f"case $3 in tracking) printf '%s' '{TRACKING}';; sources) [ -e {tmp_path}/later ] && printf '%s' '{good}';"
        f" touch {tmp_path}/later;; esac\n"
    )
    answer = chrony.check_chrony(SETTINGS, "reg-ws-01", 1, 0)
    assert answer["found"] == "chrony of reg-ws-01 knows no time server: it does not run with the hospital's settings"
    (tmp_path / "later").unlink()
    answer = chrony.check_chrony(SETTINGS, "reg-ws-01", 1, 5)
    assert (answer["ok"], answer["found"]) == (True, "follows share-01 (stratum 2), in step with it")


@pytest.mark.parametrize(
    ("script", "said"),
    [
        ("exec sleep 5\n", "chrony gave no answer within 0.3 s: it is frozen"),
        ("echo 506 Cannot talk to daemon; exit 1\n", "chrony does not run: 506 Cannot talk to daemon"),
        ("echo hello\n", "chronyc tracking said something else: 'hello'"),
    ],
)
def test_a_chrony_that_does_not_answer_is_told(chronyc: Any, script: str, said: str) -> None:
    chronyc(script)
    answer = chrony.check_chrony(SETTINGS, "reg-ws-01", 0.3, 0)
    assert (answer["ok"], answer["found"]) == (False, said)


def test_without_chrony_the_reason_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "is chrony installed?" in chrony.check_chrony(SETTINGS, "d", 1, 0)["found"]
