"""What the first screen answers, for the ways a roll-out can stand."""

from __future__ import annotations

import dataclasses
import datetime
import re

from tests.unit.evidence.recorder import WAVES, Recorder, read_facts
from wardround.evidence.facts import Facts, Hospital
from wardround.evidence.glance import glance
from wardround.evidence.page import page
from wardround.evidence.rounds import Round, rounds
from wardround.evidence.standing import Now, Served, Ward, wards
from wardround.evidence.words import say

ROLLOUT = "0f1e2d3c4b5a"
OLD, NEW = "3.13.2", "3.13.3-lab.1"
APPLY = f"wardround apply plans/pacs_client-{NEW}.plan.json"


def told(facts: Facts) -> dict[str, list[str]]:
    page(facts)
    answers = glance(facts, wards(facts), rounds(facts))
    return {answer.question.removeprefix("ask."): [say(line.text, "en") for line in answer.lines] for answer in answers}


def ward(facts: Facts, key: str) -> Ward:
    return next(one for one in wards(facts) if one.department.key == key)


def newest(facts: Facts) -> Round:
    return rounds(facts)[0]


def test_a_finished_roll_out_asks_for_its_version_to_become_current(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    answers = told(read_facts(hospital, written))
    assert answers["served"] == [
        "Yes: 2 departments, each at or above its floor; 6 of 6 desks proved by their newest proof."
    ]
    assert answers["rolling"] == [
        "Nothing at the moment. The last one: PACS viewer 3.12.0 → 3.13.2 is finished:"
        " 6 of 6 desks changed and proved in 4 waves."
    ]
    assert answers["failed"] == ["Nothing has failed."]
    assert answers["next"] == ["Make it the standard of PACS viewer: write current: 3.13.2 in releases.yml."]


def test_an_unclassified_failure_names_who_acts_and_what_to_type(facts: Facts) -> None:
    answers = told(facts)
    assert answers["failed"][1].endswith("Radiology IT, ext. 4410, acts.")
    assert answers["next"] == [
        "Decide whose fault Radiology, Reading desk 1 is:"
        " wardround classify rad-ws-01 --as release|machine --reason REASON"
    ]
    failure = newest(facts).failures[0]
    assert failure.open
    assert failure.proof is not None and [check.name for check in failure.proof.failing] == ["frame"]
    assert failure.back is not None and failure.back.to_version == OLD
    assert failure.back_proof is not None and failure.back_proof.ok


def test_the_release_to_blame_is_taken_back_where_it_still_runs(
    recorder: Recorder, facts: Facts, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.classify(ROLLOUT, "rad-ws-01", "release", "its WADO root is wrong")
    answers = told(read_facts(hospital, written))
    assert answers["failed"] == ["One failure, settled; nobody needs to act."]
    assert answers["next"] == [
        f"Take back the one desk that runs {NEW}: wardround rollback plans/pacs_client-{NEW}.plan.json"
    ]


def test_a_version_taken_back_is_to_be_withdrawn_while_it_is_wanted(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    product = dataclasses.replace(hospital.products[0], current=OLD, wanted=NEW)
    recorder.rollout(ROLLOUT, OLD, NEW, WAVES, "rolled_back")
    run = recorder.run("rollback", "playbooks/upgrade.yml", rollout=ROLLOUT)
    recorder.change(ROLLOUT, "wave_01", "rad-ws-01", NEW, OLD, "applied", "back", run=run)
    recorder.proof("rad-ws-01", OLD, run, ROLLOUT)
    facts = read_facts(dataclasses.replace(hospital, products=(product,)), written)
    assert told(facts)["next"] == [
        f"Withdraw PACS viewer {NEW}: write wanted: {OLD} in releases.yml, and send the failure to its vendor."
    ]


def test_a_wanted_version_is_to_be_planned(recorder: Recorder, hospital: Hospital, written: datetime.datetime) -> None:
    product = dataclasses.replace(hospital.products[0], current="3.12.0", wanted=OLD)
    facts = read_facts(dataclasses.replace(hospital, products=(product,)), written)
    assert told(facts)["next"] == [
        f"Plan PACS viewer {OLD}:"
        f" wardround plan upgrade pacs_client -i inventories/lab -o plans/pacs_client-{OLD}.plan.json"
    ]


def test_a_failure_not_yet_taken_back_is_for_apply_not_for_people(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.rollout(ROLLOUT, OLD, NEW, WAVES, "open")
    run = recorder.run("wave", "playbooks/upgrade.yml", rollout=ROLLOUT, wave="wave_01")
    recorder.change(ROLLOUT, "wave_01", "rad-ws-01", OLD, NEW, "failed", run=run, reason="digest differs")
    facts = read_facts(hospital, written)
    assert told(facts)["next"] == [f"Go on with PACS viewer: {APPLY}"]
    assert "digest differs" in page(facts)


def test_the_machines_own_fault_lets_the_roll_out_go_on(
    recorder: Recorder, facts: Facts, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.classify(ROLLOUT, "rad-ws-01", "machine", "its disk is full")
    assert told(read_facts(hospital, written))["next"] == [f"Go on with PACS viewer: {APPLY}"]


def test_an_unknown_host_is_never_counted_as_served(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.upgrade("a1b2c3d4e5f6", "3.12.0", OLD, WAVES)
    recorder.rollout(ROLLOUT, OLD, NEW, WAVES, "held")
    run = recorder.run("wave", "playbooks/upgrade.yml", None, rollout=ROLLOUT, wave="wave_01")
    recorder.change(ROLLOUT, "wave_01", "rad-ws-01", OLD, NEW, "unknown", run=run, reason="ssh: timed out")
    recorder.change(ROLLOUT, "wave_01", "rad-ws-02", OLD, NEW, "open", run=run)
    facts = read_facts(hospital, written)
    radiology = ward(facts, "radiology")
    assert [desk.now for desk in radiology.desks[:2]] == [Now.UNKNOWN, Now.CHANGING]
    assert radiology.served == Served.NO
    answers = told(facts)
    assert answers["served"] == [
        "1 of 2 departments are proved to be served.",
        "Radiology is below its floor: 2 of 4 desks proved, floor 3.",
    ]
    assert answers["next"] == [
        f"Make Radiology, Reading desk 1 reachable again, then {APPLY}:"
        " it is looked at first and taken back if need be."
    ]


def test_no_proof_is_neither_served_nor_lost(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    run = recorder.run("hand", "playbooks/prove_product.yml")
    recorder.proof("reg-ws-01", OLD, run, None, "manual")
    facts = read_facts(hospital, written)
    assert ward(facts, "radiology").served == Served.OPEN
    assert ward(facts, "registration").served == Served.YES
    assert "not proved yet" in told(facts)["served"][1]


def test_a_desk_that_fails_by_hand_is_not_healthy(
    recorder: Recorder, facts: Facts, hospital: Hospital, written: datetime.datetime
) -> None:
    run = recorder.run("hand", "playbooks/prove_product.yml", 2)
    recorder.proof("rad-ws-03", OLD, run, None, "manual", bad="echo", found="association refused")
    later = read_facts(hospital, written)
    assert ward(later, "radiology").desks[0].now == Now.FAILED
    assert "association refused" in page(later)


def test_a_halt_comes_before_everything_else(
    recorder: Recorder, facts: Facts, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.halt("storm in the server room", lifted=False)
    later = read_facts(hospital, written)
    assert told(later)["next"][0] == (
        "chen.yu halted everything (storm in the server room). When that is over: wardround resume"
    )
    assert "Everything is halted now." in page(later)


def test_an_unreviewed_plan_is_said_to_be_one(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.rollout(ROLLOUT, OLD, NEW, WAVES, "open", unreviewed="the reviewer is on a plane")
    assert "the reviewer is on a plane" in page(read_facts(hospital, written))


def test_a_desk_is_proved_once_every_client_it_has_is(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    desks = tuple(dataclasses.replace(one, clients=("pacs_client", "his_client")) for one in hospital.machines)
    both = dataclasses.replace(hospital, machines=desks)
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("reg-ws-01", OLD, run, None, "manual")
    (first, *_others) = ward(read_facts(both, written), "registration").desks
    assert (first.machine.host, first.now, first.unasked) == ("reg-ws-01", Now.UNPROVED, ("his_client",))
    recorder.proof("reg-ws-01", "5.0.0", run, None, "manual", product="his_client", checks=("version", "login"))
    states = {desk.machine.host: desk.now for desk in ward(read_facts(both, written), "registration").desks}
    assert states == {"reg-ws-01": Now.PROVED, "reg-ws-02": Now.UNPROVED}
    recorder.proof("reg-ws-01", "5.0.0", run, None, "manual", product="his_client", checks=("login",), bad="login")
    recorder.proof("reg-ws-01", OLD, run, None, "manual")
    facts = read_facts(both, written)
    (first, *_others) = ward(facts, "registration").desks
    assert first.now == Now.FAILED and first.proof is not None and first.proof.product == "his_client"
    assert told(facts)["failed"] == [
        "One desk failed and waits for somebody:",
        "Registration and billing, Registration window 1: Login was not as expected. Front office IT, ext. 4420, acts.",
    ]


def test_a_department_whose_only_desk_fails_is_not_served_whatever_its_floor(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    (registration,) = (one for one in hospital.departments if one.key == "registration")
    small = dataclasses.replace(
        hospital,
        departments=(dataclasses.replace(registration, floor=0),),
        machines=tuple(one for one in hospital.machines if one.host == "reg-ws-01"),
    )
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("reg-ws-01", OLD, run, None, "manual", bad="echo", found="association refused")
    facts = read_facts(small, written)
    assert ward(facts, "registration").served == Served.NO
    assert told(facts)["served"][1] == "Registration and billing has no desk that works: 0 of 1 desks proved."


def test_a_dead_printer_is_told_and_leaves_its_department_served(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    recorder.upgrade("a1b2c3d4e5f6", "3.12.0", "3.13.2", WAVES)
    run = recorder.run("prove", "playbooks/prove_product.yml", 2)
    printing = {"product": "print_client", "checks": ("queue receipts", "print receipts")}
    for desk in ("reg-ws-01", "reg-ws-02"):
        recorder.proof(desk, "", run, None, "manual", bad="queue receipts", found="the printer is off", **printing)
    facts = read_facts(hospital, written)
    registration = ward(facts, "registration")
    assert (registration.served, registration.proved) == (Served.YES, 2)
    assert told(facts)["failed"][:2] == [
        "2 desks failed and wait for somebody:",
        "Registration and billing, Registration window 1: queue receipts was not as expected."
        " Front office IT, ext. 4420, acts.",
    ]
    text = page(facts)
    assert re.search(r"打印</span> · [^<]*<span[^>]*>[^<]*failed", text), "named in both languages, and no version"


def test_a_proof_of_what_every_desk_has_is_none_of_its_clients(
    recorder: Recorder, hospital: Hospital, written: datetime.datetime
) -> None:
    run = recorder.run("prove", "playbooks/prove_product.yml")
    recorder.proof("reg-ws-01", "", run, None, "manual", product="time_client", checks=("chrony",))
    (first, *_others) = ward(read_facts(hospital, written), "registration").desks
    assert (first.now, first.unasked) == (Now.UNPROVED, ("pacs_client",))
