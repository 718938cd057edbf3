"""`wardround apply` and `rollback` over desks of this machine: real runs, real users' desks pretended."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.run.local import NEW, OLD, PLAN, LocalHospital


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    made = LocalHospital(tmp_path)
    made.plan()
    return made


def test_a_desk_in_use_is_staged_asked_again_and_done_when_its_user_has_left(hospital: LocalHospital) -> None:
    hospital.put("desk-2", "busy", "li.na is logged on at seat0")
    held = hospital.apply("--no-wait")
    assert held.returncode == 3
    assert "desk-2 staged, waiting for restart (li.na is logged on at seat0); still on 1.0" in held.stdout
    assert hospital.states() == {"desk-1": "applied", "desk-2": "staged"}
    assert hospital.serves("desk-2") == OLD
    assert (hospital.root / "desks/desk-2/staged-2.0").exists(), "staging beside a user is allowed"
    assert "staged, waiting for restart" in hospital.call("wardround", "status").stdout
    for said, told in (("off", "unreachable when asked"), ("silent", "not known: loginctl said nothing")):
        hospital.put("desk-2", "busy", said)
        again = hospital.apply("--no-wait")
        assert again.returncode == 3
        assert told in again.stdout
    assert hospital.rows("SELECT count(*) AS n FROM intents WHERE host = 'desk-2'")[0]["n"] == 1
    hospital.free("desk-2")
    done = hospital.apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert {hospital.serves(desk) for desk in hospital.desks} == {NEW}


def test_apply_waits_and_goes_on_by_itself(hospital: LocalHospital) -> None:
    hospital.put("desk-2", "busy", "li.na is logged on at seat0")
    apply = hospital.start("wardround", "apply", PLAN, "--unreviewed", "a test")
    hospital.wait_for("SELECT 1 FROM intents WHERE host = 'desk-2' AND state = 'staged' AND closed > staged", apply)
    assert (hospital.serves("desk-1"), hospital.serves("desk-2")) == (NEW, OLD)
    hospital.free("desk-2")
    said = apply.communicate(timeout=180)[0]
    assert apply.returncode == 0, said
    assert said.count("desk-2 staged, waiting for restart") == 1, "the same is not said at every question"
    assert "asked every 1 s for 240 min" in said


def test_past_the_deadline_the_wave_holds_and_a_person_may_leave_the_machine_alone(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, restart_deadline_minutes=0)
    hospital.plan()
    hospital.put("desk-2", "busy", "an operation")
    held = hospital.apply()
    assert held.returncode == 3
    assert "desk-2 staged, waiting for restart (an operation); past the deadline of 0 min, still on 1.0" in held.stdout
    assert hospital.rows("SELECT 1 FROM gates WHERE wave = 'wave_01' AND verdict = 'hold'")
    wrong = hospital.call("wardround", "classify", "desk-2", "--as", "release", "--reason", "x")
    assert (wrong.returncode, "nothing has failed" in wrong.stderr) == (2, True)
    right = hospital.call("wardround", "classify", "desk-2", "--as", "machine", "--reason", "runs day and night")
    assert right.returncode == 0, right.stderr
    done = hospital.apply()
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 of 2 hosts run 2.0" in done.stdout
    assert hospital.serves("desk-2") == OLD


def test_a_roll_out_that_found_nobody_to_change_is_not_done(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, desks=3)
    hospital.plan()
    for desk in hospital.desks:
        hospital.put(desk, "version", "0.9")
    held = hospital.apply()
    assert held.returncode == 3
    assert "no planned machine runs 2.0" in held.stdout and "0.9 instead of 1.0" in held.stdout
    assert "Make it the current version" not in held.stdout


def test_a_broken_desk_in_use_is_taken_back_when_its_user_has_left(hospital: LocalHospital) -> None:
    hospital.put("desk-1", "broken", NEW)
    hospital.put("desk-1", "slow", "3")
    apply = hospital.start("wardround", "apply", PLAN, "--unreviewed", "a test")
    hospital.wait_for("SELECT 1 FROM intents WHERE host = 'desk-1' AND state = 'open'", apply)
    while hospital.serves("desk-1") != NEW:
        assert apply.poll() is None
    hospital.put("desk-1", "busy", "li.na sat down meanwhile")
    hospital.wait_for("SELECT 1 FROM intents WHERE host = 'desk-1' AND state = 'staged' AND direction = 'back'", apply)
    assert hospital.serves("desk-1") == NEW, "nobody's session is ended, not even on a release that fails"
    hospital.free("desk-1")
    said = apply.communicate(timeout=180)[0]
    assert apply.returncode == 3, said
    assert hospital.serves("desk-1") == OLD
    assert "wardround classify" in said


def test_a_rollback_waits_for_users_too(hospital: LocalHospital) -> None:
    hospital.upgraded()
    hospital.put("desk-1", "busy", "li.na")
    held = hospital.call("wardround", "rollback", PLAN, "--no-wait")
    assert held.returncode == 3
    assert "desk-1 to be taken back, waiting for restart (li.na); still on 2.0" in held.stdout
    assert [hospital.serves(desk) for desk in hospital.desks] == [NEW, OLD]
    back = hospital.start("wardround", "rollback", PLAN)
    hospital.wait_for("SELECT 1 FROM intents WHERE host = 'desk-1' AND state = 'staged' AND closed > staged", back)
    hospital.free("desk-1")
    said = back.communicate(timeout=180)[0]
    assert back.returncode == 0, said
    assert hospital.serves("desk-1") == OLD


def test_a_staged_release_needs_no_way_back(hospital: LocalHospital) -> None:
    hospital.put("desk-2", "busy", "li.na")
    hospital.apply("--no-wait")
    done = hospital.call("wardround", "rollback", PLAN)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 host back on 1.0" in done.stdout
    assert hospital.states() == {"desk-1": "applied", "desk-2": "not_done"}


def test_the_journey_gates_every_wave(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, journey=True)
    hospital.plan()
    by_hand = ("ansible-playbook", "-i", "inventories/here", "-i", PLAN)
    wave = (*by_hand, "playbooks/upgrade.yml", "--limit", "wave_01", "-e", "rollout_unreviewed=test")
    assert hospital.call(*by_hand, "playbooks/prove_product.yml", "--limit", "planned").returncode == 0
    assert "the patient's journey was not walked before the first wave" in hospital.call(*wave).stdout
    (tmp_path / "fault").touch()
    held = hospital.apply()
    assert held.returncode == 3
    assert "read the result at desk-1: expected 5.4 mmol/L, found nothing" in held.stdout
    assert "likely cause: the engine is stopped; `wardround apply` walks it again" in held.stdout
    assert not hospital.states()
    status = hospital.call("wardround", "status").stdout
    assert "the patient's journey: failed: read the result at desk-1" in status
    (tmp_path / "fault").unlink()
    assert hospital.call(*by_hand, "playbooks/prove_clinical.yml").returncode == 0
    assert hospital.call(*wave).returncode == 0, "a good journey by hand opens the first wave"
    (tmp_path / "fault").touch()
    broken = hospital.apply()
    assert broken.returncode == 3
    assert {hospital.serves(desk) for desk in ("desk-1", "desk-2")} == {NEW}, "nothing is taken back by itself"
    assert [row["verdict"] for row in hospital.rows("SELECT verdict FROM gates WHERE wave = 'wave_01'")] == ["hold"]
    (tmp_path / "fault").unlink()
    done = hospital.apply()
    assert done.returncode == 0, done.stdout + done.stderr
    told = [(row["phase"], row["ok"]) for row in hospital.rows("SELECT phase, ok FROM journeys ORDER BY seq")]
    assert told == [("baseline", 0), ("baseline", 1), ("verify", 0), ("verify", 1)]


def test_a_journey_that_records_nothing_holds(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, journey=True)
    hospital.plan()
    (tmp_path / "lost").touch()
    held = hospital.apply()
    assert held.returncode == 3
    assert "the patient's journey recorded nothing" in held.stdout
