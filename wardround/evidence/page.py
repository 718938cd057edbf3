"""The page: one self-contained HTML file, readable without a network and without a script."""

from __future__ import annotations

import datetime
import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup

from wardround.clinical.answered import EVERY_DESK
from wardround.evidence import glance, journeys, picture
from wardround.evidence.facts import Change, Facts, Journey, Machine, Name, Proof, Run, TaskFailure
from wardround.evidence.links import Record, told
from wardround.evidence.network_view import NetworkView
from wardround.evidence.rounds import Round, rounds
from wardround.evidence.scale import seconds_of, span
from wardround.evidence.standing import Desk, Now, Ward, wards
from wardround.evidence.timeline import Timeline, timeline
from wardround.evidence.waiting import Waiting, waiting
from wardround.evidence.wiring import NARROW, WIDE, Wiring, node_name, wiring
from wardround.evidence.words import LANGUAGES, Code, Phrase, Value, catalogue, markup, phrase, plain, say
from wardround.rollout.progress import State, Status

_NAMED = 24  # a department or wave of up to so many machines is drawn one by one
_WHOLE_PROOFS = 30  # as many machines' proofs are shown in full in one roll-out
_WHOLE_FAILURES = 40
_LINES = 1000
_TEXT = 600

MARKS: dict[str, str] = {
    "staged": "staged",
    "back_staged": "staged",
    State.WAITING: "waiting",
    State.OPEN: "changing",
    State.UNKNOWN: "unknown",
    State.APPLIED: "changing",
    State.DONE: "proved",
    State.FAILED: "failed",
    State.RETURNED: "changing",
    State.ROLLED_BACK: "back",
    State.STUCK: "failed",
    State.UNFIT: "failed",
    State.SET_ASIDE: "aside",
    State.SKIPPED: "aside",
}
NOW_MARKS = {now: "waiting" if now == Now.UNPROVED else str(now) for now in Now}
_ORDER = ("failed", "unknown", "back", "changing", "staged", "aside", "waiting", "proved")


@dataclass(frozen=True)
class _Group:
    """Desks whose newest proofs say the same and come from the same runs; none were asked where there is no proof."""

    proofs: tuple[Proof, ...]
    unasked: tuple[str, ...]
    desks: list[Desk] = field(default_factory=list)


