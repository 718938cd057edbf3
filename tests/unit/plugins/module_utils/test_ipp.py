"""IPP is written as RFC 8010 says and read back whole; who answers wrongly, late or not at all is told apart."""

import socket
import struct
import threading
from pathlib import Path
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import ipp
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.plugins.module_utils.ipp_printer import Printer, group, printer, response

NAMES = st.from_regex(r"[a-z][a-z-]{0,20}", fullmatch=True)
TEXTS = st.text(max_size=30)
INTEGERS = st.integers(-(2**31), 2**31 - 1)
VALUES = st.one_of(
    st.tuples(st.just(ipp.INTEGER), INTEGERS),
    st.tuples(st.just(ipp.ENUM), INTEGERS),
    st.tuples(st.just(ipp.BOOLEAN), st.booleans()),
    st.tuples(st.sampled_from([ipp.TEXT, ipp.NAME, ipp.KEYWORD, ipp.URI, ipp.MIME]), TEXTS),
)


@given(st.dictionaries(NAMES, st.tuples(VALUES, st.integers(1, 3)), max_size=6), st.binary(max_size=20))
def test_what_is_encoded_is_read_back(wanted: dict[str, Any], document: bytes) -> None:
    attributes = [(name, tag, [value] * times) for name, ((tag, value), times) in wanted.items()]
    request = ipp.encode(ipp.PRINT_JOB, attributes, document)
    status, groups = ipp.decode(request)
    assert status == ipp.PRINT_JOB  # a request has its operation where a response has its status
    expected = {name: [value] * times for name, ((_tag, value), times) in wanted.items()}
    own = {"attributes-charset": ["utf-8"], "attributes-natural-language": ["en"]}
    assert groups == [(ipp.OPERATION, own | {name: expected[name] for name in expected if name not in own})]
    assert request.endswith(bytes([ipp.END]) + document)


@given(st.binary(max_size=60))
def test_anything_is_read_or_refused(data: bytes) -> None:
    try:
        _status, groups = ipp.decode(data)
    except ipp.IppError as error:
        assert str(error) == "the answer is no IPP, or cut short"
    else:
        assert all(tag < 0x10 for tag, _attributes in groups)


def test_a_response_that_is_cut_anywhere_is_refused() -> None:
    whole = response(0, group(ipp.PRINTER, {"printer-state": 3, "media": ["a", "b"]}))
    assert ipp.decode(whole)[1] == [(ipp.PRINTER, {"printer-state": [3], "media": ["a", "b"]})]
    for length in range(len(whole)):
        with pytest.raises(ipp.IppError):
            ipp.decode(whole[:length])


def field(tag: int, name: str, raw: bytes) -> bytes:
    return struct.pack(">Bh", tag, len(name)) + name.encode() + struct.pack(">h", len(raw)) + raw


def test_collections_ranges_and_odd_values_are_read() -> None:
    size = (
        field(ipp.COLLECTION, "", b"")
        + field(ipp.MEMBER, "", b"x")
        + field(ipp.INTEGER, "", struct.pack(">i", 8000))
        + field(ipp.END_COLLECTION, "", b"")
    )
    body = (
        field(ipp.COLLECTION, "media-col", b"")
        + field(ipp.MEMBER, "", b"size")
        + size
        + field(ipp.MEMBER, "", b"source")
        + field(ipp.KEYWORD, "", b"tray")
        + field(ipp.KEYWORD, "", b"auto")
        + field(ipp.END_COLLECTION, "", b"")
        + field(ipp.RANGE, "copies-supported", struct.pack(">ii", 1, 99))
        + field(ipp.RESOLUTION, "resolution", struct.pack(">iib", 203, 203, 3))
        + field(0x12, "location", b"")
        + field(ipp.NAME_LANGUAGE, "name", struct.pack(">h", 2) + b"zh" + struct.pack(">h", 3) + "王".encode())
        + field(0x31, "time", b"\x07\xea")
        + field(ipp.KEYWORD, "sides-default", b"one-sided")
        + field(ipp.KEYWORD, "sides-default", b"two-sided")
    )
    [(_tag, found)] = ipp.decode(response(0, bytes([ipp.PRINTER]) + body))[1]
    assert found == {
        "media-col": [{"size": [{"x": [8000]}], "source": ["tray", "auto"]}],
        "copies-supported": [(1, 99)],
        "resolution": [(203, 203, 3)],
        "location": [None],
        "name": ["王"],
        "time": [b"\x07\xea"],
        "sides-default": ["one-sided"],
    }


