"""The module `switch_vlans` as tasks of a real ansible-playbook, in each of its states, on an emulated IOS switch.

Who logs in has no privilege there, so that every task goes through `enable` with its secret.
"""

from __future__ import annotations

import difflib
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import yaml

from lab.switch.device import Device
from lab.switch.fleet import Fleet
from tests.unit.network.switches import ios_table
from tests.unit.run.emulated import ACCESS_POINT, DESK, DOWN, HALL, HAVE, PHONE, SPARE, UP, login, switch
from wardround.network import switch_data

ROOT = Path(__file__).parents[2]
SHUT = {name: replace(HAVE.ports[name], enabled=False) for name in (SPARE, HALL)}
MODEL = replace(HAVE, platform="cisco_ios", uplink=None, ports=HAVE.ports | SHUT)

OWN = {"management_vlan": 99, "uplink": UP}
WISHES: dict[str, dict[str, Any]] = {
    "merged": {"vlans": {40: "IMAGING"}, "ports": {SPARE: {"description": "MRI 2"}, DOWN: {"trunk": "40"}}},
    "replaced": {
        "ports": {
            DESK: {"access": 10, "description": "CT"},
            SPARE: {"access": 10, "description": "MRI 2", "enabled": True},
        }
    },
    "overridden": {
        "vlans": {10: "CLINICAL", 20: "GUEST", 40: "IMAGING", 99: "MANAGEMENT"},
        "ports": {
            DESK: {"access": 40, "description": "CT"},
            PHONE: {"access": 10, "description": "desk 2"},
            SPARE: {"enabled": False},
            DOWN: {"trunk": "10,40,99", "description": "acc-02"},
            UP: {"trunk": "10,20,40,99", "description": "core-01"},
        },
    },
    "deleted": {"vlans": {20: None}, "ports": {PHONE: {}}},
}
RESET = ["no description", "no switchport mode", "no switchport access vlan", "exit"]
ADD, REMOVE = "switchport trunk allowed vlan add", "switchport trunk allowed vlan remove"
COMMANDS = {
    "merged": [
        *("vlan 40", "name IMAGING", "exit"),
        *(f"interface {DOWN}", f"{ADD} 40", "exit"),
        *(f"interface {SPARE}", "description MRI 2", "exit"),
    ],
    "replaced": [
        *(f"interface {DESK}", "description CT", "switchport access vlan 10", "exit"),
        *(f"interface {SPARE}", "no shutdown", "exit"),
    ],
    "overridden": [
        *(f"interface {UP}", f"{ADD} 40", "exit"),
        *(f"interface {DESK}", "switchport access vlan 40", "exit"),
        *(f"interface {SPARE}", "shutdown", "no description", "exit"),
        *(f"interface {HALL}", *RESET),
        *(f"interface {ACCESS_POINT}", *RESET),
        *(f"interface {DOWN}", f"{REMOVE} 20,30", "exit"),
        *(f"interface {UP}", f"{REMOVE} 30", "exit"),
        "no vlan 30",
    ],
    "deleted": [f"interface {PHONE}", *RESET, f"interface {UP}", f"{REMOVE} 20", "exit", "no vlan 20"],
}
DIFFERENCES = {
    "merged": """
+vlan 40
+ name IMAGING
+!
- description spare
+ description MRI 2
- switchport trunk allowed vlan 10,20,30,99
+ switchport trunk allowed vlan 10,20,30,40,99
""",
    "replaced": """
- description desk 1
- switchport access vlan 30
+ description CT
+ switchport access vlan 10
- shutdown
""",
    "overridden": f"""
-!
-vlan 30
- name OLD
- switchport access vlan 10
+ switchport access vlan 40
- description MRI 2
- switchport mode access
-!
-interface {HALL}
- description hall
- switchport access vlan 20
+interface {HALL}
+ shutdown
+!
- description access point
- switchport access vlan 20
- switchport mode access
- switchport trunk allowed vlan 10,20,30,40,99
+ switchport trunk allowed vlan 10,40,99
- switchport trunk allowed vlan 10,20,30,99
+ switchport trunk allowed vlan 10,20,40,99
""",
    "deleted": """
-!
-vlan 20
- name GUEST
- description desk 2
- switchport access vlan 10
- switchport mode access
- switchport trunk allowed vlan 10,20,40,99
+ switchport trunk allowed vlan 10,40,99
""",
}
AT_LAST = {
    "switch": "acc-01",
    "platform": "cisco_ios",
    "management_vlan": 99,
    "vlans": {"10": "CLINICAL", "40": "IMAGING", "99": "MANAGEMENT"},
    "ports": {
        DESK: {"access": 40, "description": "CT", "enabled": True},
        PHONE: {"enabled": True},
        SPARE: {"access": 10, "enabled": False},
        HALL: {"enabled": False},
        ACCESS_POINT: {"enabled": True},
        DOWN: {"trunk": "10,40,99", "native": 1, "description": "acc-02", "enabled": True},
        UP: {"trunk": "10,40,99", "native": 1, "description": "core-01", "enabled": True},
    },
}


