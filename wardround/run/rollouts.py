"""Every recorded roll-out with the state of its hosts."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.rollout import plan as plans
from wardround.rollout.progress import TROUBLED, State, Status, statuses
from wardround.rollout.record import JourneyRecord
from wardround.run import past
from wardround.run.store import Store


@dataclass(frozen=True)
class RecordedRollout:
    """A roll-out as the record has it: its row, its plan, each planned host's status in order of the waves.

    journey: the patient's journey that was walked last, None where none was.
    """

    id: str
    plan_path: str
    state: str
    reason: str
    plan: plans.Plan
    hosts: dict[str, Status]
    journey: JourneyRecord | None

    def causes(self, host: str) -> tuple[str, ...]:
        """What a person may call the trouble with a host: nothing, or that a machine in use is left alone."""
        if host not in self.hosts:
            return ()
        state = self.hosts[host].state
        return ("machine",) if state is State.STAGED else ("release", "machine") if state in TROUBLED else ()


def every(store: Store) -> list[RecordedRollout]:
    """All of them, oldest first."""
    with store.read() as db:
        found = []
        for row in db.execute("SELECT * FROM rollouts ORDER BY started, rowid").fetchall():
            plan = plans.parse(row["plan"], row["plan_path"])
            history = past.history(db, row["id"])
            hosts = statuses(plan, history)
            found.append(
                RecordedRollout(
                    row["id"], row["plan_path"], row["state"], row["reason"], plan, hosts, history.newest_journey
                )
            )
        return found


def unfinished(store: Store) -> list[RecordedRollout]:
    return [one for one in every(store) if one.state in ("open", "held")]
