import stat
import subprocess
from pathlib import Path

import pytest

from lab import keys
from lab.machines import machines


@pytest.fixture
def folder(tmp_path: Path, monkeypatch) -> Path:
    monkeypatch.setattr(keys, "SSH", tmp_path / "ssh")
    monkeypatch.setattr(keys, "SECRETS", tmp_path / "secrets")
    keys.prepare(machines()[:2])
    return tmp_path


def contents(folder: Path) -> dict[Path, bytes]:
    return {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_nothing_that_exists_is_made_again(folder: Path) -> None:
    before = contents(folder)
    keys.prepare(machines()[:2])
    assert contents(folder) == before


def test_secrets_are_for_root_only(folder: Path) -> None:
    for path in (folder / "secrets" / "orthanc_password", folder / "ssh" / "ca", folder / "ssh" / "id_ed25519"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len((folder / "secrets" / "orthanc_password").read_text()) >= 32


def test_a_certificate_is_for_its_own_host_only(folder: Path) -> None:
    for machine in machines()[:2]:
        certificate = folder / "ssh" / "hosts" / machine.name / "host_key-cert.pub"
        shown = subprocess.run(
            ["ssh-keygen", "-L", "-f", certificate], text=True, capture_output=True, check=True
        ).stdout
        assert "host certificate" in shown
        assert shown.split("Principals:")[1].split("Critical")[0].split() == [machine.name]


def test_settings_hold_absolute_paths_and_check_every_host(folder: Path) -> None:
    config = folder / "ssh" / "config"
    for name in (machines()[0].name, machines()[0].management):
        command = ["ssh", "-G", "-F", str(config), name]
        shown = subprocess.run(command, text=True, capture_output=True, check=True).stdout.splitlines()
        assert f"hostkeyalias {machines()[0].name}" in shown
        assert f"hostname {machines()[0].management}" in shown
        assert "stricthostkeychecking true" in shown
        assert f"userknownhostsfile {folder}/ssh/known_hosts" in shown