def page(facts: Facts, lang: str = "en") -> str:
    """The whole HTML document. lang: which of LANGUAGES is shown first."""
    told_wards, told_rounds = wards(facts), rounds(facts)
    return (
        _environment()
        .get_template("page.html.j2")
        .render(
            facts=facts,
            lang=lang,
            view=_View(facts, told_wards, told_rounds),
            answers=glance.glance(facts, told_wards, told_rounds),
            wards=told_wards,
            rounds=told_rounds,
            empty=not (facts.history.rollouts or facts.history.proofs or facts.history.network_proofs),
        )
    )


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("wardround.evidence", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.globals.update(
        t=lambda key, **values: markup(phrase(key, **values)),
        m=markup,
        plain=lambda key, **values: plain(phrase(key, **values)),
        say=lambda key, lang, **values: say(phrase(key, **values), lang),
        plain_of=plain,
        say_of=say,
        span=span,
        known=lambda key: key in catalogue(),
        code=Code,
        served=glance.served,
        verdict=glance.verdict,
        place=glance.place,
        trouble=glance.trouble,
        failure_anchor=glance.failure_anchor,
        languages=LANGUAGES,
    )
    environment.filters.update(when=_when, anchor=anchor, short=short, mark_of=mark_of)
    return environment


@pass_context
def _when(context: Context, moment: str | None) -> Markup:
    """A recorded moment in the page's zone, to the minute; text that is no moment as it is."""
    if not moment:
        return Markup("–")
    try:
        local = datetime.datetime.fromisoformat(moment).astimezone(context["facts"].written.tzinfo)
    except (ValueError, OverflowError):
        return Markup("{}").format(moment)
    return Markup('<time datetime="{}">{}</time>').format(
        local.isoformat(timespec="seconds"), local.strftime("%Y-%m-%d %H:%M")
    )


def mark_of(one: Desk | Status) -> str:
    """The mark that stands for the state of a desk now, or in a roll-out."""
    return NOW_MARKS[one.now] if isinstance(one, Desk) else MARKS[one.state]


def anchor(text: object) -> str:
    """A fragment identifier for any text: other characters than letters, digits, `-` and `.` become `_hex_`."""
    return re.sub(r"[^A-Za-z0-9.-]", lambda found: f"_{ord(found[0]):x}_", str(text))


def short(text: object) -> str:
    """Recorded text at a length that a page can bear."""
    whole = str(text)
    return whole if len(whole) <= _TEXT else f"{whole[:_TEXT]}… ({len(whole)})"


class _View:
    """What the templates ask while they draw."""

    def __init__(self, facts: Facts, told_wards: tuple[Ward, ...], told_rounds: tuple[Round, ...]) -> None:
        self._facts = facts
        self._machines = {machine.host: machine for machine in facts.hospital.machines}
        self._departments = {department.key: department for department in facts.hospital.departments}
        self._products = {product.key: product.name for product in facts.hospital.products}
        self._runs = {run.id: run for run in facts.history.runs}
        self.told = told(facts.hospital.systems, facts.history)
        self.newest_journey = journeys.newest(facts.history)
        network = facts.hospital.network
        self.network = NetworkView(network, facts.history, self.when) if network else None
        self._nodes = {node.key: node for node in facts.hospital.systems.nodes}
        self._marks = {desk.machine.host: mark_of(desk) for ward in told_wards for desk in ward.desks}
        self.whole_failures = _WHOLE_FAILURES
        self.lines = _LINES
        self.zone = "UTC" if not facts.written.utcoffset() else "UTC" + facts.written.isoformat()[-6:]
        shown = {
            proof.seq
            for one in told_rounds
            for failure in one.failures[:_WHOLE_FAILURES]
            for proof in (failure.proof, failure.back_proof)
            if proof is not None
        }
        self._in_failures = frozenset(shown)
        for one in told_rounds:
            shown |= {proof.seq for proof in self.sample(one)}
        newest = [proof for ward in told_wards for desk in ward.desks for proof in desk.proofs]
        others = [proof for proof in newest if proof.seq not in shown]
        others.sort(key=lambda proof: (proof.ok, -proof.seq))
        self.others = others[:_WHOLE_PROOFS]
        compared = [self.around(one.rollout.id) for one in told_rounds]
        self._journeys = {journey.seq for found in compared if found for journey in found.journeys}
        if self.newest_journey is not None:
            self._journeys.add(self.newest_journey.seq)
        self._shown = shown | {proof.seq for proof in self.others}

    def times(self, one: Round) -> Timeline | None:
        return timeline(one, self._facts)

    def took(self, run: Run) -> str:
        try:
            began, ended = (datetime.datetime.fromisoformat(moment or "") for moment in (run.started, run.ended))
            return f"{(ended - began).total_seconds():.0f} s"
        except (ValueError, TypeError):
            return "–"

    def machine(self, host: str) -> Machine:
        """A workstation, or any other host by its name alone."""
        return self._machines.get(host) or Machine(host, self._facts.hospital.name_of(host), None)

    @property
    def systems_verdict(self) -> Phrase:
        states = Counter(one.state for one in self.told)
        counts = {state: states[state] for state in ("proved", "failed", "waiting")}
        return phrase("systems.verdict", n=len(self.told), **counts) if self.told else phrase("systems.none")

    def wiring(self, wide: bool) -> Wiring:
        return wiring(self._facts.hospital.systems, self.told, self._marks, WIDE if wide else NARROW)

    def waiting(self, one: Round) -> tuple[Waiting, ...]:
        return waiting(one, self._facts)

    def layer(self, group: str) -> Value:
        """Who shares a setting: a department, everybody, a group by its name, or all who leave the client's default."""
        if group in ("all", "default"):
            return phrase(f"settings.{group}")
        key = group.removeprefix("dept_")
        return self.department(key) if key in self._departments else Code(group)

    def journey_verdict(self, journey: Journey) -> Phrase:
        return journeys.verdict(journey, self._facts.hospital)

    def alone(self, journey: Journey) -> journeys.Comparison:
        return journeys.alone(journey)

    def around(self, rollout: str) -> journeys.Comparison | None:
        return journeys.around(rollout, self._facts.history)

    def anchored(self, shown: journeys.Comparison) -> list[int]:
        """Those of the journeys whose place on the page this is: the newest has its own."""
        newest = self.newest_journey
        return [one.seq for one in shown.journeys if newest is None or one.seq != newest.seq]

    def node(self, key: str) -> Value:
        return node_name(self._nodes[key])

    def record_name(self, record: Record) -> Markup:
        if isinstance(record, Change):
            name: Value = self.machine(record.host).name
            return markup(phrase("record.change", host=name, when=self.when(record.closed or record.opened)))
        key = "record.proof" if isinstance(record, Proof) else "record.journey"
        return markup(phrase(key, n=record.seq, when=self.when(record.at)))

    def record_link(self, record: Record) -> str:
        if isinstance(record, Proof):
            return self.link(record)
        if isinstance(record, Journey) and record.seq in self._journeys:
            return f"#journey-{record.seq}"
        return self.run_link(record.run)

    def when(self, moment: str) -> str:
        """A recorded moment in the page's zone, to the minute, as text."""
        seconds = seconds_of(moment)
        if seconds is None:
            return moment
        return datetime.datetime.fromtimestamp(seconds, self._facts.written.tzinfo).strftime("%Y-%m-%d %H:%M")

    def department(self, key: str | None) -> Name:
        known = self._departments.get(key or "")
        return known.name if known else Name(key or "–", key or "–")

    def product(self, key: str) -> Value:
        """What people call a product, or what every desk has without a release."""
        if key in EVERY_DESK and key not in self._products:
            return phrase(f"product.{key}")
        return self._products.get(key, Name(key, key))

    def by_name(self, things: Iterable[Any]) -> bool:
        return len(list(things)) <= _NAMED

    def field(self, marks: Iterable[str]) -> picture.Field:
        counts = Counter(marks)
        return picture.field((mark, counts[mark]) for mark in _ORDER)

    def count(self, marks: Iterable[str]) -> Mapping[str, int]:
        counts = Counter(marks)
        return {mark: counts[mark] for mark in _ORDER if counts[mark]}

    def per_department(self, hosts: Iterable[str]) -> list[tuple[Name, int]]:
        counts = Counter(self.machine(host).department for host in hosts)
        return [(self.department(key), n) for key, n in counts.items()]

    def tightest(self, departments: Iterable[Any]) -> list[Any]:
        """A wave's departments, those nearest to their floor first."""
        return sorted(departments, key=lambda one: int(one["keeps"]) - int(one["floor"]))

    def groups(self, desks: Iterable[Desk]) -> list[_Group]:
        """Healthy desks, and those without a proof, gathered by what their newest proof says."""
        found: dict[Any, _Group] = {}
        for desk in desks:
            if desk.now in (Now.PROVED, Now.UNPROVED):
                said = ((one.product, one.served_version, one.ok, one.run) for one in desk.proofs)
                key = (desk.now, desk.unasked, *said)
                found.setdefault(key, _Group(desk.proofs, desk.unasked)).desks.append(desk)
        return list(found.values())

    def sample(self, one: Round) -> list[Proof]:
        """The newest proofs to show in full: all of a small roll-out, else the first wave's and some of each later."""
        hosts = list(one.standings)
        if len(hosts) > _WHOLE_PROOFS:
            share = max(1, _WHOLE_PROOFS // 2 // max(1, len(one.waves) - 1))
            hosts = [
                host
                for n, wave in enumerate(one.waves)
                for host in list(wave.standings)[: share if n else _WHOLE_PROOFS // 2]
            ][:_WHOLE_PROOFS]
        return [one.proofs[host] for host in hosts if host in one.proofs]

    def check_names(self, proofs: Iterable[Proof]) -> list[str]:
        return list(dict.fromkeys(check.name for proof in proofs for check in proof.checks))

    def told_in_failure(self, proof: Proof) -> bool:
        return proof.seq in self._in_failures

    def link(self, proof: Proof | None) -> str:
        """Where on the page the record behind a proof is: the proof itself, or the run that asked it."""
        if proof is None:
            return ""
        if proof.seq in self._shown:
            return f"#proof-{proof.seq}"
        return f"#run-{anchor(proof.run)}" if proof.run in self._runs else ""

    def run_link(self, run: str) -> str:
        return f"#run-{anchor(run)}" if run in self._runs else ""

    def task_failures(self, run: str) -> list[TaskFailure]:
        return [one for one in self._facts.history.task_failures if one.run == run][:20]

    def earlier(self, told: Iterable[Round]) -> list[Any]:
        seen = {one.rollout.id for one in told}
        return [one for one in reversed(self._facts.history.rollouts) if one.id not in seen][:100]
