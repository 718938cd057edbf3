"""The modules refuse wrong calls, and report as their documentation says."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from ansible.module_utils.testing import patch_module_args
from ansible_collections.wardround.hospital.plugins.modules import release_install


def call(capsys: pytest.CaptureFixture[str], **arguments: Any) -> dict[str, Any]:
    with patch_module_args(arguments), pytest.raises(SystemExit):
        release_install.main()
    found: dict[str, Any] = json.loads(capsys.readouterr().out)
    return found


@pytest.mark.parametrize("state", ["staged", "present", "active"])
def test_a_release_is_named_by_version_address_and_sha256(state: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert "version, url, sha256" in call(capsys, root="/nowhere", state=state)["msg"]


def test_check_mode_on_a_fresh_machine_touches_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    root = tmp_path / "product"
    wanted = {"version": "3.12.0", "url": "http://127.0.0.1:9/x.tar", "sha256": "aa"}
    found = call(capsys, root=str(root), _ansible_check_mode=True, **wanted)
    assert (found["changed"], found["linked"], found["drift"], found["served"]) == (True, "3.12.0", None, "unknown")
    assert found["served_reason"] == "no served_url was given"
    assert found["diff"] == {
        "before": "current: none\nprevious: none\n",
        "after": "current: 3.12.0\nprevious: none\nrelease: 3.12.0\n",
    }
    assert not root.exists()


def test_drift_is_a_warning(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "releases" / "3.13.2").mkdir(parents=True)
    (tmp_path / "current").symlink_to("releases/3.13.2")
    found = call(capsys, root=str(tmp_path), version="3.12.0", url="http://127.0.0.1:9/x.tar", sha256="aa")
    assert (found["changed"], found["linked"]) == (False, "3.13.2")
    assert any("3.13.2 is installed, 3.12.0 is wanted" in str(warning) for warning in found["warnings"])


def test_a_full_message_instead_of_a_traceback(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "file").touch()
    found = call(capsys, root=str(tmp_path / "file" / "product"), state="previous", intent="i1")
    assert found["failed"]
    assert "Not a directory" in found["msg"]


def test_what_is_returned_is_documented(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = call(capsys, root=str(tmp_path), version="1", url="http://x", sha256="aa", _ansible_check_mode=True)
    framework = {"changed", "diff", "invocation", "warnings", "deprecations"}
    assert found.keys() - framework <= yaml.safe_load(release_install.RETURN).keys()
