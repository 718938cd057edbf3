"""docs/network.md, followed literally in a copy of Riverside hospital; nothing is contacted."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.unit.docs.howto import Type, Write, steps, write
from wardround.cli.main import main
from wardround.network.device import Access, FirewallModel, Rule, SwitchModel
from wardround.network.model_file import from_text

ROOT = Path(__file__).parents[3]
HOWTO = ROOT / "docs/network.md"
MODELS = Path("tests/golden/network/riverside")
TYPED = [step for step in steps(HOWTO) if isinstance(step, Type)]


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What an engineer's clone holds, as far as the how-to needs it, with the how-to's lines written."""
    root = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "inventories/riverside", root / "inventories/riverside")
    shutil.copytree(ROOT / MODELS, root / MODELS)
    for name in ("roles", "galaxy.yml"):
        (root / name).symlink_to(ROOT / name)
    for step in steps(HOWTO):
        if isinstance(step, Write):
            write(step, root)
    return root


@pytest.fixture(scope="module")
def said(clone: Path) -> list[tuple[Type, str]]:
    """Each command with what it printed, typed in order; every one ends with 0."""
    answers = []
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(clone)
        for step in TYPED:
            program, *arguments = step.command.split()
            assert program == "wardround"
            result = CliRunner().invoke(main, [*arguments, *(["--today", "2026-11-28"] * ("--strict" in arguments))])
            assert result.exit_code == 0, result.output
            answers.append((step, result.stdout))
    return answers


def test_each_command_says_what_the_how_to_says(said: list[tuple[Type, str]]) -> None:
    assert len(said) == 3
    for step, answer in said:
        assert step.says and [line for line in step.says if line not in answer] == []


def test_the_devices_get_what_was_written(clone: Path, said: list[tuple[Type, str]]) -> None:
    switch, firewall = (
        from_text((clone / MODELS / f"{name}.yml").read_text(encoding="utf-8")) for name in ("sw-main-12", "fw-main")
    )
    assert isinstance(switch, SwitchModel) and isinstance(firewall, FirewallModel)
    assert switch.ports["GigabitEthernet1/0/45"].mode == Access(41)
    assert switch.members(41) == {"GigabitEthernet1/0/45", "GigabitEthernet1/0/46", "TenGigabitEthernet1/1/1"}
    (rule,) = [rule for rule in firewall.rules if rule.source == "dialysis" or rule.destination == "dialysis"]
    hosts = ("10.50.0.16", "fd52:7e1a:9c00:50::16")
    assert rule == Rule("dialysis_results", "dialysis", "servers", "tcp", (2575, 2576), (), hosts)


@pytest.mark.parametrize(
    ("old", "new", "sentence"),
    [
        (
            "class: clinical\n          sockets: # as",
            "class: public\n          sockets: # as",
            "MED-401 in Dialysis (a public room) has the profile dialysis, whose zone is allowed in clinical and",
        ),
        (
            "    sw_main_12:\n      a: {device: core-main-01, port: TenGigabitEthernet1/0/6}\n"
            "      b: {device: sw-main-12, port: TenGigabitEthernet1/1/1}\n      zones:\n        - dialysis\n",
            "    sw_main_12:\n      a: {device: core-main-01, port: TenGigabitEthernet1/0/6}\n"
            "      b: {device: sw-main-12, port: TenGigabitEthernet1/1/1}\n      zones:\n",
            "found the zone dialysis on sw-main-12, which no trunk carries from there to its gateway fw-main",
        ),
    ],
)
def test_what_goes_wrong_is_told(
    clone: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, old: str, new: str, sentence: str
) -> None:
    shutil.copytree(clone, tmp_path / "clone", symlinks=True)
    monkeypatch.chdir(tmp_path / "clone")
    path = Path("inventories/riverside/group_vars/all/network.yml")
    text = path.read_text(encoding="utf-8")
    assert text.count(old) == 1
    path.write_text(text.replace(old, new), encoding="utf-8")
    result = CliRunner().invoke(main, ["validate", "-i", "inventories/riverside"])
    assert result.exit_code == 2
    assert sentence in result.stderr
