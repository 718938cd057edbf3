"""A second opinion on a finished plan. It counts everything again and shares only the data types with the planner."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Iterator

from wardround.rollout.plan import Plan, Wave
from wardround.rollout.request import Request


def check(request: Request, plan: Plan) -> list[str]:
    """What is wrong with `plan` as an answer to `request`, a sentence each; empty for a good plan."""
    return [
        *_identity(request, plan),
        *_membership(request, plan),
        *_growth(request, plan),
        *(fault for wave in plan.waves for fault in _capacity(request, wave)),
        *_coverage(request, plan),
    ]


def _identity(request: Request, plan: Plan) -> Iterator[str]:
    stated = (plan.product, plan.from_version, plan.to_version, plan.what_if)
    wanted = (request.product, request.from_version, request.to_version, request.to_version != request.wanted)
    if stated != wanted:
        yield f"the plan is for {stated}, the request for {wanted}"
    if plan.inputs_sha256 != request.inputs_sha256():
        yield "the plan was made from other inputs"
    document = plan.as_dict()
    stated_digest = document.pop("sha256")
    text = json.dumps(document, sort_keys=True, indent=1, ensure_ascii=False) + "\n"
    if hashlib.sha256(text.encode()).hexdigest() != stated_digest:
        yield "the plan's SHA-256 is not that of its content"
    if plan.gap != len(plan.waves) - plan.bound_waves or plan.gap < 0:
        yield f"a gap of {plan.gap} does not lead from a bound of {plan.bound_waves} to {len(plan.waves)} waves"
    if plan.excluded != request.excluded:
        yield "the excluded hosts are not those of the request"
    if plan.journey != request.journey:
        yield f"the plan says {plan.journey} to the patient's journey, the request {request.journey}"
    waits = (plan.restart_deadline_minutes, plan.idle_poll_seconds)
    if waits != (request.restart_deadline_minutes, request.idle_poll_seconds):
        yield f"the plan waits {waits[0]} min and asks every {waits[1]} s, which the request does not"
    if plan.exceptions:
        yield "the plan grants exceptions that nobody asked for"


def _membership(request: Request, plan: Plan) -> Iterator[str]:
    machines = {machine.name: machine for machine in request.machines}
    planned = Counter(host.name for wave in plan.waves for host in wave.hosts)
    for name in sorted(machines.keys() - planned.keys()):
        yield f"{name} is forgotten"
    for name in sorted(planned.keys() - machines.keys()):
        yield f"{name} is planned but not to be upgraded"
    for name, times in sorted(planned.items()):
        if times > 1:
            yield f"{name} is in {times} places"
    for wave in plan.waves:
        if not wave.hosts:
            yield f"{wave.name} is empty"
        for host in wave.hosts:
            machine = machines.get(host.name)
            if machine is not None and host.department != machine.department:
                yield f"{host.name} is of {machine.department}, not of {host.department}"
            if host.from_version != request.from_version:
                yield f"{host.name} starts from {host.from_version}, not from {request.from_version}"


def _growth(request: Request, plan: Plan) -> Iterator[str]:
    before: Wave | None = None
    for number, wave in enumerate(plan.waves, start=1):
        prefix, _line, digits = wave.name.rpartition("_")
        if prefix != "wave" or not digits.isdecimal() or int(digits) != number:
            yield f"{wave.name} stands where wave {number} should"
        if wave.kind != ("canary" if number == 1 else "wave"):
            yield f"{wave.name} is of kind {wave.kind}"
        if wave.soak_seconds != request.soak_seconds:
            yield f"{wave.name} soaks for {wave.soak_seconds} s, not for {request.soak_seconds} s"
        if len(wave.hosts) > wave.cap:
            yield f"{wave.name} holds {len(wave.hosts)} machines, its cap is {wave.cap}"
        if before is not None and wave.cap > request.growth * len(before.hosts):
            growth = float(request.growth)
            yield f"{wave.name} has cap {wave.cap}, more than {growth:g} times the {len(before.hosts)} before it"
        before = wave
    if plan.waves and plan.waves[0].cap != len(plan.waves[0].hosts):
        yield "the cap of the first wave is not its own size"


def _capacity(request: Request, wave: Wave) -> Iterator[str]:
    """Floors and redundancy sets by the request's own numbers, then what the plan states about them."""
    names = {host.name for host in wave.hosts}
    home = {machine.name: machine.department for machine in request.machines if machine.name in names}
    out = Counter(home.values())
    expected = set()
    for department in request.departments:
        going = out[department.name]
        keeps = department.machines - going
        if going and keeps < department.floor:
            yield f"{wave.name}: {department.name} keeps {keeps} of {department.machines}, floor {department.floor}"
        if going:
            expected.add((department.name, department.machines, going, keeps, department.floor))
    stated = [(one.name, one.machines, one.out, one.keeps, one.floor) for one in wave.departments]
    if set(stated) != expected or len(stated) != len(expected):
        yield f"{wave.name} states other department figures than its hosts give"
    for redundancy in request.sets:
        together = sorted(names.intersection(redundancy.members))
        if len(together) > redundancy.max_out:
            yield f"{wave.name} takes {', '.join(together)} of {redundancy.name}, which allows {redundancy.max_out} out"


def _coverage(request: Request, plan: Plan) -> Iterator[str]:
    first = {host.name for host in plan.waves[0].hosts} if plan.waves else set()
    covered: dict[str, set[str]] = {}
    for machine in request.machines:
        for peripheral in machine.peripherals or ("none",):
            combination = f"{machine.model} / {machine.os} / {peripheral}"
            covered.setdefault(combination, set()).update({machine.name} & first)
    for combination, hosts in sorted(covered.items()):
        if not hosts:
            yield f"the first wave has no machine with {combination}"
    if {one.combination: set(one.hosts) for one in plan.canary} != covered or len(plan.canary) != len(covered):
        yield "the stated coverage of the first wave is not what its machines cover"
