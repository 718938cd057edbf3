"""Frames, character sets, escapes and acknowledgements, as HL7 v2.5.1 and MLLP have them."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from ansible_collections.wardround.hospital.plugins.module_utils.hl7 import Frames, Hl7Error, NoAnswerError
from hypothesis import given
from hypothesis import strategies as st

WARD = "MSH|^~\\&|WARD|W3|LIS|LAB|20261123101500+0800||ORU^R01^ORU_R01|C1|P|2.5.1||||||{}\rPID|1||WRT-1||{}\r"
ACK = "MSH|^~\\&|LIS|LAB|WARD|W3|20261123101501+0800||ACK^R01^ACK|A1|P|2.5.1||||||UNICODE UTF-8\rMSA|{}|{}|{}\r{}"
PAYLOADS = st.binary(max_size=60).filter(lambda data: not set(data) & {0x0B, 0x1C})


@given(st.lists(PAYLOADS, max_size=5), st.data())
def test_messages_come_back_whole_however_their_bytes_are_split(payloads: list[bytes], data: st.DataObject) -> None:
    stream = b"".join(hl7.frame(payload) for payload in payloads)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    frames, found = Frames(), []
    for begin, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        found += frames.feed(stream[begin:end])
    assert (found, frames.rest) == (payloads, b"")


@pytest.mark.parametrize("stream", [b"MSH|", b"\x0bMSH\x1cX", b"\x0bMSH\x1c\rGET / HTTP/1.1\r\n"])
def test_what_is_no_frame_is_refused(stream: bytes) -> None:
    with pytest.raises(Hl7Error, match="MLLP"):
        Frames().feed(stream)


def test_a_message_without_end_is_refused_before_it_fills_the_memory() -> None:
    frames = Frames(limit=100)
    assert frames.feed(b"\x0b" + b"x" * 99) == []
    with pytest.raises(Hl7Error, match="longer than 100 bytes"):
        frames.feed(b"x")


@pytest.mark.parametrize("payload", [b"a\x0bb", b"a\x1cb"])
def test_a_message_that_holds_a_frame_byte_is_not_sent(payload: bytes) -> None:
    with pytest.raises(Hl7Error, match="cannot hold"):
        hl7.frame(payload)


@given(st.text())
def test_any_text_comes_back_from_its_escape_and_holds_no_delimiter(text: str) -> None:
    written = hl7.escape(text)
    assert hl7.unescape(written) == text
    assert not set("|^~&\r\n") & set(written)


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("\\H\\hot\\N\\", "hot"),
        ("a\\.br\\b", "a\nb"),
        ("\\X41\\", "A"),
        ("\\XE9\\", "\\XE9\\"),
        ("\\Zx\\", "\\Zx\\"),
        ("C:\\x", "C:\\x"),
    ],
)
def test_escapes_that_others_write(written: str, meant: str) -> None:
    assert hl7.unescape(written) == meant


@pytest.mark.parametrize(
    ("charset", "name"),
    [
        ("UNICODE UTF-8", "王^小明"),
        ("GB 18030-2000", "王^小明"),
        ("8859/1", "Müller"),
        ("", "Smith"),
        ("ASCII", "Smith"),
    ],
)
def test_a_message_is_written_and_read_in_the_charset_that_it_names(charset: str, name: str) -> None:
    text = WARD.format(charset, name)
    payload = hl7.encode(text)
    assert (hl7.decode(payload), hl7.decode(payload.replace(b"\r", b"\r\n"))) == (text, text)
    assert ("小".encode() in payload) == (charset == "UNICODE UTF-8")


@pytest.mark.parametrize("charset", ["", "ASCII", "8859/1"])
def test_a_name_that_the_charset_has_not_is_refused(charset: str) -> None:
    with pytest.raises(Hl7Error, match="'王' is not in"):
        hl7.encode(WARD.format(charset, "王"))


def test_bytes_that_are_not_what_msh_18_says_are_refused() -> None:
    payload = WARD.format("UNICODE UTF-8", "王").encode("gb18030")
    with pytest.raises(Hl7Error, match="not UNICODE UTF-8, as its MSH-18 says"):
        hl7.decode(payload)
    with pytest.raises(Hl7Error, match=r"character set 'UNICODE' \(MSH-18\) is not one of 8859/1, "):
        hl7.decode(WARD.format("UNICODE", "x").encode())


def test_the_header_is_read_with_the_messages_own_delimiters() -> None:
    found = hl7.header(WARD.format("UNICODE UTF-8~GB 18030-2000", "x"))
    assert (found["type"], found["control_id"], found["charset"]) == ("ORU^R01^ORU_R01", "C1", "UNICODE UTF-8")
    assert hl7.header("MSH#^~\\&#WARD#W3")["sending_facility"] == "W3"
    assert hl7.header("MSH|^~\\&|WARD")["version"] == ""
    with pytest.raises(Hl7Error, match="MSH"):
        hl7.header("PID|1")


def test_an_acknowledgement_says_code_reason_and_condition() -> None:
    refused = ACK.format(
        "AE", "C1", "old place", "ERR||PID^1^3|204^Unknown key identifier^HL70357|E||||no patient \\T\\ co\r"
    )
    assert hl7.acknowledgement(refused) == {
        "code": "AE",
        "control_id": "C1",
        "text": "no patient & co",
        "condition": "204",
        "charset": "UNICODE UTF-8",
    }
    assert hl7.acknowledgement(ACK.format("AA", "C1", "fine", ""))["text"] == "fine"
    with pytest.raises(Hl7Error, match="no MSA"):
        hl7.acknowledgement(WARD.format("", ""))


def test_a_message_as_a_person_writes_it() -> None:
    assert hl7.lines("  MSH|^~\\&|A\n\n  PID|1 \n") == "MSH|^~\\&|A\rPID|1\r"


def test_only_empty_times_and_control_ids_are_filled() -> None:
    text = WARD.format("", "x")
    assert hl7.completed(text) == text
    first, second = (hl7.header(hl7.completed("MSH|^~\\&|WARD\rPID|1\r")) for _time in range(2))
    assert len(first["control_id"]) == 20 and first["control_id"] != second["control_id"]
    assert time.strptime(first["time"], "%Y%m%d%H%M%S%z")


@contextmanager
def peer(*answers: bytes, close: bool = False) -> Iterator[int]:
    """A peer that answers one message with these portions of bytes, then keeps silent or closes; yields its port."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def serve() -> None:
            with suppress(OSError), listening.accept()[0] as connection:
                while not connection.recv(65536).endswith(b"\x1c\r"):
                    continue
                for answer in answers:
                    connection.sendall(answer)
                    time.sleep(0.01)
                if not close:
                    connection.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield listening.getsockname()[1]
        thread.join(5)


