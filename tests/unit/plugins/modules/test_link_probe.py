"""link_probe as called by a playbook."""

from __future__ import annotations

import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.module_utils import link_probe
from ansible_collections.wardround.hospital.plugins.modules import link_probe as module


def call(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    arguments = {"peer": "pacs-01", "source": "10.2.0.21", "address": "10.2.0.11", "rate_mbits": 20, **arguments}
    with patch_module_args(arguments), pytest.raises(SystemExit):
        module.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


def test_figures_and_faults_are_returned(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(link_probe, "measure", lambda link: ({"rate": link["rate_mbits"]}, link["directions"]))
    found = call(capsys)
    assert (found["figures"], found["faults"], found["changed"]) == ({"rate": 20.0}, ["forward", "backward"], False)


def test_check_mode_sends_nothing(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.delattr(link_probe, "measure")
    assert call(capsys, _ansible_check_mode=True)["skipped"]
