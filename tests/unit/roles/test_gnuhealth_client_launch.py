"""The client starts with the desk's settings, whatever was in the user's files before."""

from __future__ import annotations

import configparser
import importlib.util
import json
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

FILES = Path(__file__).parents[3] / "roles/gnuhealth_client/files"
DESK = {
    "product": "his_client",
    "title": "HIS",
    "server": "his-01",
    "host": "10.87.20.41:443",
    "database": "health",
    "user": "reg",
    "ca_file": "/etc/wardround/his_client/ca.crt",
    "language": "zh_CN",
}


@pytest.fixture(scope="module")
def launch() -> ModuleType:
    spec = importlib.util.spec_from_file_location("launch", FILES / "launch.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class Workstation:
    """A desk with releases and one user."""

    def __init__(self, launch: ModuleType, root: Path) -> None:
        self.launch = launch
        self.etc, self.home, self.opt = root / "etc", root / "home", root / "opt"
        self.home.mkdir()
        self.settings()
        self.release("5.0.0")

    def settings(self, **changes: Any) -> None:
        path = self.etc / "his_client" / "desk.json"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({**DESK, "root": str(self.opt), **changes}))

    def release(self, version: str) -> None:
        """Install a release and switch to it."""
        folder = self.opt / "releases" / version
        folder.mkdir(parents=True)
        (folder / "release.json").write_text(json.dumps({"version": version}))
        (self.opt / "current").unlink(missing_ok=True)
        (self.opt / "current").symlink_to(f"releases/{version}")

    def start(self, *arguments: str) -> tuple[str, list[str], dict[str, str]]:
        return self.launch.command(["his_client", *arguments], self.etc)

    def folder(self, series: str = "5.0") -> Path:
        return self.home / ".config/gnuhealth" / series

    def read(self, name: str) -> configparser.RawConfigParser:
        parser = configparser.RawConfigParser()
        assert parser.read(self.folder() / name)
        return parser


