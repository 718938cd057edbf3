"""The lab's emulated switches: one process that stays, each switch in a namespace of its own, with what it has saved.

A switch comes as it is put into the rack: its management address, its trunks, and nothing else.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from typing import Any

from lab import cabling
from lab.machines import Machine
from lab.paths import LAB, ROOT, SECRETS, SSH
from lab.podman import LabError
from lab.status import proportional
from wardround.intent import load
from wardround.intent.load import Host
from wardround.intent.network import Network
from wardround.network.compile import compile_network
from wardround.network.device import Access, SwitchModel, TrunkPort
from wardround.network.dialects import DIALECTS

SWITCHES = LAB / "switches"
LOG, KEY, SPEC = (SWITCHES / name for name in ("log", "host_key", "switches.json"))
KNOWN_HOSTS = SWITCHES / "known_hosts"
START_SECONDS = 60
_PROCESS = b"/switches/switches.json"
# Where each vendor writes a switch's own address; IOS takes a change back from an archive of its configuration.
OWN_ADDRESS = {
    "cisco_ios": "archive\n path flash:archive\n!\ninterface Vlan{vlan}\n ip address {address} 255.255.255.0\n!\n",
    "h3c_comware7": "interface Vlan-interface{vlan}\n ip address {address} 255.255.255.0\n#\n",
    "huawei_vrp5": "interface Vlanif{vlan}\n ip address {address} 255.255.255.0\n#\n",
    "huawei_vrp8": "interface Vlanif{vlan}\n ip address {address} 255.255.255.0\n#\n",
}


def intent(inventory: Path) -> tuple[Network, dict[str, Host]]:
    """An inventory's network and hosts. Raises IntentError, LabError without a network."""
    found = load(inventory)
    if found.network is None:
        raise LabError(f"{inventory}/group_vars/all/network.yml is missing: there are no switches without it")
    return found.network, dict(found.hosts)


def start(network: Network, hosts: dict[str, Host], machines: Iterable[Machine]) -> None:
    """Start the switches as they were when they ended, unless they run; cables must be laid."""
    spec = json.dumps(specification(network, hosts, list(machines)), indent=1)
    number = running()
    ours = number is not None and str(SPEC).encode() in Path(f"/proc/{number}/cmdline").read_bytes()
    if ours and SPEC.exists() and SPEC.read_text(encoding="utf-8") == spec:
        return
    stop()
    SWITCHES.mkdir(parents=True, exist_ok=True, mode=0o700)
    SPEC.touch(mode=0o600)
    SPEC.write_text(spec, encoding="utf-8")
    command = [sys.executable, "-m", "lab.switch", "--spec", str(SPEC), "--host-key", str(KEY)]
    with LOG.open("w") as log:
        process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True
        )
    deadline = time.monotonic() + START_SECONDS
    while LOG.read_text(encoding="utf-8").count(" port ") < len(network.switches):
        if process.poll() is not None or time.monotonic() > deadline:
            raise LabError(f"the switches did not start; {LOG} ends with:\n{LOG.read_text()[-800:]}")
        time.sleep(0.05)
    public = KEY.with_suffix(".pub").read_text(encoding="ascii")
    known = "".join(f"{hosts[name].address} {public}" for name in network.switches)
    KNOWN_HOSTS.write_text(known, encoding="ascii")


def specification(network: Network, hosts: dict[str, Host], machines: list[Machine]) -> list[dict[str, Any]]:
    """What lab/switch is to run: see its spec.py."""
    links, models = cabling.links(network, machines), compile_network(network, hosts)
    mirrors = {one.switch: one.ports for one in cabling.mirrors(network, machines)}
    found = []
    for name, switch in network.switches.items():
        model = models[name]
        assert isinstance(model, SwitchModel)
        vlan = network.zones[network.management].vlan
        own = OWN_ADDRESS[switch.platform].format(vlan=vlan, address=hosts[name].address)
        lines = DIALECTS[switch.platform].render(as_delivered(model))
        found.append(
            {
                "name": name,
                "dialect": switch.platform,
                "ports": list(switch.ports),
                "startup": "\n".join(lines) + f"\n{own}",
                "host": "0.0.0.0",
                "port": 22,
                "password": (SECRETS / "switch_password").read_text(encoding="ascii").strip(),
                "public_key": str(SSH / "id_ed25519.pub"),
                "namespace": cabling.namespace(name),
                "links": links[name],
                "mirror": list(mirrors.get(name, ())),
                "state": str(SWITCHES / name),
            }
        )
    return found


def as_delivered(model: SwitchModel) -> SwitchModel:
    """What is set at a switch before anybody can reach it: management on its trunks and at its own sockets."""
    ports = {}
    for name, port in model.ports.items():
        if isinstance(port.mode, TrunkPort):
            ports[name] = replace(port, mode=replace(port.mode, allowed=frozenset({model.management_vlan})))
        elif isinstance(port.mode, Access) and port.mode.vlan == model.management_vlan:
            ports[name] = port
    natives = {port.mode.native for port in ports.values() if isinstance(port.mode, TrunkPort)}
    kept = natives | {model.management_vlan}
    return replace(model, vlans={vlan: name for vlan, name in model.vlans.items() if vlan in kept}, ports=ports)


def running() -> int | None:
    """The process of the switches, None where they do not run. They may be another clone's: there is one lab here."""
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):  # it ended while we looked
            words = (process / "cmdline").read_bytes().split(b"\0")
            if b"lab.switch" in words and any(word.endswith(_PROCESS) for word in words):
                return int(process.name)
    return None


def memory() -> float:
    """Resident memory of the switches with their Open vSwitches in MiB, 0 where they do not run."""
    number = running()
    if number is None:
        return 0
    children = Path(f"/proc/{number}/task/{number}/children").read_text(encoding="ascii").split()
    return sum(proportional(Path(f"/proc/{process}")) for process in (number, *children))


def stop() -> None:
    """End the switches; what they have saved stays."""
    number = running()
    if number is None:
        return
    os.kill(number, signal.SIGTERM)
    deadline = time.monotonic() + START_SECONDS
    while running():
        if time.monotonic() > deadline:
            os.kill(number, signal.SIGKILL)
        time.sleep(0.05)
