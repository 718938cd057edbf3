"""requirements.lock: hashed, without addresses, and what pyproject.toml asks for and this environment has."""

import re
import tomllib
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[2]
LOCK = (ROOT / "requirements.lock").read_text()
ENTRIES = re.sub(r"\\\n\s*", " ", re.sub(r"^\s*#.*\n", "", LOCK, flags=re.M)).splitlines()
PINNED = [Requirement(re.sub(r"\s--hash=\S+", "", entry)) for entry in ENTRIES]


def declared() -> list[Requirement]:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    extras = project["project"]["optional-dependencies"].values()
    groups = [project["build-system"]["requires"], project["project"]["dependencies"], *extras]
    return [Requirement(line) for group in groups for line in group]


def pinned_version(requirement: Requirement) -> str:
    [specifier] = requirement.specifier
    assert specifier.operator == "=="
    return specifier.version


@pytest.mark.parametrize("entry", ENTRIES, ids=lambda entry: entry.split("==")[0])
def test_every_entry_has_a_hash(entry: str) -> None:
    assert re.search(r"--hash=sha256:[0-9a-f]{64}\b", entry)


def test_no_address_is_recorded() -> None:
    assert not re.search(r"://|--(extra-)?index-url|--find-links| @ ", LOCK)


@pytest.mark.parametrize("wanted", declared(), ids=str)
def test_what_is_declared_is_locked(wanted: Requirement) -> None:
    found = [pinned_version(pin) for pin in PINNED if canonicalize_name(pin.name) == canonicalize_name(wanted.name)]
    assert found
    assert all(wanted.specifier.contains(pin) for pin in found)


def test_what_is_installed_is_what_is_locked() -> None:
    here = [pin for pin in PINNED if pin.marker is None or pin.marker.evaluate()]
    assert {pin.name: version(pin.name) for pin in here} == {pin.name: pinned_version(pin) for pin in here}
