"""The processes of the engine: `run` polls, queues, delivers and takes results; a gateway stands before one server."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Callable, Iterable

from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.engine.config import Config
from lab.engine.content import RefusedError, UnavailableError
from lab.engine.door import Door
from lab.engine.gateway_his import HisGateway
from lab.engine.gateway_lis import LisGateway
from lab.engine.his import LAB_REQUEST, HisPoller
from lab.engine.journal import Entry, Journal
from lab.engine.lis import LisPoller
from lab.engine.reading import Parsed, reports
from lab.engine.receiver import Receiver, Server
from lab.engine.records import Records
from lab.engine.sender import Mllp, Sender, stopping

HEARTBEAT = 10.0  # seconds between signs of life in the journal
ORDERED = "his-orders"  # destination of "the laboratory has this order": a write in the HIS, not a message
log = logging.getLogger("engine")


class OrderStates:
    """Tells the HIS that the laboratory has an order."""

    def __init__(self, records: Records) -> None:
        self.records = records

    def __call__(self, entry: Entry) -> None:
        still = [("id", "=", json.loads(entry.message)), ("state", "=", "draft")]
        found = self.records.first(LAB_REQUEST, still)
        if found is not None:
            self.records.write(LAB_REQUEST, found["id"], {"state": "ordered"})


def ordered(entry: Entry) -> Iterable[Entry]:
    """What a message that the LIS has taken leads to."""
    if entry.kind == "OML^O21":
        record = entry.origin.split(":")[1]
        yield Entry(ORDERED, entry.origin, entry.subject, "state", hl7.control_id(), record)


def forward(journal: Journal) -> Callable[[Parsed], None]:
    """The handler that queues an analyser's results for the LIS, as they came."""

    def act(message: Parsed) -> None:
        puid = reports(message)[0].person.puid
        origin = f"{message.sender}:{message.control_id}"
        journal.put([Entry("lis", origin, puid, message.kind, message.control_id, message.text)])

    return act


class Polling(threading.Thread):
    """Looks again and again; a server that does not answer is asked again until it does."""

    def __init__(
        self, name: str, poll: Callable[[], int], journal: Journal, seconds: float, stop: threading.Event
    ) -> None:
        super().__init__(name=f"from {name}", daemon=True)
        self.source, self.poll, self.journal, self.seconds, self.stopping = name, poll, journal, seconds, stop
        self.said = ""

    def run(self) -> None:
        while not self.stopping.is_set():
            started = time.monotonic()
            try:
                self.look()
            except Exception:  # the journal cannot be written: nothing is made of what was found, so nothing is lost
                log.exception("poll of %s", self.source)
            self.stopping.wait(max(0.05, self.seconds - (time.monotonic() - started)))

    def look(self) -> None:
        """Poll once, and remember how it went; what goes wrong is logged once, not twice a second."""
        try:
            made, said = self.poll(), ""
        except (UnavailableError, RefusedError) as error:
            made, said = 0, str(error)
        except Exception as error:  # a fault of this code
            made, said = 0, f"{type(error).__name__}: {error}"
            log.debug("poll of %s", self.source, exc_info=True)
        if made:
            log.info("%s: %d messages", self.source, made)
        if said and said != self.said:
            log.warning("poll of %s: %s", self.source, said)
        self.said = said
        self.journal.link(f"poll {self.source}", not said, said)


def run(config: Config) -> None:
    """The engine itself, until SIGTERM or SIGINT."""
    journal, stop = Journal(config.state / "engine.db"), stopping()
    journal.prune()
    polls = {
        "his": HisPoller(config, records_of(config, "his"), journal).poll,
        "lis": LisPoller(config, records_of(config, "lis"), journal).poll,
    }
    threads: list[threading.Thread] = [
        Polling(name, poll, journal, config.poll_seconds, stop) for name, poll in polls.items()
    ]
    for name, destination in config.destinations.items():
        then = ordered if name == "lis" else lambda entry: ()
        threads.append(Sender(journal, name, Mllp(destination), stop, then))
    threads.append(Sender(journal, ORDERED, OrderStates(records_of(config, "his")), stop))
    receiver = Receiver(config.application, config.facility, journal, {"ORU^R01": forward(journal)})
    with Server(config.listen["results"], receiver) as server:
        threads.append(threading.Thread(target=server.serve_forever, name="results", daemon=True))
        for thread in threads:
            thread.start()
        log.info("the engine runs")
        journal.alive()
        while not stop.wait(HEARTBEAT):
            journal.alive()
        server.shutdown()
    for thread in threads:
        thread.join(config.server_deadline)
    journal.close()


def records_of(config: Config, name: str) -> Records:
    """A server's records, for one thread."""
    return Records(name, config.servers[name], config.server_deadline, Door(config.state / f"door-{name}.json"))


def gateway(config: Config, name: str) -> None:
    """The gateway of one server (his, lis), until SIGTERM or SIGINT."""
    journal, stop = Journal(config.state / f"gateway-{name}.db"), stopping()
    journal.prune()
    records = records_of(config, name)
    handlers = LisGateway(records, journal).handlers() if name == "lis" else HisGateway(records).handlers()
    destination = config.destinations[name]
    receiver = Receiver(destination.application, destination.facility, journal, handlers)
    with Server(config.listen[name], receiver) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        log.info("the gateway of the %s listens on %s:%d", name, *config.listen[name])
        stop.wait()
        server.shutdown()
    journal.close()
