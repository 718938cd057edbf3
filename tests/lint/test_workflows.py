"""CI types what a person types, with no more rights than it needs."""

import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
WORKFLOWS = sorted(ROOT.glob(".github/workflows/*.yml"))
TARGETS = set(re.findall(r"(?m)^([a-z-]+):.*## ", (ROOT / "Makefile").read_text()))
PINNED = re.compile(r"uses: [\w./-]+@[0-9a-f]{40} # v[\d.]+$")


def jobs(path: Path) -> dict[str, Any]:
    return dict(yaml.safe_load(path.read_text())["jobs"])


def test_there_is_a_workflow() -> None:
    assert WORKFLOWS


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_actions_are_pinned_by_commit(path: Path) -> None:
    used = [line.strip().removeprefix("- ") for line in path.read_text().splitlines() if "uses:" in line]
    assert used
    assert [line for line in used if not PINNED.match(line)] == []


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_job_has_more_rights_than_it_needs(path: Path) -> None:
    assert yaml.safe_load(path.read_text())["permissions"] == {}
    writers = {name: job for name, job in jobs(path).items() if "write" in job["permissions"].values()}
    for job in writers.values():
        (checkout,) = [step for step in job["steps"] if "uses" in step]
        assert checkout["with"]["ref"] == "${{ github.event.pull_request.base.sha }}"
    assert set(writers) <= {"comment"}
    longest = 120 if path.name == "night.yml" else 60
    assert all(job["timeout-minutes"] <= longest for job in jobs(path).values())


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.name)
def test_no_expression_reaches_a_shell(path: Path) -> None:
    commands = [step["run"] for job in jobs(path).values() for step in job["steps"] if "run" in step]
    assert not [command for command in commands if "${{" in command]


def typed_in(workflow: str) -> dict[str, list[str]]:
    """What each job asks make for."""
    found = jobs(ROOT / ".github/workflows" / workflow)
    typed = {name: re.findall(r"\bmake ([a-z-]+)", str(job["steps"])) for name, job in found.items()}
    assert {target for targets in typed.values() for target in targets} <= TARGETS
    return {name: targets for name, targets in typed.items() if targets}


def test_what_a_pull_request_does_not_wait_for_is_tested_at_night() -> None:
    assert typed_in("night.yml") == {"test": ["test"], "test-long": ["test-long"]}


def test_a_pull_request_is_validated_linted_tested_and_planned() -> None:
    assert typed_in("pull-request.yml") == {
        "validate": ["validate"],
        "lint": ["lint"],
        "unit": ["test-unit"],
        "network": ["check-network"],
        "molecule": ["molecule"],
        "plan": ["plan"],
    }


def network_check(folder: Path, *hospitals: str, fails: str = "nothing") -> tuple[int, list[str]]:
    """(exit code, what was typed) of `make check-network` in a clone whose `wardround` fails at a command."""
    for name, text in (("lab/setup.sh", ""), ("bin/wardround", f'echo "$@" >>typed; [ "$1" != {fails} ]\n')):
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(f"#!/bin/sh\n{text}")
        (folder / name).chmod(0o755)
    for name in ("without", *hospitals):
        (folder / f"inventories/{name}/group_vars/all").mkdir(parents=True)
    for name in hospitals:
        (folder / f"inventories/{name}/group_vars/all/network.yml").touch()
    command = ["make", "--no-print-directory", "-f", str(ROOT / "Makefile"), "BIN=bin", "check-network"]
    code = subprocess.run(command, cwd=folder, check=False).returncode
    typed = folder / "typed"
    return code, typed.read_text().splitlines() if typed.exists() else []


def test_every_network_is_compared_proved_and_its_mutants_caught(tmp_path: Path) -> None:
    code, typed = network_check(tmp_path, "hillside", "seaside")
    assert code == 0
    assert typed == [
        line
        for name in ("hillside", "seaside")
        for line in (
            f"compile network --check -i inventories/{name}",
            f"prove network -i inventories/{name}",
            f"mutate network -i inventories/{name} --each 3",
        )
    ]


def test_without_a_network_nothing_is_asked(tmp_path: Path) -> None:
    assert network_check(tmp_path) == (0, [])


@pytest.mark.parametrize(("fails", "typed"), [("compile", 1), ("prove", 2), ("mutate", 3)])
def test_the_first_network_that_is_wrong_ends_the_check(tmp_path: Path, fails: str, typed: int) -> None:
    code, said = network_check(tmp_path, "hillside", "seaside", fails=fails)
    assert code != 0 and len(said) == typed
