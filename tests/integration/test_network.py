"""The hospital's own network: what the intent says is so, what somebody typed at a switch is seen, and every clinical
message crosses the firewall."""

from __future__ import annotations

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from lab import containers
from lab.machines import machine
from lab.paths import INVENTORY, SSH
from lab.podman import podman
from lab.switches import KNOWN_HOSTS, intent
from tests.integration.rehearsal import TestHospital
from wardround.intent import load
from wardround.network.dialects import DIALECTS
from wardround.run.device_session import Login, Session

PROOFS = ("his_client", "lis_client", "pacs_client", "print_client", "time_client", "clinical")
HALL = "GigabitEthernet1/0/3"  # of acc-01: the visitor's socket in the outpatient hall
SOCKET = f"REG-101: {{switch: acc-01, port: {HALL}, profile: guest, host: gst-01}}"
TRUNK = "zones: [management, clinical, administration, telemedicine, guest]"
LOOK = "must not: look at their sockets' VLANs and the trunks between"


def live(hospital: TestHospital) -> tuple[int, dict[str, list[str]]]:
    done = hospital.call("wardround", "prove", "network", "--live", "--json")
    return done.returncode, json.loads(done.stdout)


@contextmanager
def typed_at_acc_01(*lines: str) -> Iterator[None]:
    """What a colleague types at the switch, and does not save: a reboot of it would undo it."""
    where = Login(
        str(intent(INVENTORY)[1]["acc-01"].address),
        "admin",
        key_file=str(SSH / "id_ed25519"),
        known_hosts=str(KNOWN_HOSTS),
    )

    def say(*typed: str) -> None:
        with Session(where, DIALECTS["cisco_ios"]) as session:
            for line in ("configure terminal", f"interface {HALL}", *typed, "end"):
                session.type(line)

    say(*lines)
    try:
        yield
    finally:
        say("switchport access vlan 27")


def test_what_somebody_typed_at_a_switch_is_seen(hospital: TestHospital) -> None:
    with typed_at_acc_01("switchport access vlan 21"):
        rehearsal = hospital.call("ansible-playbook", "playbooks/converge.yml", "--limit", "acc-01", "--check")
        code, told = live(hospital)
    assert "acc-01 has work that nobody saved" in rehearsal.stdout
    assert code == 1
    assert f"a frame of gst-01 (guest) reached lab-ws-01 (clinical), {LOOK}" in told["leaks"]


@contextmanager
def network_of(hospital: TestHospital, *changes: tuple[str, str]) -> Iterator[None]:
    """The clone's network.yml written otherwise."""
    path = hospital.root / "inventories/lab/group_vars/all/network.yml"
    before = text = path.read_text(encoding="utf-8")
    for old, new in changes:
        assert text.count(old) == 1
        text = text.replace(old, new)
    path.write_text(text, encoding="utf-8")
    try:
        yield
    finally:
        path.write_text(before, encoding="utf-8")


def test_a_public_room_does_not_get_the_imaging_profile(hospital: TestHospital) -> None:
    with network_of(hospital, (SOCKET, SOCKET.replace("profile: guest, host: gst-01", "profile: imaging"))):
        done = hospital.call("wardround", "validate", "--strict")
    assert done.returncode == 2
    sentence = "REG-101 in Outpatient hall (a public room) has the profile imaging, whose zone is allowed in clinical"
    assert sentence in done.stderr


@pytest.fixture
def forced(hospital: TestHospital) -> Iterator[None]:
    """The same forced onto the switches, by somebody who answers for it; the intent is as it was again."""
    converge = ("ansible-playbook", "playbooks/converge.yml", "--limit", "switches")
    accepted = "profile: imaging, accepted: {owner: network_team, reason: A test}"
    with network_of(
        hospital,
        (SOCKET, SOCKET.replace("profile: guest, host: gst-01", accepted)),
        (TRUNK, TRUNK.replace("management", "management, imaging")),
    ):
        assert hospital.call("wardround", "compile", "network").returncode == 0
        done = hospital.call(*converge)
        assert done.returncode == 0, done.stdout
    yield
    assert hospital.call("wardround", "compile", "network").returncode == 0
    done = hospital.call(*converge)
    assert done.returncode == 0, done.stdout


@pytest.mark.long
@pytest.mark.usefixtures("forced")
def test_a_socket_of_the_hall_in_the_imaging_vlan_is_seen(hospital: TestHospital) -> None:
    code, told = live(hospital)
    assert code == 1
    assert f"a frame of gst-01 (guest) reached ct-01 (imaging), {LOOK}" in told["leaks"]


@pytest.mark.long
def test_the_links_that_are_checked_carry_what_they_should(hospital: TestHospital) -> None:
    done = hospital.call("ansible-playbook", "playbooks/check_links.yml", "-e", "strict=true")
    assert done.returncode == 0, done.stdout + done.stderr
    links = load(hospital.root / "inventories/lab").link_checks
    assert links and links.links
    told = " ".join(done.stdout.split())
    assert [name for name in links.links if f"{name} (" not in told] == [], told


@pytest.fixture
def firewall_off(hospital: TestHospital) -> Iterator[None]:
    """The firewall loses its power; its rules come back with it."""
    container = machine("fw-01").container
    podman("stop", "--time=2", container)
    yield
    podman("start", container)
    containers.connect()
    containers.wait_ready(machine("fw-01"))


@pytest.mark.usefixtures("firewall_off")
def test_without_the_firewall_every_clinical_proof_fails(hospital: TestHospital) -> None:
    def asked(what: str) -> tuple[int, dict[str, Any]]:
        done = hospital.call("wardround", "prove", what, "--json")
        return done.returncode, json.loads(done.stdout)

    with ThreadPoolExecutor(3) as pool:  # they wait for what does not come
        found = dict(zip(PROOFS, pool.map(asked, PROOFS), strict=True))
    assert {what: code for what, (code, _told) in found.items()} == dict.fromkeys(PROOFS, 1)
    steps = found.pop("clinical")[1]["steps"]
    cleared = {"clear his-01", "clear lis-01", "clear pacs-01"}  # each on its own machine
    assert {step["key"] for step in steps if step["ok"]} <= cleared < {step["key"] for step in steps}
    for what, (_code, told) in found.items():
        assert told["hosts"], what
        assert not any(all(check["ok"] for check in checks) for checks in told["hosts"].values()), what


def test_with_its_power_the_firewall_has_its_rules_again_and_who_reaches_whom_is_as_intended(
    hospital: TestHospital,
) -> None:
    done = hospital.call("wardround", "prove", "clinical")
    assert done.returncode == 0, done.stdout
    code, told = live(hospital)
    assert (code, told["leaks"], told["mismatches"], told["inconclusive"]) == (0, [], [], [])
    assert int(str(told["proved"])) == int(str(told["questions"])) > 2000
