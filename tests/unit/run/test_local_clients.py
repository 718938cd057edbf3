"""The real proofs of each client, on desks of this machine that have a client too many or one too few."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.run.local import ROOT, LocalHospital

# What the desk has is the content of its file `installed`; nothing else is asked.
CLIENTS_PROBE = """
import json
from pathlib import Path
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        desk = Path(task_vars["inventory_dir"]).parents[1] / "desks" / task_vars["inventory_hostname"]
        return json.loads((desk / "installed").read_text())
"""
SILENT = """
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return {"failed": True, "msg": "not asked in this test"}
"""
CLIENTS = ("his_client", "lis_client", "pacs_client")


def variables(clients: list[str]) -> str:
    """A hospital with every client of ours, and what their proofs want to know."""
    release = {"artifact": "x.tar", "sha256": "0" * 64, "health_checks": ["version"]}
    products = {name: {"current": "1.0", "versions": {"1.0": release}} for name in CLIENTS}
    server = {f"{name}_{key}": value for name in CLIENTS[:2] for key, value in (("server", "desk-1"), ("user", "u"))}
    passwords = {f"{name}_password": "p" for name in CLIENTS}
    releases = {"share": "http://10.9.0.99/releases", "products": products}
    settings = {"his_client_ca_file": "", "lis_client_ca_file": "", "lis_client_section": ""}
    return json.dumps({"clients": clients, "releases": releases, **server, **passwords, **settings})


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    one = LocalHospital(tmp_path, desks=4)
    for role in (*CLIENTS, "gnuhealth_client"):
        (one.root / "roles" / role).symlink_to(ROOT / "roles" / role)
    silent = dict.fromkeys(("gnuhealth_probe", "dicomweb_probe", "dicom_echo", "dicom_find"), SILENT)
    for name, text in {**silent, "clients_probe": CLIENTS_PROBE}.items():
        (one.root / "plugins/action" / f"{name}.py").write_text(text, encoding="utf-8")
    return one


@pytest.mark.parametrize("product", ["his_client", "pacs_client"])  # lis_client asks by the same file as his_client
def test_the_proof_of_each_client_reads_the_desks_clients_back(hospital: LocalHospital, product: str) -> None:
    clients = [product, "his_client" if product == "pacs_client" else "pacs_client"]
    other = next(name for name in CLIENTS if name not in clients)
    both = dict.fromkeys(clients, "1.0")
    answers = (
        ({"installed": both}, True, f"{clients[0]} 1.0, {clients[1]} 1.0"),
        ({"installed": {**both, other: "1.0"}}, False, f"{other} 1.0 is in /opt/wardround too"),
        ({"installed": {product: "1.0"}}, False, f"{clients[1]} is not installed"),
        ({"failed": True, "msg": "no Python"}, False, "no Python"),
    )
    for desk, (answer, _ok, _found) in zip(hospital.desks, answers, strict=True):
        hospital.put(desk, "installed", json.dumps(answer))
    given = ("-e", f"product={product}", "-e", variables(clients))
    done = hospital.call("ansible-playbook", "playbooks/prove_product.yml", *given)
    rows = hospital.rows("SELECT checks FROM proofs ORDER BY host")
    assert len(rows) == len(answers), done.stdout + done.stderr
    told = [check for row in rows for check in json.loads(row["checks"]) if check["name"] == "clients"]
    assert [(check["ok"], check["found"]) for check in told] == [(ok, found) for _answer, ok, found in answers]
    assert {check["expected"] for check in told} == {f"{', '.join(clients)} and no other"}
