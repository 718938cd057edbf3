import json
import os
import shutil
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

from lab import gnuhealth_client, wheels
from lab.podman import LabError

INIT = '__version__ = "{}"\nSERVER_VERSION = "7.0.0"\n'
MAIN = "import gnuhealth\n\n\ndef main():\n    print(gnuhealth.__version__, gnuhealth.SERVER_VERSION)\n"


@pytest.fixture(autouse=True)
def without_network(monkeypatch, tmp_path: Path) -> None:
    """Two small packages in place of those of the package index."""

    def fetch(pins):
        (requirement,) = pins
        version = requirement.partition("==")[2]
        path = tmp_path / f"gnuhealth_client-{version}-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("gnuhealth/__init__.py", INIT.format(version))
            archive.writestr("gnuhealth/client.py", MAIN)
        return [path]

    monkeypatch.setattr(wheels, "fetch", fetch)


def make(version: str, target: Path) -> None:
    gnuhealth_client.makers()[gnuhealth_client.artifact(version)](target)


def start(release: Path, *launcher: str) -> str:
    """What the unpacked release prints."""
    done = subprocess.run([*launcher], capture_output=True, text=True, check=True, cwd=release.parent)
    assert not list(release.rglob("__pycache__"))
    return done.stdout.strip()


def unpacked(archive: Path, folder: Path) -> Path:
    """The release in this folder, unpacked by tar: early releases of Python 3.11 cannot do it safely."""
    folder.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", folder], check=True)
    return folder


@pytest.mark.parametrize(("version", "said"), [("5.0.0", "5.0.0 7.0.0"), ("5.0.2", "5.0.2 7.0.0")])
def test_a_release_starts_wherever_it_lies(tmp_path: Path, version: str, said: str) -> None:
    make(version, tmp_path / "release.tar")
    for name in ("here", "there"):
        release = unpacked(tmp_path / "release.tar", tmp_path / name)
        (release / "bin" / "gnuhealth.py").write_text("raise SystemExit('what lies beside the launcher is imported')")
        launcher = release / "bin" / "gnuhealth-client"
        assert launcher.read_text().startswith("#!/usr/bin/python3 -PB\n")
        assert os.access(launcher, os.X_OK)
        assert start(release, sys.executable, "-PB", str(launcher)) == said
        shutil.rmtree(release)


def test_the_release_names_itself(tmp_path: Path) -> None:
    make("5.0.2", tmp_path / "release.tar")
    with tarfile.open(tmp_path / "release.tar") as tar:
        assert json.load(tar.extractfile("release.json")) == {"product": "gnuhealth_client", "version": "5.0.2"}


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        make("5.0.2", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_the_exercise_release_says_it_is_for_other_servers(tmp_path: Path) -> None:
    make("5.0.3-lab1", tmp_path / "release.tar")
    release = unpacked(tmp_path / "release.tar", tmp_path / "release")
    launcher = release / "bin" / "gnuhealth-client"
    assert start(release, sys.executable, "-PB", str(launcher)) == "5.0.3-lab1 6.0.0"
    defective = [version for version, release in gnuhealth_client.VERSIONS.items() if release.defective]
    assert defective == ["5.0.3-lab1"]


def test_a_package_without_the_line_to_spoil_is_an_error() -> None:
    with pytest.raises(LabError, match="SERVER_VERSION"):
        gnuhealth_client.other_series(b'__version__ = "5.0.2"', "5.0.3-lab1")


def test_no_two_releases_have_files_of_the_same_time() -> None:
    releases = gnuhealth_client.VERSIONS.values()
    assert len({release.built for release in releases}) == len(releases)
