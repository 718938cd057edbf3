"""House rules that no other linter knows."""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
CURLY = re.compile("[\u2018\u2019\u201c\u201d]")
BYPASS = re.compile(r"pytest\.(mark\.)?(skip|xfail)|importorskip")
LEFT_OPEN = re.compile(r"with sqlite3\.connect\(")  # ends a transaction, and leaves its connection to the collector
CLOCK = re.compile(r"\b(datetime|date)\.(now|today|utcnow)\(")
IMPURE = {"fcntl", "multiprocessing", "signal", "socket", "sqlite3", "subprocess", "time"}


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-z", *patterns], cwd=ROOT, capture_output=True, text=True, check=True)
    files = (ROOT / name for name in listed.stdout.split("\0") if name and not name.startswith("collections/"))
    return [path for path in files if path.is_file()]


def imports(path: Path) -> Iterator[str]:
    """Top-level names of the modules a file imports, at any depth of its code; its own package's relative ones not."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


def importers(pattern: str, banned: set[str]) -> dict[str, set[str]]:
    found = {str(path.relative_to(ROOT)): banned & set(imports(path)) for path in tracked(pattern)}
    return {name: names for name, names in found.items() if names}


def test_no_curly_quotes() -> None:
    found = []
    for path in tracked():
        try:
            found += [f"{path}:{n}" for n, line in enumerate(path.read_text().splitlines(), 1) if CURLY.search(line)]
        except UnicodeDecodeError:
            continue  # a picture
    assert not found


@pytest.mark.parametrize("pattern", ["*.py", "*.yml"])
def test_no_file_over_400_lines(pattern: str) -> None:
    lengths = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tracked(pattern)}
    # A line for each of 2,000 sockets and 450 hosts: as long as such a hospital's data are.
    lengths = {name: length for name, length in lengths.items() if not name.startswith("inventories/riverside/")}
    assert not {name: length for name, length in lengths.items() if length > 400}


def test_collections_is_the_link_alone() -> None:
    found = sorted(path for path in (ROOT / "collections").rglob("*"))
    link = ROOT / "collections/ansible_collections/wardround/hospital"
    assert found == [link.parents[1], link.parent, link]
    assert link.is_symlink() and link.resolve() == ROOT


def test_the_brain_does_not_import_ansible() -> None:
    assert not importers("wardround/*.py", {"ansible", "ansible_collections"})


def test_only_wardround_run_starts_processes_or_reads_the_clock() -> None:
    pure = [path for path in tracked("wardround/*.py") if path.parent.name != "run"]
    assert not {str(path): found for path in pure if (found := IMPURE & set(imports(path)))}
    assert not [path for path in pure if CLOCK.search(path.read_text())]


def test_what_is_shipped_to_targets_does_not_import_the_brain() -> None:
    assert not importers("plugins/modules/*.py", {"wardround"}) | importers("plugins/module_utils/*.py", {"wardround"})


def test_no_test_is_bypassed() -> None:
    own = Path(__file__)
    assert not [
        path for path in tracked("tests/*.py", "molecule/*.py") if path != own and BYPASS.search(path.read_text())
    ]


def test_every_connection_to_a_database_is_closed() -> None:
    assert not [path for path in tracked("*.py") if path != Path(__file__) and LEFT_OPEN.search(path.read_text())]
