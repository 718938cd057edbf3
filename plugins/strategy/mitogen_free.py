# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""Ansible's free strategy over Mitogen's connections."""

from __future__ import annotations

DOCUMENTATION = r"""
name: mitogen_free
short_description: the free strategy over one Python a host
version_added: 1.0.0
author: Wardround (@wardround)
description:
  - Ansible starts and compiles a new Python program on the host for each task, most of what a small task costs. Mitogen
    starts one a run. Order, batches, handlers and failures stay those of P(ansible.builtin.free#strategy).
  - Where the controller has no Mitogen, it is P(ansible.builtin.free#strategy) and says so.
requirements:
  - mitogen >= 0.3.54 on the controller; nothing more on the hosts
"""

from ansible_collections.wardround.hospital.plugins.plugin_utils import strategies

try:
    from ansible_mitogen.plugins.strategy import mitogen_free
except ImportError:
    from ansible.plugins.strategy import free

    StrategyModule = strategies.without_mitogen(free.StrategyModule)
else:
    StrategyModule = strategies.with_mitogen(mitogen_free.StrategyModule)

__all__ = ["StrategyModule"]
