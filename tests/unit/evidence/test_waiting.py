"""Desks that wait for their restart: neither done nor failed, told with what they run, why, and until when."""

from __future__ import annotations

import datetime

import pytest

from tests.unit.evidence.recorder import WAVES, Recorder, read_facts
from tests.unit.evidence.test_page import parsed, visible
from tests.unit.evidence.test_story import told
from wardround.evidence.facts import Hospital
from wardround.evidence.page import page
from wardround.evidence.rounds import rounds
from wardround.evidence.standing import Now, wards
from wardround.evidence.waiting import waiting

ROLLOUT, OLD, NEW = "0f1e2d3c4b5a", "3.13.2", "3.14.0"


@pytest.fixture
def staged(recorder: Recorder) -> Recorder:
    """rad-ws-01 waits since 09:37 for li.na, with an hour to go; reg-ws-01 is done."""
    recorder.rollout(ROLLOUT, OLD, NEW, WAVES, "open")
    recorder.db.execute("UPDATE rollouts SET plan = json_set(plan, '$.restart_deadline_minutes', 60)")
    baseline = recorder.run("verify", "playbooks/prove_product.yml", rollout=ROLLOUT)
    for host in (host for wave in WAVES for host in wave):
        recorder.proof(host, OLD, baseline, ROLLOUT, "baseline")
    run = recorder.run("wave", "playbooks/upgrade.yml", rollout=ROLLOUT, wave="wave_01")
    recorder.change(ROLLOUT, "wave_01", "rad-ws-01", OLD, NEW, "staged", run=run)
    recorder.db.execute("UPDATE intents SET staged = closed, busy = 'li.na is typing' WHERE host = 'rad-ws-01'")
    recorder.change(ROLLOUT, "wave_01", "reg-ws-01", OLD, NEW, "applied", run=run)
    verify = recorder.run("verify", "playbooks/prove_product.yml", rollout=ROLLOUT, wave="wave_01")
    recorder.proof("reg-ws-01", NEW, verify, ROLLOUT)
    return recorder


def test_the_page_says_who_still_runs_the_old_version_and_why(
    staged: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    facts = read_facts(hospital, written.replace(hour=10))
    (one,) = waiting(rounds(facts)[0], facts)
    assert (one.machine.host, one.runs, one.comes, one.why, one.late) == (
        "rad-ws-01", OLD, NEW, "li.na is typing", False,
    )  # fmt: skip
    text = page(facts)
    parsed(text)
    seen = visible(text, "en")
    assert "One desk waits for its restart" in seen
    assert "staged, waiting for restart" in text
    assert "2026-11-20 09:36" in seen and "2026-11-20 10:36" in seen


def test_a_desk_that_waits_is_served_by_what_it_runs(
    staged: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    facts = read_facts(hospital, written)
    desks = {desk.machine.host: desk for ward in wards(facts) for desk in ward.desks}
    assert desks["rad-ws-01"].now == Now.PROVED
    assert rounds(facts)[0].failures == ()


def test_the_first_screen_counts_it_apart(staged: Recorder, hospital: Hospital, written: datetime.datetime) -> None:
    said = told(read_facts(hospital, written.replace(hour=10)))
    assert said["rolling"][1] == "One desk is ready and waits for its restart; it is in use."
    assert said["failed"] == ["Nothing has failed."]
    assert said["next"] == [f"Go on with PACS viewer: wardround apply plans/pacs_client-{NEW}.plan.json"]


def test_past_its_deadline_somebody_is_asked_to_free_it(
    staged: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    said = told(read_facts(hospital, written.replace(hour=13)))
    assert said["rolling"][1] == "The one desk that waits for its restart is past the deadline."
    assert said["next"] == [
        f"Free Radiology, Reading desk 1 (li.na is typing), then wardround apply plans/pacs_client-{NEW}.plan.json"
    ]


def test_a_way_back_that_waits_runs_the_new_version(
    staged: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    run = staged.run("rollback", "playbooks/rollback.yml", rollout=ROLLOUT)
    staged.change(ROLLOUT, "wave_01", "reg-ws-01", NEW, OLD, "staged", "back", run=run)
    staged.db.execute("UPDATE intents SET staged = closed, busy = 'a print job' WHERE direction = 'back'")
    facts = read_facts(hospital, written)
    found = {one.machine.host: (one.runs, one.comes) for one in waiting(rounds(facts)[0], facts)}
    assert found == {"rad-ws-01": (OLD, NEW), "reg-ws-01": (NEW, OLD)}
    assert "to be taken back, waiting for restart" in page(facts)


def test_a_roll_out_that_is_over_waits_for_nobody(
    staged: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    staged.db.execute("UPDATE rollouts SET state = 'done'")
    facts = read_facts(hospital, written)
    assert waiting(rounds(facts)[0], facts) == ()
