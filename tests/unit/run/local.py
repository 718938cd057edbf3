"""A hospital whose desks are directories of this machine, so that real playbook runs need no container.

The playbooks, plugins and commands are the project's own. The product `note` is a file; whether a desk is in use is
another one, told by a stand-in of the module `workstation_idle`.
"""

from __future__ import annotations

import os
import shutil
import sqlite3
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import yaml

from tests.commands import start
from tests.recorded import rows
from wardround.evidence.check import Check
from wardround.intent import load
from wardround.rollout import plan as plans
from wardround.rollout.planner import plan_upgrade
from wardround.rollout.request import from_intent
from wardround.run import intents, journal
from wardround.run.store import Store

ROOT = Path(__file__).parents[3]
BIN = Path(sys.executable).parent
OLD, NEW = "1.0", "2.0"
PLAN = "plans/note.plan.json"

ROLE = {
    "meta/main.yml": "galaxy_info: {platforms: [{name: Debian, versions: [trixie]}]}",
    "meta/argument_specs.yml": "argument_specs: {main: {options: {note_version: {type: str}}}}",
    "defaults/main.yml": """
note_version: "{{ rollout_version | default(releases.products.note.current) }}"
note_file: "{{ note_desk }}/version"
note_desk: "{{ inventory_dir | dirname | dirname }}/desks/{{ inventory_hostname }}"
""",
    "tasks/preflight.yml": """
- name: Stage
  wardround.hospital.write_test_note: {path: "{{ note_desk }}/staged-{{ note_version }}", text: "{{ note_version }}"}
""",
    "tasks/apply.yml": """
- name: Switch
  wardround.hospital.write_test_note: {path: "{{ note_file }}", text: "{{ note_version }}"}
""",
    "tasks/verify.yml": """
- name: Compare
  ansible.builtin.assert:
    that: lookup('ansible.builtin.file', note_file) == note_version
""",
    "tasks/rollback.yml": """
- name: Switch back
  wardround.hospital.write_test_note: {path: "{{ note_file }}", text: "{{ note_version }}"}
""",
    "tasks/prove.yml": """
- name: Judge and record
  wardround.hospital.record_proof:
    kind: declared
    answers:
      version: {ok: true, expected: any, found: "{{ lookup('ansible.builtin.file', note_file) }}", seconds: 0.1}
      legible:
        {ok: "{{ broken != lookup('ansible.builtin.file', note_file) }}", expected: ink, found: paper, seconds: 0.2}
  vars:
    broken: "{{ lookup('ansible.builtin.file', note_desk ~ '/broken', errors='ignore') | default('', true) }}"
""",
}
WRITE = """
import time
from pathlib import Path
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        path, text = Path(self._task.args["path"]), str(self._task.args["text"])
        path.write_text(text)
        slow = path.with_name("slow")
        if path.name == "version" and slow.exists():
            time.sleep(float(slow.read_text()))
        return {"changed": True}
"""
IDLE = """
from pathlib import Path
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        busy = Path(task_vars["inventory_dir"]).parents[1] / "desks" / task_vars["inventory_hostname"] / "busy"
        said = busy.read_text() if busy.exists() else ""
        if said == "off":
            return {"unreachable": True, "msg": "no route to host"}
        if said == "silent":
            return {"failed": True, "msg": "loginctl said nothing"}
        return {"idle": not said, "reasons": [said] if said else []}
"""
JOURNEY = """
import os
import time
from pathlib import Path
from ansible import context
from ansible.plugins.action import ActionBase
from wardround.run import journal
from wardround.run.store import Store
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        fault = Path(task_vars["inventory_dir"]).parents[1] / "fault"
        step = {"key": "result", "name": "read the result", "host": "desk-1", "ok": not fault.exists(),
                "expected": "5.4 mmol/L", "found": "nothing" if fault.exists() else "5.4 mmol/L", "seconds": 0.5,
                "cause": "the engine is stopped" if fault.exists() else ""}
        slow = Path(task_vars["inventory_dir"]).parents[1] / "slow"
        time.sleep(float(slow.read_text()) if slow.exists() else 0)
        store = Store.open()
        rollout, phase = journal.journey_of(store, context.CLIARGS["inventory"])
        if not (Path(task_vars["inventory_dir"]).parents[1] / "lost").exists():
            journal.add_journey(store, os.environ["WARDROUND_RUN"], rollout, phase, [step])
        return {"failed": fault.exists(), "msg": "walked"}
"""
WALK = """
- name: Walk
  hosts: desk-1
  gather_facts: false
  tasks:
    - name: Record
      wardround.hospital.record_test_journey:
"""


