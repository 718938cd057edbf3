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


def test_a_server_has_the_role_that_its_group_is_named_after(inventory: Path) -> None:
    add(inventory / "../roles/pacs_server/defaults/main.yml", "---\npacs_server_http_port: 8042\n")
    found = {one.name: one for one in settings.of_host(read(inventory), "pacs-01")}
    assert (found["pacs_server_http_port"].role, found["pacs_server_http_port"].value) == ("pacs_server", 8042)


def test_a_template_is_told_as_what_it_comes_to(inventory: Path) -> None:
    defaults = inventory / "../roles/pacs_client/defaults/main.yml"
    templates = """\
pacs_client_version: "{{ rollout_version | default(releases.products.pacs_client.current) }}"
pacs_client_url: "http://{{ pacs_client_place }}/{{ pacs_client_version }}"
pacs_client_place: "{{ inventory_hostname }}"
pacs_client_ae_title: "{{ inventory_hostname | wardround.hospital.ae_title(hostvars[inventory_hostname]) }}"
pacs_client_password: "{{ lookup('ansible.builtin.file', 'secret') }}"
pacs_client_after: "{{ pacs_client_password | default('none') }}"
pacs_client_empty: "{{ rollout_intent | default('') }}"
"""
    add(defaults, defaults.read_text(encoding="utf-8") + templates)
    found = {one.name: one.value for one in settings.of_host(read(inventory), "rad-ws-02")}
    assert (found["pacs_client_version"], found["pacs_client_empty"]) == ("3.12.0", "")
    assert (found["pacs_client_url"], found["pacs_client_ae_title"]) == ("http://rad-ws-02/3.12.0", "RAD_2")
    # What needs a lookup stays as it is written, and so does what hangs on it: no default takes its place.
    for name in ("password", "after"):
        assert found[f"pacs_client_{name}"].startswith("{{"), found


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


def test_a_value_that_differs_from_the_roles_default_is_an_override_on_a_desk_that_has_the_client(
    inventory: Path,
) -> None:
    for host in ("reg-ws-01", "pacs-01"):
        add(inventory / f"host_vars/{host}/pacs_client.yml", "---\npacs_client_web_workers: 8\n")
    (found,) = settings.overrides(read(inventory))
    assert (found.host, found.own.value, found.wider.value, found.wider.layer) == (
        "reg-ws-01",
        8,
        2,
        "default",
    )
