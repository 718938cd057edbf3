"""`wardround prove`: real runs of playbooks/prove_product.yml over desks of this machine."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.run.local import LocalHospital


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    return LocalHospital(tmp_path, desks=3)


def test_every_desk_is_asked_and_what_is_wrong_is_named(hospital: LocalHospital) -> None:
    good = hospital.call("wardround", "prove", "note")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "3 of 3 machines proved" in good.stdout
    hospital.put("desk-2", "version", "9")
    hospital.put("desk-3", "broken", "1.0")
    bad = hospital.call("wardround", "prove", "note")
    assert bad.returncode == 1
    assert "version: expected 1.0, found 9" in bad.stdout
    assert "legible: expected ink, found paper" in bad.stdout
    assert "1 of 3 machines proved" in bad.stderr


def test_one_desk_for_a_script(hospital: LocalHospital) -> None:
    done = hospital.call("wardround", "prove", "note", "--limit", "desk-1", "--json")
    told = json.loads(done.stdout)
    assert (done.returncode, list(told["hosts"]), told["silent"]) == (0, ["desk-1"], {})
    assert [check["name"] for check in told["hosts"]["desk-1"]] == ["version", "legible"]
    assert hospital.rows("SELECT 1 FROM runs WHERE kind = 'prove' AND rc = 0")
    assert not list(hospital.state.glob("runner/artifacts/*/command")), "the environment may hold secrets"


def test_nothing_asked_is_nothing_proved(hospital: LocalHospital) -> None:
    nobody = hospital.call("wardround", "prove", "note", "--limit", "desk-9")
    assert nobody.returncode == 1
    assert "no machine of --limit desk-9 that has note was asked" in nobody.stderr
    silent = hospital.call("wardround", "prove", "note", "--limit", "desk-1,desk-2")
    assert silent.returncode == 0
    (hospital.root / "desks/desk-1/version").unlink()
    lost = hospital.call("wardround", "prove", "note", "--limit", "desk-1,desk-2", "--json")
    assert lost.returncode == 1
    assert list(json.loads(lost.stdout)["silent"]) == ["desk-1"]


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("notes",), "no product notes; note, clinical or network can be proved"),
        (("clinical",), "journey.yml: nothing says who takes part"),
        (("clinical", "--limit", "desk-1"), "walked whole"),
        (("note", "-i", "nowhere"), "nowhere"),
    ],
)
def test_what_cannot_be_asked_is_said(hospital: LocalHospital, arguments: tuple[str, ...], sentence: str) -> None:
    done = hospital.call("wardround", "prove", *arguments)
    assert done.returncode == 2
    assert sentence in done.stderr


def test_the_journey_is_shown_step_by_step(tmp_path: Path) -> None:
    hospital = LocalHospital(tmp_path, journey=True)
    good = hospital.call("wardround", "prove", "clinical")
    assert good.returncode == 0, good.stdout + good.stderr
    assert "read the result" in good.stdout and "1 of 1 steps proved, 0.5 s" in good.stdout
    (tmp_path / "fault").touch()
    bad = hospital.call("wardround", "prove", "clinical", "--json")
    assert bad.returncode == 1
    told = json.loads(bad.stdout)
    assert "read the result at desk-1 failed: nothing; likely cause: the engine is stopped" in told["message"]
    assert [step["ok"] for step in told["steps"]] == [False]
    (tmp_path / "lost").touch()
    assert "recorded no step" in hospital.call("wardround", "prove", "clinical").stderr
