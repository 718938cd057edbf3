import io
import json
import tarfile
import zipfile
from pathlib import Path

import pytest

from lab import gnuhealth, wheels


def wheel(folder: Path, requirement: str) -> Path:
    name = requirement.replace("-", "_").replace("==", "-")
    path = folder / f"{name}-py3-none-any.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{requirement.partition('==')[0]}/__init__.py", "")
        if requirement.startswith("trytond=="):
            for command in (*gnuhealth.COMMANDS, "trytond-stat"):
                archive.writestr(f"trytond-7.0.59.data/scripts/{command}", f"#!python\n# {command}\n")
    return path


@pytest.fixture(autouse=True)
def without_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "wheels").mkdir()
    monkeypatch.setattr(wheels, "fetch", lambda pins: [wheel(tmp_path / "wheels", name) for name in pins])


def test_a_release_holds_packages_commands_and_its_name(tmp_path: Path) -> None:
    target = tmp_path / gnuhealth.artifact("5.0.0")
    gnuhealth.package("5.0.0", target)
    with tarfile.open(target) as tar:
        members = {member.name: member for member in tar}
        release = json.load(tar.extractfile("release.json") or io.BytesIO())
        command = (tar.extractfile("libexec/trytond-admin") or io.BytesIO()).read()
    assert release == {"product": "gnuhealth_server", "version": "5.0.0"}
    assert command == b"#!python\n# trytond-admin\n"
    started = sorted(name for name in members if name.startswith("bin/"))
    assert started == ["bin/gnuhealth-serve", "bin/trytond", "bin/trytond-admin", "bin/trytond-cron"]
    assert all(members[name].mode == 0o755 for name in started)
    assert {"lib/gnuhealth-lab/__init__.py", "lib/trytond/__init__.py"} <= members.keys()


def test_the_same_bytes_each_time(tmp_path: Path) -> None:
    for name in ("one", "two"):
        gnuhealth.package("5.0.0", tmp_path / name)
    assert (tmp_path / "one").read_bytes() == (tmp_path / "two").read_bytes()


def test_what_starts_a_release_is_python(tmp_path: Path) -> None:
    for script in (gnuhealth.LAUNCHER, gnuhealth.SERVE):
        compile(script, "script", "exec")
        assert script.startswith("#!/usr/bin/python3 -P\n")


def test_every_pin_is_a_digest_and_every_release_has_its_day() -> None:
    for version in gnuhealth.HEALTH:
        assert all(len(digest) == 64 for digest in gnuhealth.pins(version).values())
        assert f"gnuhealth-lab=={version}" in gnuhealth.pins(version)
    assert gnuhealth.BUILT.keys() == gnuhealth.HEALTH.keys()
    assert len(set(gnuhealth.BUILT.values())) == len(gnuhealth.BUILT)