@pytest.fixture
def desk(launch: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Workstation:
    station = Workstation(launch, tmp_path)
    monkeypatch.setenv("HOME", str(station.home))
    monkeypatch.delenv("WARDROUND_PATIENT", raising=False)
    return station


def test_the_process_says_which_release_it_is_of(desk: Workstation) -> None:
    program, arguments, environment = desk.start()
    assert program == str(desk.opt / "releases/5.0.0/bin/gnuhealth-client")
    assert arguments == [program, "-c", str(desk.folder() / "his_client.conf")]
    assert environment["SSL_CERT_FILE"] == "/etc/wardround/his_client/ca.crt"
    assert environment["WARDROUND_DESK"] == str(desk.etc / "his_client/desk.json")
    assert "WARDROUND_PATIENT" not in environment


def test_a_switch_counts_from_the_next_start(desk: Workstation) -> None:
    desk.start()
    desk.release("5.2.1")
    assert "/releases/5.2.1/" in desk.start()[0]
    assert (desk.folder("5.2") / "profiles.cfg").exists()


def test_a_new_user_gets_the_desks_profile_and_no_other(desk: Workstation) -> None:
    desk.start()
    profiles = desk.read("profiles.cfg")
    assert profiles.sections() == ["his-01"]
    assert dict(profiles["his-01"]) == {"host": "10.87.20.41:443", "database": "health", "username": "reg"}
    settings = desk.read("his_client.conf")
    assert dict(settings["login"])["profile"] == "his-01"
    assert dict(settings["login"])["host"] == "10.87.20.41:443"
    assert dict(settings["client"]) == {"lang": "zh_CN", "title": "HIS"}
    assert desk.folder().stat().st_mode & 0o777 == 0o700


def test_what_the_user_changed_is_put_right_and_what_is_theirs_stays(desk: Workstation) -> None:
    desk.start()
    (desk.folder() / "profiles.cfg").write_text("[demo]\nhost = federation.gnuhealth.org:443\ndatabase = health50\n")
    (desk.folder() / "his_client.conf").write_text(
        "[login]\nhost = federation.gnuhealth.org:443\nlogin = admin\n[client]\nlang = en\ntoolbar = 100%both\n"
    )
    desk.start()
    assert desk.read("profiles.cfg").sections() == ["his-01"]
    settings = desk.read("his_client.conf")
    assert (settings["login"]["host"], settings["login"]["login"]) == ("10.87.20.41:443", "reg")
    assert (settings["client"]["lang"], settings["client"]["toolbar"]) == ("zh_CN", "100%both")


def test_a_broken_settings_file_is_replaced(desk: Workstation) -> None:
    desk.start()
    (desk.folder() / "his_client.conf").write_bytes(b"no section\xff\n")
    desk.start()
    assert desk.read("his_client.conf")["login"]["login"] == "reg"


@pytest.mark.parametrize("before", [None, "10.87.20.41:443 \n", "10.87.20.41:443\n"])
def test_the_server_is_never_asked_without_tls(desk: Workstation, before: str | None) -> None:
    # The client goes on in plain HTTP where a host has no fingerprint of 59 characters (gnuhealth/fingerprints.py).
    desk.folder().mkdir(parents=True)
    if before is not None:
        (desk.folder() / "known_hosts").write_text(before)
    desk.start()
    (line,) = (desk.folder() / "known_hosts").read_text().splitlines()
    host, fingerprint = line.split(" ")
    assert host == "10.87.20.41:443"
    assert len(fingerprint) == 59


def test_other_servers_fingerprints_stay(desk: Workstation) -> None:
    desk.folder().mkdir(parents=True)
    seen = "10.87.20.42:443 " + ":".join(["AB"] * 20)
    (desk.folder() / "known_hosts").write_text(seen + "\n")
    desk.start()
    lines = (desk.folder() / "known_hosts").read_text().splitlines()
    assert lines[0] == seen
    assert len(lines) == 2


def test_only_the_hospitals_authority_is_trusted(desk: Workstation) -> None:
    desk.folder().mkdir(parents=True)
    (desk.folder() / "ca_certs").write_text("somebody else's")
    desk.start()
    assert not (desk.folder() / "ca_certs").exists()


def test_the_desks_plugin_is_offered_to_the_client(desk: Workstation) -> None:
    plugins = desk.folder() / "plugins"
    plugins.mkdir(parents=True)
    (plugins / "wardround_desk.py").write_text("an old copy")
    (plugins / "mine.py").write_text("")
    desk.start()
    desk.start()
    assert (plugins / "wardround_desk.py").resolve() == FILES / "wardround_desk.py"
    assert (plugins / "mine.py").exists()


def test_two_products_keep_settings_of_their_own(desk: Workstation) -> None:
    desk.start()
    other = desk.etc / "lis_client" / "desk.json"
    other.parent.mkdir()
    lis = {**DESK, "product": "lis_client", "root": str(desk.opt), "server": "lis-01", "host": "10.87.20.42:443"}
    other.write_text(json.dumps(lis))
    desk.launch.command(["lis_client"], desk.etc)
    assert desk.read("lis_client.conf")["login"]["host"] == "10.87.20.42:443"
    assert desk.read("his_client.conf")["login"]["host"] == "10.87.20.41:443"
    assert desk.read("profiles.cfg").sections() == ["lis-01"]
    desk.start()
    assert desk.read("profiles.cfg").sections() == ["his-01"]


def test_a_patient_can_be_asked_for(desk: Workstation) -> None:
    _program, arguments, environment = desk.start("--patient", "WRT0001", "--verbose")
    assert arguments[-1] == "--verbose"
    assert "--patient" not in arguments
    assert environment["WARDROUND_PATIENT"] == "WRT0001"


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (lambda desk: (desk.opt / "current").unlink(), "no release is in use"),
        (lambda desk: (desk.etc / "his_client/desk.json").unlink(), "desk.json cannot be read"),
        (lambda desk: (desk.etc / "his_client/desk.json").write_text("{"), "desk.json cannot be read"),
        (lambda desk: (desk.opt / "current/release.json").unlink(), "release.json cannot be read"),
    ],
)
def test_what_is_missing_is_said(desk: Workstation, spoil: Any, said: str) -> None:
    spoil(desk)
    with pytest.raises(desk.launch.LaunchError, match=said):
        desk.start()


@pytest.mark.parametrize(("arguments", "said"), [([], "usage"), (["his_client", "--patient"], "--patient wants")])
def test_wrong_usage_is_said(desk: Workstation, arguments: list[str], said: str) -> None:
    with pytest.raises(desk.launch.LaunchError, match=said):
        desk.launch.command(arguments, desk.etc)
