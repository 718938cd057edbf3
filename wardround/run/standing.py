"""Where one roll-out stands in the record, and the verdicts that are written down about it."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.exit_codes import HELD
from wardround.rollout.plan import Plan
from wardround.rollout.progress import LEFT_ALONE, State, Status, statuses
from wardround.rollout.record import History
from wardround.run import journal, past
from wardround.run.store import Store


@dataclass(frozen=True)
class Outcome:
    """How far a command came. exit_code: 0, 1 or 3."""

    exit_code: int
    sentence: str


class Standing:
    """Reads anew each time it is asked: other processes write meanwhile."""

    def __init__(self, store: Store, plan: Plan) -> None:
        self.store = store
        self.plan = plan
        self.id = journal.rollout_id(plan)

    def history(self) -> History:
        with self.store.read() as db:
            return past.history(db, self.id)

    def statuses(self) -> dict[str, Status]:
        return statuses(self.plan, self.history())

    def state(self) -> str:
        """Of the roll-out: open, done, held, stopped or rolled_back."""
        with self.store.read() as db:
            return str(db.execute("SELECT state FROM rollouts WHERE id = ?", (self.id,)).fetchone()[0])

    def halted(self) -> Outcome | None:
        """Why everything stands still, or None."""
        with self.store.read() as db:
            reason = past.halted(db)
        return Outcome(HELD, reason) if reason else None

    def seconds_staged(self, hosts: tuple[str, ...]) -> float:
        """Seconds since the first of these hosts was staged."""
        with self.store.read() as db:
            return past.seconds_staged(db, self.id, hosts)

    def set(self, state: str, reason: str = "") -> None:
        journal.set_rollout(self.store, self.id, state, reason)

    def hold(self, reason: str, wave: str = "") -> Outcome:
        """Held, at the gate of `wave` or else of the first host that is neither done nor untouched."""
        self.set("held", reason)
        calm = LEFT_ALONE | {State.WAITING, State.DONE}
        at_fault = next((host for host, one in self.statuses().items() if one.state not in calm), None)
        if wave or at_fault:
            journal.add_gate(self.store, self.id, wave or self._wave_of(str(at_fault)), "hold", reason)
        return Outcome(HELD, f"held: {reason}")

    def stop(self, host: str, reason: str) -> Outcome:
        """Stopped for good, at the gate of the host's wave."""
        self.set("stopped", reason)
        journal.add_gate(self.store, self.id, self._wave_of(host), "stop", reason)
        return Outcome(HELD, f"stopped: {reason}; `wardround rollback PLAN` takes every changed host back")

    def _wave_of(self, host: str) -> str:
        return next(wave.name for wave in self.plan.waves if any(one.name == host for one in wave.hosts))
