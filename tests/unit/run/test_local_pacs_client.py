"""The role pacs_client on desks of this machine, as a person runs it who did not ask `wardround validate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.run.local import ROOT, LocalHospital

# What a module was asked with goes to the desk's file `asked`; its answer is nothing.
ASKED = """
from pathlib import Path
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        desk = Path(task_vars["inventory_dir"]).parents[1] / "desks" / task_vars["inventory_hostname"]
        (desk / "asked").write_text(str(self._task.args.get("%s")))
        return {"failed": True, "msg": "not asked in this test"}
"""
ARCHIVE = {"pacs_client_ae_title": "RAD_1", "pacs_client_peers": ["desk-2"], "ae_title": "PACS"}


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    one = LocalHospital(tmp_path)
    (one.root / "roles/pacs_client").symlink_to(ROOT / "roles/pacs_client")
    return one


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (ARCHIVE, ""),
        ({}, "desk-1 has no ae_title, and hospital.departments.ward no ae_title_pattern to derive one from"),
        ({**ARCHIVE, "pacs_client_ae_title": ""}, "pacs_client_ae_title of desk-1 is empty"),
        ({**ARCHIVE, "pacs_client_peers": ["pacs-1"]}, "pacs_client_peers of desk-1 has 'pacs-1', which is no host"),
        (
            {"pacs_client_ae_title": "RAD_1", "pacs_client_peers": ["desk-2"]},
            "pacs_client_peers of desk-1 has 'desk-2'",
        ),
    ],
)
def test_a_desk_that_could_not_ask_its_archive_is_refused_before_it_is_changed(
    hospital: LocalHospital, variables: dict[str, Any], said: str
) -> None:
    role = "name=wardround.hospital.pacs_client tasks_from=preflight.yml"
    given = json.dumps({**variables, "__pacs_client_stage": False})
    done = hospital.call("ansible", "desk-1", "-m", "ansible.builtin.include_role", "-a", role, "-e", given)
    told = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode == 0) is (said == ""), told
    assert said in told


def asked(hospital: LocalHospital, desk: str) -> str:
    return (hospital.root / "desks" / desk / "asked").read_text(encoding="utf-8")


def test_the_proof_asks_where_the_viewer_listens(hospital: LocalHospital) -> None:
    (hospital.root / "plugins/action/dicomweb_probe.py").write_text(ASKED % "url", encoding="utf-8")
    listens = {**ARCHIVE, "pacs_client_listen": "127.0.0.1:8080", "pacs_client_peers": []}
    role = "name=wardround.hospital.pacs_client tasks_from=prove.yml"
    hospital.call("ansible", "desk-1", "-m", "ansible.builtin.include_role", "-a", role, "-e", json.dumps(listens))
    assert asked(hospital, "desk-1") == "http://127.0.0.1:8080"


def test_whoever_looks_at_a_viewer_keeps_the_desk_whatever_its_port_and_whichever_product_moves(
    hospital: LocalHospital,
) -> None:
    (hospital.root / "plugins/action/workstation_idle.py").write_text(ASKED % "viewer_ports", encoding="utf-8")
    for desk, clients in (("desk-1", ["note", "viewer"]), ("desk-2", ["note"])):
        own = hospital.root / "inventories/here/host_vars" / f"{desk}.yml"
        own.parent.mkdir(exist_ok=True)
        own.write_text(json.dumps({"clients": clients, "viewer_listen": "127.0.0.1:8080"}), encoding="utf-8")
    hospital.call("ansible", "workstations", "-m", "ansible.builtin.include_tasks", "-a", "playbooks/tasks/restart.yml")
    assert (asked(hospital, "desk-1"), asked(hospital, "desk-2")) == ("[80, 8080]", "[80]")
