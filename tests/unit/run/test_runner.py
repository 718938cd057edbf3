"""What a run of a playbook takes from the engineer's own settings."""

from __future__ import annotations

from pathlib import Path

import pytest

from wardround.run import runner
from wardround.run.store import Store

PLAYBOOK = """
- hosts: localhost
  connection: local
  gather_facts: false
  tasks:
    - debug: {msg: "checked {{ lookup('ansible.builtin.config', 'HOST_KEY_CHECKING') }}"}
"""


@pytest.mark.parametrize(
    ("configured", "environment", "checked"),
    [(True, None, "True"), (False, None, "False"), (True, "False", "False"), (None, None, "True")],
)
def test_whether_host_keys_are_checked_is_ansible_s_own_setting(
    configured: bool | None, environment: str | None, checked: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = "" if configured is None else f"host_key_checking = {configured}\n"
    (tmp_path / "ansible.cfg").write_text(f"[defaults]\n{setting}", encoding="utf-8")
    (tmp_path / "play.yml").write_text(PLAYBOOK, encoding="utf-8")
    (tmp_path / "hosts.yml").write_text("all: {hosts: {localhost: }}\n", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    monkeypatch.delenv("ANSIBLE_HOST_KEY_CHECKING", raising=False)
    if environment is not None:
        monkeypatch.setenv("ANSIBLE_HOST_KEY_CHECKING", environment)
    ended = runner.run(Store.open(), runner.Job("play.yml", ("hosts.yml",)), lambda _run: None)
    assert f"checked {checked}" in ended.output.read_text(encoding="utf-8")
