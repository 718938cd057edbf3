"""What becomes of a worker of Ansible's when Ansible itself is killed."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from typing import Any

import pytest

FORK = multiprocessing.get_context("fork")  # as Ansible starts its workers


class Strategy:
    def __init__(self, tqm: object) -> None:
        self.tqm = tqm


def wait_for_ever(told: multiprocessing.connection.Connection) -> None:
    told.send(os.getpid())
    time.sleep(60)


def ansible(ours: bool, told: multiprocessing.connection.Connection) -> None:
    """One control process: in it, because what imports it is a control host to Ansible's modules from then on."""
    from ansible_collections.wardround.hospital.plugins.plugin_utils import strategies

    kept: Any = strategies.with_mitogen(Strategy)(None) if ours else Strategy(None)
    worker = FORK.Process(target=wait_for_ever, args=(told,))
    worker.start()
    worker.join()
    assert kept


@pytest.mark.parametrize("ours", [True, False])
def test_a_worker_ends_with_the_ansible_that_started_it(ours: bool) -> None:
    reads, writes = FORK.Pipe(duplex=False)
    process = FORK.Process(target=ansible, args=(ours, writes))
    process.start()
    writes.close()
    worker = reads.recv()
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    try:
        assert reads.poll(10 if ours else 0.5) is ours  # the end of a pipe that nobody can write to any more
    finally:
        if not ours:
            os.kill(worker, signal.SIGKILL)
