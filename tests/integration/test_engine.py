"""The interface engine as processes: what an outage, `kill -9` and a wrong result do to messages. Nothing, they say."""

from __future__ import annotations

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from lab.engine import deploy, messages
from lab.engine.content import LabOrder, Name, Person
from lab.engine.messages import Link
from lab.engine.records import inside
from lab.machines import machine
from lab.paths import ROOT, SECRETS, TLS
from lab.podman import podman
from tests.integration import outage
from tests.integration.outage import Site, until
from tests.integration.rehearsal import TestHospital
from tests.unit.lab.engine import hospital as ward
from tests.unit.lab.engine import standin
from tests.unit.lab.engine.standin import LAB, PATIENT, REQUEST, GnuHealth

COUNT = 200
APPLICATIONS = {"lis": "LIS", "his": "HIS", "analyser": "ANALYSER"}
COMMANDS = {
    "engine": ("lab.engine", "run"),
    "gateway-lis": ("lab.engine", "gateway", "lis"),
    "gateway-his": ("lab.engine", "gateway", "his"),
    "analyser": ("lab.devices.analyser", "run"),
}


@dataclass
class Processes:
    """The engine's processes and the analyser's, on ports of this machine; whoever is killed is started again."""

    folder: Path
    his: int
    lis: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        ports = dict(zip(("results", *APPLICATIONS), free_ports(1 + len(APPLICATIONS)), strict=True))
        here = "127.0.0.1"
        peers = {
            name: {"host": here, "port": ports[name], "application": application, "facility": "X", "deadline": 5}
            for name, application in APPLICATIONS.items()
        }
        servers = {"his": standin.settings(self.his), "lis": standin.settings(self.lis)}
        listen = {name: [here, ports[name]] for name in ("results", "lis", "his")}
        common = {"facility": "WARDROUND", "state": str(self.folder)}
        engine = common | {"application": "ENGINE", "listen": listen, "destinations": peers, "servers": servers}
        result = {"host": here, "port": ports["results"], "application": "ENGINE", "facility": "WARDROUND"}
        device = common | {
            "application": "ANALYSER",
            "listen": [here, ports["analyser"]],
            "seconds": 0,
            "engine": result,
        }
        self.write("lab.engine", engine | {"examinations": {}, "poll_seconds": 0.1})
        self.write("lab.devices.analyser", device)
        for name in COMMANDS:
            self.start(name)

    def write(self, module: str, settings: dict[str, object]) -> None:
        (self.folder / f"{module}.json").write_text(json.dumps(settings))

    def start(self, name: str) -> None:
        module, *arguments = COMMANDS[name]
        command = [sys.executable, "-m", module, "--config", str(self.folder / f"{module}.json"), *arguments]
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'collections'}"}
        with (self.folder / f"{name}.log").open("ab") as log:
            self.running[name] = subprocess.Popen(command, stdout=log, stderr=log, env=environment)

    def kill(self, *names: str) -> None:
        """`kill -9`, and start again."""
        for name in names:
            self.running[name].kill()
            assert self.running[name].wait(10) == -signal.SIGKILL
            self.start(name)

    def status(self) -> dict[str, object]:
        command = [sys.executable, "-m", "lab.engine", "--config", str(self.folder / "lab.engine.json"), "status"]
        environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'collections'}"}
        done = subprocess.run(command, capture_output=True, text=True, check=True, env=environment)
        found: dict[str, object] = json.loads(done.stdout)
        return found

    def logs(self) -> str:
        return "\n".join(f"{path.name}:\n{path.read_text()[-3000:]}" for path in sorted(self.folder.glob("*.log")))

    def end(self) -> None:
        for process in self.running.values():
            process.terminate()
        for process in self.running.values():
            assert process.wait(15) == 0


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on at present."""
    with ExitStack() as stack:
        return [stack.enter_context(socket.create_server(("127.0.0.1", 0))).getsockname()[1] for _time in range(count)]


@pytest.fixture
def his() -> GnuHealth:
    found = GnuHealth()
    standin.master_data(found)
    return found


@pytest.fixture
def lis() -> GnuHealth:
    found = GnuHealth()
    standin.master_data(found)
    return found


@pytest.fixture
def processes(tmp_path: Path, his: GnuHealth, lis: GnuHealth) -> Iterator[Processes]:
    """The engine before a HIS that always answers, and a LIS that does when a test says so."""
    with standin.serving(his) as port:
        found = Processes(tmp_path, port, free_ports(1)[0])
        yield found
        found.end()


@pytest.mark.long
def test_200_orders_cross_an_outage_of_the_lis_each_once_whoever_is_killed(
    processes: Processes, his: GnuHealth, lis: GnuHealth
) -> None:
    people = [ward.patient(his, f"WRT-{number:02}") for number in range(20)]
    with standin.serving(lis, processes.lis):
        until("patients in the LIS", lambda: len(lis.tables.get(PATIENT, {})) == 20, 60)
    killed = iter(["engine", "gateway-lis", "analyser", "engine"])
    for number in range(COUNT):
        ward.lab_request(his, people[number % 20])
        if number % 50 == 25:
            processes.kill(next(killed))
    assert not lis.tables.get(LAB)
    started = time.monotonic()
    with standin.serving(lis, processes.lis):
        for share, names in ((0.2, ["engine"]), (0.4, ["gateway-lis"]), (0.6, ["engine", "gateway-lis", "analyser"])):
            until("orders in the LIS", lambda share=share: len(lis.tables.get(LAB, {})) > share * COUNT, 120, 0.01)
            processes.kill(*names)
        until("all orders in the LIS", lambda: len(lis.tables[LAB]) >= COUNT, 120, 0.05)
        seconds = time.monotonic() - started

        def finished() -> bool:
            measured = all(line["result"] is not None for line in lines(lis).values())
            return measured and {found["state"] for found in his.tables[REQUEST].values()} == {"ordered"}

        until("all results in the LIS, all requests marked", finished, 120)
    status = processes.status()
    names = Counter(str(found["name"]) for found in lis.tables[LAB].values())
    assert names == Counter(f"H7-{number}" for number in range(1, COUNT + 1))
    for whose in lis.tables[PATIENT]:
        numbers = [int(str(found["name"])[3:]) for found in lis.tables[LAB].values() if found["patient"] == whose]
        assert len(numbers) == COUNT / 20 and numbers == sorted(numbers)
    assert status["refused"] == [], processes.logs()
    print(f"\n{COUNT} orders are in the LIS {seconds:.1f} s after its outage, each once; engine killed four times")


@pytest.mark.parametrize(
    ("act", "who"),
    [
        ("party.party.create", "gateway-lis"),
        ("gnuhealth.lab.create", "gateway-lis"),
        ("gnuhealth.lab.create", "engine"),
        ("gnuhealth.lab.write", "gateway-lis"),
        ("gnuhealth.lab.write", "analyser"),
    ],
)
def test_who_is_killed_between_the_work_and_its_acknowledgement_does_it_once(
    processes: Processes, his: GnuHealth, lis: GnuHealth, act: str, who: str
) -> None:
    lis.then[act] = lambda: processes.kill(who)
    with standin.serving(lis, processes.lis):
        ward.lab_request(his, ward.patient(his))
        until("the result", lambda: [line for line in lines(lis).values() if line["result"] is not None], 60, 0.05)
        until("nothing waits", lambda: his.tables[REQUEST][1]["state"] == "ordered" and idle(processes), 60)
    assert lis.then == {}
    assert [(found["name"], found["patient"]) for found in lis.tables[LAB].values()] == [("H7-1", 1)]
    assert len(lis.tables[PATIENT]) == len(lis.tables["party.party"]) == 1
    assert processes.status()["refused"] == [], processes.logs()


def idle(processes: Processes) -> bool:
    """Whether nothing waits in the engine."""
    destinations: dict[str, dict[str, int]] = processes.status()["destinations"]  # type: ignore[assignment]
    return not sum(found["waiting"] for found in destinations.values())


def lines(lis: GnuHealth) -> dict[int, dict[str, object]]:
    """The analytes of all lab records."""
    found = dict(lis.tables["gnuhealth.lab.test.critearea"])
    return {number: {"result": None, **line} for number, line in found.items() if line.get("gnuhealth_lab_id")}


@pytest.mark.parametrize("behaviour", ["silent", "duplicate", "wrong-patient"])
def test_an_analyser_that_misbehaves_harms_no_record(
    processes: Processes, his: GnuHealth, lis: GnuHealth, behaviour: str
) -> None:
    (processes.folder / "behaviour").write_text(behaviour)
    with standin.serving(lis, processes.lis):
        ward.lab_request(his, ward.patient(his))
        until("the order in the LIS", lambda: lis.tables.get(LAB), 60)
        if behaviour == "silent":
            status = until("the analyser is named", lambda: silent(processes), 60)
            assert "accepts connections and answered nothing within 5." in status["said"]
            assert [line["result"] for line in lines(lis).values()] == [None]
            (processes.folder / "behaviour").write_text("well")
        if behaviour == "wrong-patient":
            (refused,) = until("the refusal", lambda: processes.status()["refused"], 60)
            said = "the result is of patient WRT-NOBODY, but order H7-1 is of patient WRT-1: it was given to neither"
            assert said in refused["reason"]
            assert [line["result"] for line in lines(lis).values()] == [None]
            return
        until("the result", lambda: [line for line in lines(lis).values() if line["result"] is not None], 60)
        writes = lis.calls.count("gnuhealth.lab.write")
        time.sleep(1.0)  # a second copy would come now
        assert (writes, lis.calls.count("gnuhealth.lab.write")) == (1, 1)


def silent(processes: Processes) -> dict[str, str] | None:
    """How the analyser was met, once it kept silent."""
    found: dict[str, str] = processes.status()["destinations"]["analyser"]  # type: ignore[index]
    return found if found["well"] is False else None


@pytest.fixture
def site(hospital: TestHospital) -> Iterator[tuple[Site, str]]:
    """The running lab, and a beginning of PUIDs that are this test's own."""
    found = Site(
        machine("his-01").clinical,
        machine("lis-01").clinical,
        TLS / "ca.crt",
        lambda server, user: (SECRETS / f"{server}_{user}_password").read_text().strip(),
        "wr-engine-01",
        "wr-lis-01",
    )
    prefix = f"WRTE{int(time.time()) % 10**6:06}"
    yield found, prefix
    for server in ("his", "lis"):
        outage.clean_up(found.session(server, "admin"), prefix)


