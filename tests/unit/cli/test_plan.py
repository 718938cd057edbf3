"""`wardround plan upgrade`: what it writes, prints and refuses."""

from __future__ import annotations

import json
import re
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


def wanted(inventory: Path, plans: Path, *arguments: str | Path) -> Result:
    words = ["plan", "wanted", "-i", inventory, "--plans", plans, *arguments]
    return CliRunner().invoke(main, [str(word) for word in words])


@pytest.fixture
def wanting(tmp_path: Path) -> Path:
    """The lab, wanting the viewer's next version."""
    hospital = hospital_with(tmp_path, "floor: 3", "floor: 3")
    file = hospital / "group_vars/all/releases.yml"
    file.write_text(file.read_text(encoding="utf-8").replace("wanted: 3.12.0", "wanted: 3.13.2"), encoding="utf-8")
    return hospital


def test_a_review_shows_what_is_wanted_and_whether_the_plan_is_there(wanting: Path, tmp_path: Path) -> None:
    summary = tmp_path / "plan.md"
    result = wanted(wanting, tmp_path, "--summary", summary)
    assert result.exit_code == 0, result.stderr
    assert "3.12.0 → 3.13.2" in result.stdout
    assert "No plan of it is committed yet: `wardround plan upgrade pacs_client -o " in result.stdout
    assert summary.read_text(encoding="utf-8") == result.stdout


def test_a_review_compares_the_committed_plan(wanting: Path, tmp_path: Path) -> None:
    path = tmp_path / "lab.plan.json"
    assert upgrade("-o", path, inventory=wanting).exit_code == 0
    result = wanted(wanting, tmp_path)
    assert result.exit_code == 0
    assert f"`{path}` is exactly this plan." in result.stdout
    hospital = wanting / "group_vars/all/hospital.yml"
    hospital.write_text(hospital.read_text(encoding="utf-8").replace("floor: 1", "floor: 0"), encoding="utf-8")
    result = wanted(wanting, tmp_path)
    assert result.exit_code == 1
    assert f"**Plan again:** {path} is not the plan that these data give" in result.stdout


def test_a_damaged_plan_fails_the_review(wanting: Path, tmp_path: Path) -> None:
    (tmp_path / "old.plan.json").write_text("{}")
    result = wanted(wanting, tmp_path)
    assert result.exit_code == 1
    assert "old.plan.json: not a plan file" in result.stdout


def test_a_review_of_nothing_and_of_bad_data(tmp_path: Path) -> None:
    hospital = hospital_with(tmp_path / "quiet", "floor: 3", "floor: 3")
    file = hospital / "group_vars/all/releases.yml"
    quiet = re.sub(r"current: (\S+)(\s+)wanted: \S+", r"current: \1\2wanted: \1", file.read_text(encoding="utf-8"))
    file.write_text(quiet, encoding="utf-8")
    assert "Nothing to roll out" in wanted(hospital, tmp_path).stdout
    result = wanted(hospital_with(tmp_path, "floor: 3", "flor: 3"), tmp_path)
    assert result.exit_code == 2
    assert "flor" in result.stderr
