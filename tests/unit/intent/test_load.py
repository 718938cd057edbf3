from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.intent.cases import CASES, INVENTORY, write_bad, write_good, write_good_network
from wardround.intent import IntentError, load


@pytest.mark.parametrize("case", CASES)
def test_every_message(case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The messages are in bad/, to be read like code."""
    expected = write_bad(tmp_path, case)
    monkeypatch.chdir(tmp_path)
    with pytest.raises(IntentError) as caught:
        load(INVENTORY)
    assert [str(problem) for problem in caught.value.problems] == expected


def test_a_good_hospital(tmp_path: Path) -> None:
    intent = load(write_good(tmp_path))
    desk = intent.hosts["rad-ws-01"]
    assert (desk.department, desk.ae_title, desk.address) == ("radiology", "RAD_1", "10.2.0.21")
    assert desk.groups == {"all", "dept_radiology", "workstations"}
    assert desk.display_name.zh == "rad-ws-01"
    assert desk.vars["pacs_client_web_workers"] == 3
    assert intent.groups["workstations"] == ("rad-ws-01", "rad-ws-02", "reg-ws-01")
    assert intent.hospital.departments["radiology"].floor == 1
    assert list(intent.releases.products["pacs_client"].versions) == ["3.12.0", "3.13.2"]
    assert intent.supported_os("pacs_client") == {"debian-12", "debian-13"}
    assert [peer["ae_title"] for peer in intent.dicom_peers()] == ["FRONT DESK", "PACS", "RAD_1", "RAD_2"]


SECTIONS = (
    "hosts.yml",
    "group_vars/all/hospital.yml",
    "group_vars/all/network.yml",
    "group_vars/all/releases.yml",
    "group_vars/dept_radiology/pacs_client.yml",
)
ODD = (None, "", "x", "\n", 0, -1, 1.5, True, [], [[]], ["x"], {}, {"x": {}})


@given(data=st.data())
def test_any_value_anywhere_loads_or_is_explained(data: st.DataObject) -> None:
    section = data.draw(st.sampled_from(SECTIONS))
    with tempfile.TemporaryDirectory() as directory:
        inventory = write_good_network(Path(directory))
        content = yaml.safe_load((inventory / section).read_text(encoding="utf-8"))
        branch, key = data.draw(st.sampled_from(list(places(content))))
        branch[key] = data.draw(st.sampled_from(ODD))
        (inventory / section).write_text(yaml.safe_dump(content), encoding="utf-8")
        try:
            load(inventory)
        except IntentError as error:
            assert all(problem.line >= 1 and problem.found and problem.allowed for problem in error.problems)


def places(branch: Any) -> Iterator[tuple[Any, Any]]:
    """Every key of every mapping and every index of every list."""
    for key in branch if isinstance(branch, dict) else range(len(branch)):
        yield branch, key
        if isinstance(branch[key], dict | list):
            yield from places(branch[key])


def test_windows_are_typed(tmp_path: Path) -> None:
    departments = load(write_good(tmp_path)).hospital.departments
    assert departments["registration"].windows == "always"
    (window,) = departments["radiology"].windows
    assert (window.day, window.start, window.end) == ("sat", "22:00", "04:00")


def test_a_directory_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(IntentError, match=r"hosts\.yml:1: found no such file"):
        load(tmp_path / "nowhere")


def test_a_file_instead_of_the_directory(tmp_path: Path) -> None:
    with pytest.raises(IntentError, match=r"hosts\.yml:1: found a file, allowed the directory of a hospital"):
        load(write_good(tmp_path) / "hosts.yml")


def test_a_directory_instead_of_a_file(tmp_path: Path) -> None:
    inventory = write_good(tmp_path)
    (inventory / "group_vars" / "all" / "hospital.yml").unlink()
    (inventory / "group_vars" / "all" / "hospital.yml").mkdir()
    with pytest.raises(IntentError, match=r"hospital\.yml:1: found a directory, allowed a YAML file"):
        load(inventory)


def test_not_utf_8(tmp_path: Path) -> None:
    inventory = write_good(tmp_path)
    (inventory / "group_vars" / "all" / "ansible.yml").write_bytes(b"---\nansible_user: \xff\n")
    with pytest.raises(IntentError, match=r"ansible\.yml:2: found the byte 0xff, which is not UTF-8"):
        load(inventory)


def test_without_roles_their_settings_are_not_judged(tmp_path: Path) -> None:
    inventory = write_good(tmp_path)
    (tmp_path / "roles" / "pacs_client" / "meta" / "argument_specs.yml").unlink()
    assert load(inventory).hosts["rad-ws-01"].vars["pacs_client_mode"] == "fast"