@pytest.mark.long
def test_200_orders_cross_an_outage_of_the_real_lis_each_once(site: tuple[Site, str]) -> None:
    found = outage.across(*site, count=COUNT)
    assert found.names == Counter(found.expected) and len(found.expected) == COUNT
    assert (found.results, found.states, found.in_order) == (COUNT, Counter({"ordered": COUNT}), True)
    assert not [one for one in found.status["refused"] if one["subject"].startswith(site[1])]
    print(f"\n{COUNT} orders are in the LIS {found.seconds_after:.0f} s after its outage, each once")


@contextmanager
def silent_analyser() -> Iterator[None]:
    """The lab's analyser takes connections and answers nothing; afterwards it does what it was asked meanwhile."""
    container = machine("ana-01").container
    podman("exec", container, "analyser", "behave", "silent")
    try:
        yield
    finally:
        podman("exec", container, "analyser", "behave", "well")


def test_a_result_of_a_patient_merged_meanwhile_is_the_surviving_ones_in_both_systems(site: tuple[Site, str]) -> None:
    found, prefix = site
    reg, med, lab = (found.session(*who) for who in (("his", "reg"), ("his", "med"), ("lis", "lab")))
    prior, surviving = f"{prefix}A", f"{prefix}B"
    parties = outage.namesakes(reg, prior, surviving)
    (whose,) = outage.read(med, PATIENT, [["party.ref", "=", prior]])
    ours = [["party.ref", "in", [prior, surviving]]]
    until("both patients in the LIS", lambda: len(outage.read(lab, PATIENT, ours)) == 2, 60)
    with silent_analyser():
        (made,) = outage.order(med, [whose["id"]], 1)
        (request,) = outage.read(med, REQUEST, [["id", "=", made]], "request")
        number = f"H{request['request']}-{made}"

        def held(session: outage.Session, *more: Any) -> list[str]:
            """Whose the records of the order are in a server."""
            records = outage.read(session, LAB, [["name", "=", number], *more], "patient.party.ref")
            return [inside(record, "patient.party.ref") for record in records]

        until("the order in the LIS", lambda: held(lab), 60)
        assert held(lab) == [prior]
        outage.merge(found.session("his", "admin"), *parties)
        until("the merge in the LIS", lambda: held(lab) == [surviving], 60)
        assert held(lab, ["critearea.result", "!=", None]) == []
    # The sample was taken under the identifier that is merged by now, and the analyser knows no other.
    measured = ["critearea.result", "!=", None]
    until("the result in the LIS", lambda: held(lab, measured), 60)
    (record,) = outage.read(lab, LAB, [["name", "=", number]])
    lab.call(f"model.{LAB}.generate_document", [record["id"]])
    until("the result on the ward", lambda: held(med, measured), 60)
    assert (held(lab), held(med)) == ([surviving], [surviving])
    (request,) = outage.read(med, REQUEST, [["id", "=", made]], "state")
    assert request["state"] == "tested"
    status = found.status()
    assert status["merges"][prior] == surviving
    assert not [one for one in status["refused"] if one["subject"].startswith(prefix)]


