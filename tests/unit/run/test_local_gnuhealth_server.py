"""The role gnuhealth_server on a desk of this machine: what a hospital wrote wrongly is said, secrets are not."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.run.local import ROOT, LocalHospital

SAID = "GNU Health: res.user login=med: 0 records of res.group match {'name': 'Health Docter'}; exactly one must"
RECORD = f"""
from ansible.plugins.action import ActionBase
class ActionModule(ActionBase):
    _requires_connection = False
    def run(self, tmp=None, task_vars=None):
        super().run(tmp, task_vars)
        return {{"failed": True, "msg": {SAID!r}}}
"""
MED = {"login": "med", "name": "伟", "groups": ["Health Docter"]}
SERVER = {
    "gnuhealth_server_product": "his_server",
    "__gnuhealth_server_stage": False,
    "gnuhealth_server_admin_password_file": "",
    "gnuhealth_server_institution": {
        "name": "示范医院",
        "code": "WR",
        "country": {"code": "CN", "code3": "CHN", "name": "China"},
        "timezone": "Asia/Shanghai",
        "currency": {"code": "CNY", "name": "Renminbi", "symbol": "¥"},
    },
}


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    one = LocalHospital(tmp_path)
    (one.root / "roles/gnuhealth_server").symlink_to(ROOT / "roles/gnuhealth_server")
    (one.root / "plugins/action/gnuhealth_record.py").write_text(RECORD, encoding="utf-8")
    (one.root / "med_password").write_text("pa55word!\n", encoding="utf-8")
    return one


def run(hospital: LocalHospital, tasks: str, *users: dict[str, Any], more: tuple[str, ...] = ()) -> tuple[int, str]:
    """Return code and what the tasks' results say; no password is in any output."""
    role = f"name=wardround.hospital.gnuhealth_server tasks_from={tasks}"
    given = json.dumps({**SERVER, "gnuhealth_server_users": users})
    done = hospital.call("ansible", "desk-1", "-m", "ansible.builtin.include_role", "-a", role, "-e", given, *more)
    assert "pa55word!" not in done.stdout + done.stderr
    return done.returncode, " ".join(done.stdout.split())


@pytest.mark.parametrize("more", [(), ("--check",), ("--check", "--diff", "-vvv")])
def test_what_the_server_does_not_accept_is_said_and_no_password(
    hospital: LocalHospital, more: tuple[str, ...]
) -> None:
    users = {**MED, "password_file": "med_password"}, {**MED, "login": "sur", "password": "pa55word!"}
    code, told = run(hospital, "data", *users, more=more)
    assert code != 0
    assert f"desk-1 | FAILED! => changed: false msg: '{SAID}'" in told.replace("''", "'")


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ({"password_file": "med_password"}, ""),
        ({"password": "pa55word!"}, ""),
        ({}, "gnuhealth_server_users of desk-1: med without a password; password_file or password is allowed"),
        ({"password_file": "lost"}, "lost on the control host; make each with (umask 077 && head -c 18 /dev/urandom"),
    ],
)
def test_a_password_that_is_not_there_is_said_before_anything_is_changed(
    hospital: LocalHospital, password: dict[str, str], said: str
) -> None:
    code, told = run(hospital, "preflight", {**MED, **password})
    assert (code == 0) is (said == ""), told
    assert said in told
