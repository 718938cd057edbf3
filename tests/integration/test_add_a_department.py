"""docs/add_a_department.md, followed literally in the running lab: its new desks come up, are converged and proved."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from lab import containers, images, keys
from lab.machines import machines
from lab.paths import SECRETS
from lab.podman import podman
from tests.integration.rehearsal import TestHospital
from tests.unit.docs.howto import IN_THE_LAB, Type, Write, steps, write

HOWTO = Path(__file__).parents[2] / "docs/add_a_department.md"
TYPED = [step for step in steps(HOWTO) if isinstance(step, Type)]
COMMANDS = [step for step in TYPED if step.command.startswith(IN_THE_LAB) and step.command != "make lab-up"]


@pytest.fixture(scope="module")
def clone(hospital: TestHospital) -> Iterator[TestHospital]:
    """A clone in which the how-to's files are written, and its desks up, as `make lab-up` does it for an inventory."""
    clone = TestHospital("department-hospital")
    clone.make()
    for step in steps(HOWTO):
        if isinstance(step, Write):
            write(step, clone.root)
        elif step.command.startswith(("(umask", "wardround compile")):
            assert clone.call("bash", "-c", step.command).returncode == 0
    everyone = machines(clone.root / "inventories/lab")
    new = [machine for machine in everyone if machine.name.startswith("emg-")]
    assert [machine.name for machine in new] == ["emg-ws-01", "emg-ws-02"]
    try:
        keys.prepare(everyone)
        containers.recreate(new, images.bake())
        containers.connect(clone.root / "inventories/lab")
        yield clone
    finally:
        for machine in new:
            podman("rm", "--force", "--time=2", "--ignore", machine.container)
            shutil.rmtree(keys.host_keys(machine), ignore_errors=True)
        (SECRETS / "his_emg_password").unlink(missing_ok=True)
        keys.prepare(machines())
        containers.connect()


@pytest.mark.parametrize("step", COMMANDS, ids=lambda step: step.command)
def test_each_command_says_what_the_how_to_says(clone: TestHospital, step: Type) -> None:
    done = clone.call("bash", "-c", step.command)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [line for line in step.says if line not in done.stdout] == []


def test_the_report_shows_the_department(clone: TestHospital) -> None:
    page = (clone.root / "report.html").read_text(encoding="utf-8")
    assert "急诊科" in page and "预检分诊台" in page
    assert "host_vars/emg-ws-02/his_client.yml:2" in page
