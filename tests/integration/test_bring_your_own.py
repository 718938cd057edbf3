"""A product that Wardround has never heard of, on desks of its own: install, upgrade, the way back, and a failure.

Its whole role is in bring_your_own/roles/bed_board; docs/bring_your_own.md explains it.
"""

from __future__ import annotations

import json

import pytest

from lab import seat
from tests.integration.ward import BEDS, DESKS, Ward

HELD = 3


@pytest.fixture(scope="module", autouse=True)
def installed(ward: Ward) -> None:
    validated = ward.wardround("validate")
    assert validated.returncode == 0, validated.stderr
    ward.install()


def test_it_is_installed_and_proved_with_its_departments_settings(ward: Ward) -> None:
    proved = ward.wardround("prove", "bed_board")
    assert proved.returncode == 0, proved.stdout + proved.stderr
    assert "2 of 2 machines proved" in proved.stdout
    rows = ward.rows("SELECT product, checks FROM proofs WHERE host = 'byo-ws-01'")
    checks = {check["name"]: check for check in json.loads(rows[-1]["checks"])}
    assert (rows[-1]["product"], list(checks)) == ("bed_board", ["version", "beds"])
    assert checks["beds"]["expected"] == "the beds of ward 3A"


def test_a_misspelled_setting_of_it_is_refused(ward: Ward) -> None:
    path = ward.root / "inventories/example/group_vars/dept_ward/bed_board.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("bed_board_ward", "bed_board_wart"), encoding="utf-8")
    try:
        refused = ward.wardround("validate")
    finally:
        path.write_text(text, encoding="utf-8")
    assert refused.returncode == 2
    assert "bed_board_wart" in refused.stderr and "bed_board_ward" in refused.stderr


@pytest.mark.long
def test_it_is_upgraded_in_waves_around_a_user_and_taken_back(ward: Ward) -> None:
    plan = ward.want("1.1.0")
    canary = ward.canary(plan)
    seat.sit_down(canary, "lina")
    try:
        held = ward.wardround("apply", plan, "--no-wait")
        assert held.returncode == HELD, held.stdout + held.stderr
        assert f"{canary} staged, waiting for restart (lina is logged in at seat0" in held.stdout
        assert "still on 1.0.0" in held.stdout
        assert [ward.beds(desk)[0] for desk in DESKS] == ["1.0.0", "1.0.0"]
    finally:
        seat.stand_up(canary)
    done = ward.wardround("apply", plan)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [ward.beds(desk) for desk in DESKS] == [("1.1.0", BEDS["1.1.0"])] * 2
    again = ward.wardround("rollback", plan)
    assert again.returncode == 0, again.stdout + again.stderr
    assert [ward.beds(desk)[0] for desk in DESKS] == ["1.0.0", "1.0.0"]


def test_a_release_that_fails_its_own_health_check_is_taken_back_by_its_canary(ward: Ward) -> None:
    plan = ward.want("1.2.0")
    held = ward.wardround("apply", plan)
    assert held.returncode == HELD, held.stdout + held.stderr
    assert "beds: expected the beds of ward 3A, found []" in held.stdout
    assert f"{ward.canary(plan)} taken back and proved" in held.stdout
    assert [ward.beds(desk) for desk in DESKS] == [("1.0.0", BEDS["1.0.0"])] * 2
    switched = ward.rows("SELECT DISTINCT host FROM intents WHERE to_version = '1.2.0'")
    assert [row["host"] for row in switched] == [ward.canary(plan)]
