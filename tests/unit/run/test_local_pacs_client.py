"""The role pacs_client on desks of this machine, as a person runs it who did not ask `wardround validate`."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.run.local import ROOT, LocalHospital

ARCHIVE = {"pacs_client_ae_title": "RAD_1", "pacs_client_peers": ["desk-2"], "ae_title": "PACS"}


@pytest.fixture
def hospital(tmp_path: Path) -> LocalHospital:
    one = LocalHospital(tmp_path)
    (one.root / "roles/pacs_client").symlink_to(ROOT / "roles/pacs_client")
    return one


@pytest.mark.parametrize(
    ("variables", "said"),
    [
        (ARCHIVE, ""),
        ({}, "desk-1 has no ae_title, and hospital.departments.ward no ae_title_pattern to derive one from"),
        ({**ARCHIVE, "pacs_client_ae_title": ""}, "pacs_client_ae_title of desk-1 is empty"),
        ({**ARCHIVE, "pacs_client_peers": ["pacs-1"]}, "pacs_client_peers of desk-1 has 'pacs-1', which is no host"),
        (
            {"pacs_client_ae_title": "RAD_1", "pacs_client_peers": ["desk-2"]},
            "pacs_client_peers of desk-1 has 'desk-2'",
        ),
    ],
)
def test_a_desk_that_could_not_ask_its_archive_is_refused_before_it_is_changed(
    hospital: LocalHospital, variables: dict[str, Any], said: str
) -> None:
    role = "name=wardround.hospital.pacs_client tasks_from=preflight.yml"
    given = json.dumps({**variables, "__pacs_client_stage": False})
    done = hospital.call("ansible", "desk-1", "-m", "ansible.builtin.include_role", "-a", role, "-e", given)
    told = " ".join((done.stdout + done.stderr).split())
    assert (done.returncode == 0) is (said == ""), told
    assert said in told
