"""Which systems there are and who asks whom, from the hospital's data; what the record says of each link."""

from __future__ import annotations

import dataclasses
import datetime
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.unit.evidence.recorder import Recorder, read_facts
from wardround.evidence.facts import Hospital
from wardround.evidence.hospital import from_intent
from wardround.evidence.links import Told, told
from wardround.evidence.systems import Link, Systems
from wardround.intent import Intent, load

ROOT = Path(__file__).parents[3]
DESKS: Mapping[str, dict[str, Any]] = {
    "reg-ws-01": {
        "his_client_server": "his-01",
        "print_client_queues": [{"name": "receipts", "uri": "ipp://10.87.20.44:8631/ipp/print"}],
    },
    "med-ws-01": {"his_client_server": "his-01", "lis_client_server": "lis-01", "time_client_servers": ["share-01"]},
    "rad-ws-01": {"his_client_server": "his-01", "pacs_client_peers": ["pacs-01"]},
    "rad-ws-02": {"his_client_server": "his-01", "pacs_client_peers": ["pacs-01", "nowhere"]},
}
CLIENTS = {
    "reg-ws-01": ("his_client",),
    "med-ws-01": ("his_client", "lis_client"),
    "rad-ws-01": ("pacs_client",),
    "rad-ws-02": ("his_client", "pacs_client"),
}


@pytest.fixture(scope="module")
def intent() -> Intent:
    """The lab with four desks, whose clients and variables are as above."""
    lab = load(ROOT / "inventories/lab")
    hosts = {
        name: dataclasses.replace(host, vars=DESKS.get(name, {}), clients=CLIENTS.get(name, ()))
        for name, host in lab.hosts.items()
        if name in DESKS or "-ws-" not in name
    }
    groups = {group: tuple(name for name in names if name in hosts) for group, names in lab.groups.items()}
    known = lab.releases.products["pacs_client"]
    releases = lab.releases.model_copy(
        update={"products": {**lab.releases.products, "his_client": known, "lis_client": known}}
    )
    return dataclasses.replace(lab, hosts=hosts, groups=groups, releases=releases)


@pytest.fixture(scope="module")
def systems(intent: Intent) -> Systems:
    return from_intent(intent).systems


def link(systems: Systems, source: str, role: str) -> Link:
    (found,) = [one for one in systems.links if one.source == source and one.role == role]
    return found


def test_desks_ask_what_their_variables_name_and_their_clients_need(systems: Systems) -> None:
    asked = {(one.source, one.target, one.protocol): one.hosts for one in systems.links if one.source[:5] == "dept_"}
    assert asked == {
        ("dept_radiology", "his-01", "JSON-RPC, TLS"): ("rad-ws-02",),  # rad-ws-01 has no HIS client
        ("dept_radiology", "pacs-01", "DICOM"): ("rad-ws-01", "rad-ws-02"),
        ("dept_radiology", "share-01", "HTTP"): ("rad-ws-01", "rad-ws-02"),
        ("dept_registration", "his-01", "JSON-RPC, TLS"): ("reg-ws-01",),
        ("dept_registration", "prn-01", "IPP"): ("reg-ws-01",),
        ("dept_registration", "share-01", "HTTP"): ("reg-ws-01",),
        ("dept_internal_medicine", "his-01", "JSON-RPC, TLS"): ("med-ws-01",),
        ("dept_internal_medicine", "lis-01", "JSON-RPC, TLS"): ("med-ws-01",),
        ("dept_internal_medicine", "share-01", "NTP"): ("med-ws-01",),
        ("dept_internal_medicine", "share-01", "HTTP"): ("med-ws-01",),
    }


def test_a_product_that_the_hospital_brought_itself_asks_what_its_variables_name(intent: Intent) -> None:
    own = {"bed_board_server": "https://10.87.20.41:8443/", "bed_board_ward": "1A", "pacs_client_peers": ["pacs-01"]}
    desk = dataclasses.replace(intent.hosts["med-ws-01"], vars=own, clients=("bed_board",))
    products = {**intent.releases.products, "bed_board": intent.releases.products["pacs_client"]}
    brought = dataclasses.replace(
        intent,
        hosts={**intent.hosts, "med-ws-01": desk},
        releases=intent.releases.model_copy(update={"products": products}),
    )
    found = [one for one in from_intent(brought).systems.links if one.source == "dept_internal_medicine"]
    assert [(one.target, one.role, one.protocol, one.product) for one in found] == [
        ("his-01", "his_servers", "", "bed_board"),
        ("share-01", "artifact_shares", "HTTP", ""),
    ]


