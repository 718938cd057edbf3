"""The first wave: the fewest, least critical machines that stand for every model / OS / peripheral combination.

An exact cover in OR-Tools CP-SAT. One worker, a fixed seed and a limit in deterministic time give the same answer on
an idle and on a loaded machine; only an answer proven OPTIMAL is accepted.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import combinations as subsets
from math import comb
from typing import TYPE_CHECKING, Final

from wardround.rollout.limits import Limit, limits
from wardround.rollout.request import Machine, Refusal, Request

if TYPE_CHECKING:
    from ortools.sat.python import cp_model

# linearization_level 2 puts the cover itself into the relaxation: without it 144 combinations take minutes to prove.
SOLVER: Final[dict[str, int]] = {
    "linearization_level": 2,
    "max_deterministic_time": 60,
    "random_seed": 0,
    "workers": 1,
}
POOL: Final = 480


@dataclass(frozen=True)
class _Candidate:
    machine: Machine
    rank: int  # of its department's tier, 0 for the least critical
    waves: int  # that the longest of its limits needs
    hash: int  # of its name; ends every tie the same way


def combinations(machines: Iterable[Machine]) -> dict[str, tuple[str, ...]]:
    """Combination -> the machines that stand for it, both in order of name."""
    found: dict[str, list[str]] = defaultdict(list)
    for machine in machines:
        for combination in machine.combinations:
            found[combination].append(machine.name)
    return {combination: tuple(sorted(found[combination])) for combination in sorted(found)}


def choose(request: Request) -> tuple[str, ...]:
    """The machines of the first wave, in order of name.

    Fewest first; then least critical; then those that leave the fewest waves; then by a hash of the name. In a large
    hospital that is among the best candidates of each kind, of which more are drawn in where those conflict.
    Raises Refusal with the conflict where no first wave holds every combination within the limits.
    """
    candidates = _candidates(request)
    size = max(POOL, 3 * len(combinations(request.machines)))
    while (chosen := _solve(request, _reduce(candidates, size))) is None and size < len(candidates):
        size *= 2
    if chosen is None:
        from wardround.rollout.conflict import explain

        raise Refusal(explain(request, [candidate.machine for candidate in candidates]))
    return chosen


def _candidates(request: Request) -> list[_Candidate]:
    """One machine for each of those that no limit and no combination tells apart: a cover never needs two of them."""
    tiers = sorted({department.tier for department in request.departments}, reverse=True)
    rank = {department.name: tiers.index(department.tier) for department in request.departments}
    held: dict[str, list[int]] = defaultdict(list)
    all_limits = limits(request)
    for index, limit in enumerate(all_limits):
        for name in limit.members:
            held[name].append(index)
    best: dict[tuple[object, ...], _Candidate] = {}
    for machine in request.machines:
        alike = (machine.model, machine.os, machine.peripherals, *held[machine.name])
        number = int.from_bytes(hashlib.sha256(machine.name.encode()).digest()[:4])
        waves = max(all_limits[index].waves for index in held[machine.name])
        candidate = _Candidate(machine, rank[machine.department], waves, number)
        if alike not in best or (number, machine.name) < (best[alike].hash, best[alike].machine.name):
            best[alike] = candidate
    return sorted(best.values(), key=lambda one: (one.rank, -one.waves, one.hash, one.machine.name))


def _reduce(candidates: list[_Candidate], size: int) -> list[_Candidate]:
    """At most `size` of the candidates: in turn each combination adds the best one for it that is not in yet.

    The best of every kind of machine come before the second best of any.
    """
    if len(candidates) <= size:
        return candidates
    kinds: Counter[tuple[str, ...]] = Counter()
    order = []
    for number, candidate in enumerate(candidates):
        kind = candidate.machine.combinations
        order.append((kinds[kind], -len(kind), number))
        kinds[kind] += 1
    queues: dict[str, deque[int]] = defaultdict(deque)
    for *_rank, number in sorted(order):
        for combination in candidates[number].machine.combinations:
            queues[combination].append(number)
    pool: set[int] = set()
    turns = deque(queues[combination] for combination in sorted(queues))
    while turns and len(pool) < size:
        queue = turns.popleft()
        while queue and queue[0] in pool:
            queue.popleft()
        if queue:
            pool.add(queue.popleft())
            turns.append(queue)
    return [candidates[number] for number in sorted(pool)]


def _solve(request: Request, pool: list[_Candidate]) -> tuple[str, ...] | None:
    """The best first wave from `pool`, or None where there is none. Raises Refusal where the proof takes too long."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    chosen = [model.new_bool_var("") for _candidate in pool]
    index = {candidate.machine.name: position for position, candidate in enumerate(pool)}
    for able in combinations(candidate.machine for candidate in pool).values():
        model.add_bool_or([chosen[index[name]] for name in able])
    for numbers, least in _together(pool):
        model.add(sum(chosen[number] for number in numbers) >= least)
    total_waves = model.new_int_var(1, len(request.machines) + 1, "")
    for limit in limits(request):
        inside = sum(chosen[index[name]] for name in limit.members if name in index)
        model.add(inside <= limit.capacity)
        model.add(limit.capacity * total_waves >= len(limit.members) - inside)
    pairs = list(zip(pool, chosen, strict=True))
    goals = (
        sum(chosen),
        *(
            sum(one for candidate, one in pairs if candidate.rank == rank)
            for rank in sorted({candidate.rank for candidate in pool}, reverse=True)[:-1]
        ),
        total_waves,
        sum(candidate.hash * one for candidate, one in pairs),
    )
    first_wave: list[str] = []
    for goal in goals:
        model.minimize(goal)
        solver = run(model)
        if solver is None:
            return None
        best = solver.value(goal)
        model.add(goal == best)
        model.clear_hints()  # type: ignore[no-untyped-call]
        for one in (*chosen, total_waves):
            model.add_hint(one, solver.value(one))
        first_wave = [candidate.machine.name for candidate, one in pairs if solver.value(one)]
    return tuple(sorted(first_wave))


