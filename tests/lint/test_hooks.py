"""The hooks before a commit are the checks of the lint stage, and fetch nothing."""

import subprocess
import sys
from pathlib import Path

import yaml

from tests import run

ROOT = Path(__file__).parents[2]
CONFIG = ROOT / ".pre-commit-config.yaml"


def test_the_configuration_is_sound(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("pre-commit")
    told = subprocess.run(
        [program, "validate-config", CONFIG],
        env={"PRE_COMMIT_HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert told.returncode == 0, told.stdout + told.stderr


def test_hooks_and_lint_stage_are_the_same_commands() -> None:
    (repository,) = yaml.safe_load(CONFIG.read_text())["repos"]
    assert repository["repo"] == "local"
    lint = next(stage for stage in run.stages(None) if stage.name == "lint")
    assert [hook["id"] for hook in repository["hooks"]] == [check.name for check in lint.checks]
    for hook in repository["hooks"]:
        assert hook["entry"] == f".venv/bin/python tests/run.py lint --only {hook['id']}"
        assert (hook["language"], hook["pass_filenames"]) == ("system", False)
