# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict of a verify run over one host, and its record."""

from __future__ import annotations

import os
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

try:
    from wardround.clinical.judges import DECLARED, EVERY_DESK, JUDGES
    from wardround.clinical.verdict import told
    from wardround.rollout import plan as plans
    from wardround.run import proving
    from wardround.run.store import Store, StoreError

    IMPORT_ERROR = None
except ImportError as error:
    JUDGES = {}
    IMPORT_ERROR = error


class ActionModule(ActionBase):
    """Adapter to `wardround.run.proving`."""

    _supports_check_mode = True
    _requires_connection = False

    def run(self, tmp=None, task_vars=None):
        """Judge one host's answers."""
        result = super().run(tmp, task_vars)
        if IMPORT_ERROR:
            raise AnsibleActionFail(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        _spec, args = self.validate_argument_spec(
            argument_spec={
                "kind": {"type": "str", "required": True, "choices": sorted(JUDGES)},
                "product": {"type": "str"},
                "expected": {"type": "dict", "default": {}},
                "answers": {"type": "dict", "required": True},
            }
        )
        kind, rollout = args["kind"], task_vars.get("rollout")
        product = args["product"] or (self._asked(task_vars) if kind == DECLARED else kind)
        expected = {**({} if kind in EVERY_DESK else self._release(task_vars, product)), **args["expected"]}
        try:
            # A question about another product than the plan's is no proof of its roll-out.
            plan = plans.read(Path(rollout["plan"])) if rollout and rollout["product"] == product else None
            roll_out = (Store.open(), plan) if plan else None
            host = task_vars["inventory_hostname"]
            proof = proving.judge(roll_out, host, product, JUDGES[kind], expected, args["answers"])
            if not proof.checks:  # a proof without a check would count as one that passed
                return {**result, "skipped": True, "msg": f"nothing is asked of {product} at {host}"}
            run = os.environ.get("WARDROUND_RUN")
            if run and not self._task.check_mode:
                proving.record(Store.open(), run, os.environ.get("WARDROUND_PHASE"), proof)
        except (plans.PlanError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(checks=[check.as_dict() for check in proof.checks], served_version=proof.served)
        if failures := [check for check in proof.checks if not check.ok]:
            result.update(failed=True, msg=f"not proved: {told(failures)}")
        else:
            on = f" on {proof.served}" if proof.served else ""
            result["msg"] = f"proved{on}: {', '.join(check.name for check in proof.checks)}"
        return result

    @staticmethod
    def _release(task_vars, product):
        """What the hospital's releases say of a product."""
        versions = task_vars.get("releases", {}).get("products", {}).get(product)
        if versions is None:
            raise AnsibleActionFail(f"no product {product} in the hospital's releases: nothing says what to expect")
        health_checks = {name: release["health_checks"] for name, release in versions["versions"].items()}
        return {"version": versions["current"], "health_checks": health_checks}

    @staticmethod
    def _asked(task_vars):
        """The product that playbooks/prove_product.yml asks about."""
        product = task_vars.get("product") or task_vars.get("rollout", {}).get("product")
        if not product:
            raise AnsibleActionFail("kind `declared` needs a product: playbooks/prove_product.yml -e product=NAME")
        return product
