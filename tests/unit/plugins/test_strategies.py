"""What becomes of a worker of Ansible's when Ansible itself is killed."""

from __future__ import annotations

import multiprocessing
import multiprocessing.connection
import os
import signal
import time
from typing import Any

import pytest
from ansible_collections.wardround.hospital.plugins.plugin_utils import strategies

FORK = multiprocessing.get_context("fork")  # as Ansible starts its workers


class Strategy:
    def __init__(self, tqm: object) -> None:
        self.tqm = tqm


def wait_for_ever(told: multiprocessing.connection.Connection) -> None:
    told.send(os.getpid())
    time.sleep(60)


def ansible(strategy: Any, told: multiprocessing.connection.Connection) -> None:
    kept = strategy(None)
    worker = FORK.Process(target=wait_for_ever, args=(told,))
    worker.start()
    worker.join()
    assert kept


@pytest.mark.parametrize(("strategy", "ends"), [(strategies.with_mitogen(Strategy), True), (Strategy, False)])
def test_a_worker_ends_with_the_ansible_that_started_it(strategy: Any, ends: bool) -> None:
    reads, writes = FORK.Pipe(duplex=False)
    process = FORK.Process(target=ansible, args=(strategy, writes))
    process.start()
    writes.close()
    worker = reads.recv()
    assert process.pid
    os.kill(process.pid, signal.SIGKILL)
    process.join()
    try:
        assert reads.poll(10 if ends else 0.5) is ends  # the end of a pipe that nobody can write to any more
    finally:
        if not ends:
            os.kill(worker, signal.SIGKILL)
