"""orthanc_peers as called by a playbook, where no Orthanc answers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.modules import orthanc_peers

PEER = {"name": "ct", "ae_title": "CT_1", "address": "10.0.0.1"}


@pytest.fixture
def config(tmp_path: Path) -> str:
    """An archive's configuration whose port nobody listens on."""
    file = tmp_path / "orthanc.json"
    file.write_text(json.dumps({"HttpPort": 9, "RegisteredUsers": {"u": "p"}}))
    return str(file)


def call(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args({"peers": [PEER], **arguments}), pytest.raises(SystemExit):
        orthanc_peers.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_in_check_mode_a_silent_archive_is_no_failure_and_is_told(
    config: str, capsys: pytest.CaptureFixture[str]
) -> None:
    found = call(capsys, config=config, _ansible_check_mode=True)
    assert (found["changed"], found["written"]) == (True, ["ct"])
    assert found["silent"].startswith("no answer from http://127.0.0.1:9 within 1 s")


def test_how_long_to_wait_can_be_said_in_check_mode_too(config: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "within 0.1 s" in call(capsys, config=config, deadline=0.1, _ansible_check_mode=True)["silent"]
    assert call(capsys, config=config, deadline=0.1)["failed"]
