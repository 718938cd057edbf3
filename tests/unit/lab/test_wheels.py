import hashlib
import zipfile
from pathlib import Path

import pytest

from lab import wheels
from lab.podman import LabError


def wheel(folder: Path, name: str, files: list[str]) -> Path:
    path = folder / f"{name}-1.0-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        for file in files:
            archive.writestr(file, f"{name}:{file}")
    return path


def digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_tree_holds_what_is_imported(tmp_path: Path) -> None:
    one = wheel(tmp_path, "one", ["one/__init__.py", "one-1.0.dist-info/METADATA", "one-1.0.data/scripts/one"])
    two = wheel(tmp_path, "two", ["two.py", "two-1.0.data/purelib/extra.py"])
    assert wheels.tree([one, two]) == {
        "lib/one/__init__.py": b"one:one/__init__.py",
        "lib/one-1.0.dist-info/METADATA": b"one:one-1.0.dist-info/METADATA",
        "lib/two.py": b"two:two.py",
        "lib/extra.py": b"two:two-1.0.data/purelib/extra.py",
    }


def test_two_packages_with_one_file_are_refused(tmp_path: Path) -> None:
    packages = [wheel(tmp_path, name, ["tests/__init__.py"]) for name in ("one", "two")]
    with pytest.raises(LabError, match=r"two-1\.0-py3-none-any\.whl has tests/__init__\.py, and so does another"):
        wheels.tree(packages)


def test_what_is_held_is_not_downloaded_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one, two = wheel(tmp_path, "one", ["one.py"]), wheel(tmp_path, "two", ["two.py"])
    monkeypatch.setattr(wheels, "run", lambda command, what: pytest.fail(f"ran {command}"))
    assert wheels.fetch({"two==1.0": digest(two), "one==1.0": digest(one)}, tmp_path) == [two, one]


def scripted_pip(
    monkeypatch: pytest.MonkeyPatch, source: Path, name: str = "one-1.0-py3-none-any.whl"
) -> list[list[str]]:
    """Stands for pip: puts `source` where it was told; the calls with their requirement file's text appended."""
    calls: list[list[str]] = []

    def run(command: list[str], *, what: str) -> None:
        options = dict(part.split("=", 1) for part in command if "=" in part)
        calls.append([*command, Path(options["--requirement"]).read_text()])
        Path(options["--dest"], name).write_bytes(source.read_bytes())

    monkeypatch.setattr(wheels, "run", run)
    return calls


def test_a_missing_wheel_is_asked_for_by_its_hash_and_for_the_targets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = wheel(tmp_path, "one", ["one.py"])
    calls = scripted_pip(monkeypatch, one)
    cache = tmp_path / "cache"
    assert wheels.fetch({"one==1.0": digest(one)}, cache) == [cache / one.name]
    assert {"--require-hashes", "--only-binary=:all:", "--python-version=3.13", "--no-deps"} <= set(calls[0])
    assert calls[0][-1] == f"one==1.0 --hash=sha256:{digest(one)}\n"
    assert [path.name for path in cache.iterdir()] == [one.name]


def test_a_wheel_for_one_kind_of_machine_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    one = wheel(tmp_path, "one", ["one.py"])
    scripted_pip(monkeypatch, one, "one-1.0-cp313-cp313-linux_x86_64.whl")
    with pytest.raises(LabError, match="take it from a Debian package instead"):
        wheels.fetch({"one==1.0": digest(one)}, tmp_path / "cache")
