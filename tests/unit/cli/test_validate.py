from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.intent.cases import CASES, INVENTORY, write_bad, write_good
from wardround.cli.main import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["validate", "-i", str(INVENTORY), *arguments])


@pytest.mark.parametrize("case", CASES)
def test_bad_input_is_named_with_file_line_and_key(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    expected = write_bad(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    result = run()
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.splitlines()[:-1] == expected
    assert result.stderr.splitlines()[-1].startswith(f"{len(expected)} problem")


def test_good_hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = run()
    assert result.exit_code == 0
    assert result.output == "Good hospital (好医院) is valid: 2 departments, 3 workstations, 2 releases\n"


def test_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bad(tmp_path, "duplicate_ae_title")
    monkeypatch.chdir(tmp_path)
    result = run("--json")
    assert result.exit_code == 2
    (problem,) = json.loads(result.stdout)["problems"]
    assert (problem["file"], problem["line"], problem["key"]) == ("inventory/hosts.yml", 34, "pacs-01.ae_title")


def test_json_of_a_good_hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    summary = json.loads(run("--json").stdout)
    assert summary["valid"]
    assert summary["hospital"]["zh"] == "好医院"
    assert (summary["departments"], summary["workstations"], summary["releases"]) == (2, 3, 2)
