"""The first screen: four questions, each answered in a line, and what comes next."""

from __future__ import annotations

import datetime
from collections.abc import Iterator
from dataclasses import dataclass

from wardround.clinical.answered import EVERY_DESK
from wardround.evidence import journeys
from wardround.evidence.facts import Facts, Machine, Name, Owner, Proof
from wardround.evidence.rounds import NOBODY, Failure, Round
from wardround.evidence.scale import seconds_of
from wardround.evidence.standing import Desk, Now, Served, Ward
from wardround.evidence.waiting import waiting
from wardround.evidence.words import Code, Phrase, Value, catalogue, phrase
from wardround.evidence.zone_matrix import cells
from wardround.evidence.zone_matrix import verdict as verdict_of_network
from wardround.rollout.progress import State

_SHOWN = 3


@dataclass(frozen=True)
class Line:
    """tone: `good`, `bad`, `held`, `open` or `rest`; anchor: where on the page the record behind it is."""

    tone: str
    text: Phrase
    anchor: str = ""


@dataclass(frozen=True)
class Answer:
    """A question and its lines; the first line is the answer, the others name what it counts."""

    question: str
    lines: tuple[Line, ...]


def glance(facts: Facts, wards: tuple[Ward, ...], rounds: tuple[Round, ...]) -> tuple[Answer, ...]:
    """The four answers, in the order a reader asks."""
    return (
        Answer("ask.served", (*_served(wards), *_journey(facts), *_network(facts))),
        Answer("ask.rolling", tuple(_rolling(facts, rounds))),
        Answer("ask.failed", tuple(_failed(facts, wards, rounds))),
        Answer("ask.next", tuple(_shorten(list(_next(facts, rounds)))) or (Line("good", phrase("next.nothing")),)),
    )


def place(failure: Failure) -> Value:
    """How people call the failed machine: its department and its own name."""
    return _place(failure.department, failure.machine)


def _place(department: Name | None, machine: Machine) -> Value:
    return machine.name if department is None else phrase("desk", department=department, desk=machine.name)


def _desk(machine: Machine, facts: Facts) -> Value:
    departments = {department.key: department.name for department in facts.hospital.departments}
    return _place(departments.get(machine.department or ""), machine)


def trouble(failure: Failure) -> Phrase:
    """What is or was wrong with it, in one sentence."""
    if failure.status.state == State.UNKNOWN:
        return phrase("trouble.unknown")
    if failure.proof is not None and failure.proof.failing:
        return failed_check(failure.proof)
    return phrase("trouble.change")


def failed_check(proof: Proof) -> Phrase:
    """Which of its checks failed, the first of them."""
    if not proof.failing:
        return phrase("trouble.change")
    name = proof.failing[0].name
    known = f"check.{name}"
    return phrase("trouble.check", check=phrase(known) if known in catalogue() else name)


def _served(wards: tuple[Ward, ...]) -> Iterator[Line]:
    if not wards:
        yield Line("open", phrase("served.none"), "hospital")
        return
    good = [ward for ward in wards if ward.served == Served.YES]
    if len(good) == len(wards):
        machines = sum(len(ward.desks) for ward in wards)
        proved = sum(ward.proved for ward in wards)
        yield Line("good", phrase("served.all", n=len(wards), proved=proved, machines=machines), "hospital")
        return
    bad = any(ward.served == Served.NO for ward in wards)
    yield Line("bad" if bad else "open", phrase("served.some", n=len(good), of=len(wards)), "hospital")
    yield from _shorten(
        [
            Line(
                "bad" if ward.served == Served.NO else "open",
                served(ward),
                f"department-{ward.department.key}",
            )
            for ward in wards
            if ward.served != Served.YES
        ]
    )


def served(ward: Ward) -> Phrase:
    """Whether one department is served, in a sentence."""
    return phrase(
        "served.out" if ward.served == Served.NO and not ward.department.floor else f"served.{ward.served}",
        department=ward.department.name,
        proved=ward.proved,
        machines=len(ward.desks),
        floor=ward.department.floor,
    )


def _network(facts: Facts) -> Iterator[Line]:
    """Whether the network is as intended, where that was ever asked."""
    network, proofs = facts.hospital.network, facts.history.network_proofs
    if network is not None and proofs:
        yield Line(*verdict_of_network(network, cells(network, proofs), proofs), "network")


