"""The waves over time: nothing hides, nothing is missing, many hosts become curves."""

from __future__ import annotations

import dataclasses
import datetime
from itertools import pairwise

import pytest

from tests.unit.evidence.recorder import WAVES, ZONE, Recorder, read_facts
from wardround.evidence.facts import Change, Facts, Hospital
from wardround.evidence.page import page
from wardround.evidence.rounds import rounds
from wardround.evidence.timeline import Lane, Timeline, timeline
from wardround.evidence.words import say

OLD, NEW = "3.12.0", "3.13.2"


def drawn(facts: Facts) -> Timeline:
    found = timeline(rounds(facts)[0], facts)
    assert found is not None
    return found


def names(lane: Lane) -> dict[str, list[str]]:
    return {track.host: [mark.name for mark in track.marks if not mark.small] for track in lane.tracks}


def test_each_host_shows_its_change_then_its_proof(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.upgrade("a1b2c3d4e5f6", OLD, NEW, WAVES)
    picture = drawn(read_facts(hospital, written))
    assert [list(names(lane)) for lane in picture.lanes] == WAVES
    assert {tuple(marks) for lane in picture.lanes for marks in names(lane).values()} == {("moved", "proved")}
    assert [mark.name for lane in picture.lanes for mark in lane.gate.marks] == ["promote"] * 4
    soaked = [lane.soaked and say(lane.soaked, "en") for lane in picture.lanes]
    assert soaked[-1] == "after a soak of 5 min, 2 s asked"
    assert picture.day == "2026-11-20"


def test_a_canary_that_is_taken_back_shows_every_turn(facts: Facts) -> None:
    canary, *later = drawn(facts).lanes
    assert names(canary)["rad-ws-01"] == ["moved", "failed", "back", "proved"]
    assert [one.kind for one in canary.tracks[0].bars] == ["forward", "back"]
    assert [mark.name for mark in canary.gate.marks] == ["hold"]
    assert canary.soaked is None
    assert all(lane.quiet and not lane.tracks for lane in later)


def test_a_wave_that_is_taken_back_later_keeps_its_soak(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.upgrade("a1b2c3d4e5f6", OLD, NEW, WAVES[:1])
    run = recorder.run("rollback", "playbooks/rollback.yml", rollout="a1b2c3d4e5f6")
    for host in WAVES[0]:
        recorder.change("a1b2c3d4e5f6", "wave_01", host, NEW, OLD, "applied", "back", run=run)
    (lane,) = drawn(read_facts(hospital, written)).lanes
    assert [one.kind for one in lane.gate.bars] == ["wave", "soak"]
    assert lane.soaked is not None
    assert lane.gate.bars[1].end < lane.tracks[0].bars[1].start


def test_marks_do_not_hide_each_other(recorder: Recorder, hospital: Hospital, written: datetime.datetime) -> None:
    recorder.upgrade("a1b2c3d4e5f6", OLD, NEW, [[machine] for wave in WAVES for machine in wave])
    facts = read_facts(hospital, written)
    for lane in drawn(facts).lanes:
        for track in (*lane.tracks, lane.gate):
            assert all(later.at - earlier.at >= 2.69 for earlier, later in pairwise(track.marks))
            assert all(0 < mark.at < 100 for mark in track.marks)
            assert all(0 < one.start < one.end <= 100 for one in track.bars)


def test_a_halt_lies_over_the_time_it_held(recorder: Recorder, hospital: Hospital, written: datetime.datetime) -> None:
    recorder.halt("before all of it", lifted=True)
    recorder.upgrade("a1b2c3d4e5f6", OLD, NEW, WAVES[:1])
    recorder.halt("storm", lifted=False)
    recorder.rollout("b1b2c3d4e5f6", NEW, "3.14.0", WAVES, "open")
    picture = drawn(read_facts(hospital, written))
    assert [stop.halt.reason for stop in picture.stops] == ["storm"]
    assert picture.stops[0].end > 95


def test_a_host_that_waits_for_its_restart_waits_until_now(facts: Facts) -> None:
    one = rounds(facts)[0]
    waiting = [_waits(change) if change.host == "reg-ws-01" else change for change in facts.history.changes]
    later = dataclasses.replace(facts, history=dataclasses.replace(facts.history, changes=tuple(waiting)))
    picture = timeline(rounds(later)[0], later)
    assert picture is not None and one.under_way
    track = picture.lanes[0].tracks[1]
    assert [one.kind for one in track.bars] == ["forward", "staged"]
    assert track.bars[-1].end > 95
    assert track.marks[0].name == "staged"
    assert "waiting for restart: li.na is typing" in say(track.marks[0].label, "en")


def _waits(change: Change) -> Change:
    return dataclasses.replace(change, state="staged", staged=change.closed, busy="li.na is typing")


@pytest.mark.parametrize("hosts", [1, 24, 25, 5000])
def test_few_hosts_have_tracks_and_many_have_a_curve(recorder: Recorder, hospital: Hospital, hosts: int) -> None:
    wave = [f"ws-{n:05d}" for n in range(hosts)]
    recorder.db.execute("BEGIN")
    recorder.upgrade("a1b2c3d4e5f6", OLD, NEW, [wave])
    recorder.db.execute("COMMIT")
    facts = read_facts(hospital, datetime.datetime(2027, 3, 1, tzinfo=ZONE))
    (lane,) = drawn(facts).lanes
    assert len(lane.tracks) == (hosts if hosts <= 24 else 0)
    if hosts > 24:
        assert lane.curve is not None
        assert (lane.curve.changed_last, lane.curve.proved_last, lane.curve.alarms) == (hosts, hosts, ())
        assert lane.curve.proved.endswith("V4.0H98.5")
        assert len(lane.curve.changed) < 4000
    assert len(page(facts)) < 2_000_000


def test_a_failure_among_many_rings_on_the_curve(recorder: Recorder, hospital: Hospital) -> None:
    wave = [f"ws-{n:05d}" for n in range(40)]
    recorder.held_at_canary("a1b2c3d4e5f6", OLD, NEW, [wave], wave[7])
    facts = read_facts(hospital, datetime.datetime(2026, 11, 21, tzinfo=ZONE))
    curve = drawn(facts).lanes[0].curve
    assert curve is not None
    assert [alarm.count for alarm in curve.alarms] == [1]
    assert (curve.changed_last, curve.proved_last) == (39, 39)


def test_without_any_moment_there_is_no_picture(facts: Facts) -> None:
    one = rounds(facts)[0]
    bare = dataclasses.replace(one, hosts={}, rollout=dataclasses.replace(one.rollout, id="x", started="never"))
    assert timeline(bare, facts) is None
