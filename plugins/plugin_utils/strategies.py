# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the strategies share where the controller has no Mitogen."""

from __future__ import annotations

from ansible.utils.display import Display


def without_mitogen(strategy):
    """One of Ansible's own strategies, as a class that says when it begins what is missing."""

    class StrategyModule(strategy):
        """The same strategy, each task in a Python of its own."""

        def __init__(self, tqm):
            super().__init__(tqm)
            Display().warning("no Python package mitogen here: each task starts a Python of its own on the host")

    return StrategyModule