def test_devices_and_the_engine_ask_by_their_groups(systems: Systems) -> None:
    asked = {(one.source, one.target, one.protocol) for one in systems.links if one.source[:5] != "dept_"}
    assert asked == {
        ("ct-01", "pacs-01", "DICOM"),
        ("ecg-01", "pacs-01", "DICOM"),
        ("xr-01", "pacs-01", "DICOM"),
        ("ana-01", "engine-01", "HL7, MLLP"),
        ("engine-01", "his-01", "JSON-RPC, TLS"),
        ("engine-01", "lis-01", "JSON-RPC, TLS"),
        ("engine-01", "pacs-01", "HL7, MLLP"),
        ("engine-01", "ana-01", "HL7, MLLP"),
    }


def test_many_devices_of_a_kind_are_one(intent: Intent) -> None:
    many = {f"ct-{n:02d}": dataclasses.replace(intent.hosts["ct-01"], name=f"ct-{n:02d}") for n in range(40)}
    groups = {**intent.groups, "modalities": tuple(many)}
    larger = dataclasses.replace(intent, hosts={**intent.hosts, **many}, groups=groups)
    found = from_intent(larger).systems
    (node,) = [node for node in found.nodes if node.group == "modalities"]
    assert node.name is None and len(node.hosts) == 40
    assert link(found, "modalities", "pacs_servers").hosts == tuple(many)


def test_a_device_asks_the_archive_that_its_link_names(intent: Intent) -> None:
    second = dataclasses.replace(intent.hosts["pacs-01"], name="pacs-02", address="10.87.20.99")
    ct = dataclasses.replace(intent.hosts["ct-01"], vars={"modality_link_pacs": "pacs-02"})
    hosts = {**intent.hosts, "pacs-02": second, "ct-01": ct}
    groups = {**intent.groups, "pacs_servers": ("pacs-01", "pacs-02")}
    found = from_intent(dataclasses.replace(intent, hosts=hosts, groups=groups)).systems
    assert [one.target for one in found.links if one.source == "ct-01"] == ["pacs-02"]
    assert [one.target for one in found.links if one.source == "ecg-01"] == ["pacs-01", "pacs-02"]


def test_a_hospital_without_anything_to_ask_has_no_links(intent: Intent) -> None:
    bare = dataclasses.replace(
        intent,
        hosts={name: dataclasses.replace(host, vars={}, clients=()) for name, host in intent.hosts.items()},
        groups={"workstations": intent.groups["workstations"]},
        journey=None,
    )
    assert from_intent(bare).systems.links == ()


@pytest.fixture
def hospital(intent: Intent) -> Hospital:
    return from_intent(intent)


def state(recorder: Recorder, hospital: Hospital, source: str, role: str) -> Told:
    history = read_facts(hospital, datetime.datetime.now(datetime.UTC)).history
    (found,) = [one for one in told(hospital.systems, history) if (one.link.source, one.link.role) == (source, role)]
    return found


def test_a_link_nobody_asked_over_is_neither_good_nor_bad(recorder: Recorder, hospital: Hospital) -> None:
    found = state(recorder, hospital, "dept_radiology", "pacs_servers")
    assert (found.state, found.proved, found.hosts, found.record) == ("waiting", 0, 2, None)


def test_a_link_is_proved_once_every_desk_has_proved_it(recorder: Recorder, hospital: Hospital) -> None:
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("rad-ws-01", "3.12.0", run, None, "manual")
    found = state(recorder, hospital, "dept_radiology", "pacs_servers")
    assert (found.state, found.proved) == ("waiting", 1)
    recorder.proof("rad-ws-02", "3.12.0", run, None, "manual")
    found = state(recorder, hospital, "dept_radiology", "pacs_servers")
    assert (found.state, found.proved) == ("proved", 2)


