"""Orders sent across an outage of the LIS: what tests do to a hospital's servers and engine, and what they count."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from ansible_collections.wardround.hospital.plugins.module_utils.tryton import Session

from lab.podman import podman

PARTY, PATIENT, REQUEST, LAB = "party.party", "gnuhealth.patient", "gnuhealth.patient.lab.test", "gnuhealth.lab"
# What a patient of a test leaves behind, in the order in which it can be removed.
LEFT = (
    ("gnuhealth.lab.test.critearea", "gnuhealth_lab_id.patient.party.ref"),
    (LAB, "patient.party.ref"),
    (REQUEST, "patient_id.party.ref"),
    (PATIENT, "party.ref"),
    ("gnuhealth.pol", "person.ref"),
    ("gnuhealth.person_name", "party.ref"),
    (PARTY, "ref"),
)


@dataclass(frozen=True)
class Site:
    """A running hospital: addresses, containers and how a user's password is found (server, user)."""

    his: str
    lis: str
    ca_file: Path
    password: Callable[[str, str], str]
    engine_container: str
    lis_container: str

    def session(self, server: str, user: str) -> Session:
        """A session that is logged in. A server under load may take its time."""
        address = self.his if server == "his" else self.lis
        settings = {"url": f"https://{address}", "database": "health", "user": user, "ca_file": str(self.ca_file)}
        found = Session(settings | {"password": self.password(server, user)}, deadline=120)
        found.login()
        return found

    def on_engine(self, *command: str) -> str:
        """Run a command on the engine's machine."""
        return podman("exec", self.engine_container, *command)

    def status(self) -> dict[str, Any]:
        """What `engine status` says."""
        found: dict[str, Any] = json.loads(self.on_engine("engine", "status"))
        return found


def until(what: str, condition: Callable[[], Any], seconds: float, pause: float = 0.3) -> Any:
    """What a condition gives as soon as that is something; an assertion when it does not come."""
    ends = time.monotonic() + seconds
    while not (found := condition()):
        assert time.monotonic() < ends, f"{what}: not within {seconds:g} s"
        time.sleep(pause)
    return found


def read(session: Session, model: str, domain: list[Any], *fields: str) -> list[dict[str, Any]]:
    """Fields of the records of a domain."""
    found: list[dict[str, Any]] = session.call(f"model.{model}.search_read", domain, 0, None, None, ["id", *fields])
    return found


def patients(session: Session, prefix: str, count: int) -> list[int]:
    """Patients whose PUIDs begin with the prefix, one call each: GNU Health doubles those made together."""
    common = {"is_person": True, "is_patient": True, "create_target": True, "fed_country": "CHN", "gender": "m"}
    for number in range(count):
        who = {"ref": f"{prefix}{number:03}", "lastname": "王", "name": f"小明{number}", "dob": date(1971, 6, 8)}
        session.call(f"model.{PARTY}.create", [common | who])
    return [found["id"] for found in read(session, PATIENT, [["party.ref", "like", f"{prefix}%"]])]


def namesakes(session: Session, *puids: str) -> list[int]:
    """Patients who are all called 王小明, by PUID; their parties' ids."""
    common = {"is_person": True, "is_patient": True, "create_target": True, "fed_country": "CHN", "gender": "m"}
    who = common | {"lastname": "王", "name": "小明", "dob": date(1971, 6, 8)}
    return [session.call(f"model.{PARTY}.create", [who | {"ref": puid}])[0] for puid in puids]


def merge(session: Session, prior: int, surviving: int) -> None:
    """Replace one party by another with Tryton's own wizard, as a registrar does; the administrator's session."""
    wizard, _start, _end = session.call("wizard.party.replace.create")
    asked = {"ask": {"source": prior, "destination": surviving}}
    session.call("wizard.party.replace.execute", wizard, asked, "replace")
    session.call("wizard.party.replace.delete", wizard)


