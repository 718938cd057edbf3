# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""The verdict of a verify run over one host, and its record."""

from __future__ import annotations

import os
from pathlib import Path

from ansible.errors import AnsibleActionFail
from ansible.plugins.action import ActionBase

try:
    from wardround.clinical.judges import DECLARED, JUDGES
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
        rollout = task_vars.get("rollout")
        product = args["product"] or (self._asked(task_vars) if args["kind"] == DECLARED else args["kind"])
        versions = task_vars.get("releases", {}).get("products", {}).get(product)
        if versions is None:
            raise AnsibleActionFail(f"no product {product} in the hospital's releases: nothing says what to expect")
        expected = {
            "version": versions["current"],
            "health_checks": {name: release["health_checks"] for name, release in versions["versions"].items()},
            **args["expected"],
        }
        try:
            # A question about another product than the plan's is no proof of its roll-out.
            plan = plans.read(Path(rollout["plan"])) if rollout and rollout["product"] == product else None
            host = task_vars["inventory_hostname"]
            proof = proving.judge(Store.open(), plan, host, product, JUDGES[args["kind"]], expected, args["answers"])
            run = os.environ.get("WARDROUND_RUN")
            if run and not self._task.check_mode:
                proving.record(Store.open(), run, os.environ.get("WARDROUND_PHASE"), proof)
        except (plans.PlanError, StoreError) as error:
            raise AnsibleActionFail(str(error)) from error
        result.update(checks=[check.as_dict() for check in proof.checks], served_version=proof.served)
        if failures := [check for check in proof.checks if not check.ok]:
            sentence = "; ".join(f"{check.name}: expected {check.expected}, found {check.found}" for check in failures)
            result.update(failed=True, msg=f"not proved: {sentence}")
        else:
            result["msg"] = f"proved on {proof.served}: {', '.join(check.name for check in proof.checks)}"
        return result

    @staticmethod
    def _asked(task_vars):
        """The product that playbooks/prove_product.yml asks about."""
        product = task_vars.get("product") or task_vars.get("rollout", {}).get("product")
        if not product:
            raise AnsibleActionFail("kind `declared` needs a product: playbooks/prove_product.yml -e product=NAME")
        return product
