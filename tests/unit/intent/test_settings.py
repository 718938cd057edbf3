from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.intent.cases import write_good
from wardround.intent import settings
from wardround.intent.inventory import read


def add(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


@pytest.fixture
def inventory(tmp_path: Path) -> Path:
    directory = write_good(tmp_path)
    defaults = "---\npacs_client_root: /opt/pacs\npacs_client_web_workers: 2\npacs_client_token: x\n"
    add(tmp_path / "roles/pacs_client/defaults/main.yml", defaults)
    specs = tmp_path / "roles/pacs_client/meta/argument_specs.yml"
    add(specs, specs.read_text(encoding="utf-8") + "      pacs_client_token: {type: str, no_log: true}\n")
    return directory


def test_each_value_comes_with_its_layer_file_and_line(inventory: Path) -> None:
    add(inventory / "host_vars/rad-ws-02/pacs_client.yml", "---\n# its own\npacs_client_web_workers: 8\n")
    found = {one.name: one for one in settings.of_host(read(inventory), "rad-ws-02")}
    own = found["pacs_client_web_workers"]
    assert (own.role, own.value, own.layer, own.line) == ("pacs_client", 8, "host", 3)
    assert own.file.endswith("host_vars/rad-ws-02/pacs_client.yml")
    default = found["pacs_client_root"]
    assert (default.value, default.layer, default.line) == ("/opt/pacs", "default", 2)
    assert default.file.endswith("roles/pacs_client/defaults/main.yml")
    assert (found["clients"].layer, found["clients"].role) == ("workstations", "machine")
    assert found["pacs_client_peers"].layer == "dept_radiology"


def test_a_role_that_a_host_does_not_use_is_not_told(inventory: Path) -> None:
    assert {one.role for one in settings.of_host(read(inventory), "pacs-01")} == {"machine"}


def test_a_secret_is_never_shown(inventory: Path) -> None:
    add(inventory / "host_vars/rad-ws-01/pacs_client.yml", "---\npacs_client_token: hunter2\n")
    told = settings.of_host(read(inventory), "rad-ws-01")
    assert "hunter2" not in repr(told)
    assert {one.name: one.value for one in told}["pacs_client_token"] == settings.HIDDEN


def test_an_unknown_host_is_named(inventory: Path) -> None:
    with pytest.raises(LookupError, match=r'found no host "rad-ws-3".*did you mean rad-ws-0'):
        settings.of_host(read(inventory), "rad-ws-3")


def test_only_a_value_that_differs_from_the_groups_is_an_override(inventory: Path) -> None:
    add(inventory / "host_vars/rad-ws-01/pacs_client.yml", "---\npacs_client_web_workers: 3\n")  # the same
    add(inventory / "host_vars/rad-ws-02/pacs_client.yml", "---\npacs_client_web_workers: 8\n")
    (found,) = settings.overrides(read(inventory))
    assert (found.host, found.own.name, found.own.value, found.wider.value) == (
        "rad-ws-02",
        "pacs_client_web_workers",
        8,
        3,
    )
    assert found.wider.layer == "dept_radiology"
