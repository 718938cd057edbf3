"""MLLP servers: every message gets an acknowledgement, and is acted on once however often it is sent.

Codes (v2.5.1, 2.9.2.2; table 0357): AA taken and on the disk; AE with a reason, sending it again would not help; AR
with condition 207 what it needs is away, send it again later; AR with 200 or 203 no message for this port.
"""

from __future__ import annotations

import contextlib
import hashlib
import logging
import socket
import socketserver
import threading
from collections.abc import Callable

from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.engine import messages
from lab.engine.content import RefusedError, UnavailableError
from lab.engine.journal import Journal
from lab.engine.reading import Parsed, parse

IDLE_SECONDS = 60.0  # a connection over which nothing comes is closed
log = logging.getLogger("engine")
CONDITIONS = {
    "100": "Segment sequence error",
    "101": "Required field missing",
    "102": "Data type error",
    "103": "Table value not found",
    "200": "Unsupported message type",
    "203": "Unsupported version id",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "207": "Application internal error",
}
NOT_HERE = frozenset({"200", "203"})
Handler = Callable[[Parsed], None]
Head = dict[str, str]


class Receiver:
    """What a port does with messages.

    handlers: by message type and event such as `OML^O21`; each acts on one message or raises RefusedError or
    UnavailableError. What it writes into the journal is committed together with the acknowledgement. It may be called
    again for a message that it has acted on elsewhere, when the process was killed before that was written down: acting
    twice must be as acting once.
    """

    def __init__(self, application: str, facility: str, journal: Journal, handlers: dict[str, Handler]) -> None:
        self.application, self.facility, self.journal, self.handlers = application, facility, journal, handlers
        self._one_at_a_time = threading.Lock()

    def answer(self, payload: bytes) -> bytes:
        """The acknowledgement of one message."""
        try:
            text = hl7.decode(payload)
            head = hl7.header(text)
        except hl7.Hl7Error as error:
            head = hl7.header("MSH|^~\\&|")
            with contextlib.suppress(hl7.Hl7Error):
                head = hl7.header(payload.decode("ascii", "replace"))
            return self._acknowledge(head, "AE", "102", f"the message cannot be read: {error}")
        with self._one_at_a_time:
            return self._judge(text, head)

    def _judge(self, text: str, head: Head) -> bytes:
        said = f"{self.application}: {head['type']} {head['control_id']} from {head['sending_application'] or 'nobody'}"
        try:
            with self.journal.transaction():
                return self._take(text, head)
        except RefusedError as error:
            log.warning("%s is refused: %s", said, error)
            return self._acknowledge(head, "AR" if error.condition in NOT_HERE else "AE", error.condition, str(error))
        except UnavailableError as error:
            log.warning("%s must wait: %s", said, error)
            return self._acknowledge(head, "AR", "207", str(error))
        except Exception as error:  # a fault of this code: the sender keeps the message and is told
            log.exception("%s", said)
            return self._acknowledge(head, "AR", "207", f"{self.application} failed: {type(error).__name__}: {error}")

    def _take(self, text: str, head: Head) -> bytes:
        kind = "^".join(head["type"].split("^")[:2])
        if not head["control_id"]:
            raise RefusedError("MSH-10 (control id) is empty", "101")
        if kind not in self.handlers:
            raise RefusedError(f"{kind!r} (MSH-9) is not one of {', '.join(sorted(self.handlers))}", "200")
        if head["version"].split("^")[0] != messages.VERSION:
            raise RefusedError(f"version {head['version']!r} (MSH-12) is not {messages.VERSION}", "203")
        sender = f"{head['sending_application']}|{head['sending_facility']}"
        digest = hashlib.sha256(text.encode("utf-8")).hexdigest()
        before = self.journal.answered(sender, head["control_id"])
        if before is None:
            self.handlers[kind](parse(text))
            answer = self._acknowledge(head, "AA", "", "")
            self.journal.taken(sender, head["control_id"], digest, hl7.decode(answer))
            return answer
        if before[0] != digest:
            raise RefusedError(f"control id {head['control_id']} (MSH-10) was another message's before", "205")
        return bytes(hl7.encode(before[1]))

    def _acknowledge(self, head: Head, code: str, condition: str, reason: str) -> bytes:
        """An ACK; with a reason it has an ERR segment. MSA-3 is for receivers that read no ERR."""
        event = "^".join(head["type"].split("^")[1:2])
        to = [head["sending_application"], head["sending_facility"]]
        header = ["MSH", hl7.SEPARATORS[1:], self.application, self.facility, *to, messages.now(), ""]
        header += [f"ACK^{event}^ACK" if event else "ACK^^ACK", hl7.control_id(), "P", messages.VERSION]
        text = "|".join([*header, *[""] * 5, messages.CHARSET]) + "\r"
        text += f"MSA|{code}|{head['control_id']}" + (f"|{hl7.escape(reason[:80])}" if reason else "") + "\r"
        if reason:
            error = f"{condition}^{CONDITIONS[condition]}^HL70357"
            text += f"ERR|||{error}|E||||{hl7.escape(reason[:250])}\r"
        return bytes(hl7.encode(text))


class Server(socketserver.ThreadingTCPServer):
    """A port; each connection has a thread and may carry any number of messages."""

    allow_reuse_address = True
    daemon_threads = True
    request_queue_size = 64

    def __init__(self, address: tuple[str, int], receiver: Receiver) -> None:
        self.receiver = receiver
        super().__init__(address, Connection)


class Connection(socketserver.BaseRequestHandler):
    """One sender's connection."""

    server: Server
    request: socket.socket

    def handle(self) -> None:
        frames = hl7.Frames()
        self.request.settimeout(IDLE_SECONDS)
        try:
            while data := self.request.recv(65536):
                for payload in frames.feed(data):
                    self.request.sendall(hl7.frame(self.server.receiver.answer(payload)))
        except (OSError, hl7.Hl7Error) as error:
            if not isinstance(error, TimeoutError):
                log.warning("%s from %s: %s", self.server.receiver.application, self.client_address[0], error)
