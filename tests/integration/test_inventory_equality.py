"""Wardround reads an inventory as Ansible does: same groups, same variables, same precedence."""

from __future__ import annotations

import datetime
import json
import random
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from wardround.intent.inventory import Inventory, read
from wardround.intent.layers import Entity
from wardround.intent.yaml_file import Vaulted

REPOSITORY = Path(__file__).parents[2]
HOSPITALS = sorted(path.parent for path in REPOSITORY.glob("inventories/*/hosts.yml"))
VARIABLES = [f"v{number}" for number in range(6)]


def ansible(directory: Path, *arguments: str) -> Any:
    """What `ansible-inventory` prints, with this repository's ansible.cfg."""
    command = [str(Path(sys.executable).parent / "ansible-inventory"), "-i", str(directory), *arguments]
    done = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def plain(value: Any) -> Any:
    """A value as `ansible-inventory` writes it in JSON."""
    if isinstance(value, Vaulted):
        return {"__ansible_vault": value.ciphertext}
    if isinstance(value, datetime.date):
        return value.isoformat()
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    return [plain(item) for item in value] if isinstance(value, list) else value


def own(entity: Entity) -> dict[str, Any]:
    """Variables that a group or host has by itself."""
    return {key: plain(value) for layer in (*entity.inline, *entity.files) for key, value in layer.values.items()}


def listed(inventory: Inventory) -> dict[str, Any]:
    """The inventory in the form of `ansible-inventory --list --export`, members sorted."""
    hosts = {name: variables for name, host in inventory.hosts.items() if (variables := own(host))}
    result: dict[str, Any] = {"_meta": {"hostvars": hosts}}
    for group in inventory.groups.values():
        variables = own(group)
        if group.priority != 1:
            variables["ansible_group_priority"] = group.priority
        entry = {
            "hosts": [] if group.name == "all" else sorted(group.hosts),
            "children": sorted(group.children),
            "vars": variables,
        }
        if any(entry.values()):
            result[group.name] = {key: value for key, value in entry.items() if value}
    return result


def in_order(exported: dict[str, Any]) -> dict[str, Any]:
    """Ansible's answer with members sorted and without the name of its JSON profile."""
    exported["_meta"].pop("profile")
    for entry in exported.values():
        for key in ("hosts", "children"):
            if key in entry:
                entry[key] = sorted(entry[key])
    return exported


def assert_equal(directory: Path, drawn: int) -> None:
    inventory = read(directory)
    assert not inventory.problems
    assert listed(inventory) == in_order(ansible(directory, "--list", "--export"))
    names = sorted(inventory.hosts)
    chosen = random.Random(7).sample(names, min(drawn, len(names)))
    with ThreadPoolExecutor(2) as pool:  # of a large hospital each question takes seconds
        for name, told in zip(chosen, pool.map(lambda name: ansible(directory, "--host", name), chosen), strict=True):
            assert plain(inventory.effective(name)) == told, name


@pytest.mark.parametrize("directory", HOSPITALS, ids=lambda path: path.name)
def test_hospital_equals_ansible(directory: Path) -> None:
    assert_equal(directory, drawn=20)


@pytest.mark.parametrize("seed", range(4))
def test_generated_inventory_equals_ansible(tmp_path: Path, seed: int) -> None:
    write_inventory(tmp_path, random.Random(seed))
    assert_equal(tmp_path, drawn=5)


def write_inventory(directory: Path, rng: random.Random) -> None:
    """Groups with several parents, unequal depths and priorities; the same few variables wherever there may be some."""
    groups = [f"g{number}" for number in range(8)]
    rng.shuffle(groups)
    body: dict[str, dict[str, Any]] = {name: {} for name in ["all", *groups]}
    for number, name in enumerate(groups):
        body[name]["hosts"] = {host: {f"own_{host[0]}": variables(rng, host)} for host in hosts(rng)}
        body[name]["children"] = dict.fromkeys(rng.sample(groups[number + 1 :], min(rng.randint(0, 2), 7 - number)))
        body[name]["vars"] = variables(rng, f"{name} inline")
        if rng.random() < 0.7:
            body[name]["vars"]["ansible_group_priority"] = rng.randint(1, 12)
    body["all"]["vars"] = variables(rng, "all inline")
    body["all"]["hosts"] = {"lonely": None, "n0": None}
    body["all"]["children"] = {groups[0]: None, groups[-1]: None}
    entries = list(body.items())
    rng.shuffle(entries)
    dump(directory / "hosts.yml", dict(entries))
    dump(directory / "group_vars/all/B.yml", dict.fromkeys(VARIABLES, "group_vars all B"))
    dump(directory / "group_vars/all/a.yml", dict.fromkeys(VARIABLES[:3], "group_vars all a"))  # B goes before a
    for folder, names in (("group_vars", groups), ("host_vars", ["n0", "r02"])):
        for name in names:
            write_vars(directory / folder, name, rng)


def hosts(rng: random.Random) -> list[str]:
    return rng.sample([*(f"n{number}" for number in range(6)), "r[01:03]", "x[a:c]-[1:5:2]"], 3)


def variables(rng: random.Random, source: str) -> dict[str, Any]:
    chosen = rng.sample(VARIABLES, rng.randint(2, 5))
    return {name: rng.choice([source, {"from": source}, [source, 1], True, None]) for name in chosen}


def write_vars(folder: Path, name: str, rng: random.Random) -> None:
    """One file, a directory of files read in order, or nothing."""
    shape = rng.choice([*["none"] * 6, ".yml", ".yaml", "", "directory", "directory"])
    if shape == "directory":
        for file in ("z.yml", "B.yml", "a.yaml", "b.yml", "plain", "inner/q.yml", ".hidden.yml", "old.yml~"):
            dump(folder / name / file, variables(rng, f"{folder.name} {name} {file}"))
    elif shape != "none":
        dump(folder / f"{name}{shape}", variables(rng, f"{folder.name} {name}"))


def dump(path: Path, data: Any) -> None:
    """JSON, which is YAML; a comment in front keeps Ansible from reading it as JSON."""
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("---\n# generated\n" + json.dumps(data, indent=1) + "\n", encoding="utf-8")


def test_vault_and_dates_equal_ansible(tmp_path: Path) -> None:
    (tmp_path / "hosts.yml").write_text(
        "all:\n  hosts:\n    a-1:\n      since: 2026-09-01\n      hex: 0x1F\n      yes_is: yes\n      sixty: 1:30\n"
        "      secret: !vault |\n        $ANSIBLE_VAULT;1.1;AES256\n        3132\n      number: !unsafe '12'\n",
        encoding="utf-8",
    )
    assert plain(read(tmp_path).effective("a-1")) == ansible(tmp_path, "--host", "a-1")
