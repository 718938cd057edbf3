"""workstation_idle as called by a playbook."""

import json
from typing import Any

import pytest
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.module_utils import idle
from ansible_collections.wardround.hospital.plugins.modules import workstation_idle


@pytest.mark.parametrize("reasons", [[], ["nurse1 is logged in"]])
@pytest.mark.parametrize("check", [True, False])
def test_idle_is_the_absence_of_reasons(
    reasons: list[str], check: bool, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    asked: list[dict[str, Any]] = []
    monkeypatch.setattr(idle, "ask", lambda params: asked.append(params) or (reasons, []))
    with patch_module_args({"ignore_users": ["kiosk"], "_ansible_check_mode": check}), pytest.raises(SystemExit):
        workstation_idle.main()
    found = json.loads(capsys.readouterr().out)
    assert (found["idle"], found["reasons"], found["changed"]) == (not reasons, reasons, False)
    assert (asked[0]["hl7_ports"], asked[0]["ignore_users"], asked[0]["deadline"]) == ([2575, 2576, 2577], ["kiosk"], 5)
