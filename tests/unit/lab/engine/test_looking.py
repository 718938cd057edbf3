"""What a technician sees of the engine, and what it runs on."""

from __future__ import annotations

import json
import socket
import time
from pathlib import Path
from typing import Any

import pytest

from lab.engine import __main__ as command
from lab.engine import deploy
from lab.engine.config import load
from lab.engine.journal import Entry, Journal
from lab.machines import machine, machines
from lab.paths import ROOT


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """The file of an engine of which only the port of the results is taken."""
    peer = {"host": "127.0.0.1", "port": 1, "application": "X", "facility": "Y"}
    found: dict[str, Any] = {
        "application": "ENGINE",
        "facility": "WARDROUND",
        "state": str(tmp_path),
        "examinations": {},
    }
    found |= {"destinations": {"lis": peer, "his": peer}, "servers": {"his": {}, "lis": {}}}
    found["listen"] = {"results": ["127.0.0.1", 1], "lis": ["127.0.0.1", 2]}
    path = tmp_path / "config.json"
    path.write_text(json.dumps(found))
    return path


def engine(settings: Path, capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str]:
    code = command.main(["--config", str(settings), *arguments])
    told = capsys.readouterr()
    return code, told.out or told.err


def fill(state: Path) -> None:
    journal = Journal(state / "engine.db")
    for number, subject in enumerate("ABC"):
        text = f"MSH|{number}\rPID|{subject} 王\r"
        journal.put([Entry("lis", f"lab:{number}", subject, "OML^O21", f"C{number}", text)])
    first, second = journal.following("lis"), None
    assert first is not None
    journal.sent(first)
    second = journal.following("lis")
    assert second is not None
    journal.refused(second, "lis answered MSA|AE: the LIS knows no patient B")
    journal.link("lis", False, "lis cannot be reached")
    journal.link("poll his", True, "")
    journal.merge("X", "Y")
    journal.alive()
    journal.close()


def test_the_status_tells_who_answers_what_waits_and_what_was_refused(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path)
    with socket.create_server(("127.0.0.1", 0)) as server:
        text = settings.read_text().replace('["127.0.0.1", 1]', f'["127.0.0.1", {server.getsockname()[1]}]')
        settings.write_text(text)
        code, said = engine(settings, capsys, "status")
    found = json.loads(said)
    assert (code, found["running"], found["merges"]) == (0, True, {"X": "Y"})
    assert found["ports"] == {"results": True, "lis": False}
    lis = found["destinations"]["lis"]
    assert (lis["waiting"], lis["sent"], lis["refused"], lis["well"]) == (1, 1, 1, False)
    assert lis["said"] == "lis cannot be reached" and lis["oldest_waiting_seconds"] >= 0
    assert found["destinations"]["his"]["well"] is None
    assert (found["sources"]["his"]["well"], found["sources"]["lis"]["well"]) == (True, None)
    (refused,) = found["refused"]
    assert (refused["control_id"], refused["subject"]) == ("C1", "B")
    assert refused["reason"] == "lis answered MSA|AE: the LIS knows no patient B"


def test_an_engine_that_stopped_does_not_run(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(tmp_path)
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert json.loads(engine(settings, capsys, "status")[1])["running"] is False


def test_a_message_is_shown_and_a_refused_one_sent_again(
    settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    fill(tmp_path)
    assert engine(settings, capsys, "show", "C1") == (0, "MSH|1\nPID|B 王\n\n")
    assert engine(settings, capsys, "show", "C9") == (1, "the engine has no message C9\n")
    assert engine(settings, capsys, "messages", "B") == (0, "MSH|1\rPID|B 王\r\n")
    assert engine(settings, capsys, "messages", "Z") == (0, "")
    assert engine(settings, capsys, "resend", "C1") == (0, "1 messages wait again\n")
    assert engine(settings, capsys, "resend", "C1") == (1, "no refused message has the control id C1\n")


def test_what_is_missing_is_said(settings: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    code, said = engine(settings, capsys, "status")
    assert (code, "the engine has never run on this machine" in said) == (1, True)
    code, said = engine(tmp_path / "none.json", capsys, "status")
    assert (code, "none.json could not be read" in said) == (2, True)
    settings.write_text("{}")
    assert engine(settings, capsys, "status")[0] == 2


def test_the_settings_come_from_the_inventory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("his", "lis"):
        (tmp_path / f"{name}_interface_password").write_text(f"secret of {name}\n")
    (tmp_path / "ca.crt").write_text("CA")
    for name in ("SECRETS", "TLS"):
        monkeypatch.setattr(deploy, name, tmp_path)
    monkeypatch.setattr(deploy, "SETTINGS", tmp_path / "engine")
    deploy.prepare()
    path = tmp_path / "engine" / "engine" / "config.json"
    assert path.stat().st_mode & 0o077 == path.parent.stat().st_mode & 0o077 == 0
    config = load(path)
    addresses = {found.name: found.clinical for found in machines()}
    assert config.servers["his"]["url"] == f"https://{addresses['his-01']}"
    assert config.servers["lis"]["password"] == "secret of lis"
    assert config.destinations["analyser"].host == addresses["ana-01"]
    assert config.destinations["pacs"].peer == f"pacs ({addresses['pacs-01']}:2575)"
    assert {code: (found["station"], found["modality"]) for code, found in config.examinations.items()} == {
        "CT-CHEST": ("CT_1", "CT"),
        "ECG-12": ("ECG_1", "ECG"),
        "XR-CHEST": ("XR_1", "CR"),
    }
    assert (path.parent / "ca.crt").read_text() == "CA"
    device = json.loads((tmp_path / "engine" / "analyser" / "config.json").read_text())
    assert (device["engine"]["host"], device["engine"]["port"]) == (addresses["engine-01"], 2575)


@pytest.mark.parametrize("name", ["engine-01", "ana-01"])
def test_what_a_machine_mounts_is_there_and_its_services_are_wanted(name: str) -> None:
    found = machine(name)
    mounted = {there: here for here, there in deploy.volumes(found)}
    kept = [
        here
        for there, here in mounted.items()
        if here.is_relative_to(ROOT) and not there.startswith("/etc/" + found.image)
    ]
    assert kept and all(path.exists() for path in kept)
    drop_in = f"/etc/systemd/system/multi-user.target.d/{found.image}.conf"
    assert (drop_in in mounted) == (name == "ana-01"), "the engine is started when the systems know its accounts"
    wants = mounted[drop_in].read_text() if drop_in in mounted else ""
    for service in deploy.SERVICES[found.image]:
        unit = mounted[f"/etc/systemd/system/{service}.service"].read_text()
        assert f"ExecStart=/usr/local/bin/{found.image} " in unit and (not wants or f"{service}.service" in wants)
    assert mounted[f"/usr/local/bin/{found.image}"].stat().st_mode & 0o111
