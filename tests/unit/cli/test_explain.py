from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.intent.cases import INVENTORY, write_bad, write_good
from wardround.cli.main import main


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", "settings", "-i", str(INVENTORY), *arguments])


def test_a_line_a_setting_with_its_place(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = run("rad-ws-01")
    assert result.exit_code == 0
    lines = [" ".join(line.split()) for line in result.output.splitlines()]
    assert "model: hp-z2-g9 # host, inventory/hosts.yml:9" in lines
    assert 'clients: ["pacs_client"] # workstations, inventory/group_vars/workstations/workstation.yml:2' in lines


def test_json(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    told = {one["name"]: one for one in json.loads(run("rad-ws-01", "--json").output)}
    assert (told["os"]["value"], told["os"]["layer"]) == ("debian-13", "host")


def test_a_stranger_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_good(tmp_path)
    monkeypatch.chdir(tmp_path)
    result = run("rad-ws-1")
    assert result.exit_code == 2
    assert "did you mean rad-ws-01?" in result.stderr


def test_what_cannot_be_read_is_said_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write_bad(tmp_path, "broken_yaml")
    monkeypatch.chdir(tmp_path)
    result = run("rad-ws-01")
    assert result.exit_code == 2
    assert result.stderr
