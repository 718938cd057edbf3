"""requirements.yml names the collections that are used, in the versions that PyPI's `ansible` installed."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import ansible_collections
import pytest
import yaml

ROOT = Path(__file__).parents[2]
OURS = {"ansible.builtin", "wardround.hospital"}
NAMED = {row["name"]: row["version"] for row in yaml.safe_load((ROOT / "requirements.yml").read_text())["collections"]}
QUALIFIED = re.compile(r"(?<![\w./-])([a-z]\w*\.[a-z]\w*)\.[a-z]\w*(?![\w/])")
KINDS = {"modules": "module", "inventory": "inventory", "callback": "callback", "filter": "filter", "lookup": "lookup"}


def installed() -> dict[str, str]:
    manifests = [path for top in ansible_collections.__path__ for path in Path(top).glob("*/*/MANIFEST.json")]
    found = [json.loads(path.read_text())["collection_info"] for path in manifests]
    return {f"{info['namespace']}.{info['name']}": info["version"] for info in found}


def used() -> set[str]:
    """Collections whose plugins are named anywhere in what Ansible or Molecule reads."""
    folders = ("roles", "playbooks", "molecule", "inventories", ".config")
    files = [path for folder in folders for path in (ROOT / folder).rglob("*") if path.suffix in {".yml", ".j2"}]
    texts = [path.read_text() for path in [*files, ROOT / "ansible.cfg"]]
    known = OURS | set(installed())
    return {name for text in texts for name in QUALIFIED.findall(text)} & known


def test_versions_are_the_installed_ones() -> None:
    assert {name: installed().get(name) for name in NAMED} == NAMED


def test_what_is_used_is_named_and_what_is_named_is_used() -> None:
    assert used() - OURS == set(NAMED)


@pytest.mark.parametrize("folder", sorted(path.name for path in (ROOT / "plugins").glob("*") if path.name in KINDS))
def test_a_fresh_clone_resolves_our_names(folder: str, tmp_path: Path) -> None:
    """No bootstrapping: clone, and `ansible-doc` finds every plugin inside the clone."""
    clone, home = tmp_path / "clone", tmp_path / "home"
    subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
    files = (clone / "plugins" / folder).glob("[!_]*.*")
    names = {f"wardround.hospital.{path.stem}" for path in files if path.suffix in {".py", ".yml"}}
    program = Path(sys.executable).with_name("ansible-doc")
    told = subprocess.run(
        [program, "--json", "-t", KINDS[folder], *sorted(names)],
        cwd=clone,
        env={"HOME": str(home), "PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"},
        capture_output=True,
        text=True,
        check=True,
    )
    found = json.loads(told.stdout)
    assert set(found) == names
    assert all(Path(row["doc"]["filename"]).is_relative_to(clone) for row in found.values())
