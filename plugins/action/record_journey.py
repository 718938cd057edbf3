# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The first and the last task of the patient's journey."""

from __future__ import annotations

import os

from ansible import context
from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

try:
    from wardround.clinical import journey as journeys
    from wardround.run import journal, walking
    from wardround.run.lock import LockedError
    from wardround.run.store import Store, StoreError

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


class ActionModule(ActionBase):
    """Adapter: gathers what the plays registered and asks `wardround.clinical.journey`."""

    _supports_check_mode = False
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Begin a journey, or judge it."""
        result = super().run(tmp, task_vars)
        if IMPORT_ERROR:
            raise AnsibleActionFail(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        _spec, args = self.validate_argument_spec(
            argument_spec={
                "state": {"type": "str", "required": True, "choices": ["begun", "ended"]},
                "journey": {"type": "dict", "required": True},
            }
        )
        try:
            if args["state"] == "begun":
                result["puid"] = walking.begin(Store.open(), os.getppid())
                result["prefix"] = walking.PREFIX
            else:
                result.update(self._end(args["journey"], task_vars))
        except (LockedError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        return result

    def _end(self, section, task_vars):
        hostvars = task_vars["hostvars"]
        visit = journeys.Visit(section, hostvars["localhost"]["visit"]["puid"])
        answers = {}
        for key, host, variable in journeys.registered(section):
            if host in hostvars:
                answers[key] = hostvars[host].get(variable)
        steps = journeys.judge(visit, answers)
        store = Store.open()
        run = os.environ.get("WARDROUND_RUN")
        if run:
            rollout, phase = journal.journey_of(store, context.CLIARGS["inventory"])
            journal.add_journey(store, run, rollout, phase, [step.as_dict() for step in steps])
        walking.end(store, os.getppid())
        broken = journeys.first_failed(steps)
        if broken:
            return {"failed": True, "msg": f"the patient's journey is broken: {broken.sentence()}"}
        seconds = sum(step.seconds or 0 for step in steps)
        return {"msg": f"the patient's journey is proved: {len(steps)} steps, {seconds:.1f} s of answers"}
