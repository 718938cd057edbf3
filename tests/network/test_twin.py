"""A small hospital's twin with real packets: what is right is proved, what is wrong is seen and named."""

from __future__ import annotations

import asyncio
import dataclasses
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.unit.network.devices import models
from tests.unit.network.intents import HOSTS, large, small
from wardround.network.device import Access, FirewallModel, Rule, SwitchModel, TrunkPort
from wardround.network.matrix import expectations
from wardround.network.mutants import KINDS, mutants, shares
from wardround.network.wiring import wire
from wardround.run import netns, processes
from wardround.run.network_proof import Models, Proof, Quiet, mutate, prove
from wardround.run.twin import PREFIX, Twin, TwinBusyError

NETWORK = small()
WIRING = wire(NETWORK, HOSTS)
EXPECTED = expectations(NETWORK, WIRING)
MODELS = models(NETWORK, HOSTS)
ROOT = Path(__file__).parents[2]


def proof_of(
    switches: Mapping[str, SwitchModel] | None = None, firewalls: Mapping[str, FirewallModel] | None = None
) -> Proof:
    """The proof of the small hospital with some of its devices as they should not be."""
    changed = Models({**MODELS.switches, **(switches or {})}, {**MODELS.firewalls, **(firewalls or {})})
    return prove(WIRING, EXPECTED, changed, Quiet())


def port(switch: str, name: str, mode: Access | TrunkPort) -> dict[str, SwitchModel]:
    model = MODELS.switches[switch]
    changed = dataclasses.replace(model.ports[name], mode=mode)
    return {switch: dataclasses.replace(model, ports={**model.ports, name: changed})}


def test_the_network_as_intended_is_proved_and_leaves_nothing() -> None:
    proof = proof_of()
    assert proof.sentences == []
    assert proof.services.proved == len(EXPECTED) > 500
    assert netns.found(PREFIX) == []


def test_a_guest_socket_in_the_imaging_vlan_is_seen() -> None:
    proof = proof_of(switches=port("acc-02", "Gi1/0/1", Access(NETWORK.zones["clinical"].vlan)))
    where = "socket hall/h1/h1-1 (acc-02 Gi1/0/1)"
    assert f"{where}: an untagged frame reached clinical, must reach guest only" in proof.leaks
    assert "guest -> servers: dns (udp/53, IPv4) not reached even with every firewall open" in str(proof.blind)


def test_a_rule_too_many_is_seen_and_named() -> None:
    firewall = MODELS.firewalls["fw-01"]
    rule = Rule("guest_to_imaging", "guest", "imaging", "tcp", (104,))
    proof = proof_of(firewalls={"fw-01": dataclasses.replace(firewall, rules=(*firewall.rules, rule))})
    assert proof.leaks == ()
    assert set(proof.services.mismatches) == {
        f"guest -> {to}: dicom (tcp/104, IPv4) reached, must be denied (rule guest_to_imaging)"
        for to in ("imaging", "ct-01")
    }


def test_of_many_rules_too_many_each_is_seen() -> None:
    firewall = MODELS.firewalls["fw-01"]
    zones = [zone for zone in NETWORK.zones if zone != "guest"]
    rules = [Rule(f"guest_to_{zone}", "guest", zone, "tcp", (104, 443, 2575, 11112)) for zone in zones]
    proof = proof_of(firewalls={"fw-01": dataclasses.replace(firewall, rules=(*firewall.rules, *rules))})
    leaks = {
        str(probe)
        for probe, right in EXPECTED.items()
        if probe.source == "guest" and probe.port in rules[0].ports and probe.family == 4 and not right.allowed
    }
    assert {sentence.split(" reached, must be denied")[0] for sentence in proof.services.mismatches} == leaks
    assert len(leaks) > 20


class Busy(Quiet):
    """Has the twin's switches stop for longer than an answer takes, again and again while services are first asked."""

    def __init__(self) -> None:
        self.late = 0
        self._ended = threading.Event()
        self._stopper: threading.Thread | None = None

    def stage(self, title: str, total: int) -> None:
        if title == "every service, zone by zone":
            self._stopper = threading.Thread(target=self._stop, args=[_switches()])
            self._stopper.start()
        elif self._stopper:
            self._ended.set()
            self._stopper.join()
            self.late = total

    def _stop(self, switches: int) -> None:
        for _unused in range(60):
            for number, seconds in ((signal.SIGSTOP, 0.8), (signal.SIGCONT, 0.05)):
                os.kill(switches, number)
                time.sleep(seconds)
            if self._ended.is_set():
                return


def _switches() -> int:
    """The process of the twin's switches."""
    children = Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()
    return next(int(pid) for pid in children if Path(f"/proc/{pid}/comm").read_text() == "ovs-vswitchd\n")


