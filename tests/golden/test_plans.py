"""Whole plans and their summaries, kept as files and reviewed like code.

After a wished-for change: `UPDATE_GOLDEN=1 python -m pytest tests/golden/test_plans.py`, then read the diff.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from tests.unit.rollout.hospitals import intent
from wardround.intent import Intent
from wardround.intent.journey import Journey
from wardround.intent.models import RedundancySet
from wardround.rollout.checker import check
from wardround.rollout.planner import plan_upgrade
from wardround.rollout.request import from_intent
from wardround.rollout.summary import markdown

PLANS = Path(__file__).parent / "plans"


def large() -> Intent:
    """Thirty copies of each machine of the small hospital, and a patient's journey: rows are shortened."""
    small = intent(floor=110, growth=2.0)
    hosts = {
        f"{name}-{number:02}": dataclasses.replace(host, name=f"{name}-{number:02}")
        for name, host in small.hosts.items()
        for number in range(30)
    }
    hall = small.hospital.redundancy_sets["hall"]
    sets = {
        f"hall_{number}": RedundancySet(
            display_name=hall.display_name, members=(f"reg-1-{number:02}", f"reg-2-{number:02}"), max_out=1
        )
        for number in range(30)
    }
    return dataclasses.replace(
        small,
        hospital=small.hospital.model_copy(update={"redundancy_sets": sets}),
        hosts=hosts,
        journey=Journey.model_construct(),
        groups={"workstations": tuple(sorted(hosts))},
    )


HOSPITALS = {"small": (intent(), None), "what_if": (intent(), "3.14.0"), "large": (large(), None)}


@pytest.mark.parametrize("name", HOSPITALS)
def test_plan_and_summary_are_as_reviewed(name: str) -> None:
    hospital, to = HOSPITALS[name]
    request = from_intent(hospital, "pacs_client", to)
    made = plan_upgrade(request)
    assert check(request, made) == []
    # The versions that made a plan are part of its bytes; here they would make every release touch every golden file.
    fixed = dataclasses.replace(made, planner={**made.planner, "ortools": "x", "wardround": "x"})
    for path, text in {
        PLANS / f"{name}.plan.json": fixed.text(),
        PLANS / f"{name}.md": markdown(hospital, fixed),
    }.items():
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs"


def test_a_summary_fits_a_comment() -> None:
    assert all(len((PLANS / f"{name}.md").read_text(encoding="utf-8")) < 10_000 for name in HOSPITALS)
