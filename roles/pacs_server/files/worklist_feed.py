"""The modality worklist's feed: imaging orders over MLLP, as files that Orthanc's worklist plugin serves.

MLLP: HL7 v2.5.1, Transport Specification, appendix C. ORC-1 says what happens to the entry of the accession number:
NW writes it, XO replaces it, CA removes it, SC with ORC-5 CM or CA removes it too. An answer is sent when the disk has
it: AA taken, AE this order cannot be entered, AR not a message for this service. What was taken once may come again:
the same order changes nothing, a cancelled one may be cancelled again. The mapping is in worklist_entry.py, the
folder in worklist_folder.py.

Usage: worklist_feed.py SETTINGS    SETTINGS: JSON with address, port, folder, senders [{name, address}], keep_days
"""

import datetime
import json
import logging
import os
import socket
import socketserver
import sys
import threading
import time
from pathlib import Path
from typing import Any

import hl7_message
import worklist_entry
from hl7_message import AA, AE, AR, Refused, Unreadable
from worklist_folder import Folder

START, END = b"\x0b", b"\x1c\r"
LIMIT = 1024 * 1024  # bytes of a message
IDLE, IDLE_STRANGER = 60, 5  # seconds
CONNECTIONS = 32
SWEEP = 3600  # seconds between looks for old entries
LOG = logging.getLogger("worklist-feed")


def answer(data: bytes, folder: Folder) -> tuple[bytes, str]:
    """The acknowledgement to a message, and what to log. Raises Unreadable."""
    try:
        done = folder.take(worklist_entry.parse(data))
        return hl7_message.acknowledgement(data, AA), done
    except Refused as refused:
        ack = hl7_message.acknowledgement(data, refused.code, refused.reason, refused.condition, refused.place)
        return ack, f"refused {refused.code}: {refused.reason}"
    except OSError as error:
        reason = f"the worklist cannot be written: {error.strerror}"
        return hl7_message.acknowledgement(data, AE, reason, 207), f"refused AE: {reason}"
    except Unreadable:
        raise
    except Exception as error:  # a fault of ours is told to the sender, who keeps the order
        LOG.exception("fault while taking an order")
        reason = f"fault in the worklist feed, its log says more: {type(error).__name__}"
        return hl7_message.acknowledgement(data, AE, reason, 207), f"refused AE: {reason}"


class Conversation(socketserver.BaseRequestHandler):
    """One connection: messages come in turn, each gets its answer."""

    def handle(self) -> None:
        sender = self.server.senders.get(self.client_address[0])
        self.request.settimeout(IDLE if sender else IDLE_STRANGER)
        self._received = bytearray()
        try:
            for data in iter(self._message, b""):
                if not sender:
                    self._reply(*self._stranger(data))
                    return
                self._reply(*answer(data, self.server.folder))
        except Unreadable as error:
            LOG.warning("%s: connection closed: %s", sender or self.client_address[0], error)
        except OSError as error:
            LOG.info("%s: connection lost: %s", sender or self.client_address[0], error)

    def _stranger(self, data: bytes) -> tuple[bytes, str]:
        reason = f"{self.client_address[0]} is not a listed sender of imaging orders"
        return hl7_message.acknowledgement(data, AR, reason, 207), f"refused AR: {reason}"

    def _message(self) -> bytes:
        """The next message's bytes; none when the other side has closed."""
        while END not in self._received:
            if self._received[:1] not in (b"", START):
                raise Unreadable("no start block, this is no MLLP")
            if len(self._received) > LIMIT:
                raise Unreadable(f"a message over {LIMIT} bytes")
            data = self.request.recv(65536)
            if not data:
                if self._received:
                    raise Unreadable("a message that is cut short")
                return b""
            self._received += data
        message, _end, rest = self._received.partition(END)
        if not message.startswith(START):
            raise Unreadable("no start block, this is no MLLP")
        self._received = rest
        return bytes(message[1:])

    def _reply(self, ack: bytes, said: str) -> None:
        self.request.sendall(START + ack + END)
        LOG.info("%s: %s", self.client_address[0], said)


class Feed(socketserver.ThreadingTCPServer):
    """Takes connections, so many at a time, and looks for old entries now and then."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self, settings: dict[str, Any]) -> None:
        self.folder = Folder(settings["folder"])
        self.senders = {sender["address"]: sender["name"] for sender in settings["senders"]}
        self._keep = datetime.timedelta(days=settings["keep_days"])
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self._swept = 0.0
        if ":" in settings["address"]:
            self.address_family = socket.AF_INET6
        super().__init__((settings["address"], settings["port"]), Conversation)

    def verify_request(self, request: Any, client_address: Any) -> bool:
        return self._slots.acquire(blocking=False)

    def process_request_thread(self, request: Any, client_address: Any) -> None:
        try:
            super().process_request_thread(request, client_address)
        finally:
            self._slots.release()

    def service_actions(self) -> None:
        if self._swept and time.monotonic() - self._swept < SWEEP:
            return
        self._swept = time.monotonic()
        try:
            self.folder.sweep((datetime.date.today() - self._keep).strftime("%Y%m%d"))
        except Exception:
            LOG.exception("old entries could not be removed")


def tell_systemd() -> None:
    """Say that the port is open (sd_notify); nothing where systemd does not ask."""
    name = os.environ.get("NOTIFY_SOCKET")
    if name:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as channel:
            channel.sendto(b"READY=1", name.replace("@", "\0", 1))


def main() -> None:
    logging.basicConfig(format="%(message)s", level=logging.INFO)
    with Feed(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))) as feed:
        tell_systemd()
        feed.serve_forever()


if __name__ == "__main__":
    main()