class LocalHospital:
    """Desks `desk-1`, `desk-2`, ... on release 1.0. The first two are different models, so wave_01 is both of them."""

    def __init__(self, root: Path, desks: int = 2, journey: bool = False, **rollout: int) -> None:
        self.root = root
        self.state = root / "state"
        self.desks = [f"desk-{number}" for number in range(1, desks + 1)]
        self.environment = {
            **{key: value for key, value in os.environ.items() if not key.startswith(("ANSIBLE_", "WARDROUND_"))},
            "PATH": f"{BIN}:{os.environ['PATH']}",
            "WARDROUND_STATE": str(self.state),
            "COLUMNS": "200",
        }
        self._link()
        self._write_inventory(journey, {"soak_seconds": 0, "growth": 9.0, "idle_poll_seconds": 1, **rollout})
        for desk in self.desks:
            self.put(desk, "version", OLD)

    def _link(self) -> None:
        shutil.copy(ROOT / "ansible.cfg", self.root)
        shutil.copytree(ROOT / "playbooks", self.root / "playbooks")
        for name in ("galaxy.yml", "meta"):
            (self.root / name).symlink_to(ROOT / name)
        for source in (ROOT / "plugins").rglob("*.py"):
            target = self.root / source.relative_to(ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.symlink_to(source)
        self._write("plugins/action/workstation_idle.py", IDLE)
        for name, text in (("record_test_journey", JOURNEY), ("write_test_note", WRITE)):
            self._write(f"plugins/modules/{name}.py", "")
            self._write(f"plugins/action/{name}.py", text)
        self._write("playbooks/prove_clinical.yml", WALK)
        for name, text in ROLE.items():
            self._write(f"roles/note/{name}", text)
        link = self.root / "collections/ansible_collections/wardround/hospital"
        link.parent.mkdir(parents=True)
        link.symlink_to(self.root)
        (self.root / "plans").mkdir()

    def _write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.write_text(text, encoding="utf-8")

    def _write_inventory(self, journey: bool, rollout: dict[str, Any]) -> None:
        name = {"en": "Note", "zh": "便签"}
        hosts = {
            desk: {
                "ansible_host": f"10.9.0.{n}",
                "address": f"10.9.1.{n}",
                "os": "debian-13",
                "model": "a" if n == 1 else "b",
            }
            for n, desk in enumerate(self.desks, 1)
        }
        department = {"display_name": name, "owner": "it", "tier": 1, "floor": 0, "windows": "always"}
        release = {
            "artifact": "note.tar",
            "sha256": "0" * 64,
            "approved": {"by": "it", "date": "@2026-11-02", "reference": "VA-1"},
            "hazards": [],
            "changes": {},
            "health_checks": ["version", "legible"],
        }
        products = {
            "note": {"display_name": name, "current": OLD, "wanted": NEW, "versions": {OLD: release, NEW: release}}
        }
        if journey:
            products |= {f"{system}_client": dict(products["note"], wanted=OLD) for system in ("his", "lis", "pacs")}
            hosts["desk-1"] |= {"clients": list(products), "ae_title": "DESK_1"}
        hospital = {
            "name": name,
            "owners": {"it": {"name": "IT", "contact": "ext. 1"}},
            "departments": {"ward": department},
            "rollout": rollout,
        }
        tree = {"all": {"children": {"dept_ward": {"hosts": hosts}, "workstations": {"children": {"dept_ward": None}}}}}
        files: dict[str, Any] = {
            "hosts": tree,
            "group_vars/all/hospital": {"hospital": hospital},
            "group_vars/all/releases": {"releases": {"share": "http://10.9.0.99/releases", "products": products}},
            "group_vars/all/ansible": {"ansible_connection": "local", "ansible_python_interpreter": sys.executable},
            "group_vars/workstations/workstation": {"clients": ["note"]},
        }
        if journey:
            lab = yaml.safe_load((ROOT / "inventories/lab/group_vars/all/journey.yml").read_text(encoding="utf-8"))
            told = {key: "desk-1" if key.endswith("_desk") else value for key, value in lab["journey"].items()}
            del told["messages"]  # this hospital has no interface engine
            files["group_vars/all/journey"] = {"journey": told}
            groups = tree["all"]["children"]
            groups |= {f"{system}_servers": {"hosts": {f"{system}-01": None}} for system in ("his", "lis", "pacs")}
            devices = [one["device"] for one in told["examinations"]]
            groups["modalities"] = {
                "hosts": {
                    name: {"address": f"10.9.2.{n}", "ae_title": f"DEVICE_{n}"} for n, name in enumerate(devices, 1)
                }
            }
        for path, content in files.items():
            text = yaml.safe_dump(content, allow_unicode=True).replace("'@2026-11-02'", "2026-11-02")
            self._write(f"inventories/here/{path}.yml", text)
        config = (self.root / "ansible.cfg").read_text(encoding="utf-8")
        self._write("ansible.cfg", config.replace("inventories/lab", "inventories/here"))

    def put(self, desk: str, name: str, text: str) -> None:
        """Write a file of a desk: `version`, `busy` (why), `slow` (seconds), `broken` (the release that is)."""
        self._write(f"desks/{desk}/{name}", text)

    def free(self, desk: str) -> None:
        """Nobody uses the desk any more."""
        (self.root / "desks" / desk / "busy").unlink()

    def serves(self, desk: str) -> str:
        return (self.root / "desks" / desk / "version").read_text(encoding="utf-8")

    def call(self, *command: str) -> subprocess.CompletedProcess[str]:
        """Run a command to its end."""
        return subprocess.run(
            command, cwd=self.root, env=self.environment, capture_output=True, text=True, check=False, timeout=120
        )

    def start(self, *command: str, group: bool = True) -> subprocess.Popen[str]:
        """Start a command as the leader of a process group of its own."""
        return start(command, self.root, self.environment, group)

    def plan(self) -> None:
        plans.write(plan_upgrade(from_intent(load(self.root / "inventories/here"), "note")), self.root / PLAN)

    def upgraded(self) -> None:
        """As a roll-out leaves it: every desk changed and proved."""
        path = self.root / PLAN
        plan, store = plans.read(path), Store(self.state / "wardround.db")
        self.state.mkdir()
        store.prepare()
        rollout = journal.begin_rollout(store, plan, PLAN, path.read_text(encoding="utf-8"), "a test")
        for wave in plan.waves:
            for host in wave.hosts:
                with store.write() as db:
                    intent = intents.open_one(db, rollout, wave.name, host.name, "r", "forward", (OLD, NEW))
                    intents.close(db, intent, "applied")
                checks = [Check("version", True, NEW, NEW)]
                journal.add_proof(store, "r", rollout, "note", host.name, "verify", (NEW, NEW), checks)
                self.put(host.name, "version", NEW)
        journal.set_rollout(store, rollout, "done", "")

    def apply(self, *options: str) -> subprocess.CompletedProcess[str]:
        return self.call("wardround", "apply", PLAN, "--unreviewed", "a test", *options)

    def rows(self, query: str) -> list[sqlite3.Row]:
        """Rows of the record, none before there is one."""
        return rows(self.state, query)

    def states(self) -> dict[str, str]:
        """The newest intent's state of each host."""
        return {row["host"]: row["state"] for row in self.rows("SELECT host, state FROM intents ORDER BY opened_seq")}

    def wait_for(self, query: str, process: subprocess.Popen[str] | None = None, seconds: float = 180) -> None:
        """Until the query has a row; the process must still be at work then."""
        deadline = time.monotonic() + seconds
        while not self.rows(query):
            assert process is None or process.poll() is None, f"ended too soon:\n{process.communicate()[0]}"
            assert time.monotonic() < deadline, f"nothing in {seconds:.0f} s: {query}"
            time.sleep(0.05)
