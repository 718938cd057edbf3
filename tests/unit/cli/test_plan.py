"""`wardround plan upgrade`: what it writes, prints and refuses."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from wardround.cli.main import main
from wardround.intent import load
from wardround.rollout import inputs_sha256, plan
from wardround.rollout.checker import check
from wardround.rollout.request import from_intent

LAB = Path("inventories/lab")
TO = ("--to", "3.13.2")


def upgrade(*arguments: str | Path, inventory: Path = LAB) -> Result:
    words = ["plan", "upgrade", "pacs_client", "-i", inventory, *arguments]
    return CliRunner().invoke(main, [str(word) for word in words])


def test_writes_a_plan_that_the_checker_accepts_and_the_gate_can_match(tmp_path: Path) -> None:
    path = tmp_path / "lab.plan.json"
    result = upgrade(*TO, "-o", path)
    assert result.exit_code == 0, result.output
    intent, made = load(LAB), plan.read(path)
    assert check(from_intent(intent, "pacs_client", "3.13.2"), made) == []
    assert made.inputs_sha256 == inputs_sha256(intent, "pacs_client")


def test_the_lab_gets_a_canary_of_two_and_three_waves_more(tmp_path: Path) -> None:
    made = json.loads(upgrade(*TO, "--json").stdout)
    waves = [[host["name"] for host in wave["hosts"]] for wave in made["waves"]]
    assert waves[0] == ["rad-ws-01", "reg-ws-01"]
    assert len(waves) == 4
    assert made["gap"] == 0


def test_json_is_the_plan_file_and_the_summary_file_is_what_is_printed(tmp_path: Path) -> None:
    path, summary = tmp_path / "lab.plan.json", tmp_path / "lab.md"
    assert upgrade(*TO, "-o", path, "--json").stdout == path.read_text(encoding="utf-8")
    assert upgrade(*TO, "--summary", summary).stdout == summary.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (("--to", "9"), "pacs_client has no version 9"),
        ((*TO, "-o", "x.json"), "x.json: the name of a plan file ends in .plan.json"),
        ((*TO, "-o", "no/x.plan.json"), "no/x.plan.json: cannot write the plan: No such file or directory"),
        ((*TO, "--summary", "no/x.md"), "no/x.md: cannot write the summary: No such file or directory"),
    ],
)
def test_refuses_with_a_sentence(arguments: tuple[str, ...], sentence: str) -> None:
    result = upgrade(*arguments)
    assert (result.exit_code, result.stdout) == (2, "")
    assert sentence in result.stderr
    result = upgrade(*arguments, "--json")
    assert result.exit_code == 2
    assert sentence in json.loads(result.stdout)["problems"][0]


def test_an_infeasible_wish_names_the_department_and_its_floor(tmp_path: Path) -> None:
    hospital = hospital_with(tmp_path, "floor: 3", "floor: 4")
    result = upgrade(*TO, "-o", tmp_path / "x.plan.json", inventory=hospital)
    assert result.exit_code == 2
    assert "radiology has 4 machines and floor 4: none may be out" in result.stderr
    assert not (tmp_path / "x.plan.json").exists()


def test_bad_data_is_explained_as_validate_does(tmp_path: Path) -> None:
    result = upgrade(*TO, inventory=hospital_with(tmp_path, "floor: 3", "flor: 3"))
    assert result.exit_code == 2
    assert "group_vars/all/hospital.yml:" in result.stderr
    assert "flor" in result.stderr


def hospital_with(tmp_path: Path, old: str, new: str) -> Path:
    """A copy of the lab's inventory with one change in hospital.yml; the roles stay where they are found."""
    hospital = tmp_path / "inventories" / "lab"
    shutil.copytree(LAB, hospital)
    (tmp_path / "roles").symlink_to(Path("roles").resolve())
    file = hospital / "group_vars/all/hospital.yml"
    text = file.read_text(encoding="utf-8")
    assert old in text
    file.write_text(text.replace(old, new), encoding="utf-8")
    return hospital
