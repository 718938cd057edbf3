"""What documents tell people to type exists."""

import re
from pathlib import Path

import pytest

from tests.lint.test_tree import ROOT, tracked
from wardround.cli.main import main

DOCUMENTS = [path for path in tracked("*.md") if "golden" not in path.parts]
TARGETS = set(re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text()))
COMMANDS = set(main.list_commands(None))  # type: ignore[arg-type]


def code(path: Path) -> list[str]:
    """Everything set as code: blocks, and text between backticks."""
    text = path.read_text(encoding="utf-8")
    blocks = re.findall(r"(?ms)^```\w*\n(.*?)^```", text)
    return [*blocks, *re.findall(r"`([^`\n]+)`", re.sub(r"(?ms)^```.*?^```", "", text))]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_targets_commands_and_links_exist(path: Path) -> None:
    said = "\n".join(code(path))
    assert set(re.findall(r"(?m)(?:^|\s)make ([a-z][a-z-]*)", said)) <= TARGETS
    assert set(re.findall(r"(?m)(?:^|[\s/])wardround ([a-z]+)", said)) <= COMMANDS
    links = re.findall(r"\]\((?!https?:|#)([^)#]+)", path.read_text(encoding="utf-8"))
    assert [link for link in links if not (path.parent / link).exists()] == []


def test_files_that_a_contributor_is_sent_to_exist() -> None:
    said = re.findall(r"`([\w.]+/[\w./-]+)`", (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8"))
    homes = ("tasks/", "meta/", "defaults/", "tests/`", "plugins/modules/x.py")
    named = [name for name in said if not name.startswith(homes) and "." in name.rpartition("/")[2]]
    assert named and [name for name in named if not (ROOT / name).exists()] == []
