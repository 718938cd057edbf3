"""`wardround prove`: real runs of playbooks/prove_product.yml over desks of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from tests.unit.run.local import ROOT, LocalHospital

# Answers as the module of that name does; a desk with a file `off` has a printer that is.
PRINT_PROBE = """
from pathlib import Path
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        desk = Path(task_vars["inventory_dir"]).parents[1] / "desks" / task_vars["inventory_hostname"]
        if (desk / "broken").exists():
            return {"failed": True, "msg": "python is missing"}
        args, ok = self._task.args, not (desk / "off").exists()
        names = [f"queue {name}" for name in args["queues"]]
        names += [f"print {args['print_on']}"] if args.get("print_on") and not self._task.check_mode else []
        names += [f"default {args['default']}"] if args.get("default") else []
        found = "a page" if ok else "the printer is off"
        return {"answers": {name: {"ok": ok, "expected": "a page", "found": found, "seconds": 0.1} for name in names}}
"""


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    return LocalHospital(tmp_path, desks=3)


def test_every_desk_is_asked_and_what_is_wrong_is_named(hospital: LocalHospital) -> None:
    good = hospital.call("wardround", "prove", "note")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "3 of 3 machines proved" in good.stdout
    hospital.put("desk-2", "version", "9")
    hospital.put("desk-3", "broken", "1.0")
    bad = hospital.call("wardround", "prove", "note")
    assert bad.returncode == 1
    assert "version: expected 1.0, found 9" in bad.stdout
    assert "legible: expected ink, found paper" in bad.stdout
    assert "1 of 3 machines proved" in bad.stderr


def test_one_desk_for_a_script(hospital: LocalHospital) -> None:
    done = hospital.call("wardround", "prove", "note", "--limit", "desk-1", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, list(told["hosts"]), told["silent"]) == (0, ["desk-1"], {})
    assert [check["name"] for check in told["hosts"]["desk-1"]] == ["version", "legible"]
    assert hospital.rows("SELECT 1 FROM runs WHERE kind = 'prove' AND rc = 0")
    assert not list(hospital.state.glob("runner/artifacts/*/command")), "the environment may hold secrets"


def test_nothing_asked_is_nothing_proved(hospital: LocalHospital) -> None:
    nobody = hospital.call("wardround", "prove", "note", "--limit", "desk-9")
    assert nobody.returncode == 1
    assert "no machine of --limit desk-9 that has note was asked" in nobody.stderr
    silent = hospital.call("wardround", "prove", "note", "--limit", "desk-1,desk-2")
    assert silent.returncode == 0
    (hospital.root / "desks/desk-1/version").unlink()
    lost = hospital.call("wardround", "prove", "note", "--limit", "desk-1,desk-2", "--json")
    assert lost.returncode == 1
    assert list(json.loads(lost.stdout)["silent"]) == ["desk-1"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("notes",), "no product notes; note, print_client, time_client, clinical or network can be proved"),
        (("time_client",), "no workstation has time_client_servers: there is nothing to ask of time_client"),
        (("clinical",), "journey.yml: nothing says who takes part"),
        (("clinical", "--limit", "desk-1"), "walked whole"),
        (("note", "-i", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_asked_is_said(hospital: LocalHospital, arguments: tuple[str, ...], sentence: str) -> None:
    done = hospital.call("wardround", "prove", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_the_journey_is_shown_step_by_step(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, journey=True)
    good = hospital.call("wardround", "prove", "clinical")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "read the result" in good.stdout and "1 of 1 steps proved, 0.5 s" in good.stdout
    (tmp_path / "fault").touch()
    bad = hospital.call("wardround", "prove", "clinical", "--json")
    assert bad.returncode == 1
    told = json.loads(bad.stdout)
    assert "read the result at desk-1 failed: nothing; likely cause: the engine is stopped" in told["message"]
    assert [step["ok"] for step in told["steps"]] == [False]
    (tmp_path / "lost").touch()
    assert "recorded no step" in hospital.call("wardround", "prove", "clinical").stderr


@pytest.fixture
def printing(hospital: LocalHospital) -> LocalHospital:
    """The real role print_client on desks whose printers are made up; desk-3 has no queue."""
    (hospital.root / "roles/print_client").symlink_to(ROOT / "roles/print_client")
    (hospital.root / "plugins/action/print_probe.py").write_text(PRINT_PROBE, encoding="utf-8")
    queue = {"name": "receipts", "uri": "ipp://10.9.1.9/ipp/print", "purpose": "receipts"}
    inventory = hospital.root / "inventories/here"
    for place, queues in (("group_vars/workstations", [queue]), ("host_vars/desk-3", [])):
        wanted = {"print_client_queues": queues, "print_client_default": "receipts" if queues else ""}
        (inventory / place).mkdir(parents=True, exist_ok=True)
        (inventory / place / "print_client.yml").write_text(yaml.safe_dump(wanted), encoding="utf-8")
    return hospital


def test_what_every_desk_has_is_recorded_without_a_version(printing: LocalHospital) -> None:
    good = printing.call("wardround", "prove", "print_client")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "print_client: 2 of 2 machines proved" in good.stdout
    columns = "host, product, rollout, expected_version, served_version, ok"
    rows = printing.rows(f"SELECT {columns} FROM proofs ORDER BY host")
    assert [tuple(row) for row in rows] == [(f"desk-{n}", "print_client", None, "", "", 1) for n in (1, 2)]


def test_a_fault_of_what_every_desk_has_is_one_sentence(printing: LocalHospital) -> None:
    printing.put("desk-1", "off", "")
    printing.put("desk-2", "broken", "")
    done = printing.call("wardround", "prove", "print_client", "--json")
    assert done.returncode == 1
    told = json.loads(done.stdout)
    assert "0 of 2 machines proved" in told["message"]
    found = {host: {check["name"]: check["found"] for check in checks} for host, checks in told["hosts"].items()}
    asked = ("queue receipts", "default receipts", "print receipts")
    assert found == {
        "desk-1": dict.fromkeys(asked, "the printer is off"),
        "desk-2": dict.fromkeys(asked, "python is missing"),
    }
    (said,) = printing.rows("SELECT message FROM tasks WHERE host = 'desk-1' AND status = 'failed'")
    assert said["message"] == (
        "not proved: queue receipts and default receipts and print receipts: expected a page, found the printer is off"
    )


def test_a_desk_that_asks_nothing_is_no_proof(printing: LocalHospital) -> None:
    task = ["-m", "include_role", "-a", "name=wardround.hospital.print_client tasks_from=prove.yml"]
    done = printing.call("ansible", "desk-3", *task, "--playbook-dir", str(printing.root))
    assert done.returncode == 0, done.stdout + done.stderr
    assert "desk-3 | SKIPPED" in done.stdout
    assert printing.rows("SELECT 1 FROM proofs") == []


def test_a_rehearsal_asks_for_no_page(printing: LocalHospital) -> None:
    command = ("ansible-playbook", "playbooks/prove_product.yml", "-e", "product=print_client", "--check")
    done = printing.call(*command, "--limit", "desk-1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert printing.rows("SELECT 1 FROM proofs") == []
