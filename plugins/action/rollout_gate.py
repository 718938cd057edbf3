# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The gate of a staged roll-out, asked from inside the wave's own play."""

from __future__ import annotations

import os
from pathlib import Path

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

try:
    from wardround.rollout import plan as plans
    from wardround.run import admission, intents, journal
    from wardround.run.store import Store, StoreError

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


class ActionModule(ActionBase):
    """Adapter: gathers what Ansible knows and asks `wardround.run.admission`."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Open or close the gate for one host."""
        result = super().run(tmp, task_vars)
        if IMPORT_ERROR:
            raise AnsibleActionFail(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        _spec, args = self.validate_argument_spec(
            argument_spec={
                "phase": {"type": "str", "required": True, "choices": ["open", "restart", "close"]},
                "direction": {"type": "str", "default": "forward", "choices": ["forward", "back"]},
                "intent": {"type": "str"},
                "idle": {"type": "bool"},
                "busy": {"type": "list", "elements": "str", "default": []},
                "outcome": {"type": "str", "default": "applied", "choices": ["applied", "rolled_back"]},
                "reason": {"type": "str", "default": ""},
            },
            required_if=[("phase", "close", ["intent"]), ("phase", "restart", ["intent", "idle"])],
        )
        run = os.environ.get("WARDROUND_RUN")
        if not run:
            raise AnsibleActionFail(
                "this run is not being recorded: start it from the repository's root, whose ansible.cfg enables"
                " the callback wardround.hospital.record"
            )
        try:
            store = Store.open()
            if args["phase"] == "open":
                result.update(self._open(store, run, args["direction"], task_vars))
            elif args["phase"] == "restart":
                result.update(self._restart(store, args))
            elif not self._task.check_mode:
                with store.write() as db:
                    intents.close(db, args["intent"], args["outcome"], args["reason"])
        except (admission.RefusedError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        if args["outcome"] == "rolled_back":
            result.update(failed=True, msg=f"rolled back: {args['reason']}")
        return result

    def _open(self, store, run, direction, task_vars):
        host = task_vars["inventory_hostname"]
        wave = admission.wave_of(host, task_vars["groups"], task_vars["ansible_play_hosts_all"])
        path = Path(task_vars["rollout"]["plan"])
        check = self._task.check_mode
        if direction == "forward":
            unreviewed = task_vars.get("rollout_unreviewed") or os.environ.get("WARDROUND_UNREVIEWED")
            sources = [Path(source) for source in context.CLIARGS["inventory"]]
            inventory = next(source for source in sources if not source.name.endswith(".plan.json"))
            plan = admission.check_run(store, run, path, inventory, unreviewed)
            if not check:
                journal.begin_rollout(store, plan, str(path), path.read_text(encoding="utf-8"), unreviewed)
        else:
            plan = plans.read(path)
        admission.take_lock(store, plan.product, run)
        with store.write() as db:
            admit = admission.admit_forward if direction == "forward" else admission.admit_back
            ticket = admit(db, plan, wave, host, None if check else run)
        return {"intent": ticket.intent, "already": ticket.already, "wave": wave}

    def _restart(self, store, args):
        busy = None if args["idle"] else args["busy"]
        if self._task.check_mode:
            return {"restart": busy is None}
        with store.write() as db:
            restart = admission.admit_restart(db, args["intent"], busy)
        return {"restart": restart} if restart else {"restart": False, "msg": f"in use: {'; '.join(busy)}"}
