"""The plan file: what is written is read back, and nothing else is."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from tests.unit.rollout.hospitals import machine, request
from wardround.rollout import plan as plans
from wardround.rollout.planner import plan_upgrade

PLAN = plan_upgrade(request([machine("hall-0", "hall", "z2", ["读卡器"]), machine("hall-1", "hall")], {"hall": 2}))


def test_is_read_as_it_was_written(tmp_path: Path) -> None:
    path = tmp_path / "x.plan.json"
    plans.write(PLAN, path)
    assert plans.read(path) == PLAN
    assert [one.name for one in tmp_path.iterdir()] == ["x.plan.json"]


def test_is_canonical_json_with_its_own_digest() -> None:
    text = PLAN.text()
    document = json.loads(text)
    assert text == json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    assert "读卡器" in text
    assert document["sha256"] == PLAN.sha256


@pytest.mark.parametrize("name", ["x.json", ".plan.json", "x.plan.json.bak"])
def test_is_not_written_under_another_kind_of_name(tmp_path: Path, name: str) -> None:
    with pytest.raises(plans.PlanError, match=r"ends in \.plan\.json"):
        plans.write(PLAN, tmp_path / name)


def test_names_the_place_it_cannot_write(tmp_path: Path) -> None:
    with pytest.raises(plans.PlanError, match="cannot write the plan: No such file"):
        plans.write(PLAN, tmp_path / "no" / "x.plan.json")
    (tmp_path / "y.plan.json").mkdir()
    with pytest.raises(plans.PlanError, match="cannot write the plan: Is a directory"):
        plans.write(PLAN, tmp_path / "y.plan.json")
    assert [one.name for one in tmp_path.iterdir()] == ["y.plan.json"]


def test_names_the_file_it_cannot_read(tmp_path: Path) -> None:
    with pytest.raises(plans.PlanError, match=r"no\.plan\.json: cannot read the plan: No such file"):
        plans.read(tmp_path / "no.plan.json")
    (tmp_path / "latin.plan.json").write_bytes(b"\xff")
    with pytest.raises(plans.PlanError, match="not UTF-8"):
        plans.read(tmp_path / "latin.plan.json")


def test_a_plan_of_schema_1_is_read_from_an_old_record_under_its_own_digest() -> None:
    document = PLAN.as_dict()
    for key in ("journey", "restart_deadline_minutes", "idle_poll_seconds", "sha256"):
        del document[key]
    document["schema"] = 1
    bare = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    document["sha256"] = hashlib.sha256(bare.encode()).hexdigest()
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    read = plans.parse(text, "x.plan.json")
    assert (read.sha256, read.journey, read.hosts) == (document["sha256"], False, PLAN.hosts)
    with pytest.raises(plans.PlanDigestError):
        plans.parse(text.replace('"schema": 1', '"journey": true,\n "schema": 1'), "x.plan.json")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not a plan file"),
        ("[]", "not a plan file of schema 2"),
        ("[" * 100_000, "not a plan file"),
        (json.dumps({"schema": 3, "kind": "upgrade"}), "not a plan file of schema 2"),
        (json.dumps({"schema": 1, "kind": "upgrade"}), "malformed plan: plan.bound is null, not dict"),
        (json.dumps(PLAN.as_dict() | {"waves": []}), "plan.waves is empty"),
        (json.dumps(PLAN.as_dict() | {"gap": True}), "plan.gap is true, not int"),
        (json.dumps(PLAN.as_dict() | {"journey": 1}), "plan.journey is 1, not bool"),
        (json.dumps(PLAN.as_dict() | {"canary": [[]]}), r"plan.canary\[0\] is not an object"),
        (json.dumps(PLAN.as_dict() | {"exceptions": [1]}), "plan.exceptions holds something other than strings"),
        (json.dumps(PLAN.as_dict() | {"product": "\ud800"}), "malformed plan"),
        (PLAN.text().replace("wave_01", "all"), r"plan.waves\[0\].name 'all' is not wave_01"),
    ],
)
def test_says_what_is_malformed(text: str, message: str) -> None:
    with pytest.raises(plans.PlanError, match=message):
        plans.parse(text, "x.plan.json")


@pytest.mark.parametrize(
    "text",
    [
        PLAN.text().replace("hall-0", "hall-9"),
        PLAN.text().replace(PLAN.sha256, "0" * 64),
        PLAN.text().replace('"gap": 0', '"gap": 0, "gate": "open"'),
        PLAN.text().rstrip("\n"),
    ],
    ids=["altered", "another digest", "an unknown key", "another layout"],
)
def test_an_altered_file_is_a_digest_mismatch(text: str) -> None:
    with pytest.raises(plans.PlanDigestError):
        plans.parse(text, "x.plan.json")