def order(session: Session, whose: list[int], count: int) -> list[int]:
    """Laboratory requests, in turn for these patients."""
    (test,) = read(session, "gnuhealth.lab.test_type", [["code", "=", "GLU"]])
    values = [
        {"patient_id": whose[place % len(whose)], "test_type": test["id"], "source_type": "patient"}
        for place in range(count)
    ]
    made: list[int] = session.call(f"model.{REQUEST}.create", values)
    return made


def clean_up(session: Session, prefix: str) -> None:
    """Remove what the patients of a prefix left behind in a server; the administrator's session."""
    for model, path in LEFT:
        # A merged party is inactive, and found only when asked for.
        everyone = [["active", "in", [True, False]]] if model in (PARTY, PATIENT) else []
        found = [record["id"] for record in read(session, model, [[path, "like", f"{prefix}%"], *everyone])]
        if found:
            session.call(f"model.{model}.delete", found)


@dataclass(frozen=True)
class Outcome:
    """What arrived in the LIS. names: records by order number. in_order: each patient's orders as they were made."""

    names: Counter[str]
    expected: set[str]
    results: int
    states: Counter[str]
    in_order: bool
    seconds_after: float
    status: dict[str, Any]


def across(site: Site, prefix: str, count: int = 200) -> Outcome:
    """Send orders while the LIS is down; kill the engine and the LIS's gateway on the way, and count what arrived."""
    reg, med = site.session("his", "reg"), site.session("his", "med")
    people = patients(reg, prefix, 20)
    lab = site.session("lis", "interface")
    ours = [["patient.party.ref", "like", f"{prefix}%"]]
    until("patients in the LIS", lambda: len(read(lab, PATIENT, [["party.ref", "like", f"{prefix}%"]])) == 20, 120)
    made = order(med, people, count // 4)
    podman("exec", site.lis_container, "systemctl", "stop", "lis_server")
    made += order(med, people, count // 4)
    site.on_engine("systemctl", "kill", "--signal=KILL", "engine")
    made += order(med, people, count // 4)
    site.on_engine("systemctl", "kill", "--signal=KILL", "gateway-lis")
    made += order(med, people, count - 3 * (count // 4))
    requests = read(med, REQUEST, [["id", "in", made]], "request")
    expected = {f"H{request['request']}-{request['id']}" for request in requests}
    until("the engine sees the outage", lambda: site.status()["destinations"]["lis"]["well"] is False, 60)
    podman("exec", site.lis_container, "systemctl", "start", "lis_server")
    back = time.monotonic()
    lab = until("the LIS is back", lambda: attempt(lambda: site.session("lis", "interface")), 120)

    def arrived(domain: Any = tuple(ours)) -> int:
        return int(lab.call(f"model.{LAB}.search_count", domain))

    until("a third of the orders", lambda: arrived() > count // 3, 300)
    site.on_engine("systemctl", "kill", "--signal=KILL", "engine", "gateway-lis", "gateway-his")
    until("two thirds of the orders", lambda: arrived() > count * 2 // 3, 300)
    site.on_engine("systemctl", "kill", "--signal=KILL", "gateway-lis")
    until("all orders", lambda: arrived() >= count, 300)
    seconds = time.monotonic() - back
    with_result = [*ours, ["critearea.result", "!=", None]]
    until("all results", lambda: arrived(with_result) >= count, 300)

    def settled() -> bool:
        found = site.status()
        return found["running"] and not sum(one["waiting"] for one in found["destinations"].values())

    until("nothing waits", settled, 120)
    records = read(lab, LAB, ours, "name", "patient")
    lines: dict[int, list[int]] = {}
    for record in sorted(records, key=lambda record: record["id"]):
        lines.setdefault(record["patient"], []).append(int(record["name"].rpartition("-")[2]))
    return Outcome(
        names=Counter(record["name"] for record in records),
        expected=expected,
        results=arrived(with_result),
        states=Counter(record["state"] for record in read(med, REQUEST, [["id", "in", made]], "state")),
        in_order=all(line == sorted(line) for line in lines.values()),
        seconds_after=seconds,
        status=site.status(),
    )


def attempt(action: Callable[[], Session]) -> Session | None:
    """What an action gives, None while it cannot."""
    try:
        return action()
    except Exception:
        return None
