"""A plan of two waves, and a history written the way the journal writes it."""

from __future__ import annotations

import dataclasses

from wardround.rollout.plan import Coverage, Plan, PlannedHost, Service, Wave
from wardround.rollout.record import (
    ClassificationRecord,
    History,
    IntentRecord,
    JourneyRecord,
    ProofRecord,
)

OLD, NEW = "3.12.0", "3.13.2"


def wave(name: str, *hosts: str) -> Wave:
    service = Service("radiology", 4, len(hosts), 4 - len(hosts), 1)
    return Wave(name, "wave", 9, 5, tuple(PlannedHost(host, "radiology", OLD) for host in hosts), (service,))


PLAN = Plan(
    product="pacs_client",
    from_version=OLD,
    to_version=NEW,
    what_if=False,
    planner={},
    inputs_sha256="0" * 64,
    bound_waves=2,
    bound_sentence="",
    gap=0,
    waves=(wave("wave_01", "a"), wave("wave_02", "b", "c")),
    canary=(Coverage("m / o / p", ("a",)),),
    excluded=(),
)
HOSTS = ("a", "b", "c")


class Record:
    """Writes a history the way the journal does, with one sequence."""

    def __init__(self) -> None:
        self.seq = 0
        self.intents: list[IntentRecord] = []
        self.proofs: list[ProofRecord] = []
        self.labels: list[ClassificationRecord] = []
        self.journeys: list[JourneyRecord] = []

    def next(self) -> int:
        self.seq += 1
        return self.seq

    def open(self, host: str, direction: str = "forward") -> None:
        where = next(one.name for one in PLAN.waves if any(member.name == host for member in one.hosts))
        seq = self.next()
        self.intents.append(IntentRecord(f"i{seq}", host, where, "r", direction, "open", "", seq, None))

    def _newest(self, host: str) -> int:
        return max(i for i, one in enumerate(self.intents) if one.host == host)

    def stage(self, host: str, waited: float = 0.0, busy: str = "li.na is logged on") -> None:
        """The host was asked and is in use; `waited` seconds ago it was staged first."""
        index = self._newest(host)
        self.intents[index] = dataclasses.replace(
            self.intents[index], state="staged", closed_seq=self.next(), waited=waited, busy=busy
        )

    def begin(self, host: str) -> None:
        """The staged host is idle; its intent is the newest from here on."""
        record = self.intents.pop(self._newest(host))
        self.intents.append(dataclasses.replace(record, state="open", closed_seq=None, busy="", opened_seq=self.next()))

    def close(self, host: str, state: str, reason: str = "") -> None:
        index = self._newest(host)
        closed = None if state == "unknown" else self.next()
        self.intents[index] = dataclasses.replace(self.intents[index], state=state, reason=reason, closed_seq=closed)

    def prove(self, host: str, served: str, ok: bool = True) -> None:
        failures = () if ok else ("frame: expected an image, found HTTP 404",)
        self.proofs.append(ProofRecord(host, self.next(), ok, served, served, failures))

    def differ(self, host: str, served: str, *failures: str) -> None:
        wrong = f"version: expected {OLD}, found {served}"
        self.proofs.append(ProofRecord(host, self.next(), False, OLD, served, (wrong, *failures)))

    def baseline(self) -> None:
        for host in HOSTS:
            self.prove(host, OLD)

    def classify(self, host: str, cause: str) -> None:
        self.labels.append(ClassificationRecord(host, cause, "because", self.next()))

    def walk(self, ok: bool = True) -> None:
        """The patient's journey."""
        self.journeys.append(JourneyRecord(self.next(), ok, "" if ok else "read the result at lab-ws-01: nothing"))

    def done(self, host: str) -> None:
        """The host is changed and proved."""
        self.open(host)
        self.close(host, "applied")
        self.prove(host, NEW)

    def history(self) -> History:
        return History(tuple(self.intents), tuple(self.proofs), tuple(self.labels), tuple(self.journeys))
