"""What the callback keeps of changed switches and firewalls: real runs against an emulated switch."""

from __future__ import annotations

import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.unit.run.emulated import WANT, running
from tests.unit.run.local import LocalHospital
from wardround.network import switch_data

# Answers as the module of that name does: loads on trial, then keeps, or not.
NFT_COMMIT = """
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        if self._task.args["state"] == "armed":
            return {"changed": True, "waiting": True, "diff": {"before": "drop\\n", "after": "drop\\nallow dicom\\n"}}
        return {"changed": task_vars["kept"]}
"""
CHANGES = "SELECT * FROM network_changes ORDER BY seq"


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    return LocalHospital(tmp_path)


def play(
    hospital: LocalHospital, variables: dict[str, Any], tasks: list[dict[str, Any]]
) -> subprocess.CompletedProcess[str]:
    body = {"name": "Change a device", "hosts": "desk-1", "gather_facts": False, "vars": variables, "tasks": tasks}
    (hospital.root / "playbooks/change_device.yml").write_text(yaml.safe_dump([body], sort_keys=False))
    done = hospital.call("ansible-playbook", "playbooks/change_device.yml")
    assert done.returncode == 0, done.stdout + done.stderr
    return done


def test_a_changed_switch_is_recorded_once_and_without_secrets(hospital: LocalHospital) -> None:
    with running("cisco_ios", hospital.root) as (_fleet, _device, where):
        wish = {
            "config": switch_data.to_data(WANT),
            "state": "{{ wished }}",
            "platform": "cisco_ios",
            "known_hosts": where.known_hosts,
        }
        login = {"host": where.host, "port": where.port, "user": where.user, "password": where.password}
        change = {"wardround.hospital.switch_vlans": wish}
        variables = {"wished": "overridden", **{f"ansible_{key}": value for key, value in login.items()}}
        done = play(hospital, variables, [{**change, "check_mode": True}, change, change])
    phases = [line for line in done.stderr.splitlines() if line.startswith("desk-1: ")]
    assert re.fullmatch(
        r"desk-1: \d+ lines, taken back by `configure terminal revert timer` unless .* 120 s", phases[0]
    )
    assert phases[1:] == ["desk-1: typed, new session", "desk-1: proved from the new session", "desk-1: saved"]
    (row,) = hospital.rows(CHANGES)
    assert (row["host"], row["state"], row["mechanism"]) == ("desk-1", "overridden", "configure terminal revert timer")
    assert "+ name IMAGING" in row["diff"] and row["diff"].startswith("--- ")
    assert "vlan 40" in json.loads(row["commands"])
    told = row["diff"] + row["commands"]
    assert not any(word in told for word in ("password", "secret", "community", "username"))
    assert hospital.rows(f"SELECT 1 FROM runs WHERE id = '{row['run']}' AND rc = 0")


def test_a_firewall_is_recorded_when_it_keeps_its_rules(hospital: LocalHospital) -> None:
    (hospital.root / "plugins/action/nft_commit.py").write_text(NFT_COMMIT)
    armed = {"wardround.hospital.nft_commit": {"state": "armed", "source": "/x"}}
    confirmed = {"wardround.hospital.nft_commit": {"state": "confirmed"}}
    tasks = [{**one, "vars": {"kept": kept}} for kept in (False, True) for one in (armed, confirmed)]
    play(hospital, {}, tasks)
    (row,) = hospital.rows(CHANGES)
    assert (row["host"], row["state"], json.loads(row["commands"])) == ("desk-1", "confirmed", [])
    assert row["diff"] == "--- desk-1 now\n+++ desk-1 then\n@@ -1 +1,2 @@\n drop\n+allow dicom\n"
