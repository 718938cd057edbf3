"""A link between two namespaces, checked by the playbook with real iperf3: as usual, and with each fault by its name.

The machine under test may have no systemd, so systemd-run and systemctl are two small scripts here; all else is real.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from ansible_collections.wardround.hospital.plugins.module_utils import link_probe

from tests.unit.intent.cases import write_good
from wardround.intent import load
from wardround.network.link_health import LinkCheck, judge, sentence
from wardround.run import link_history, netns

ROOT = Path(__file__).parents[2]
PREFIX = "wr-links-"
CABLE = f"{PREFIX}cable"
HOSTS = {"rad-ws-01": "10.2.0.21", "pacs-01": "10.2.0.11"}  # as in the good hospital
LINKS = """
link_checks:
  links:
    images:
      from: rad-ws-01
      to: pacs-01
      rate_mbits: 20
      seconds: 1
      thresholds: {loss_percent: 1.0, latency_margin_ms: 50} # this machine may be busy
"""
SYSTEMD_RUN = """#!/bin/sh
while case $1 in -*) ;; *) false ;; esac; do shift; done
setsid "$@" >/dev/null 2>&1 &
echo $! >"$0.pid"
"""
SYSTEMCTL = """#!/bin/sh
kill "$(cat "${0%/*}/systemd-run.pid")"
"""
INTERPRETER = """#!/bin/sh
exec ip netns exec {namespace} env "PATH={programs}:$PATH" /usr/bin/python3 "$@"
"""


@dataclass
class Site:
    """A hospital whose desk and archive are namespaces, with a cable between them that can be spoilt."""

    inventory: Path
    state: Path

    def play(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("ANSIBLE_", "WARDROUND_"))}
        program = Path(sys.executable).parent / "ansible-playbook"
        return subprocess.run(
            [program, "-i", self.inventory, "playbooks/check_links.yml", *arguments],
            cwd=ROOT,
            env=kept | {"WARDROUND_STATE": str(self.state), "PYTHONPATH": str(ROOT), "ANSIBLE_NOCOLOR": "1"},
            capture_output=True,
            text=True,
            timeout=300,
            check=False,
        )

    def check(self) -> LinkCheck:
        """What the playbook does in one direction, without Ansible."""
        link = load(self.inventory).link_checks.links["images"]  # type: ignore[union-attr]
        address = HOSTS["pacs-01"]
        asked = {"peer": "pacs-01", "source": HOSTS["rad-ws-01"], "address": address}
        asked |= {"port": 5201, "rate_mbits": 20.0, "seconds": 1, "directions": ["forward"]}
        inside = ["ip", "netns", "exec"]
        with subprocess.Popen([*inside, f"{PREFIX}pacs-01", "iperf3", "-s", "-B", address], stdout=-3) as server:
            figures, faults = link_probe.measure(
                asked, lambda command, seconds: link_probe.run([*inside, f"{PREFIX}rad-ws-01", *command], seconds)
            )
            server.terminate()
        return judge("images", link, link_history.read("images"), "2031-05-06T03:00:00Z", figures, faults)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    inventory, programs = write_good(tmp_path), tmp_path / "programs"
    programs.mkdir()
    (inventory / "group_vars/all/link_checks.yml").write_text(LINKS)
    scripts = {"systemd-run": SYSTEMD_RUN, "systemctl": SYSTEMCTL}
    for name in HOSTS:
        scripts[name] = INTERPRETER.format(namespace=PREFIX + name, programs=programs)
        connection = {"ansible_connection": "local", "ansible_python_interpreter": str(programs / name)}
        (inventory / "host_vars" / name).mkdir(parents=True)
        (inventory / "host_vars" / name / "ansible.yml").write_text(json.dumps(connection))
    for name, text in scripts.items():
        (programs / name).write_text(text)
        (programs / name).chmod(0o755)
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    netns.remove(PREFIX)
    lay_cable()
    yield Site(inventory, tmp_path / "state")
    netns.remove(PREFIX)


def lay_cable() -> None:
    netns.add([CABLE, *(PREFIX + name for name in HOSTS)])
    netns.ip(["link add name cable0 type bridge", "link set cable0 up"], CABLE)
    for number, (name, address) in enumerate(HOSTS.items()):
        netns.ip([f"link add eth0 type veth peer name end{number} netns {CABLE}"], PREFIX + name)
        netns.ip([f"addr add {address}/8 dev eth0", "link set eth0 up"], PREFIX + name)
        netns.ip([f"link set end{number} master cable0 up"], CABLE)


def inside(namespace: str, command: str) -> None:
    netns.run(["ip", "netns", "exec", namespace, *command.split()])


def drop(which: str) -> None:
    """The cable drops what the rule says, in both directions; nothing where it says nothing."""
    inside(CABLE, "nft flush ruleset")
    if which:
        inside(CABLE, "nft add table bridge bad")
        inside(CABLE, "nft add chain bridge bad forward { type filter hook forward priority 0 ; }")
        inside(CABLE, f"nft add rule bridge bad forward {which} drop")


def told(done: subprocess.CompletedProcess[str]) -> str:
    return " ".join((done.stdout + done.stderr).split())


def first_good(site: Site) -> subprocess.CompletedProcess[str]:
    """The first check, made again where this machine was too busy for it: a bad one would be no baseline."""
    for _unused in range(4):
        shutil.rmtree(site.state / "links", ignore_errors=True)
        done = site.play()
        assert done.returncode == 0, told(done)
        if link_history.read("images")[-1].good:
            break
    return done


def test_a_link_is_checked_and_each_fault_is_named(site: Site) -> None:
    done = first_good(site)
    assert "images (rad-ws-01 to pacs-01): first check, its baseline: throughput forward " in told(done)
    (first,) = link_history.read("images")
    assert first.good and first.figures["throughput_forward"] == pytest.approx(20, rel=0.1)
    assert set(first.figures) > {"throughput_backward", "loss_backward", "jitter_forward", "round_trip_forward", "ping"}

    drop("numgen inc mod 25 == 0")  # not at random: what opens a flow must not be lost time and again
    done = site.play("-e", "strict=true", "--skip-tags", "install")  # apt takes seconds
    assert done.returncode == 2 and "[WARNING]: images (rad-ws-01 to pacs-01): " in told(done), told(done)
    last = link_history.read("images")[-1]
    assert not last.good
    assert any(said.startswith("loss ") and " %, usually 0." in said for said in last.findings), last
    assert f"since {last.at}" in told(done)
    drop("")
    inside(f"{PREFIX}rad-ws-01", "tc qdisc add dev eth0 root tbf rate 10mbit burst 10kb latency 50ms")
    check = site.check()
    assert check.faults == () and 5 < check.figures["throughput_forward"] < 12
    assert any(said.startswith("throughput forward ") and " Mbit/s, usually " in said for said in check.findings)
    inside(f"{PREFIX}rad-ws-01", "tc qdisc del dev eth0 root")

    drop("tcp dport 5201")
    check = site.check()
    assert sentence([*link_history.read("images"), check]).startswith(
        "images (rad-ws-01 to pacs-01): no answer from pacs-01 (10.2.0.11) on tcp/5201:"
        " a flow for this service is missing in the intent (network.flows), or not let through yet; since "
    )
