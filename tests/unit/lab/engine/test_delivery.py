"""Messages over real sockets: taken once, refused with a reason, tried again while a partner is away."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import hl7
from hl7apy.consts import VALIDATION_LEVEL
from hl7apy.parser import parse_message
from hl7apy.validation import Validator

from lab.engine import messages
from lab.engine.config import Destination
from lab.engine.content import LabOrder, RefusedError, UnavailableError
from lab.engine.journal import Entry, Journal
from lab.engine.reading import Parsed
from lab.engine.receiver import Receiver, Server
from lab.engine.sender import Mllp, Sender
from tests.unit.lab.engine.test_messages import AT, LINK, WANG

Act = Callable[[Parsed], None]


def order(number: str = "H1-1") -> str:
    return messages.lab_order(LINK, LabOrder(number, WANG, "GLU", "Glucose", AT))


def entry(text: str, subject: str = "WRT-1") -> Entry:
    control_id = hl7.header(text)["control_id"]
    return Entry("lis", control_id, subject, "OML^O21", control_id, text)


@contextmanager
def listening(journal: Journal, act: Act, port: int = 0) -> Iterator[Destination]:
    receiver = Receiver("LIS", "LABORATORY", journal, {"OML^O21": act})
    with Server(("127.0.0.1", port), receiver) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        thread.start()
        yield Destination("lis", "127.0.0.1", server.server_address[1], "LIS", "LABORATORY", deadline=5)
        server.shutdown()
        thread.join(5)


@pytest.fixture
def far(tmp_path: Path) -> Iterator[Journal]:
    found = Journal(tmp_path / "far.db")
    yield found
    found.close()


def send(destination: Destination, text: str) -> dict[str, str]:
    found: dict[str, str] = hl7.exchange(destination.host, destination.port, text, 5)
    return found


def test_a_message_is_acted_on_once_however_often_it_comes(far: Journal) -> None:
    acted: list[str] = []
    text = order()
    with listening(far, lambda message: acted.append(message.control_id)) as destination:
        codes = [send(destination, text)["code"] for _time in range(3)]
    with listening(far, lambda message: acted.append(message.control_id)) as destination:  # after a restart too
        codes.append(send(destination, text)["code"])
    assert (codes, acted) == (["AA"] * 4, [hl7.header(text)["control_id"]])


def test_one_message_at_a_time_also_over_several_connections(far: Journal) -> None:
    acted: list[str] = []

    def slowly(message: Parsed) -> None:
        time.sleep(0.2)
        acted.append(message.control_id)

    text, answers = order(), []
    with listening(far, slowly) as destination:
        threads = [threading.Thread(target=lambda: answers.append(send(destination, text))) for _time in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(10)
    assert ([answer["code"] for answer in answers], len(acted)) == (["AA"] * 3, 1)


def refuse(error: Exception) -> Act:
    def act(message: Parsed) -> None:
        raise error

    return act


@pytest.mark.parametrize(
    ("error", "code", "condition", "said"),
    [
        (RefusedError("no patient 王小明", "204"), "AE", "204", "no patient 王小明"),
        (UnavailableError("the LIS is away"), "AR", "207", "the LIS is away"),
        (KeyError("oops"), "AR", "207", "LIS failed: KeyError: 'oops'"),
    ],
)
def test_what_was_not_done_is_said_and_may_be_sent_again(
    far: Journal, error: Exception, code: str, condition: str, said: str
) -> None:
    text, acted = order(), []
    with listening(far, refuse(error)) as destination:
        ack = send(destination, text)
    assert (ack["code"], ack["condition"], ack["text"], ack["charset"]) == (code, condition, said, "UNICODE UTF-8")
    with listening(far, lambda message: acted.append(message.control_id)) as destination:
        assert send(destination, text)["code"] == "AA"
    assert len(acted) == 1


@pytest.mark.parametrize(
    ("change", "code", "condition", "said"),
    [
        (("OML^O21^OML_O21", "ORU^R01^ORU_R01"), "AR", "200", "'ORU^R01' (MSH-9) is not one of OML^O21"),
        (("|2.5.1|", "|2.3|"), "AR", "203", "version '2.3' (MSH-12) is not 2.5.1"),
        (("GLU^Glucose^L", ""), "AE", "101", "not valid HL7 v2.5.1: Missing required child OBR.OBR_4"),
    ],
)
def test_what_the_port_does_not_take(
    far: Journal, change: tuple[str, str], code: str, condition: str, said: str
) -> None:
    with listening(far, refuse(AssertionError())) as destination:
        ack = send(destination, order().replace(*change))
    assert (ack["code"], ack["condition"]) == (code, condition)
    assert said in ack["text"]


def test_a_control_id_belongs_to_one_message(far: Journal) -> None:
    text = order()
    with listening(far, lambda message: None) as destination:
        assert send(destination, text)["code"] == "AA"
        ack = send(destination, text.replace("GLU", "CBC"))
    assert (ack["code"], ack["condition"]) == ("AE", "205")
    assert "was another message's before" in ack["text"]


def test_an_unreadable_message_is_answered_with_its_control_id(far: Journal) -> None:
    receiver = Receiver("LIS", "LABORATORY", far, {})
    wrong = order().encode("gb18030")
    ack = hl7.acknowledgement(hl7.decode(receiver.answer(wrong)))
    assert (ack["code"], ack["control_id"]) == ("AE", hl7.header(wrong.decode("gb18030"))["control_id"])
    assert "not UNICODE UTF-8" in ack["text"]
    assert hl7.acknowledgement(hl7.decode(receiver.answer(b"hello")))["code"] == "AE"
    no_id = order().replace(hl7.header(order())["control_id"], "").split("\r")[0].split("|")
    no_id[9] = ""
    ack = hl7.acknowledgement(hl7.decode(receiver.answer(("|".join(no_id) + "\r").encode())))
    assert (ack["code"], ack["text"]) == ("AE", "MSH-10 (control id) is empty")


@pytest.mark.parametrize("error", [None, RefusedError("x" * 400 + " | ^ & ~ \\", "204")])
def test_every_acknowledgement_is_valid_hl7(far: Journal, error: Exception | None) -> None:
    receiver = Receiver("LIS", "LABORATORY", far, {"OML^O21": refuse(error) if error else lambda message: None})
    answer = hl7.decode(receiver.answer(hl7.encode(order())))
    assert Validator.validate(parse_message(answer, validation_level=VALIDATION_LEVEL.STRICT))
    assert hl7.header(answer)["type"] == "ACK^O21^ACK"
    assert len(hl7.acknowledgement(answer)["text"]) in (0, 250)


def test_what_is_no_mllp_is_cut_off(far: Journal) -> None:
    with (
        listening(far, lambda message: None) as destination,
        socket.create_connection((destination.host, destination.port), timeout=5) as connection,
    ):
        connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
        assert connection.recv(100) == b""


@contextmanager
def sending(journal: Journal, deliver: Callable[[Entry], None]) -> Iterator[Sender]:
    stop = threading.Event()
    sender = Sender(journal, "lis", deliver, stop)
    sender.start()
    yield sender
    stop.set()
    sender.join(10)
    assert not sender.is_alive()


def until(condition: Callable[[], object], seconds: float = 15) -> None:
    ends = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < ends, "it did not happen"
        time.sleep(0.02)


def states(journal: Journal) -> dict[str, int]:
    with journal.transaction() as database:
        return dict(database.execute("SELECT state, count(*) FROM outbox GROUP BY state").fetchall())


def test_messages_reach_a_peer_that_comes_back(journal: Journal, far: Journal) -> None:
    acted: list[str] = []
    texts = [order(f"H1-{number}") for number in range(5)]
    ids = [hl7.header(text)["control_id"] for text in texts]

    def act(message: Parsed) -> None:
        acted.append(message.control_id)

    with listening(far, act) as destination:
        pass
    with sending(journal, Mllp(destination)) as sender:
        journal.put([entry(text) for text in texts])
        until(lambda: sender.failures > 2)
        with journal.transaction() as database:
            said = database.execute("SELECT well, said FROM links WHERE name = 'lis'").fetchone()
        assert tuple(said) == (0, f"lis (127.0.0.1:{destination.port}) cannot be reached: Connection refused")
        assert states(journal) == {"waiting": 5}
        with listening(far, act, destination.port):
            until(lambda: states(journal) == {"sent": 5})
    assert acted == ids
    with journal.transaction() as database:
        assert database.execute("SELECT well FROM links WHERE name = 'lis'").fetchone()[0] == 1


def test_a_refused_message_holds_up_nothing_and_keeps_its_reason(journal: Journal, far: Journal) -> None:
    wrong, right = order("H1-1"), order("H1-2")

    def act(message: Parsed) -> None:
        if message.control_id == hl7.header(wrong)["control_id"]:
            raise RefusedError("the LIS knows no patient WRT-1", "204")

    with listening(far, act) as destination, sending(journal, Mllp(destination)):
        journal.put([entry(wrong), entry(right)])
        until(lambda: states(journal) == {"refused": 1, "sent": 1})
    with journal.transaction() as database:
        reason = database.execute("SELECT reason FROM outbox WHERE state = 'refused'").fetchone()[0]
    assert reason == f"lis (127.0.0.1:{destination.port}) answered MSA|AE: the LIS knows no patient WRT-1"


def test_one_message_that_must_wait_holds_up_its_patient_alone(journal: Journal, far: Journal) -> None:
    stuck = order("H1-1")
    released = threading.Event()

    def act(message: Parsed) -> None:
        if message.control_id == hl7.header(stuck)["control_id"] and not released.is_set():
            raise UnavailableError("record locked")

    with listening(far, act) as destination, sending(journal, Mllp(destination)):
        journal.put(
            [entry(stuck, "A"), entry(order("H1-2"), "A"), entry(order("H1-3"), "B"), entry(order("H1-4"), "C")]
        )
        until(lambda: states(journal) == {"waiting": 2, "sent": 2})
        released.set()
        until(lambda: states(journal) == {"sent": 4})


def test_a_full_disk_of_the_peer_is_no_refusal(journal: Journal) -> None:
    text = order()
    control_id = hl7.header(text)["control_id"]
    answer = (
        f"MSH|^~\\&|WORKLIST|X|E|W|20261123||ACK^O01^ACK|A1|P|2.5.1\rMSA|AE|{control_id}\rERR|||207^x^HL70357|E||||"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            with server.accept()[0] as connection:
                connection.recv(65536)
                connection.sendall(hl7.frame((answer + "No space left on device\r").encode()))

        threading.Thread(target=serve, daemon=True).start()
        deliver = Mllp(Destination("pacs", "127.0.0.1", server.getsockname()[1], "WORKLIST", "X"))
        with pytest.raises(UnavailableError, match=r"answered MSA\|AE: No space left on device"):
            deliver(entry(text))


def test_a_peer_that_takes_and_answers_nothing_is_named(journal: Journal) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        port = silent.getsockname()[1]
        deliver = Mllp(Destination("analyser", "127.0.0.1", port, "ANALYSER", "LAB", deadline=0.3))
        started = time.monotonic()
        with pytest.raises(
            UnavailableError, match=rf"analyser \(127.0.0.1:{port}\) accepts connections and answered noth"
        ):
            deliver(entry(order()))
        assert time.monotonic() - started < 3


def test_an_answer_that_comes_too_late_is_not_taken_for_the_next_ones(journal: Journal, far: Journal) -> None:
    slow = order("H1-1")

    def act(message: Parsed) -> None:
        if message.control_id == hl7.header(slow)["control_id"]:
            time.sleep(3)
            raise RefusedError("too late", "204")

    with listening(far, act) as destination:
        deliver = Mllp(Destination("lis", destination.host, destination.port, "LIS", "LAB", deadline=1.5))
        with pytest.raises(UnavailableError):
            deliver(entry(slow))
        time.sleep(2)
        deliver(entry(order("H1-2")))


def test_a_fault_of_the_delivery_does_not_end_it(journal: Journal, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("lab.engine.sender.LONGEST_PAUSE", 0.05)
    tries: list[str] = []

    def deliver(found: Entry) -> None:
        tries.append(found.control_id)
        if len(tries) < 3:
            raise ZeroDivisionError

    with sending(journal, deliver):
        journal.put([entry(order())])
        until(lambda: states(journal) == {"sent": 1})
    assert len(tries) == 3


def test_pauses_between_attempts_grow_to_two_seconds(journal: Journal) -> None:
    def deliver(found: Entry) -> None:
        raise UnavailableError("away")

    sender = Sender(journal, "lis", deliver, threading.Event())
    journal.put([entry(order())])
    assert [sender.step() for _time in range(8)] == [0.1, 0.2, 0.4, 0.8, 1.6, 2.0, 2.0, 2.0]