def _journey(facts: Facts) -> Iterator[Line]:
    """What became of the newest journey, and when it was walked."""
    journey = journeys.newest(facts.history)
    if journey is None:
        if facts.hospital.journey:
            yield Line("open", phrase("journey.never", command=Code("wardround prove clinical")))
        return
    walked = seconds_of(journey.at)
    told = journeys.verdict(journey, facts.hospital)
    if walked is not None:
        when = datetime.datetime.fromtimestamp(walked, facts.written.tzinfo).strftime("%Y-%m-%d %H:%M")
        told = phrase("journey.at", verdict=told, when=when)
    yield Line("good" if journey.ok else "bad", told, f"journey-{journey.seq}")


def _rolling(facts: Facts, rounds: tuple[Round, ...]) -> Iterator[Line]:
    under_way = [one for one in rounds if one.under_way]
    for one in under_way:
        tone = {"open": "open", "held": "held"}.get(one.rollout.state, "bad")
        yield Line(tone, verdict(one), f"rollout-{one.rollout.id}")
        if waits := waiting(one, facts):
            late = sum(wait.late for wait in waits)
            text = phrase("rolling.late" if late else "rolling.staged", n=len(waits), late=late)
            yield Line("held" if late else "open", text, f"staged-{one.rollout.id}")
    if not under_way and rounds:
        yield Line("rest", phrase("rolling.last", last=verdict(rounds[0])), f"rollout-{rounds[0].rollout.id}")
    elif not under_way:
        yield Line("rest", phrase("rolling.none"))


def verdict(one: Round) -> Phrase:
    """One roll-out in a sentence: what, where it stands, how far it came."""
    return phrase(
        f"round.{one.rollout.state}",
        product=one.product,
        old=one.rollout.from_version,
        new=one.rollout.to_version,
        done=one.done,
        machines=one.machines,
        passed=sum(wave.gate is not None and wave.gate.verdict == "promote" for wave in one.waves),
        waves=len(one.waves),
    )


def _failed(facts: Facts, wards: tuple[Ward, ...], rounds: tuple[Round, ...]) -> Iterator[Line]:
    failures = [(one, failure) for one in rounds for failure in one.failures]
    to_act = [(one, failure) for one, failure in failures if failure.open]
    told = {failure.machine.host for _one, failure in to_act}
    lines = [
        Line("bad", _acts(place(failure), trouble(failure), failure.owner), failure_anchor(one, failure))
        for one, failure in to_act
    ]
    for ward in wards:
        for desk in ward.desks:
            if desk.machine.host not in told and desk.proof is not None and _waits(desk, desk.proof):
                said = _acts(
                    _place(ward.department.name, desk.machine), failed_check(desk.proof), ward.department.owner
                )
                lines.append(Line("bad", said, f"department-{ward.department.key}"))
    journey = journeys.newest(facts.history)
    wrong = [line for line in _network(facts) if line.tone == "bad"]
    if lines:
        yield Line("bad", phrase("failed.open", n=len(lines)), lines[0].anchor)
        yield from _shorten(lines)
    elif failures:
        yield Line("rest", phrase("failed.settled", n=len(failures)), failure_anchor(*failures[0]))
    elif not wrong and (journey is None or journey.ok):
        yield Line("good", phrase("failed.none"))
    yield from wrong
    if journey is not None and journey.broken is not None:
        cause = phrase("journey.cause", cause=journey.broken.cause or journey.broken.found)
        told_whole = phrase("journey.why", verdict=journeys.verdict(journey, facts.hospital), cause=cause)
        yield Line("bad", told_whole, f"journey-{journey.seq}")


def _waits(desk: Desk, proof: Proof) -> bool:
    """Whether somebody must act on the desk: it failed, or what every desk has did, which leaves it in service."""
    return desk.now == Now.FAILED or (not proof.ok and proof.product in EVERY_DESK)


def _acts(desk: Value, what: Phrase, owner: Owner) -> Phrase:
    known = "failed.owner" if owner != NOBODY else "failed.nobody"
    return phrase(known, desk=desk, trouble=what, owner=owner.name, contact=owner.contact)


