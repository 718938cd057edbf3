"""A small hospital's hosts as namespaces behind one switch, with a firewall that lets everything pass.

Two VLANs see each packet that goes from zone to zone; the mirror takes what comes in to the ports of hosts only.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import testinfra

from wardround.network.openvswitch import access, trunk
from wardround.run import netns
from wardround.run.datapath import Datapath

sys.path.insert(0, str(Path(__file__).parent))
from wire import HOSTS, PREFIX, ZONES, Wire

CONTAINER = "wr-mol-intrusion-detection"
SCENARIO = Path(__file__).parents[1]
SWITCH, ROUTER, CABLE, MIRROR = f"{PREFIX}switch", f"{PREFIX}router", "wr-mol-mirror", "mirror"


@pytest.fixture(scope="session")
def sensor() -> Any:
    return testinfra.get_host(f"podman://{CONTAINER}")


@pytest.fixture(scope="session")
def wire(sensor: Any) -> Iterator[Wire]:
    netns.remove(PREFIX)
    directory = Path(tempfile.mkdtemp(prefix="wr-ids-"))
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, directory)
        stack.callback(netns.remove, PREFIX)
        netns.add([SWITCH, ROUTER, *(f"{PREFIX}{host}" for host in HOSTS)])
        netns.ip([f"link set {CABLE} netns {SWITCH} name {MIRROR}"])
        stack.callback(netns.ip, [f"link set {MIRROR} netns 1 name {CABLE}"], SWITCH)
        lay_cables()
        datapath = Datapath(SWITCH, directory)
        stack.callback(datapath.close)
        database = datapath.start()
        database.add_bridges(["br"])
        ports = {f"to_{host}": ("br", access(ZONES[zone])) for host, (zone, _last) in HOSTS.items()}
        ports |= {f"r_{zone}": ("br", access(vlan)) for zone, vlan in ZONES.items()}
        database.add_ports({**ports, MIRROR: ("br", trunk(frozenset(ZONES.values())))})
        mirror(directory / "db.sock", [f"to_{host}" for host in HOSTS])
        ways = netns.Namespaces([ROUTER, *(f"{PREFIX}{host}" for host in HOSTS)])
        stack.callback(ways.close)
        with ways.inside(ROUTER):
            for zone in ZONES:
                netns.checksums_in_software(zone)
            netns.sysctl("net/ipv4/ip_forward", 1)
            netns.sysctl("net/ipv6/conf/all/forwarding", 1)
        for host in HOSTS:
            with ways.inside(f"{PREFIX}{host}"):
                netns.checksums_in_software("eth0")
        yield Wire(ways, sensor)


def lay_cables() -> None:
    """From hosts and the router to the switch's namespace, where the sensor's cable is already."""
    for host, (zone, last) in HOSTS.items():
        home, vlan = f"{PREFIX}{host}", ZONES[zone]
        netns.ip([f"link add to_{host} type veth peer name eth0 netns {home}", f"link set to_{host} up"], SWITCH)
        netns.ip(
            [
                f"address add 10.{vlan}.0.{last}/24 dev eth0",
                f"address add fd00:{vlan}::{last}/64 dev eth0 nodad",
                "link set eth0 up",
                f"route add default via 10.{vlan}.0.1",
                f"route add ::/0 via fd00:{vlan}::1",
            ],
            home,
        )
    for zone, vlan in ZONES.items():
        netns.ip([f"link add r_{zone} type veth peer name {zone} netns {ROUTER}", f"link set r_{zone} up"], SWITCH)
        netns.ip(
            [
                f"address add 10.{vlan}.0.1/24 dev {zone}",
                f"address add fd00:{vlan}::1/64 dev {zone} nodad",
                f"link set {zone} up",
            ],
            ROUTER,
        )
    netns.ip([f"link set {MIRROR} up"], SWITCH)


def mirror(database: Path, ports: list[str]) -> None:
    """What comes in to these ports, and nothing that goes out of any: each packet once (ovs-vswitchd.conf.db(5))."""
    command = ["ovs-vsctl", f"--db=unix:{database}", "--id=@out", "get", "port", MIRROR]
    for number, port in enumerate(ports):
        command += ["--", f"--id=@p{number}", "get", "port", port]
    selected = ",".join(f"@p{number}" for number, _port in enumerate(ports))
    command += ["--", "--id=@m", "create", "mirror", "name=ids", f"select_src_port={selected}", "output_port=@out"]
    netns.run([*command, "--", "set", "bridge", "br", "mirrors=@m"])


@pytest.fixture(scope="session")
def play() -> Callable[..., subprocess.CompletedProcess[str]]:
    """Run one of the scenario's playbooks again."""

    def run(book: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = os.environ | {"ANSIBLE_FORCE_COLOR": "0", "ANSIBLE_NOCOLOR": "1"}  # Molecule forces colour
        command = ["ansible-playbook", "-i", os.environ["MOLECULE_INVENTORY_FILE"], str(SCENARIO / book), *arguments]
        return subprocess.run(command, text=True, capture_output=True, check=False, env=environment, timeout=180)

    return run
