"""What it costs to ask 40 switches whether anything is to be done: one ansible-playbook, beside the naive way.

`python -m tests.bench.bench_switches` starts the first 40 access switches of Riverside hospital as emulated ones, with
the configuration that they should have, runs the module `switch_vlans` over all of them, and prints seconds. The naive
way is a script that logs in with netmiko to one after the other, and reads the same. Ends with 1 where the figure is
missed or anything is found to do.
"""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import yaml
from netmiko import ConnectHandler

from lab.switch.fleet import Fleet
from tests.unit.run.emulated import login, switch
from wardround.intent import load
from wardround.network import switch_data
from wardround.network.compile import compile_network
from wardround.network.device import SwitchModel
from wardround.network.dialects import DIALECTS

ROOT = Path(__file__).parents[2]
SWITCHES = 40
FORKS = 20  # a session waits most of its time: of its second, it computes a tenth
LIMIT = 20.0
"""Seconds."""

_PLAY = [
    {
        "name": "Change the switches",
        "hosts": "switches",
        "gather_facts": False,
        "tasks": [
            {
                "name": "Make the switch what it should be",
                "wardround.hospital.switch_vlans": {
                    "config": "{{ model }}",
                    "state": "overridden",
                    "known_hosts": "{{ known }}",
                },
            }
        ],
    }
]


def wanted() -> dict[str, SwitchModel]:
    intent = load(ROOT / "inventories/riverside")
    assert intent.network is not None
    models = compile_network(intent.network, intent.hosts)
    access = [one for name, one in models.items() if isinstance(one, SwitchModel) and name.startswith("sw-")]
    return {one.name: one for one in access[:SWITCHES]}


def measure(folder: Path) -> bool:
    """Print what it took; True where the figure is kept and there was nothing to do."""
    models = wanted()
    with Fleet(*(switch(name, model.platform, model) for name, model in models.items())) as fleet:
        hosts: dict[str, dict[str, Any]] = {}
        for name, model in models.items():
            known = login(fleet[name], folder).known_hosts
            hosts[name] = {
                "ansible_host": "127.0.0.1",
                "ansible_port": fleet[name].port,
                "ansible_user": "admin",
                "ansible_password": "admin",
                "known": known,
                "model": switch_data.to_data(model) | {"platform": model.platform},
            }
        inventory, play = folder / "hosts.yml", folder / "play.yml"
        inventory.write_text(yaml.safe_dump({"switches": {"hosts": hosts}}, sort_keys=False), encoding="utf-8")
        play.write_text(yaml.safe_dump(_PLAY), encoding="utf-8")
        began, computed = time.perf_counter(), _computed()
        said = _ansible(inventory, play, folder)
        seconds, computed = time.perf_counter() - began, _computed() - computed
        began = time.perf_counter()
        subprocess.run(
            [sys.executable, __file__, str(inventory)], cwd=ROOT, env=_environment(), check=True, timeout=600
        )
        naive = time.perf_counter() - began
    wrong = {name: counted for name, counted in said.items() if counted["ok"] != 1 or counted["changed"]}
    kept = seconds <= LIMIT and len(said) == SWITCHES and not wrong
    print(
        f"{len(said)} switches, nothing to do: {seconds:.1f} s of {LIMIT:g} s, {computed:.1f} s of CPU,"
        f" {len(wrong)} wrong; one netmiko session after the other: {naive:.1f} s,"
        f" {naive / seconds:.1f} times as long: {'kept' if kept else 'MISSED'}"
    )
    return kept


def _computed() -> float:
    """Seconds of CPU of this process, which has the switches, and of those it started: the same on a busy machine."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + used.ru_utime + used.ru_stime


def _environment() -> dict[str, str]:
    return os.environ | {"PYTHONPATH": str(ROOT), "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg")}


def _ansible(inventory: Path, play: Path, folder: Path) -> dict[str, dict[str, int]]:
    """The counts of the recap, by host."""
    environment = _environment() | {
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "WARDROUND_STATE": str(folder / "state"),
    }
    program = Path(sys.executable).with_name("ansible-playbook")
    command = [str(program), "--forks", str(FORKS), "-i", str(inventory), str(play)]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{done.stdout[-4000:]}\n{done.stderr[-4000:]}"
    stats: dict[str, dict[str, int]] = json.loads(done.stdout[done.stdout.index("{") :])["stats"]
    return stats


def naive(inventory: Path) -> None:
    """Read each switch's configuration and VLANs, one switch after the other, as a script of a few lines does."""
    hosts = yaml.safe_load(inventory.read_text(encoding="utf-8"))["switches"]["hosts"]
    for host in hosts.values():
        dialect = DIALECTS[host["model"]["platform"]]
        with ConnectHandler(
            device_type=dialect.netmiko,
            host=host["ansible_host"],
            port=host["ansible_port"],
            username=host["ansible_user"],
            password=host["ansible_password"],
        ) as connection:
            assert connection.send_command(dialect.questions.running, read_timeout=60)
            assert connection.send_command(dialect.questions.vlans, read_timeout=60)


def test_switches_with_nothing_to_do_are_asked_in_time(tmp_path: Path) -> None:
    assert measure(tmp_path)


if __name__ == "__main__":
    if len(sys.argv) == 2:
        naive(Path(sys.argv[1]))
        sys.exit(0)
    with tempfile.TemporaryDirectory() as made:
        sys.exit(0 if measure(Path(made)) else 1)
