"""clients_probe as called by a playbook."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.modules import clients_probe


def call(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        clients_probe.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("check", [True, False])
def test_the_release_in_use_of_each_product_is_told(
    check: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "his_client/releases/5.0.2").mkdir(parents=True)
    (tmp_path / "his_client/current").symlink_to("releases/5.0.2")
    found = call(capsys, root=str(tmp_path), _ansible_check_mode=check)
    assert (found["changed"], found["installed"]) == (False, {"his_client": "5.0.2"})


def test_a_directory_that_cannot_be_read_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    found = call(capsys, root=str(tmp_path / "file"))
    assert found["failed"]
    assert found["msg"].endswith("/file cannot be read, so the desk's products are unknown: Not a directory")
