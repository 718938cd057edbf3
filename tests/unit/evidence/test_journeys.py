"""The patient's journey on the page: newest, before and after, where it broke and why."""

from __future__ import annotations

import dataclasses
import datetime
import re

from tests.unit.evidence.recorder import STEPS, WAVES, Recorder, read_facts
from tests.unit.evidence.test_page import parsed, visible
from wardround.evidence import journeys
from wardround.evidence.facts import Hospital, Override
from wardround.evidence.glance import glance
from wardround.evidence.page import page
from wardround.evidence.rounds import rounds
from wardround.evidence.standing import wards
from wardround.evidence.words import say

ROLLOUT = "a1b2c3d4e5f6"


def told(hospital: Hospital, written: datetime.datetime) -> dict[str, list[str]]:
    facts = read_facts(hospital, written)
    answers = glance(facts, wards(facts), rounds(facts))
    return {answer.question.removeprefix("ask."): [say(line.text, "en") for line in answer.lines] for answer in answers}


def test_the_first_screen_says_how_it_went(recorder: Recorder, hospital: Hospital, written: datetime.datetime) -> None:
    recorder.journey(None, "manual")
    said = told(hospital, written)
    assert said["served"][-1] == "The patient's journey: 8 steps, 11.0 s, all proved. (2026-11-20 09:31)"
    assert said["failed"] == ["Nothing has failed."]


def test_the_first_screen_says_where_it_broke_and_why(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.journey(None, "manual", "store CT-CHEST")
    said = told(hospital, written)
    broken = "The patient's journey is broken at step 7 of 8: store CT-CHEST, at CT scanner."
    assert said["served"][-1].startswith(broken)
    assert said["failed"] == [f"{broken} Likely cause: pacs-01 is frozen or overloaded."]


def test_a_hospital_with_a_journey_that_was_never_walked_says_so(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    said = told(dataclasses.replace(hospital, journey=True), written)
    assert said["served"][-1] == "The patient's journey was never walked: wardround prove clinical"


def test_before_and_after_stand_side_by_side(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.journey("an-older-one", "baseline")
    recorder.rollout(ROLLOUT, "3.12.0", "3.13.2", WAVES, "open")
    recorder.journey(ROLLOUT, "baseline")
    recorder.journey(ROLLOUT, "verify")
    recorder.journey(ROLLOUT, "verify", "order")
    history = read_facts(hospital, written).history
    found = journeys.around(ROLLOUT, history)
    assert found is not None
    assert found.labels == ("before", "after")
    assert [journey.ok for journey in found.journeys] == [True, False]
    assert [row.name.en for row in found.rows] == [name for _key, name, _zh, _host in STEPS]
    assert [[cell.step.ok for cell in row.cells if cell] for row in found.rows[:4]] == [
        [True, True],
        [True, True],
        [True, False],
        [True, False],
    ]
    assert [cell.reached for cell in found.rows[3].cells if cell] == [True, False]
    assert max(cell.width for row in found.rows for cell in row.cells if cell) == 100.0
    assert journeys.around("nobody", history) is None


def test_a_failed_step_has_its_sentence_and_each_journey_one_place(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.rollout(ROLLOUT, "3.12.0", "3.13.2", WAVES, "open")
    recorder.journey(ROLLOUT, "baseline")
    recorder.journey(ROLLOUT, "verify", "store CT-CHEST")
    text = page(read_facts(hospital, written))
    found = parsed(text)
    assert len([one for one in found.ids if one.startswith("journey-")]) == 3  # two journeys and the section's title
    seen = visible(text, "en")
    assert "Expected store CT-CHEST answers, found no answer within 8 s. Likely cause: pacs-01 is frozen" in seen
    assert "上传 CT-CHEST" in visible(text, "zh")


def test_a_journey_without_a_step_is_not_proved(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.put("journeys", seq=1, run="r", rollout=None, phase="manual", ok=0, steps="[]", at=recorder.moment())
    assert "no step was walked" in told(hospital, written)["served"][-1]
    parsed(page(read_facts(hospital, written)))


def test_settings_that_differ_are_shown_with_both_places(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    mine, wide = "inventories/lab/host_vars/rad-ws-01/pacs_client.yml", "inventories/lab/group_vars/all/x.yml"
    shown = (
        Override("rad-ws-01", "pacs_client_web_workers", "5", mine, 2, "3", "dept_radiology", wide, 4),
        Override("pacs-01", "pacs_server_http_port", "<1>", mine, 3, "2", "all", wide, 5),
        Override("reg-ws-02", "pacs_client_hanging_preset", "compare", mine, 6, "single", "default", wide, 7),
    )
    text = page(dataclasses.replace(read_facts(hospital, written), overrides=shown))
    parsed(text)
    seen = visible(text, "en")
    assert "3 settings on 3 machines differ" in seen
    assert f"5{mine}:2" in seen
    assert f"Radiology, {wide}:4" in seen and f"the whole hospital, {wide}:5" in seen
    assert re.search(rf"the client\S+ default, {wide}:7", seen)
    assert "&lt;1&gt;" in text
