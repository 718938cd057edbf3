from __future__ import annotations

import datetime
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.intent.cases import CASES, INVENTORY, write_bad, write_good, write_good_network
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


@pytest.fixture
def network(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good_network(tmp_path)
    monkeypatch.chdir(tmp_path)


@pytest.mark.usefixtures("network")
def test_warnings_are_told_and_do_not_fail() -> None:
    result = run("--today", "2027-01-01")
    assert result.exit_code == 0
    assert result.stdout.endswith("5 zones, 2 switches, 3 flows\n")
    first, last = result.stderr.splitlines()
    assert first.startswith(
        "warning: inventory/group_vars/all/network.yml:89: network.flows.imaging_pacs.expires: the flow"
    )
    assert last == "1 warning: read them"
    assert run("--today", "2026-01-01").stderr == ""


@pytest.mark.usefixtures("network")
def test_a_pull_request_fails_on_an_expired_flow() -> None:
    result = run("--strict", "--today", "2027-01-01")
    assert result.exit_code == 2
    assert "expired on 2026-12-31" in result.stderr and "allowed a flow that is wanted on 2027-01-01" in result.stderr
    assert run("--strict", "--today", "2026-12-31").exit_code == 0


@pytest.mark.usefixtures("network")
def test_warnings_as_json() -> None:
    (warning,) = json.loads(run("--json", "--today", "2026-12-30").stdout)["warnings"]
    assert (warning["kind"], warning["key"]) == ("expiring", "network.flows.imaging_pacs.expires")


@pytest.mark.usefixtures("network")
def test_a_day_that_does_not_exist() -> None:
    assert run("--today", "2026-02-31").exit_code == 2


@pytest.mark.usefixtures("network")
def test_today_is_read_where_none_is_given(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("wardround.run.clock.today", lambda: datetime.date(2027, 3, 1))
    assert "expired on 2026-12-31" in run().stderr
