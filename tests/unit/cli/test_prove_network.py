"""What `prove network` and `mutate network` say before a twin is built, and how they end when it cannot be."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.intent.cases import INVENTORY, write_good, write_good_network
from wardround.cli.main import main
from wardround.evidence.hospital_network import network
from wardround.evidence.network import Network
from wardround.evidence.zone_matrix import cells
from wardround.intent import load
from wardround.network.matrix import Expected, Probe, Seen, Verdict, compare
from wardround.network.wiring import Wiring
from wardround.run import datapath, history, network_proof, twin
from wardround.run.netns import NetworkError
from wardround.run.network_proof import Proof, Trial

VERBS = ("prove", "mutate")


def run(verb: str, *arguments: str) -> Result:
    given = ("-i", str(INVENTORY), "--today", "2026-01-01")  # one of its flows expires later
    return CliRunner().invoke(main, [verb, "network", *given, *arguments])


@pytest.fixture
def hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return write_good_network(tmp_path)


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    return tmp_path / "state"


@pytest.mark.parametrize("verb", VERBS)
def test_a_hospital_without_a_network(verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    ended = run(verb)
    assert ended.exit_code == 2
    assert ended.stderr == "inventory/group_vars/all/network.yml: not there, so nothing says who may reach whom\n"


@pytest.mark.usefixtures("hospital")
@pytest.mark.parametrize("verb", VERBS)
def test_a_limit_names_at_least_two_zones_that_are_there(verb: str) -> None:
    unknown, lone = run(verb, "--limit", "moon,servers"), run(verb, "--limit", "servers")
    assert (unknown.exit_code, lone.exit_code) == (2, 2)
    assert unknown.stderr.startswith("--limit: moon, no zone; allowed ")
    assert lone.stderr == "--limit: servers alone; allowed at least two zones, or none for all\n"


@pytest.mark.usefixtures("hospital")
@pytest.mark.parametrize("verb", VERBS)
def test_without_root_nothing_is_tried(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(twin.os, "geteuid", lambda: 1000)
    ended = run(verb)
    assert ended.exit_code == 1
    assert ended.stderr.startswith("the twin cannot be built: this is not root: network namespaces")


@pytest.mark.usefixtures("hospital")
@pytest.mark.parametrize("verb", VERBS)
def test_without_open_vswitch_the_package_is_named(verb: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(datapath.shutil, "which", lambda *_, **__: None)
    monkeypatch.setattr(twin.os, "geteuid", lambda: 0)
    ended = run(verb)
    assert ended.exit_code == 1
    assert "ovs-vswitchd missing: install Open vSwitch, on Debian `openvswitch-switch`" in ended.stderr


@pytest.mark.usefixtures("hospital")
def test_another_twin_is_a_lock(monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> Proof:
        raise twin.TwinBusyError("another twin")

    monkeypatch.setattr(network_proof, "prove", busy)
    assert run("prove").exit_code == 4


@pytest.mark.usefixtures("hospital")
def test_a_proof_is_told_and_its_faults_listed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_proof, "prove", lambda *_: Proof(services=Verdict(40, (), ())))
    told = run("prove")
    assert told.exit_code == 0
    assert "Good hospital: 40 of " in told.output
    assert "✓" in told.output

    def wrong(_wiring: object, expected: dict[Probe, Expected], *_: object) -> Proof:
        services = Verdict(39, ("guest -> imaging: reached",), (), (next(iter(expected)),))
        return Proof((), ("trunk t1: guest passes",), services)

    monkeypatch.setattr(network_proof, "prove", wrong)
    told = run("prove")
    assert told.exit_code == 1
    assert "✗ trunk t1: guest passes" in told.output
    assert "✗ guest -> imaging: reached" in told.output
    document = json.loads(run("prove", "--json").stdout)
    assert (document["exit_code"], document["leaks"]) == (1, ["trunk t1: guest passes"])
    assert document["mismatches"] == ["guest -> imaging: reached"]


def test_what_was_asked_is_what_the_page_shows(hospital: Path, state: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(wiring: Wiring, expected: dict[Probe, Expected], *_: object) -> Proof:
        seen: dict[Probe, Seen] = {
            probe: "reached" if right.allowed or probe.source == "guest" else "not reached"
            for probe, right in expected.items()
        }
        return Proof(services=compare(expected, seen, wiring, ()))

    monkeypatch.setattr(network_proof, "prove", fake)
    ended = run("prove", "--json")
    document = json.loads(ended.stdout)
    subject, recorded = network(load(hospital)), history.read()
    assert isinstance(subject, Network)
    (proof,) = recorded.network_proofs
    assert (proof.kind, proof.ok, proof.intent) == ("twin", False, subject.sha256)
    assert proof.command == f"wardround prove network -i {INVENTORY}"
    assert sum(pair.asked for pair in proof.pairs) == document["questions"]
    assert sum(pair.proved for pair in proof.pairs) == document["proved"]
    assert sum(pair.mismatches for pair in proof.pairs) == len(document["mismatches"])
    states = {(one.source.key, one.destination.key): one.state for one in cells(subject, recorded.network_proofs)}
    assert {pair for pair, found in states.items() if found == "failed"} == {
        ("guest", zone.key) for zone in subject.zones
    }
    page = CliRunner().invoke(main, ["report", "-i", str(INVENTORY), "-o", "r.html", "--json"])
    told = json.loads(page.stdout)["network"]
    assert told["sentence"] == "5 of 25 pairs of zones are not as intended."
    assert document["mismatches"][0].replace(">", "&gt;") in Path("r.html").read_text()
    status = CliRunner().invoke(main, ["status"])
    assert f": {document['proved']} of {document['questions']} answers as intended" in status.stdout
    assert json.loads(CliRunner().invoke(main, ["status", "--json"]).stdout)["network"] in status.stdout
    assert (state / "wardround.db").exists()


@pytest.mark.usefixtures("hospital")
def test_survivors_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    right = Proof(services=Verdict(40, (), ()))

    def but_one(*arguments: object) -> Trial:
        made = arguments[3]
        assert isinstance(made, list)
        names = [mutant.name for mutant in made]
        return Trial(right, {**dict.fromkeys(names, "seen"), names[0]: None}, right)

    monkeypatch.setattr(network_proof, "mutate", but_one)
    told = run("mutate", "--each", "1")
    assert told.exit_code == 1
    assert "mutants caught" in told.stderr
    assert "survived: " in told.stderr
    monkeypatch.setattr(
        network_proof, "mutate", lambda *given: Trial(right, {one.name: "seen" for one in given[3]}, right)
    )
    assert run("mutate", "--each", "1").exit_code == 0


@pytest.mark.usefixtures("hospital")
def test_a_wrong_network_has_no_mutants_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = Proof(services=Verdict(1, ("guest -> imaging: reached",), ()))
    monkeypatch.setattr(network_proof, "mutate", lambda *_: Trial(wrong, {}, wrong))
    told = run("mutate")
    assert told.exit_code == 1
    assert "the network itself is not proved, so no mutant was tried" in told.stderr


def test_what_a_program_says_when_it_fails_is_told() -> None:
    from wardround.run.netns import run as run_program

    with pytest.raises(NetworkError, match="no-such-program: not installed on this machine"):
        run_program(["no-such-program"])
