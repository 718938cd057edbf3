"""Ctrl-C and kill -9 during real runs: hosts in flight finish, none begins, and `wardround apply` goes on.

Ctrl-C is a SIGINT to the command's whole process group, as a terminal sends it.
"""

from __future__ import annotations

import os
import signal
import subprocess
import time
from pathlib import Path

import pytest

from tests.unit.run.local import NEW, OLD, PLAN, LocalHospital

APPLY = ("wardround", "apply", PLAN, "--unreviewed", "a test")
LAST = (
    "ended by Ctrl-C: nothing is in flight and everything is recorded; `wardround apply plans/note.plan.json` goes on"
)
IN_FLIGHT = "SELECT 1 FROM intents WHERE host = 'desk-1' AND state = 'open'"


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    """One host goes at a time, and desk-1 takes its time."""
    made = LocalHospital(tmp_path)
    made.environment["ANSIBLE_FORKS"] = "1"
    made.put("desk-1", "slow", "5")
    made.plan()
    return made


def ctrl_c(process: subprocess.Popen[str]) -> None:
    os.killpg(process.pid, signal.SIGINT)


def test_the_host_in_flight_is_finished_and_no_further_one_begun(hospital: LocalHospital) -> None:
    apply = hospital.start(*APPLY)
    hospital.wait_for(IN_FLIGHT, apply)
    ctrl_c(apply)
    said = apply.communicate(timeout=180)[0]
    assert apply.returncode == 3, said
    assert "finishing the hosts in flight (desk-1); no further host is begun; Ctrl-C again" in said
    assert said.splitlines()[-1] == LAST
    assert hospital.states() == {"desk-1": "applied"}
    assert (hospital.serves("desk-1"), hospital.serves("desk-2")) == (NEW, OLD)
    assert not hospital.rows("SELECT 1 FROM runs WHERE ended IS NULL")
    assert not hospital.rows("SELECT 1 FROM locks")
    assert "ended by Ctrl-C" in hospital.call("wardround", "status").stdout
    done = hospital.apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert len(hospital.rows("SELECT 1 FROM intents")) == 2, "none was done twice"


@pytest.mark.parametrize("how", ["Ctrl-C twice", "kill -9"])
def test_a_command_that_leaves_at_once_leaves_the_host_in_flight_to_finish(hospital: LocalHospital, how: str) -> None:
    apply = hospital.start(*APPLY)
    hospital.wait_for(IN_FLIGHT, apply)
    if how == "kill -9":
        apply.kill()
    else:
        ctrl_c(apply)
        time.sleep(1)
        ctrl_c(apply)
    began = time.monotonic()
    said = apply.communicate(timeout=180)[0]
    assert time.monotonic() - began < 3
    assert hospital.rows(IN_FLIGHT), "it is still in flight"
    if how != "kill -9":
        assert apply.returncode == 3
        assert "left to finish by itself: desk-1; `wardround apply plans/note.plan.json` waits for that" in said
    hospital.wait_for("SELECT 1 FROM intents WHERE host = 'desk-1' AND state = 'applied'")
    hospital.wait_for("SELECT 1 FROM runs WHERE playbook = 'upgrade.yml' AND ended IS NOT NULL")
    assert hospital.states() == {"desk-1": "applied"}, "no further host was begun"


def test_apply_waits_for_what_an_earlier_one_left_in_flight(hospital: LocalHospital) -> None:
    apply = hospital.start(*APPLY)
    hospital.wait_for(IN_FLIGHT, apply)
    apply.kill()
    apply.communicate()
    done = hospital.apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "still finishes its hosts in flight" in done.stdout
    assert len(hospital.rows("SELECT 1 FROM intents")) == 2


def test_waiting_for_a_user_is_ended_at_once(hospital: LocalHospital) -> None:
    hospital.put("desk-1", "slow", "0")
    hospital.put("desk-2", "busy", "li.na")
    apply = hospital.start(*APPLY)
    hospital.wait_for("SELECT 1 FROM intents WHERE host = 'desk-2' AND state = 'staged' AND closed > staged", apply)
    ctrl_c(apply)
    said = apply.communicate(timeout=30)[0]
    assert apply.returncode == 3, said
    assert "goes on" in said.splitlines()[-1]
    assert hospital.states()["desk-2"] == "staged"


def test_a_journey_that_nobody_waits_for_is_walked_to_its_end(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, journey=True)
    (tmp_path / "slow").write_text("9")
    prove = hospital.start("wardround", "prove", "clinical")
    hospital.wait_for("SELECT 1 FROM runs WHERE argv LIKE '%prove_clinical%'", prove)
    ctrl_c(prove)
    said = prove.communicate(timeout=8)[0]
    assert prove.returncode == 1
    assert "left: what was begun is asked, cleaned up and recorded without us" in said
    assert not hospital.rows("SELECT 1 FROM journeys")
    hospital.wait_for("SELECT 1 FROM journeys WHERE ok = 1")


def test_a_rollback_ends_after_the_host_in_flight_too(hospital: LocalHospital) -> None:
    hospital.upgraded()
    back = hospital.start("wardround", "rollback", PLAN)
    hospital.wait_for("SELECT 1 FROM intents WHERE direction = 'back' AND state = 'open'", back)
    ctrl_c(back)
    said = back.communicate(timeout=180)[0]
    assert back.returncode == 3, said
    assert "`wardround rollback plans/note.plan.json` goes on" in said.splitlines()[-1]
    assert [hospital.serves(desk) for desk in hospital.desks] == [OLD, NEW]
    assert hospital.call("wardround", "rollback", PLAN).returncode == 0
    assert {hospital.serves(desk) for desk in hospital.desks} == {OLD}
