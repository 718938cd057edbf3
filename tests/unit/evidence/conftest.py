"""The lab hospital and a record of two roll-outs."""

from __future__ import annotations

import dataclasses
import datetime
from pathlib import Path

import pytest

from tests.unit.evidence.recorder import WAVES, ZONE, Recorder, read_facts
from wardround.evidence.facts import Facts, Hospital
from wardround.evidence.hospital import from_intent
from wardround.intent import load

ROOT = Path(__file__).parents[3]


@pytest.fixture
def recorder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recorder:
    monkeypatch.setenv("WARDROUND_STATE", str(tmp_path / "state"))
    return Recorder()


@pytest.fixture(scope="session")
def hospital() -> Hospital:
    """Two departments of the lab; of the clients that their desks have, only the viewer."""
    lab = from_intent(load(ROOT / "inventories/lab"))
    kept = ("radiology", "registration")
    desks = tuple(dataclasses.replace(one, clients=("pacs_client",)) for one in lab.machines if one.department in kept)
    product = next(one for one in lab.products if one.key == "pacs_client")
    departments = tuple(one for one in lab.departments if one.key in kept)
    return dataclasses.replace(lab, departments=departments, machines=desks, products=(product,), journey=False)


@pytest.fixture
def written() -> datetime.datetime:
    return datetime.datetime(2026, 11, 20, 11, 5, tzinfo=ZONE)


@pytest.fixture
def facts(recorder: Recorder, hospital: Hospital, written: datetime.datetime) -> Facts:
    """One finished roll-out, and one held at the canary by a failing frame."""
    recorder.upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    recorder.held_at_canary("0f1e2d3c4b5a", "3.13.2", "3.13.3-lab.1", WAVES, "rad-ws-01")
    return read_facts(hospital, written)
