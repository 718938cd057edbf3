"""docs/bring_your_own.md shows the files that its test runs, and the whole role is as short as it says."""

from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "tests/integration/bring_your_own"
TEXT = (ROOT / "docs/bring_your_own.md").read_text(encoding="utf-8")
SHOWN = re.findall(r"```yaml\n# (\S+)\n(.*?)```", TEXT, re.S)


def test_what_is_shown_is_what_is_run() -> None:
    assert len(SHOWN) == 3
    for name, block in SHOWN:
        assert (EXAMPLE / name).read_text(encoding="utf-8") == block, name


def test_the_role_is_as_short_as_it_says() -> None:
    lines = sum(len(path.read_text().splitlines()) for path in (EXAMPLE / "roles").rglob("*.yml"))
    assert lines < 60
    assert f"{lines} lines of role" in TEXT


def test_it_has_every_file_that_the_contract_names() -> None:
    named = re.findall(r"^\| `(tasks/\w+\.yml)`", TEXT, re.M)
    assert len(named) == 6
    assert all((EXAMPLE / "roles/bed_board" / name).exists() for name in named)
