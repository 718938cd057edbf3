"""hl7_send as called by a playbook, against a real socket."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from ansible_collections.wardround.hospital.plugins.modules import hl7_send

MESSAGE = "MSH|^~\\&|WARD|W3|LIS|LAB|||ORU^R01^ORU_R01||P|2.5.1||||||UNICODE UTF-8\nPID|1||WRT-1||王^小明^^^^^L^I\n"
Peer = Callable[[str, str], int]


def call(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args({"host": "127.0.0.1", "content": MESSAGE, **arguments}), pytest.raises(SystemExit):
        hl7_send.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.fixture
def received() -> list[str]:
    return []


@pytest.fixture
def peer(received: list[str]) -> Iterator[Peer]:
    """Call it with MSA-1 and the reason: the port of a peer that answers one message so."""
    with socket.create_server(("127.0.0.1", 0)) as listening:

        def start(code: str, reason: str) -> int:
            def serve() -> None:
                with suppress(OSError), listening.accept()[0] as connection:  # a test may ask nothing
                    received.append(hl7.decode(hl7.Frames().feed(connection.recv(65536))[0]))
                    answer = f"MSH|^~\\&|||||||ACK||P|2.5.1||||||UNICODE UTF-8\rMSA|{code}|"
                    answer += f"{hl7.header(received[0])['control_id']}|{reason}\r"
                    connection.sendall(hl7.frame(hl7.encode(answer)))

            threading.Thread(target=serve, daemon=True).start()
            port: int = listening.getsockname()[1]
            return port

        yield start


def test_an_accepted_message_says_what_was_sent(
    peer: Peer, received: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    found = call(capsys, port=peer("AA", ""))
    assert (found["changed"], found["ack"]["code"], found["sent_charset"]) == (True, "AA", "UNICODE UTF-8")
    assert found["message_control_id"] == found["ack"]["control_id"] == hl7.header(received[0])["control_id"]
    assert received[0].endswith("PID|1||WRT-1||王^小明^^^^^L^I\r")
    assert found["seconds"] >= 0


def test_a_refusal_fails_with_the_peers_words(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    port = peer("AE", "病人不明")
    found = call(capsys, port=port)
    assert found["failed"] and not found["changed"] and found["ack"]["code"] == "AE"
    assert found["msg"] == f"HL7: 127.0.0.1:{port} answered MSA|AE where AA was expected: 病人不明"


def test_a_refusal_that_was_expected_is_success_and_no_change(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    found = call(capsys, port=peer("AE", "unknown"), expect="AE")
    assert "failed" not in found
    assert (found["changed"], found["ack"]["text"]) == (False, "unknown")


def test_an_acceptance_where_a_refusal_was_expected_fails(peer: Peer, capsys: pytest.CaptureFixture[str]) -> None:
    found = call(capsys, port=peer("AA", ""), expect="AE")
    assert found["failed"] and "answered MSA|AA where AE was expected and gave no reason" in found["msg"]


def test_check_mode_checks_the_message_and_sends_nothing(
    peer: Peer, received: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    port = peer("AA", "")
    found = call(capsys, port=port, _ansible_check_mode=True)
    assert (found["changed"], found["sent_charset"], received) == (True, "UNICODE UTF-8", [])
    assert "ack" not in found
    wrong = call(capsys, port=port, content=MESSAGE.replace("UNICODE UTF-8", ""), _ansible_check_mode=True)
    assert wrong["failed"] and "'王' is not in ASCII (MSH-18 is empty)" in wrong["msg"]


def test_a_silent_peer_fails_within_the_deadline(capsys: pytest.CaptureFixture[str]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        found = call(capsys, port=silent.getsockname()[1], deadline=0.2)
    assert found["failed"] and "answered nothing within 0.2 s" in found["msg"]
    assert 0.1 < found["seconds"] < 2


def test_what_is_no_message_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert "MSH" in call(capsys, content="hello")["msg"]