@pytest.mark.parametrize(
    ("uri", "found"),
    [
        ("ipp://prn-01/ipp/print", ("ipp", "prn-01", 631, "/ipp/print")),
        ("ipps://[fd00::1]:8631", ("ipps", "fd00::1", 8631, "/")),
    ],
)
def test_an_address_is_taken_apart(uri: str, found: tuple[str, str, int, str]) -> None:
    assert ipp.place(uri) == found


@pytest.mark.parametrize("uri", ["http://prn-01/", "ipp://", "socket://prn-01", "ipp://prn-01:99999/", "", "ipp://[x/"])
def test_another_address_is_refused(uri: str) -> None:
    with pytest.raises(ipp.IppError, match="is no ipp:// or ipps:// address"):
        ipp.place(uri)


def ask(one: Printer, deadline: float = 2) -> Any:
    return ipp.ask(one.uri, ipp.GET_PRINTER, [("printer-uri", ipp.URI, one.uri)], deadline)


def test_a_printer_answers() -> None:
    with printer() as one:
        assert ipp.members(ask(one), ipp.PRINTER)[0]["printer-state"] == [3]


def test_each_wrong_answer_is_told_apart() -> None:
    with printer() as one:
        one.body = b"<html>"
        with pytest.raises(ipp.IppError, match="the answer is no IPP"):
            ask(one)
        one.body = response(0x0406, group(ipp.OPERATION, {"status-message": "no such thing"}))
        with pytest.raises(ipp.IppError, match=r"there is no such queue or job \(no such thing\)") as caught:
            ask(one)
        assert caught.value.status == ipp.NOT_FOUND
        one.body = response(0x04FF)
        with pytest.raises(ipp.IppError, match="IPP status 0x04ff"):
            ask(one)
        one.http_status = 404
        with pytest.raises(ipp.IppError, match="knows no /ipp/print: the address names a wrong queue"):
            ask(one)
        one.http_status = 500
        with pytest.raises(ipp.IppError, match="answers HTTP 500 instead of IPP"):
            ask(one)


def test_a_frozen_printer_is_told_from_one_that_is_off() -> None:
    with printer() as one:
        one.silent.set()
        with pytest.raises(ipp.IppError, match=r"takes the connection and answers nothing within 0.3 s: it is frozen"):
            ask(one, 0.3)
    with pytest.raises(ipp.IppError, match=r"127.0.0.1 port \d+ refuses the connection: its print service does not"):
        ask(one)


def test_a_peer_that_is_no_printer_is_an_error() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        uri = f"ipp://127.0.0.1:{server.getsockname()[1]}/"
        peer = threading.Thread(target=lambda: server.accept()[0].sendall(b"220 mail.example.org ESMTP\r\n"))
        peer.start()
        with pytest.raises(ipp.IppError, match="cannot be asked"):
            ipp.ask(uri, ipp.GET_PRINTER, [], 2)
        peer.join()


def test_cups_is_asked_over_its_socket(tmp_path: Path) -> None:
    with pytest.raises(ipp.IppError, match="this machine's CUPS has no socket"):
        ipp.ask("ipp://localhost/", ipp.CUPS_GET_PRINTERS, [], 1, local=str(tmp_path / "none"))
