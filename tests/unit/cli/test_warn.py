"""What is to be read about the network is told by every command that uses it, and changes nothing else of it."""

from __future__ import annotations

import datetime
import json
import re
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from tests.unit.intent.cases import INVENTORY, write_good_network
from wardround.cli.main import main
from wardround.run import twin

PLAN = "pacs_client.plan.json"
BEFORE, EXPIRED = datetime.date(2026, 1, 1), datetime.date(2027, 1, 1)
COMMANDS = [
    "compile network -o models",
    "plan upgrade pacs_client --json",
    "plan wanted",
    "prove network --json",  # this and the four next ones end early: no root, no playbooks here
    "prove pacs_client",
    "mutate network --json",
    f"apply {PLAN} --unreviewed test --json",
    f"rollback {PLAN} --json",
    "report --json",
    "status --json",
    "resume --json",
]


def run(command: str, today: datetime.date) -> Result:
    return CliRunner().invoke(main, [*command.split(), "-i", str(INVENTORY), "--today", str(today)])


@pytest.fixture(autouse=True)
def hospital(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    monkeypatch.setattr(twin.os, "geteuid", lambda: 1000)
    inventory = write_good_network(tmp_path)
    assert run(f"plan upgrade pacs_client -o {PLAN}", BEFORE).exit_code == 0
    return inventory


@pytest.mark.parametrize("command", COMMANDS)
def test_an_expired_flow_is_told_on_standard_error_and_stops_nothing(command: str) -> None:
    run(command, BEFORE)  # writes what the next two find
    before, told = run(command, BEFORE), run(command, EXPIRED)
    size = re.compile(r'"bytes": [0-9]+')  # of the page, which marks the flow too
    assert (told.exit_code, size.sub("", told.stdout)) == (before.exit_code, size.sub("", before.stdout))
    warning, count, rest = told.stderr.split("\n", 2)
    assert warning.startswith("warning: inventory/group_vars/all/network.yml:")
    assert "the flow imaging to pacs-01 (dicom) expired on 2026-12-31" in warning
    assert (count, rest) == ("1 warning: read them", before.stderr)
    assert "--json" not in command or json.loads(told.stdout)


def test_a_way_back_is_taken_whatever_the_data_are_like_by_now(hospital: Path) -> None:
    before = run(f"rollback {PLAN}", BEFORE)
    (hospital / "group_vars/all/network.yml").write_text("network: {zones: [}", encoding="utf-8")
    now = run(f"rollback {PLAN}", EXPIRED)
    sentence = "warning: inventory has errors, so no flow that has expired is told: see `wardround validate`\n"
    assert (now.exit_code, now.stderr) == (before.exit_code, sentence + before.stderr)


@pytest.mark.parametrize("command", ["status", "resume"])
def test_what_needs_no_hospital_does_without(command: str) -> None:
    done = CliRunner().invoke(main, [command])  # no ansible.cfg here
    assert (done.exit_code, done.stderr) == (0, "")
