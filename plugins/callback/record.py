# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Every run in the record, also those started by hand."""

from __future__ import annotations

DOCUMENTATION = r"""
name: record
type: notification
short_description: Records every playbook run in Wardround's store
description:
  - Writes the run, its task results and its end into C($WARDROUND_STATE/wardround.db). Results of tasks with
    C(no_log) are recorded without their text.
  - A host that becomes unreachable after its intent was journaled is marked unknown at once.
  - A switch changed by M(wardround.hospital.switch_vlans) and a firewall whose rules M(wardround.hospital.nft_commit)
    kept are recorded with what was changed.
requirements:
  - enabled by C(callbacks_enabled = wardround.hospital.record)
  - the Python package wardround, in the environment Ansible runs in
author: Wardround founders (@wardround)
"""

import os
import sys
import time
import uuid
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleError
from ansible.plugins.callback import CallbackBase

try:
    from wardround.network.proposal import unified
    from wardround.run import intents, journal, network_record, processes
    from wardround.run.store import Store, StoreError

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error

FLUSH_SECONDS = 0.5
SWITCH = "wardround.hospital.switch_vlans"
FIREWALL = "wardround.hospital.nft_commit"


class CallbackModule(CallbackBase):
    """Writes from the main process, in batches."""

    CALLBACK_VERSION = 2.0
    CALLBACK_TYPE = "notification"
    CALLBACK_NAME = "wardround.hospital.record"
    CALLBACK_NEEDS_ENABLED = True

    def __init__(self):
        super().__init__()
        self._store = None
        self._run = os.environ.get("WARDROUND_RUN")
        self._rows = []
        self._flushed = time.monotonic()
        self._began = {}
        self._armed = {}

    def v2_playbook_on_start(self, playbook):
        """Begin the run; the workers forked later inherit its id."""
        if IMPORT_ERROR:
            raise AnsibleError(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        try:
            self._store = Store.open()
        except StoreError as error:
            self._display.warning(f"this run is not recorded: {error}")
            os.environ.pop("WARDROUND_RUN", None)
            return
        self._run = self._run or f"r-{uuid.uuid4().hex[:16]}"
        os.environ["WARDROUND_RUN"] = self._run
        me = processes.process(os.getpid())
        facts = {
            "playbook": Path(playbook._file_name).name,
            "argv": " ".join(sys.argv),
            "check_mode": int(context.CLIARGS.get("check", False)),
            "pid": me.pid,
            "pgid": os.getpgid(0),
            "pid_start": me.start,
        }
        journal.begin_run(self._store, self._run, facts)

    def v2_runner_on_start(self, host, task):
        """Remember when a host began a task."""
        self._began[(host.get_name(), task._uuid)] = time.monotonic()

    def v2_runner_on_ok(self, result):
        """A task that went well."""
        self._add(result, "changed" if result._result.get("changed") else "ok")
        self._device(result)

    def v2_runner_on_skipped(self, result):
        """A task with nothing to do."""
        self._add(result, "skipped")

    def v2_runner_on_failed(self, result, ignore_errors=False):
        """A task that failed."""
        self._add(result, "failed")

    def v2_runner_on_unreachable(self, result):
        """A host that is lost: what was begun there is unknown from here on."""
        self._add(result, "unreachable")
        self._flush()
        if self._store:
            intents.lose(self._store, self._run, result._host.get_name(), self._message(result) or "unreachable")

    def v2_playbook_on_stats(self, stats):
        """End the run."""
        if not self._store:
            return
        self._flush()
        rc = 4 if stats.dark else 2 if stats.failures else 0
        journal.end_run(self._store, self._run, rc)

    @staticmethod
    def _message(result):
        found = result._result
        if found.get("_ansible_no_log") or result._task.no_log:
            return "(no_log)"
        return str(found.get("msg", ""))

    def _add(self, result, status):
        host, task = result._host.get_name(), result._task
        began = self._began.pop((host, task._uuid), None)
        seconds = None if began is None else round(time.monotonic() - began, 3)
        message = self._message(result) if status in ("failed", "unreachable", "changed") else ""
        name = "(no_log)" if task.no_log else task.get_name().strip()
        self._rows.append((host, name, status, message, seconds))
        if time.monotonic() - self._flushed > FLUSH_SECONDS:
            self._flush()

    def _device(self, result):
        """A switch that was changed, and a firewall's rules: first on trial, then kept, changed only then."""
        host, task = result._host.get_name(), result._task
        if not self._store or task.check_mode or task.resolved_action not in (SWITCH, FIREWALL):
            return
        for done in result._result.get("results", [result._result]):
            if done.get("rollback"):
                change = {"commands": done["commands"], "diff": done["unified_diff"], "mechanism": done["rollback"]}
                network_record.add_change(self._store, self._run, host, done["state"], change)
            elif done.get("waiting"):
                texts = (done["diff"][when].splitlines() for when in ("before", "after"))
                self._armed[host] = unified(host, *texts)
            elif done.get("changed") and host in self._armed:
                change = {"commands": [], "diff": self._armed.pop(host), "mechanism": "systemd-run nft -f"}
                network_record.add_change(self._store, self._run, host, "confirmed", change)

    def _flush(self):
        if self._store and self._rows:
            journal.add_tasks(self._store, self._run, self._rows)
        self._rows = []
        self._flushed = time.monotonic()
