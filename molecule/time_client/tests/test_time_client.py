"""A desk follows the hospital's time server; a server that lies, is dead or knows nothing is a sentence."""

import json
import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import testinfra

SERVER, CLIENT = "wr-mol-time-server", "wr-mol-time-client"
SCENARIO = Path(__file__).parents[1]
# Where the test's own time servers listen. The scenario's server hears it too, and may not answer whoever asks from it.
ADDRESS = "192.0.2.9"


@pytest.fixture(scope="module")
def host() -> Any:
    found = testinfra.get_host(f"podman://{CLIENT}")
    found.run(f"ip address add {ADDRESS}/32 dev lo")
    return found


@pytest.fixture(scope="module")
def server() -> Any:
    return testinfra.get_host(f"podman://{SERVER}")


def run(*command: str) -> "subprocess.CompletedProcess[str]":
    """Run Ansible; Molecule forces colour, which would be in the way."""
    environment = os.environ | {
        "ANSIBLE_FORCE_COLOR": "0",
        "ANSIBLE_NOCOLOR": "1",
        "ANSIBLE_CALLBACK_RESULT_FORMAT": "json",
    }
    inventory = ["-i", os.environ["MOLECULE_INVENTORY_FILE"]]
    return subprocess.run([*command, *inventory], text=True, capture_output=True, check=False, env=environment)


def prove(*servers: str, wait: float = 15) -> "subprocess.CompletedProcess[str]":
    arguments = json.dumps({"servers": servers, "wait": wait})
    # Else chrony would go on with what the last test's server at this address said.
    testinfra.get_host(f"podman://{CLIENT}").check_output("systemctl restart chrony")
    return run("ansible-playbook", str(SCENARIO / "prove.yml"), "-e", arguments)


def said(done: "subprocess.CompletedProcess[str]") -> str:
    """Everything Ansible said; where a task's error goes depends on who called it."""
    return done.stdout + done.stderr


@pytest.fixture
def responder(host: Any) -> Iterator[Any]:
    """Start a time server that tells the time plus so many seconds; it is gone afterwards."""
    source = (SCENARIO / "files/responder.py").read_text(encoding="utf-8")
    host.run(f"cat > /root/responder.py <<'END'\n{source}END")

    def start(lie: float, stratum: int = 2) -> None:
        host.check_output(f"systemd-run --unit=responder python3 /root/responder.py {ADDRESS} {lie} {stratum}")

    yield start
    host.run("systemctl stop responder")


@pytest.fixture(autouse=True, scope="module")
def as_converged() -> Iterator[None]:
    """Leave the desk at the hospital's server."""
    yield
    assert prove(SERVER).returncode == 0


def test_the_desk_follows_the_server_after_a_reboot_too(host: Any) -> None:
    chrony = host.service("chrony")
    assert chrony.is_running
    assert chrony.is_enabled
    (source,) = host.check_output("chronyc -n -c sources").splitlines()
    assert source.split(",")[:3] == ["^", "*", "127.0.0.1"]


def test_nothing_but_the_hospitals_servers_is_asked_and_nobody_may_ask_the_desk(host: Any) -> None:
    settings = host.file("/etc/chrony/chrony.conf").content_string.splitlines()
    assert [line for line in settings if line.startswith(("server", "pool", "sourcedir", "confdir"))] == [
        "server 127.0.0.1 iburst"
    ]
    # Both share one network: the only thing that listens is the server's own port for its clients.
    (listening,) = host.check_output("ss -Hlun 'sport = 123 or sport = 323'").splitlines()
    assert " 0.0.0.0:123 " in listening


def test_without_the_right_to_set_the_clock_chrony_only_watches_it(host: Any) -> None:
    assert host.run("systemd-analyze condition ConditionCapability=CAP_SYS_TIME").rc == 1
    assert "-x" in host.check_output("tr '\\0' ' ' < /proc/$(pidof -s chronyd)/cmdline").split()


def test_the_proof_names_the_server_and_the_offset() -> None:
    command = ["ansible", CLIENT, "-m", "wardround.hospital.time_probe", "-a", f"host={CLIENT}"]
    found = json.loads(run(*command).stdout.partition("=> ")[2])["answers"]
    assert [answer["ok"] for answer in found.values()] == [True, True]
    assert found["chrony"]["found"].startswith(f"follows {SERVER} (stratum 10), ")
    assert found[f"clock {SERVER}"]["found"].endswith(f" {SERVER} (stratum 10)")


def test_the_server_serves_its_own_clock_where_it_has_no_other(server: Any) -> None:
    found = json.loads(run("ansible", SERVER, "-m", "wardround.hospital.time_probe").stdout.partition("=> ")[2])
    assert found["answers"]["chrony"]["found"] == "serves its own clock at stratum 10"
    assert server.check_output("chronyc -c tracking").split(",")[2] == "10"


@pytest.mark.parametrize(("lie", "word"), [(5, "behind"), (-5, "ahead of")])
def test_a_server_that_is_five_seconds_off_is_told(responder: Any, lie: float, word: str) -> None:
    responder(lie)
    done = prove(ADDRESS)
    assert done.returncode != 0
    told = said(done)
    assert f"clock of {CLIENT} is " in told
    assert f" s {word} {ADDRESS}, allowed 1 s: time stamps in HL7 and DICOM would be wrong" in told
    assert "by chrony's word the clock of" in told


def test_a_server_within_the_limit_is_believed(responder: Any) -> None:
    responder(0.4)
    done = prove(ADDRESS)
    assert done.returncode == 0, said(done)


def test_a_dead_server_is_told(host: Any) -> None:
    done = prove(ADDRESS, wait=3)
    assert done.returncode != 0
    assert f"clock of {CLIENT} follows no time server of the hospital: {ADDRESS} does not answer" in said(done)
    assert f"time server {ADDRESS}: {ADDRESS} does not answer within 1 s" in said(done)


def test_a_server_that_does_not_know_the_time_is_told(responder: Any) -> None:
    responder(0, stratum=16)
    done = prove(ADDRESS, wait=3)
    assert done.returncode != 0
    assert f"{ADDRESS} says that it does not know the time (stratum 16)" in said(done)


def test_settings_that_cannot_be_read_are_told_once(host: Any) -> None:
    host.check_output("mv /etc/wardround/time_client/time.json /root")
    command = ["ansible", CLIENT, "-m", "include_role"]
    command += ["-a", "name=wardround.hospital.time_client tasks_from=prove.yml"]
    done = run(*command, "-e", json.dumps({"time_client_servers": [SERVER]}))
    host.check_output("mv /root/time.json /etc/wardround/time_client")
    assert done.returncode != 0
    assert f"not proved: chrony and clock {SERVER}: expected an answer, found /etc/wardround/time_client" in said(done)


@pytest.mark.parametrize(
    ("fault", "undo", "said"),
    [
        ("systemctl stop chrony", "systemctl start chrony", "chrony does not run"),
        ("pkill -STOP chronyd", "pkill -CONT chronyd", "chrony gave no answer within 1 s: it is frozen"),
    ],
)
def test_a_desk_without_chrony_is_told(host: Any, fault: str, undo: str, said: str) -> None:
    host.check_output(fault)
    done = run("ansible", CLIENT, "-m", "wardround.hospital.time_probe", "-a", "deadline=1")
    host.check_output(undo)
    found = json.loads(done.stdout.partition("=> ")[2])["answers"]["chrony"]
    assert not found["ok"]
    assert said in found["found"]
