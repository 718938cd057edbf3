"""Why there is no first wave: a smallest set of demands that cannot be met together, in sentences."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.rollout.canary import capacities, combinations, run
from wardround.rollout.limits import Limit
from wardround.rollout.request import Machine, Request

if TYPE_CHECKING:
    from ortools.sat.python import cp_model


@dataclass(frozen=True)
class Demand:
    """Of `names`, at least one (a combination) or at most `limit.capacity` (a floor or set) are in the first wave."""

    names: tuple[str, ...]
    combination: str | None = None
    limit: Limit | None = None

    def sentence(self) -> str:
        if self.limit is not None:
            return self.limit.sentence()
        shown = ", ".join(self.names[:4]) + (f" and {len(self.names) - 4} more" if len(self.names) > 4 else "")
        return f"the first wave must hold a machine with {self.combination} (only {shown})"


def explain(request: Request, pool: Sequence[Machine]) -> list[str]:
    """Sentences for a conflict of which every part is needed. `pool` has no valid first wave."""
    everything = [Demand(names, combination=text) for text, names in combinations(pool).items()]
    everything += [Demand(names, limit=limit) for limit, names in capacities(request, pool)]
    return [
        "no first wave covers every combination within the floors and redundancy sets:",
        *(demand.sentence() for demand in smallest(everything)),
        "lower a floor by one, raise a max_out, or give a department a second machine of that kind",
    ]


def smallest(demands: Sequence[Demand]) -> list[Demand]:
    """Drop demands from an infeasible list until each that is left is needed (a deletion filter).

    The solver's own assumptions make the list short first.
    """
    core = _core(demands)
    for demand in list(core):
        rest = [other for other in core if other is not demand]
        if not satisfiable(rest):
            core = rest
    return core


def satisfiable(demands: Sequence[Demand]) -> bool:
    """True where some first wave meets all the demands."""
    return run(_model(demands, assume=False)[0]) is not None


def _core(demands: Sequence[Demand]) -> list[Demand]:
    """The demands that the solver's proof used; all of them where the proof names none or names too few."""
    from ortools.sat.python import cp_model

    model, switches = _model(demands, assume=True)
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.cp_model_presolve = False  # presolve loses the link to the assumptions
    solver.solve(model)
    used = {switches[literal] for literal in solver.sufficient_assumptions_for_infeasibility() if literal in switches}
    core = [demands[position] for position in sorted(used)]
    return list(demands) if not core or satisfiable(core) else core


def _model(demands: Sequence[Demand], assume: bool) -> tuple[cp_model.CpModel, dict[int, int]]:
    """The demands as a model, and the literal that switches each one -> its position."""
    from ortools.sat.python import cp_model

    model = cp_model.CpModel()
    names = sorted({name for demand in demands for name in demand.names})
    chosen = {name: model.new_bool_var("") for name in names}
    switches: dict[int, int] = {}
    for position, demand in enumerate(demands):
        count = sum(chosen[name] for name in demand.names)
        made = model.add(count <= demand.limit.capacity if demand.limit else count >= 1)
        if assume:
            switch = model.new_bool_var("")
            made.only_enforce_if(switch)
            model.add_assumption(switch)
            switches[switch.index] = position
    return model, switches
