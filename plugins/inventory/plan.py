# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Waves of a plan as groups."""

from __future__ import annotations

DOCUMENTATION = r"""
name: plan
short_description: Waves of an upgrade plan as inventory groups
description:
  - Reads a plan that C(wardround plan) wrote and adds the groups C(planned), C(wave_01), C(wave_02) and so on,
    so that one wave is
    C(ansible-playbook -i inventories/lab -i plans/X.plan.json playbooks/upgrade.yml --limit wave_01).
  - Name the hospital's inventory before the plan. A host of the plan that the inventory does not have is an error.
author: Wardround founders (@wardround)
options:
  plugin:
    description: Not used; a plan is recognised by its name, C(*.plan.json).
    type: str
requirements:
  - the Python package wardround, in the environment Ansible runs in
"""

EXAMPLES = r"""
# ansible-inventory -i inventories/lab -i plans/pacs_client-3.13.2.plan.json --graph planned
"""

from pathlib import Path

from ansible.errors import AnsibleParserError
from ansible.plugins.inventory import BaseInventoryPlugin

try:
    from wardround.rollout import plan as plans

    IMPORT_ERROR = None
except ImportError as error:
    IMPORT_ERROR = error


class InventoryModule(BaseInventoryPlugin):
    """Adds groups to the hosts that earlier sources defined."""

    NAME = "wardround.hospital.plan"

    def verify_file(self, path):
        """Whether this source is a plan, by its name."""
        return path.endswith(".plan.json") and super().verify_file(path)

    def parse(self, inventory, loader, path, cache=True):
        """Add C(planned) and a group a wave."""
        super().parse(inventory, loader, path, cache)
        if IMPORT_ERROR:
            raise AnsibleParserError(f"install the Python package wardround beside Ansible: {IMPORT_ERROR}")
        try:
            plan = plans.read(Path(path))
        except plans.PlanError as error:
            raise AnsibleParserError(str(error)) from error
        inventory.add_group("planned")
        inventory.set_variable(
            "planned",
            "rollout",
            {
                "plan": str(Path(path).absolute()),
                "product": plan.product,
                "from": plan.from_version,
                "to": plan.to_version,
            },
        )
        for wave in plan.waves:
            inventory.add_group(wave.name)
            inventory.add_child("planned", wave.name)
            for host in wave.hosts:
                if host.name not in inventory.hosts:
                    raise AnsibleParserError(
                        f"{path}: {wave.name} names {host.name}, which the inventory before it does not have"
                        " (name the inventory first: -i inventories/lab -i plans/X.plan.json)"
                    )
                inventory.add_host(host.name, group=wave.name)