@pytest.mark.parametrize(("check", "expected"), [("echo", "failed"), ("frame", "failed"), ("version", "proved")])
def test_only_checks_that_go_over_the_link_fail_it(
    recorder: Recorder, hospital: Hospital, check: str, expected: str
) -> None:
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("rad-ws-01", "3.12.0", run, None, "manual", bad=check, found="no answer")
    recorder.proof("rad-ws-02", "3.12.0", run, None, "manual")
    found = state(recorder, hospital, "dept_radiology", "pacs_servers")
    assert found.state == expected
    assert found.record is not None and found.record.host == ("rad-ws-01" if expected == "failed" else "rad-ws-02")


def test_another_products_proof_says_nothing_of_it(recorder: Recorder, hospital: Hospital) -> None:
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("reg-ws-01", "3.12.0", run, None, "manual", product="pacs_client")
    assert state(recorder, hospital, "dept_registration", "his_servers").state == "waiting"
    recorder.proof("reg-ws-01", "5.0.0", run, None, "manual", product="his_client", checks=("version", "login"))
    assert state(recorder, hospital, "dept_registration", "his_servers").state == "proved"


@pytest.mark.parametrize(
    ("desk", "role", "product", "checks"),
    [
        ("reg-ws-01", "printers", "print_client", ("queue receipts", "print receipts")),
        ("med-ws-01", "time_servers", "time_client", ("chrony", "clock share-01")),
    ],
)
def test_what_every_desk_has_proves_its_links(
    recorder: Recorder, hospital: Hospital, desk: str, role: str, product: str, checks: tuple[str, ...]
) -> None:
    (source,) = [f"dept_{one.department}" for one in hospital.machines if one.host == desk]
    assert state(recorder, hospital, source, role).state == "waiting"
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof(desk, "", run, None, "manual", product=product, checks=checks)
    assert state(recorder, hospital, source, role).state == "proved"
    recorder.proof(desk, "", run, None, "manual", product=product, checks=checks, bad=checks[0], found="no answer")
    found = state(recorder, hospital, source, role)
    assert found.state == "failed" and found.record is not None and found.record.host == desk


def test_the_journey_proves_the_links_it_goes_over(recorder: Recorder, hospital: Hospital) -> None:
    recorder.journey(None, "manual")
    for source, role in (
        ("dept_registration", "his_servers"),
        ("ct-01", "pacs_servers"),
        ("ana-01", "interface_engines"),
        ("engine-01", "his_servers"),
        ("engine-01", "pacs_servers"),
    ):
        assert state(recorder, hospital, source, role).state == "proved", (source, role)
    assert state(recorder, hospital, "ecg-01", "pacs_servers").state == "waiting"


def test_a_broken_step_fails_its_link_and_those_behind_it_were_not_asked(
    recorder: Recorder, hospital: Hospital
) -> None:
    recorder.journey(None, "manual", "measure")
    assert state(recorder, hospital, "ana-01", "interface_engines").state == "failed"
    assert state(recorder, hospital, "ct-01", "pacs_servers").state == "waiting"
    recorder.journey(None, "manual")
    assert state(recorder, hospital, "ana-01", "interface_engines").state == "proved"


def test_the_newer_of_proof_and_journey_counts(recorder: Recorder, hospital: Hospital) -> None:
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("reg-ws-01", "5.0.0", run, None, "manual", product="his_client", bad="login", checks=("login",))
    assert state(recorder, hospital, "dept_registration", "his_servers").state == "failed"
    recorder.journey(None, "manual")
    assert state(recorder, hospital, "dept_registration", "his_servers").state == "proved"


def test_a_desk_that_was_changed_has_reached_the_share(recorder: Recorder, hospital: Hospital) -> None:
    recorder.rollout("a1b2c3d4e5f6", "5.0.0", "5.0.2", [["reg-ws-01"]], "open")
    recorder.change("a1b2c3d4e5f6", "wave_01", "reg-ws-01", "5.0.0", "5.0.2", "applied", run="r")
    assert state(recorder, hospital, "dept_registration", "artifact_shares").state == "proved"
    assert state(recorder, hospital, "dept_radiology", "artifact_shares").state == "waiting"