def failure_anchor(one: Round, failure: Failure) -> str:
    return f"failure-{one.rollout.id}-{failure.machine.host}"


def _next(facts: Facts, rounds: tuple[Round, ...]) -> Iterator[Line]:
    """Decisions and commands, the most urgent first."""
    for halt in facts.history.halts:
        if halt.lifted_at is None:
            yield Line("bad", phrase("next.halt", who=halt.who, reason=halt.reason, command=Code("wardround resume")))
    for one in rounds:
        if one.under_way:
            yield from _next_of(one, facts)
        elif one.current:
            yield from _after(one, facts)
    known = {one.rollout.product for one in rounds if one.under_way}
    for product in facts.hospital.products:
        reached = any(
            one.rollout.product == product.key and one.rollout.to_version == product.wanted and one.current
            for one in rounds
        )
        if product.wanted != product.current and product.key not in known and not reached:
            plan = f"plans/{product.key}-{product.wanted}.plan.json"
            command = f"wardround plan upgrade {product.key} -i {facts.inventory} -o {plan}"
            yield Line("rest", phrase("next.plan", product=product.name, new=product.wanted, command=Code(command)))


def _next_of(one: Round, facts: Facts) -> Iterator[Line]:
    anchor = f"rollout-{one.rollout.id}"
    apply = Code(f"wardround apply {one.rollout.plan_path}")
    late = [wait for wait in waiting(one, facts) if wait.late]
    for wait in late:
        text = phrase("next.staged", desk=_desk(wait.machine, facts), why=wait.why or "–", command=apply)
        yield Line("held", text, f"staged-{one.rollout.id}")
    for failure in one.failures:
        here = failure_anchor(one, failure)
        if failure.status.state == State.UNKNOWN:
            yield Line("bad", phrase("next.unknown", desk=place(failure), command=apply), here)
        elif failure.status.state == State.STUCK:
            command = Code(f"wardround rollback {one.rollout.plan_path} {failure.machine.host}")
            yield Line("bad", phrase("next.stuck", desk=place(failure), command=command), here)
        elif failure.open and failure.classification is None and failure.status.state not in _GOES_ON:
            command = Code(f"wardround classify {failure.machine.host} --as release|machine --reason REASON")
            yield Line("bad", phrase("next.classify", desk=place(failure), command=command), here)
    if any(failure.classification and failure.classification.cause == "release" for failure in one.failures):
        if one.done:
            command = Code(f"wardround rollback {one.rollout.plan_path}")
            yield Line("bad", phrase("next.back", n=one.done, new=one.rollout.to_version, command=command), anchor)
        yield from _withdraw(one, facts)
    elif not late and all(not failure.open or failure.status.state in _GOES_ON for failure in one.failures):
        yield Line("open", phrase("next.apply", product=one.product, command=apply), anchor)


_GOES_ON = (State.OPEN, State.APPLIED, State.FAILED, State.RETURNED)  # `apply` knows what to do by itself


def _after(one: Round, facts: Facts) -> Iterator[Line]:
    if one.rollout.state == "rolled_back":
        yield from _withdraw(one, facts)
    elif any(
        product.key == one.rollout.product and product.current == one.rollout.from_version
        for product in facts.hospital.products
    ):
        change = Code(f"current: {one.rollout.to_version}")
        text = phrase("next.current", product=one.product, change=change)
        yield Line("rest", text, f"rollout-{one.rollout.id}")


def _withdraw(one: Round, facts: Facts) -> Iterator[Line]:
    """While the hospital still wants the version that failed."""
    new = one.rollout.to_version
    if any(product.key == one.rollout.product and product.wanted == new for product in facts.hospital.products):
        change = Code(f"wanted: {one.rollout.from_version}")
        text = phrase("next.withdraw", product=one.product, new=new, change=change)
        yield Line("open", text, f"rollout-{one.rollout.id}")


def _shorten(lines: list[Line]) -> list[Line]:
    more = len(lines) - _SHOWN
    return lines[:_SHOWN] + (
        [Line(lines[_SHOWN].tone, phrase("more", n=more), lines[_SHOWN].anchor)] if more > 0 else []
    )