def _together(pool: list[_Candidate]) -> Iterator[tuple[list[int], int]]:
    """Positions in the pool of which at least so many are needed, whatever else is chosen.

    Three combinations that no machine covers more than two of need two machines. Each combination alone gives the
    relaxation one and a half; these cuts (odd sets of an edge cover) save the solver most of its search.
    """
    families: dict[tuple[str, str], list[int]] = defaultdict(list)
    for number, candidate in enumerate(pool):
        families[candidate.machine.model, candidate.machine.os].append(number)
    for family in families.values():
        covers = {number: frozenset(pool[number].machine.peripherals) for number in family}
        items = sorted(frozenset().union(*covers.values()))
        for size in (size for size in range(3, len(items) + 1) if comb(len(items), size) <= 200):
            for some in subsets(items, size):
                able = [number for number in family if covers[number].intersection(some)]
                most = max(len(covers[number].intersection(some)) for number in able)
                if size % most:
                    yield able, -(-size // most)


def run(model: cp_model.CpModel) -> cp_model.CpSolver | None:
    """Solve to a proven optimum; None where there is no solution. Raises Refusal where the limit ends the search.

    CP-SAT's presolve has called feasible models INFEASIBLE (google/or-tools issues 5141 and 5274), so that a
    refusal needs a second run without it.
    """
    from ortools.sat.python import cp_model

    for presolve in (True, False):
        solver = cp_model.CpSolver()
        solver.parameters.num_workers = SOLVER["workers"]
        solver.parameters.random_seed = SOLVER["random_seed"]
        solver.parameters.max_deterministic_time = SOLVER["max_deterministic_time"]
        solver.parameters.linearization_level = SOLVER["linearization_level"]
        solver.parameters.cp_model_presolve = presolve
        status = solver.solve(model)
        if status == cp_model.OPTIMAL:
            return solver
        if status != cp_model.INFEASIBLE:
            break
    else:
        return None
    raise Refusal([f"the first wave was not proven least in {SOLVER['max_deterministic_time']} deterministic seconds"])


def capacities(request: Request, pool: Iterable[Machine]) -> list[tuple[Limit, tuple[str, ...]]]:
    """The limits that a first wave from `pool` could break, each with its members in the pool."""
    inside = {machine.name for machine in pool}
    found = [(limit, tuple(name for name in limit.members if name in inside)) for limit in limits(request)]
    return [(limit, names) for limit, names in found if len(names) > limit.capacity]
