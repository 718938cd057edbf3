"""What a page reads from a long record: the newest in full, the rest not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.evidence.recorder import WAVES, Recorder
from wardround.run import history


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path))
    return Recorder()


def test_old_roll_outs_are_listed_but_their_proofs_stay_where_they_are(recorder: Recorder) -> None:
    for n in range(5):
        recorder.upgrade(f"{n:012x}", f"3.{n}.0", f"3.{n + 1}.0", WAVES)
    read = history.read()
    assert len(read.rollouts) == 5
    assert {proof.rollout for proof in read.proofs} == {f"{n:012x}" for n in (2, 3, 4)}
    assert {change.rollout for change in read.changes} == {f"{n:012x}" for n in (2, 3, 4)}


def test_a_host_left_out_of_the_newest_keeps_its_newest_proof(recorder: Recorder) -> None:
    recorder.upgrade(f"{0:012x}", "3.0.0", "3.1.0", [["rad-ws-01"]])
    for n in range(1, 5):
        recorder.upgrade(f"{n:012x}", f"3.{n}.0", f"3.{n + 1}.0", [["reg-ws-01"]])
    newest = {proof.host: proof for proof in history.read().proofs}
    assert newest["rad-ws-01"].served_version == "3.1.0"
    assert newest["rad-ws-01"].run in {run.id for run in history.read().runs}


def test_an_unfinished_roll_out_is_read_however_old(recorder: Recorder) -> None:
    recorder.held_at_canary(f"{9:012x}", "3.0.0", "3.1.0", WAVES, "rad-ws-01")
    for n in range(4):
        recorder.upgrade(f"{n:012x}", f"3.{n}.0", f"3.{n + 1}.0", [["reg-ws-02"]])
    assert f"{9:012x}" in {change.rollout for change in history.read().changes}


def test_runs_by_hand_are_read_with_what_their_tasks_did(recorder: Recorder) -> None:
    run = recorder.run("hand", "playbooks/converge.yml", 2)
    recorder.task(run, "rad-ws-01", "Install nginx", "changed")
    recorder.task(run, "rad-ws-02", "Install nginx", "changed")
    recorder.task(run, "rad-ws-03", "Install nginx", "failed", "no space left")
    read = history.read()
    assert [dict(one.counts) for one in read.runs] == [{"changed": 2, "failed": 1}]
    assert [(one.host, one.message) for one in read.task_failures] == [("rad-ws-03", "no space left")]
