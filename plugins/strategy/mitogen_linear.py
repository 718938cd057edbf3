# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible's linear strategy over Mitogen's connections."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mitogen_linear
short_description: the linear strategy over one Python a host
version_added: 1.0.0
author: Wardround (@wardround)
description:
  - Ansible starts and compiles a new Python program on the host for each task, most of what a small task costs. Mitogen
    starts one a run. Order, batches, handlers and failures stay those of P(ansible.builtin.linear#strategy).
  - Where the controller has no Mitogen, it is P(ansible.builtin.linear#strategy) and says so.
requirements:
  - mitogen >= 0.3.54 on the controller; nothing more on the hosts
"""

from ansible_collections.wardround.hospital.plugins.plugin_utils import strategies

try:
    from ansible_mitogen.plugins.strategy import mitogen_linear
except ImportError:
    from ansible.plugins.strategy import linear

    StrategyModule = strategies.without_mitogen(linear.StrategyModule)
else:
    StrategyModule = strategies.with_mitogen(mitogen_linear.StrategyModule)

__all__ = ["StrategyModule"]
