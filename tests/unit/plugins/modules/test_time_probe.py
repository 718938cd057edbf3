"""time_probe as called by a playbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.module_utils import chrony
from ansible_collections.wardround.hospital.plugins.modules import time_probe


def call(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        time_probe.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize(
    ("servers", "asked"), [([{"name": "share-01", "address": "10.87.20.12"}], "clock share-01"), ([], "clock desk")]
)
def test_chrony_and_every_server_are_asked(
    servers: list[Any], asked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "time.json"
    path.write_text(json.dumps({"servers": servers, "serves": True, "max_offset_seconds": 0.5}))
    monkeypatch.setattr(
        chrony, "check_chrony", lambda settings, host, _deadline, wait: {"found": [settings, host, wait]}
    )
    monkeypatch.setattr(chrony, "check_server", lambda server, *_: {"found": server["address"]})
    found = call(capsys, settings=str(path), host="desk", wait=7)
    settings = {"servers": servers, "serves": True, "max_offset_seconds": 0.5}
    assert found["answers"] == {
        "chrony": {"found": [settings, "desk", 7.0]},
        asked: {"found": "10.87.20.12" if servers else "127.0.0.1"},
    }
    assert not found["changed"]


@pytest.mark.parametrize("text", [None, "{}", "[]", '{"servers": [{}], "serves": true, "max_offset_seconds": 1}'])
def test_settings_that_cannot_be_read_are_an_error(
    text: str | None, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "time.json"
    if text is not None:
        path.write_text(text)
    found = call(capsys, settings=str(path))
    assert found["failed"]
    assert "so no time server is known" in found["msg"]
