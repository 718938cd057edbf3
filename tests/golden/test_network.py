"""Every device of Riverside hospital, kept as a file and reviewed like code."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.bench.generate_riverside import generate
from wardround.cli.main import main
from wardround.network.model_file import from_text, to_text

ROOT = Path(__file__).parents[2]
MODELS = Path("tests/golden/network/riverside")
HOSPITAL = Path("inventories/riverside")
AGAIN = f"after a wished-for change: wardround compile network -i {HOSPITAL} -o {MODELS}, then read the diff"


def test_models_are_as_reviewed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    result = CliRunner().invoke(main, ["compile", "network", "-i", str(HOSPITAL), "-o", str(MODELS), "--check"])
    assert result.exit_code == 0, f"{result.output[:4000]}\n{AGAIN}"


def test_models_are_read_back_as_they_were_written() -> None:
    paths = sorted((ROOT / MODELS).glob("*.yml"))
    assert len(paths) == 53
    for path in paths:
        text = path.read_text(encoding="utf-8")
        assert to_text(from_text(text)) == text, path.name


def test_the_hospital_is_what_its_generator_writes(tmp_path: Path) -> None:
    generate(tmp_path)
    for file in ("hosts.yml", "group_vars/all/hospital.yml", "group_vars/all/network.yml"):
        written, kept = ((root / file).read_text(encoding="utf-8") for root in (tmp_path, ROOT / HOSPITAL))
        assert written == kept, f"{file} differs: python -m tests.bench.generate_riverside writes it"
