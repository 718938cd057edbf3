import hashlib
import io
import json
import tarfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from lab import releases
from lab.podman import LabError


def npm_package() -> bytes:
    """A stand-in for the viewer's npm package."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz") as tar:
        for name in (
            "README.md",
            "dist/index.html",
            "dist/app-config.js",
            "dist/app.js",
            "dist/app.js.map",
            "dist/sw.js",
        ):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(name)
            tar.addfile(entry, io.BytesIO(name.encode()))
        for name in ("dist/ort/ort.wasm", "dist/app.js.gz", "dist/assets/logo.svg"):
            entry = tarfile.TarInfo(f"package/{name}")
            entry.size = len(name)
            tar.addfile(entry, io.BytesIO(name.encode()))
    return buffer.getvalue()


def settings(defective: bool) -> dict:
    text = releases.configuration(defective)
    assert text.startswith("window.config = ") and text.endswith(";\n")
    return json.loads(text.removeprefix("window.config = ").removesuffix(";\n"))


@pytest.fixture(autouse=True)
def without_npm(monkeypatch) -> None:
    monkeypatch.setattr(releases, "fetch", lambda ohif: npm_package())


def test_the_tar_is_the_web_root_with_our_settings(tmp_path: Path) -> None:
    target = tmp_path / "ohif-3.13.2.tar"
    releases.package("3.13.2", releases.VERSIONS["3.13.2"], target)
    with tarfile.open(target) as tar:
        members = {member.name: member for member in tar}
        release = json.load(tar.extractfile("release.json"))
    assert list(members) == ["app-config.js", "app.js", "assets", "assets/logo.svg", "index.html", "release.json"]
    assert release == {"product": "pacs_client", "version": "3.13.2"}
    assert {(member.uid, member.gid, member.uname) for member in members.values()} == {(0, 0, "")}
    assert members["index.html"].mode == 0o644 and members["assets"].mode == 0o755


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        releases.package("3.13.2", releases.VERSIONS["3.13.2"], tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_no_two_releases_have_files_of_the_same_time() -> None:
    assert len({release.built for release in releases.VERSIONS.values()}) == len(releases.VERSIONS)


def test_settings_name_no_other_host() -> None:
    assert "://" not in releases.configuration()
    source = settings(defective=False)["dataSources"][0]["configuration"]
    assert {source[root] for root in ("qidoRoot", "wadoRoot", "wadoUriRoot")} == {"/dicom-web"}


def test_the_defective_release_differs_in_its_wado_root_only() -> None:
    good, bad = settings(defective=False), settings(defective=True)
    assert bad["dataSources"][0]["configuration"].pop("wadoRoot") == "/dicom-web/frames"
    good["dataSources"][0]["configuration"].pop("wadoRoot")
    assert good == bad
    assert [version for version, release in releases.VERSIONS.items() if release.defective] == ["3.13.3-lab.1"]


def test_a_release_that_is_not_what_was_approved_is_refused(tmp_path: Path) -> None:
    with pytest.raises(LabError, match=r"ohif-3\.12\.0\.tar has SHA-256 .* but releases\.yml approves"):
        releases.build(tmp_path)


def test_every_release_of_the_inventory_is_built_here() -> None:
    assert set(releases.approved()) == set(releases.makers())


def test_two_scenarios_side_by_side_make_each_release_once(tmp_path: Path, monkeypatch) -> None:
    made: list[Path] = []

    def make(target: Path) -> None:
        target.write_text("half")
        time.sleep(0.1)
        target.write_text("whole")
        made.append(target)

    folder = tmp_path / "releases"
    monkeypatch.setattr(releases, "makers", lambda: {"one.tar": make, "two.tar": make})
    monkeypatch.setattr(
        releases, "approved", lambda: dict.fromkeys(("one.tar", "two.tar"), hashlib.sha256(b"whole").hexdigest())
    )
    with ThreadPoolExecutor(2) as pool:
        list(pool.map(lambda _: releases.build(folder), range(2)))
    assert made == [folder / "one.tar", folder / "two.tar"]
