"""Delivery: a thread a destination takes what waits for it, in order for each patient, until it is acknowledged."""

from __future__ import annotations

import logging
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterable
from typing import Protocol

from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.engine.config import Destination
from lab.engine.content import RefusedError, UnavailableError
from lab.engine.journal import Entry, Journal

FIRST_PAUSE, LONGEST_PAUSE = 0.1, 2.0  # seconds between attempts while a destination does not take anything
IDLE = 0.5  # seconds after which the queue is looked at even when nobody said there is something
TRUSTED = 30.0  # seconds that an idle connection is used again; receivers close one after a minute
TEMPORARY = frozenset({"206", "207"})  # HL7 table 0357: record locked, internal error (a full disk, a frozen server)
log = logging.getLogger("engine")


class Deliver(Protocol):
    """Brings one message to its destination; RefusedError or UnavailableError when it was not taken."""

    def __call__(self, entry: Entry) -> None: ...


class Mllp:
    """Delivers over one MLLP connection that is kept, one message at a time."""

    def __init__(self, destination: Destination) -> None:
        self.destination = destination
        self._connection: socket.socket | None = None
        self._used = 0.0

    def __call__(self, entry: Entry) -> None:
        peer, ends = self.destination.peer, time.monotonic() + self.destination.deadline
        try:
            connection = self._open(ends)
            payload = hl7.frame(hl7.encode(entry.message))
            ack = hl7.ask(connection, payload, entry.control_id, ends, peer)
        except (OSError, hl7.Hl7Error) as error:
            self.close()
            said = str(error) if isinstance(error, hl7.Hl7Error) else f"{peer} cannot be reached: {reason_of(error)}"
            raise UnavailableError(said) from error
        self._used = time.monotonic()
        if ack["code"] in ("AA", "CA"):
            return
        said = f"{peer} answered MSA|{ack['code']}: {ack['text'] or 'no reason given'}"
        if ack["condition"] in TEMPORARY:
            raise UnavailableError(said)
        raise RefusedError(said, ack["condition"])

    def _open(self, ends: float) -> socket.socket:
        if self._connection is not None and time.monotonic() - self._used > TRUSTED:
            self.close()
        if self._connection is None:
            address = (self.destination.host, self.destination.port)
            self._connection = socket.create_connection(address, timeout=max(0.001, ends - time.monotonic()))
        return self._connection

    def close(self) -> None:
        """Drop the connection: what comes over it later answers nothing that is asked later."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


def stopping() -> threading.Event:
    """Set when the process is asked to end; a message on its way is delivered again after the next start."""
    event = threading.Event()
    for asked in (signal.SIGTERM, signal.SIGINT):
        signal.signal(asked, lambda *_: event.set())
    return event


def reason_of(error: OSError) -> str:
    """What an error of the network says."""
    return "no answer to the connection" if isinstance(error, TimeoutError) else error.strerror or str(error)


class Sender(threading.Thread):
    """Sends what waits for one destination until `stop` is set.

    then: the messages that a delivered one leads to, put into the journal in the same transaction.
    """

    def __init__(
        self,
        journal: Journal,
        destination: str,
        deliver: Deliver,
        stop: threading.Event,
        then: Callable[[Entry], Iterable[Entry]] = lambda entry: (),
    ) -> None:
        super().__init__(name=f"to {destination}", daemon=True)
        self.journal, self.destination, self.deliver, self.stopping, self.then = (
            journal,
            destination,
            deliver,
            stop,
            then,
        )
        self.failures = 0

    def run(self) -> None:
        while not self.stopping.is_set():
            version = self.journal.version
            try:
                pause = self.step()
            except Exception:  # a fault of this code: say it, and go on trying
                log.exception("%s: sending goes on in %g s", self.destination, LONGEST_PAUSE)
                self.failures, pause = self.failures + 1, LONGEST_PAUSE
            if self.failures:
                self.stopping.wait(pause)
            elif pause:
                self.journal.wait(version, pause)

    def step(self) -> float:
        """Try one message; how long to wait until the next, in seconds."""
        entry = self.journal.following(self.destination)
        if entry is None:
            return self.journal.pause(self.destination, IDLE)
        try:
            self.deliver(entry)
        except RefusedError as error:
            log.warning("%s %s of %s is refused: %s", entry.kind, entry.control_id, entry.subject, error)
            self.journal.refused(entry, str(error))
        except UnavailableError as error:
            if not self.failures:
                log.warning("%s: %s", self.destination, error)
            self.journal.tried(entry, str(error))
            self.journal.link(self.destination, False, str(error))
            self.failures += 1
            return float(min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.failures - 1, 10)))
        else:
            self.journal.sent(entry, self.then(entry))
        self.journal.link(self.destination, True, "")
        self.failures = 0
        return 0.0
