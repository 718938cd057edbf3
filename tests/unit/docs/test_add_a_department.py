"""docs/add_a_department.md, followed literally in a copy of the lab's inventory; nothing is contacted."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.docs.howto import IN_THE_LAB, Type, Write, steps, write
from wardround.cli.main import main
from wardround.evidence.check import Check
from wardround.intent import load
from wardround.run import asking

ROOT = Path(__file__).parents[3]
HOWTO = ROOT / "docs/add_a_department.md"
HERE = ("wardround validate", "wardround explain", "wardround compile", "wardround plan", "ansible-inventory", "(umask")
TYPED = [step for step in steps(HOWTO) if isinstance(step, Type)]
NOW = [step for step in TYPED if step.command.startswith(HERE)]
PROVED = [step for step in TYPED if step.command.startswith("wardround prove")]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an engineer's clone holds, as far as the how-to needs it, with the how-to's files written."""
    root = tmp_path_factory.mktemp("clone")
    for part in ("inventories/lab", "compiled/lab"):
        shutil.copytree(ROOT / part, root / part)
    for name in ("roles", "playbooks", "collections", "ansible.cfg", "galaxy.yml"):
        (root / name).symlink_to(ROOT / name)
    (root / ".lab/secrets").mkdir(parents=True)
    for step in steps(HOWTO):
        if isinstance(step, Write):
            write(step, root)
    return root


def test_every_command_is_typed_by_a_test() -> None:
    assert [step.command for step in TYPED if not step.command.startswith((*HERE, *IN_THE_LAB))] == []


@pytest.mark.parametrize("step", NOW, ids=lambda step: step.command)
def test_each_command_says_what_the_how_to_says(clone: Path, step: Type) -> None:
    environment = {**os.environ, "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}"}
    done = subprocess.run(
        ["bash", "-c", step.command], cwd=clone, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in step.says if line not in done.stdout] == []


@pytest.mark.parametrize("step", PROVED, ids=lambda step: step.command)
def test_what_a_proof_says_is_in_the_commands_own_words(
    clone: Path, step: Type, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The lab's machines answer in tests/integration; here they do by a stand-in, and the command says the rest."""

    def proved(_store: object, _product: str, having: list[str], limit: str, *_more: object) -> asking.Answered:
        members = load(clone / "inventories/lab").groups[limit]
        answers = {name: [Check("version", True, "1", "1")] for name in having if name in members}
        return asking.Answered(answers, {}, tmp_path)

    monkeypatch.chdir(clone)
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path))
    monkeypatch.setattr(asking, "ask", proved)
    done = CliRunner().invoke(main, step.command.split()[1:])
    assert done.exit_code == 0, done.output
    assert step.says
    assert [line for line in step.says if line not in done.stdout.splitlines()] == []


def test_the_desks_are_what_was_written(clone: Path) -> None:
    intent = load(clone / "inventories/lab")
    desks = [host for host in intent.hosts.values() if host.department == "emergency"]
    assert [(host.name, host.ae_title, host.clients) for host in desks] == [
        ("emg-ws-01", "EMG_1", ("his_client", "pacs_client")),
        ("emg-ws-02", "EMG_2", ("his_client", "pacs_client")),
    ]
    assert [host.vars["his_client_start_view"] for host in desks] == ["inpatients", "patients"]
    assert [host.vars["print_client_default"] for host in desks] == ["wristbands", "wristbands"]


def test_what_cannot_be_followed_is_an_error(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "inventories/lab", tmp_path / "inventories/lab")
    hospital = "inventories/lab/group_vars/all/hospital.yml"
    with pytest.raises(FileExistsError):
        write(Write(hospital, "", "---\n"), tmp_path)
    with pytest.raises(KeyError):
        write(Write(hospital, "hospital.wards", ""), tmp_path)
    document = tmp_path / "howto.md"
    document.write_text("Now write this:\n\n```yaml\na: 1\n```\n")
    with pytest.raises(ValueError, match="what is to be done with this block"):
        list(steps(document))