def test_an_order_of_a_patient_whom_the_lis_does_not_know_is_refused_with_its_reason(
    hospital: TestHospital, site: tuple[Site, str]
) -> None:
    found, number = site

    def sent(expect: str) -> dict[str, Any]:
        """What a sender in the engine's zone is answered by the LIS's gateway; failed: not what it expects."""
        nobody = Person("WRT-NOBODY", (Name("王", "小明", "I"),))
        order = LabOrder(number, nobody, "GLU", "GLUCOSE", datetime.now(UTC))
        content = messages.lab_order(Link("HIS", "WARDS", "LIS", "LABORATORY"), order).replace("\r", "\n")
        peer = {"host": machine("engine-01").clinical, "port": deploy.PORTS["lis"]}
        arguments = json.dumps({**peer, "content": content, "expect": expect})
        command = ("ansible", "engine-01", "-m", "wardround.hospital.hl7_send", "-a", arguments)
        done = hospital.call(*command, ANSIBLE_CALLBACK_RESULT_FORMAT="json")
        _before, arrow, answer = done.stdout.partition(" => ")
        assert arrow, done.stdout + done.stderr
        told, _end = json.JSONDecoder().raw_decode(answer.lstrip())
        return {**told, "failed": done.returncode != 0}

    answer = sent("AE")
    assert not answer["failed"], answer
    assert {key: answer["ack"][key] for key in ("code", "text", "condition", "charset")} == {
        "code": "AE",
        "text": "the LIS knows no patient WRT-NOBODY",
        "condition": "204",
        "charset": "UNICODE UTF-8",
    }
    refused = sent("AA")
    assert refused["failed"]
    assert "answered MSA|AE where AA was expected: the LIS knows no patient WRT-NOBODY" in refused["msg"]
    lis = found.session("lis", "admin")
    assert outage.read(lis, LAB, [["name", "=", number]]) == []
    assert outage.read(lis, outage.PARTY, [["ref", "=", "WRT-NOBODY"], ["active", "in", [True, False]]]) == []
