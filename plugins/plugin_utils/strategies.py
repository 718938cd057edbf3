# Copyright: Wardround founders
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
"""What the strategies share, with Mitogen on the controller and without it."""

from __future__ import annotations

import ctypes
import multiprocessing.util
import os
import signal
import sys

from ansible.utils.display import Display

PR_SET_PDEATHSIG = 1  # prctl(2), linux/prctl.h


def with_mitogen(strategy):
    """One of Mitogen's strategies, as a class whose workers do not outlive Ansible.

    A worker asks through a process of its own, Mitogen's multiplexer. Where both are killed at once a worker may wait
    for ever for the answer to a task: it has no limit of its own. It can do nothing more, so it ends with Ansible.
    """

    class StrategyModule(strategy):
        """The same strategy; its workers are killed when the process that started them is."""

        def __init__(self, tqm):
            super().__init__(tqm)
            self.started_by = os.getpid()
            multiprocessing.util.register_after_fork(self, _end_with_parent)

    return StrategyModule


def _end_with_parent(strategy):
    if sys.platform != "linux":
        return
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != strategy.started_by:  # it was killed before the line above
        os._exit(1)


def without_mitogen(strategy):
    """One of Ansible's own strategies, as a class that says when it begins what is missing."""

    class StrategyModule(strategy):
        """The same strategy, each task in a Python of its own."""

        def __init__(self, tqm):
            super().__init__(tqm)
            Display().warning("no Python package mitogen here: each task starts a Python of its own on the host")

    return StrategyModule
