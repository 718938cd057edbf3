"""From a request to a plan: counting, the first wave, the bound, the later waves."""

from __future__ import annotations

from importlib.metadata import version

from wardround import __version__
from wardround.rollout.bound import bound
from wardround.rollout.canary import SOLVER, choose, combinations
from wardround.rollout.limits import arithmetic
from wardround.rollout.plan import Coverage, Plan, PlannedHost, Service, Wave
from wardround.rollout.request import Refusal, Request
from wardround.rollout.schedule import schedule


def plan_upgrade(request: Request) -> Plan:
    """The staged waves of one upgrade: a pure function, equal for equal requests.

    Raises Refusal where none can be made, with the departments, floors and sets that stand in the way.
    """
    if sentences := arithmetic(request):
        raise Refusal(sentences)
    canary = choose(request)
    least = bound(request, canary)
    waves = [canary, *schedule(request, canary, least.waves - 1)]
    digits = max(2, len(str(len(waves))))
    caps = [len(canary), *(request.cap_after(len(wave)) for wave in waves)]
    by_name = {machine.name: machine for machine in request.machines}
    return Plan(
        product=request.product,
        from_version=request.from_version,
        to_version=request.to_version,
        what_if=request.what_if,
        planner={"ortools": version("ortools"), "solver": dict(SOLVER), "wardround": __version__},
        inputs_sha256=request.inputs_sha256(),
        bound_waves=least.waves,
        bound_sentence=least.sentence,
        gap=len(waves) - least.waves,
        waves=tuple(
            Wave(
                name=f"wave_{number:0{digits}}",
                kind="canary" if number == 1 else "wave",
                cap=caps[number - 1],
                soak_seconds=request.soak_seconds,
                hosts=tuple(PlannedHost(name, by_name[name].department, request.from_version) for name in wave),
                departments=_service(request, [by_name[name].department for name in wave]),
            )
            for number, wave in enumerate(waves, start=1)
        ),
        canary=tuple(
            Coverage(combination, names)
            for combination, names in combinations(by_name[name] for name in canary).items()
        ),
        excluded=request.excluded,
        journey=request.journey,
        restart_deadline_minutes=request.restart_deadline_minutes,
        idle_poll_seconds=request.idle_poll_seconds,
    )


def _service(request: Request, out: list[str]) -> tuple[Service, ...]:
    """What each department that gives machines to a wave keeps; `out` names the department of each machine."""
    return tuple(
        Service(d.name, d.machines, going, d.machines - going, d.floor)
        for d in request.departments
        if (going := out.count(d.name))
    )