def tasks(running: str) -> list[dict[str, Any]]:
    """A state's change is foreseen in check mode, made, asked for once more; then the states that change nothing."""

    def task(name: str, more: dict[str, Any] | None = None, **arguments: Any) -> dict[str, Any]:
        module = {
            "wardround.hospital.switch_vlans": {"platform": "cisco_ios", "known_hosts": "{{ known }}", **arguments}
        }
        return {"name": name, **module, **(more or {})}

    found = []
    for state, wish in WISHES.items():
        arguments, tags = {"state": state, "config": OWN | wish}, {"tags": [state]}
        found += [
            task(f"{state} foreseen", {"check_mode": True, **tags}, **arguments),
            task(state, tags, **arguments),
            task(f"{state} again", tags, **arguments),
        ]
    return [
        *found,
        task("gathered", {"register": "switch"}, state="gathered"),
        task("gathered again", state="overridden", config="{{ switch.gathered }}"),
        task("rendered", state="rendered", config="{{ switch.gathered }}"),
        task("parsed", state="parsed", running_config=running, show_vlan=ios_table(MODEL)),
    ]


@contextmanager
def unprivileged(folder: Path) -> Iterator[Device]:
    """A switch, and the inventory and playbook for it in the folder."""
    with Fleet(replace(switch("acc-01", "cisco_ios", MODEL), privilege=1, secret="s3cret")) as fleet:
        device = fleet["acc-01"]
        where = login(device, folder)
        host = {
            "ansible_connection": "local",
            "ansible_host": where.host,
            "ansible_port": where.port,
            "ansible_user": where.user,
            "ansible_password": where.password,
            "ansible_become_password": "s3cret",
            "known": where.known_hosts,
        }
        play = {"name": "States", "hosts": "acc-01", "gather_facts": False, "tasks": tasks(device.text("running"))}
        (folder / "hosts.yml").write_text(yaml.safe_dump({"all": {"hosts": {"acc-01": host}}}))
        (folder / "play.yml").write_text(yaml.safe_dump([play], sort_keys=False))
        yield device


def run(folder: Path, *options: str) -> dict[str, dict[str, Any]]:
    """Each task's result, by its name."""
    environment = os.environ | {
        "ANSIBLE_CONFIG": str(ROOT / "ansible.cfg"),
        "ANSIBLE_STDOUT_CALLBACK": "ansible.posix.json",
        "PYTHONPATH": str(ROOT),
        "WARDROUND_STATE": str(folder / "state"),
    }
    command = [str(Path(sys.executable).with_name("ansible-playbook")), "-i", str(folder / "hosts.yml")]
    command += ["--diff", *options, str(folder / "play.yml")]
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, timeout=600, check=False)
    assert done.returncode == 0, f"{done.stdout[-6000:]}\n{done.stderr[-4000:]}"
    (play,) = json.loads(done.stdout[done.stdout.index("{") :])["plays"]
    return {one["task"]["name"]: one["hosts"]["acc-01"] for one in play["tasks"]}


def check_change(result: dict[str, Any], state: str, made: bool) -> None:
    """The lines and the difference that were asked for, also as --diff prints it."""
    assert (result["changed"], result["state"]) == (True, state)
    assert result["commands"] == COMMANDS[state]
    assert result["rollback"] == ("configure terminal revert timer" if made else "")
    shown = result["diff"]
    lines = difflib.unified_diff(shown["before"].splitlines(), shown["after"].splitlines(), lineterm="")
    for told in (lines, result["unified_diff"].splitlines()):
        assert [line for line in [*told][2:] if line[0] in "+-"] == DIFFERENCES[state].split("\n")[1:-1]


def test_each_state_as_a_task(tmp_path: Path) -> None:
    with unprivileged(tmp_path) as device:
        before = device.text("running")
        told = run(tmp_path, "--check", "--tags", "merged")
        assert device.text("running") == before
        results = run(tmp_path)
        after, saved = device.text("running"), device.switch.saved
    for result in told.values():
        check_change(result, "merged", made=False)
    for state in WISHES:
        check_change(results[f"{state} foreseen"], state, made=False)
        check_change(results[state], state, made=True)
        again = results[f"{state} again"]
        assert (again["changed"], again["commands"], again["unified_diff"], again["rollback"]) == (False, [], "", "")
        assert again["after"] == results[state]["after"]
    assert results["gathered"]["gathered"] == AT_LAST and saved
    assert (results["gathered again"]["changed"], results["gathered again"]["commands"]) == (False, [])
    rendered = results["rendered"]["rendered"]
    assert rendered[0] == "hostname acc-01" and "\n".join(rendered[2:]) in after
    assert results["parsed"]["parsed"] == switch_data.to_data(MODEL)
    assert not any(results[name]["changed"] for name in ("gathered", "rendered", "parsed"))