def framed(code: str, control_id: str) -> bytes:
    return hl7.frame(hl7.encode(ACK.format(code, control_id, "so", "")))


def test_an_exchange_returns_the_answer_to_this_message_only() -> None:
    late, right = framed("AE", "OTHER"), framed("AA", "C1")
    with peer(late + right[:9], right[9:]) as port:
        assert hl7.exchange("127.0.0.1", port, WARD.format("", "x"), 5)["code"] == "AA"


def test_a_peer_that_takes_the_message_and_keeps_silent_is_named() -> None:
    started = time.monotonic()
    with (
        peer() as port,
        pytest.raises(NoAnswerError, match=f"127.0.0.1:{port} accepts connections and answered nothing"),
    ):
        hl7.exchange("127.0.0.1", port, WARD.format("", "x"), 0.2)
    assert time.monotonic() - started < 2


def test_a_peer_that_trickles_does_not_prolong_the_deadline() -> None:
    started = time.monotonic()
    with peer(b"\x0b", *[b"x"] * 60) as port, pytest.raises(NoAnswerError):
        hl7.exchange("127.0.0.1", port, WARD.format("", "x"), 0.2)
    assert time.monotonic() - started < 2


@pytest.mark.parametrize(
    ("answers", "problem"), [([], "closed the connection"), ([b"HTTP/1.1 400\r\n"], "MLLP"), ([b"\x0bXX\x1c\r"], "MSH")]
)
def test_other_answers_are_said(answers: list[bytes], problem: str) -> None:
    with peer(*answers, close=True) as port, pytest.raises(Hl7Error, match=problem):
        hl7.exchange("127.0.0.1", port, WARD.format("", "x"), 5)


def test_a_peer_that_is_not_there_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        port = held.getsockname()[1]
    with pytest.raises(Hl7Error, match=f"127.0.0.1:{port} cannot be reached: Connection refused"):
        hl7.exchange("127.0.0.1", port, WARD.format("", "x"), 5)