def test_silence_of_a_busy_machine_is_not_taken_for_a_denial() -> None:
    firewall, busy = MODELS.firewalls["fw-01"], Busy()
    rule = Rule("guest_to_imaging", "guest", "imaging", "tcp", (104,))
    wrong = Models(MODELS.switches, {"fw-01": dataclasses.replace(firewall, rules=(*firewall.rules, rule))})
    proof = prove(WIRING, EXPECTED, wrong, busy)
    assert len(proof.services.mismatches) == 2
    assert busy.late > len(EXPECTED) / 2


def test_one_mutant_of_each_kind_is_caught_and_the_twin_is_right_again() -> None:
    made = mutants(NETWORK, WIRING, *MODELS, each=2, seed=7)
    trial = mutate(WIRING, EXPECTED, MODELS, made, Quiet())
    assert trial.right.sentences == []
    assert [share for share in shares(trial.found, made) if share.survivors or share.made < 2] == []
    assert {mutant.kind for mutant in made} == set(KINDS)
    assert trial.after.sentences == []


def test_a_network_that_is_wrong_itself_has_no_mutants_tried() -> None:
    firewall = MODELS.firewalls["fw-01"]
    bare = {"fw-01": dataclasses.replace(firewall, rules=firewall.rules[1:])}
    wrong = Models(MODELS.switches, bare)
    trial = mutate(WIRING, EXPECTED, wrong, mutants(NETWORK, WIRING, *MODELS, each=1), Quiet())
    assert trial.found == {}
    assert not trial.right.ok


def test_behind_a_dead_trunk_nothing_is_called_denied() -> None:
    proof = proof_of(switches=port("core-01", "Gi1/0/10", TrunkPort(frozenset())))
    said = "guest -> imaging: dicom (tcp/104, IPv4) not reached even with every firewall open, must be denied"
    assert f"{said}: a VLAN, a trunk or the twin is at fault" in proof.blind
    assert proof.services.mismatches == ()
    assert proof.services.proved == len(EXPECTED) - len(proof.blind) < len(EXPECTED) / 10
    assert "trunk t3 (core-01 Gi1/0/10 - fw-01 eth1): imaging does not pass, must pass" in proof.leaks
    assert not proof.ok


def test_a_second_twin_is_refused() -> None:
    with Twin(WIRING, *MODELS), pytest.raises(TwinBusyError, match="another twin"), Twin(WIRING, *MODELS):
        raise AssertionError("two twins at once")
    assert netns.found(PREFIX) == []


_STANDING = """
import time
from tests.network.test_twin import MODELS, WIRING
from wardround.run.network_proof import _standing
with _standing(WIRING, MODELS):
    print("stands", flush=True)
    time.sleep(60)
"""


def standing() -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", _STANDING], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "stands\n"
    return process


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_command_that_is_ended_takes_its_twin_down(number: signal.Signals) -> None:
    process = standing()
    assert netns.found(PREFIX)
    process.send_signal(number)
    assert process.wait(30) != 0
    assert netns.found(PREFIX) == []


def test_what_a_killed_command_left_goes_with_the_next() -> None:
    process = standing()
    children = [int(pid) for pid in Path(f"/proc/{process.pid}/task/{process.pid}/children").read_text().split()]
    assert len(children) == 2
    process.kill()
    process.wait(30)
    deadline = time.monotonic() + 20
    while any(map(processes.start_time, children)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not list(filter(processes.start_time, children))  # zombies that nobody asks for are no longer at work
    assert netns.found(PREFIX)
    with Twin(WIRING, *MODELS):
        pass
    assert netns.found(PREFIX) == []


def test_path_mtu_discovery_works_through_the_rules() -> None:
    """A router behind a narrow link tells the sender, by IPv4 and IPv6, and the firewall lets that through."""
    network = large(2, 1)
    wiring = wire(network, {})
    two = models(network, {})
    with Twin(wiring, *two) as twin:
        netns.ip(["link set in1 mtu 1300"], f"{PREFIX}firewall-fw-01")
        for version, address in wiring.machines["zone_01"].addresses.items():
            assert asyncio.run(_mtu_learned(twin, address, version)) == 1300


async def _mtu_learned(twin: Twin, address: str, version: int) -> int:
    """The path MTU that a connected UDP socket in zone_00 knows after it has sent too much."""
    import socket

    level, discover, value, mtu = (0, 10, 2, 14) if version == 4 else (41, 23, 2, 24)  # ip(7), ipv6(7)
    with twin.ways.inside(twin.home(twin.wiring.machines["zone_00"])):
        client = socket.socket(socket.AF_INET if version == 4 else socket.AF_INET6, socket.SOCK_DGRAM)
    with client:
        client.setsockopt(level, discover, value)
        client.connect((address, 1000))
        for _unused in range(20):
            try:
                client.send(bytes(1400))
            except OSError:
                break
            await asyncio.sleep(0.1)
        return client.getsockopt(level, mtu)
