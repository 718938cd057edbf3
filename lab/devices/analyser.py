"""A blood analyser: takes OML^O21 over MLLP, measures the specimen, sends ORU^R01 to the interface engine.

It keeps an order on the disk before it acknowledges it and a result until the engine has acknowledged that. A
specimen's values depend on its number alone, so that whoever measures it twice gets the same. `behave` makes it
misbehave, for tests: `silent` takes connections and answers nothing, `wrong-patient` writes an identifier of nobody on
the result, `duplicate` sends each result twice under two control ids, `deaf` takes orders and measures nothing,
`well` ends it.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import logging
import sys
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils import hl7

from lab.engine import messages, reading
from lab.engine.config import Destination
from lab.engine.content import LabOrder, Observation, RefusedError, Report, flag
from lab.engine.journal import Entry, Journal
from lab.engine.messages import Link
from lab.engine.receiver import Receiver, Server
from lab.engine.sender import Mllp, Sender, stopping

BEHAVIOURS = ("well", "silent", "deaf", "wrong-patient", "duplicate")
NOBODY = "WRT-NOBODY"  # the identifier that `wrong-patient` writes


@dataclass(frozen=True)
class Analyte:
    """What is measured: reference range in `unit` (UCUM), and the lowest and highest value that a specimen shows."""

    code: str
    name: str
    unit: str
    low: float
    high: float
    least: float
    most: float
    digits: int


# Reference ranges: WS/T 404.1-2012 and WS/T 405-2012 (China, adults; haemoglobin of women), fasting glucose of adults.
MENU: dict[str, tuple[Analyte, ...]] = {
    "GLU": (Analyte("GLU", "Glucose", "mmol/L", 3.9, 6.1, 3.2, 8.9, 1),),
    "CBC": (
        Analyte("HGB", "Haemoglobin", "g/L", 115, 150, 95, 168, 0),
        Analyte("WBC", "Leucocytes", "10*9/L", 3.5, 9.5, 2.8, 13.5, 1),
        Analyte("PLT", "Platelets", "10*9/L", 125, 350, 95, 410, 0),
    ),
}


def measured(specimen: str, analyte: Analyte) -> Observation:
    """An analyte's value in a specimen: always the same, most of them in the reference range."""
    digest = hashlib.sha256(f"{specimen} {analyte.code}".encode()).digest()
    place = digest[0] / 255
    lowest, highest = (analyte.low, analyte.high) if digest[1] < 180 else (analyte.least, analyte.most)
    value = round(lowest + place * (highest - lowest), analyte.digits)
    judged = flag(value, analyte.low, analyte.high)
    return Observation(
        analyte.code, analyte.name, value, unit=analyte.unit, low=analyte.low, high=analyte.high, flag=judged
    )


def measure(order: LabOrder) -> Report:
    """The result of an order; RefusedError for a test that is not on the menu."""
    if order.test not in MENU:
        raise RefusedError(f"the analyser measures {', '.join(MENU)}, not {order.test}", "103")
    found = tuple(measured(order.number, analyte) for analyte in MENU[order.test])
    return Report(order.number, order.person, order.test, order.test_name, datetime.now(UTC), found, order.specimen)


class Analyser:
    """link: who writes to whom. seconds: how long a specimen takes. behaviour: the file that says how it behaves."""

    def __init__(self, journal: Journal, link: Link, seconds: float, behaviour: Path) -> None:
        self.journal, self.link, self.seconds, self.behaviour = journal, link, seconds, behaviour

    def behaves(self) -> str:
        """What was asked of it last."""
        return self.behaviour.read_text(encoding="ascii").strip() if self.behaviour.exists() else "well"

    def order(self, message: reading.Parsed) -> None:
        """Take an order: its result waits until the specimen is measured."""
        order, behaves = reading.lab_order(message), self.behaves()
        report = measure(order)
        if behaves == "deaf":
            return
        if behaves == "wrong-patient":
            report = replace(report, person=replace(report.person, puid=NOBODY))
        due = time.time() + self.seconds
        for copy in range(2 if behaves == "duplicate" else 1):
            text = messages.report(self.link, report)
            control_id, origin = hl7.header(text)["control_id"], f"{order.number} {message.control_id} {copy}"
            self.journal.put([Entry("engine", origin, order.number, "ORU^R01", control_id, text, due)])


class Mute(Receiver):
    """A receiver that answers nothing while `silent` says so; a message kept waiting is acted on afterwards."""

    def __init__(self, *arguments: Any, silent: Callable[[], bool]) -> None:
        super().__init__(*arguments)
        self.silent = silent

    def answer(self, payload: bytes) -> bytes:
        while self.silent():
            time.sleep(0.2)
        return super().answer(payload)


def run(config: dict[str, Any]) -> None:
    """Serve until SIGTERM. config: listen, state, seconds, application, facility, engine (a Destination)."""
    state, engine = Path(config["state"]), Destination(name="engine", **config["engine"])
    journal, stop = Journal(state / "analyser.db"), stopping()
    journal.prune()
    link = Link(config["application"], config["facility"], engine.application, engine.facility)
    analyser = Analyser(journal, link, config["seconds"], state / "behaviour")
    handlers = {"OML^O21": analyser.order}
    receiver = Mute(link.application, link.facility, journal, handlers, silent=lambda: analyser.behaves() == "silent")
    host, port = config["listen"]
    with Server((host, port), receiver) as server:
        sender = Sender(journal, "engine", Mllp(engine), stop)
        sender.start()
        threading.Thread(target=server.serve_forever, daemon=True).start()
        stop.wait()
        server.shutdown()
    sender.join(2)
    journal.close()


def main() -> int:
    parser = argparse.ArgumentParser(prog="analyser", description="The blood analyser.")
    parser.add_argument("--config", type=Path, default=Path("/etc/analyser/config.json"), help="default: %(default)s")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("run", help="take orders, measure, send results")
    commands.add_parser("behave", help="misbehave, for tests").add_argument("how", choices=BEHAVIOURS)
    wanted = parser.parse_args()
    config = json.loads(wanted.config.read_text(encoding="utf-8"))
    logging.basicConfig(stream=sys.stderr, level=logging.INFO, format="%(levelname)s %(message)s")
    if wanted.command == "run":
        run(config)
    else:
        Path(config["state"]).mkdir(parents=True, exist_ok=True)
        Path(config["state"], "behaviour").write_text(wanted.how, encoding="ascii")
    return 0


if __name__ == "__main__":
    sys.exit(main())
