"""Takes hosts back the recorded way, because a person asked for it."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.exit_codes import DONE, FAILED, HELD
from wardround.rollout.limits import counted
from wardround.rollout.progress import LEFT_ALONE, State, explain, overdue
from wardround.run import intents
from wardround.run.acts import Acts
from wardround.run.standing import Outcome, Standing
from wardround.run.waiting import Waiting


def roll_back(standing: Standing, acts: Acts, hosts: Sequence[str], patient: bool) -> Outcome:
    """Take hosts back, last wave first, and prove it; no halt stops a way back.

    patient: whether to wait for the users of machines in use, until the plan's deadline.
    """
    waiting = Waiting(standing, acts, "rollback", patient)
    plan = standing.plan
    _give_up_staged(standing, hosts)
    changed = standing.history().newest_intent
    hosts = [host for host in hosts if host in changed and changed[host].state != "not_done"]
    if not hosts:
        return Outcome(DONE, "nothing to take back: this roll-out changed none of these hosts")
    acts.take_back(hosts)
    if outcome := _wait_for_users(standing, acts, waiting, hosts) or waiting.stopped():
        return outcome
    acts.prove(hosts, "verify", "proof of the way back")
    if outcome := waiting.stopped():
        return outcome
    found = standing.statuses()
    if staged := [host for host in hosts if found[host].state is State.BACK_STAGED]:
        sentence = f"{explain(staged, found)}; still on {plan.to_version}"
        return Outcome(HELD, f"held: {sentence}; `wardround rollback {acts.path}` asks again")
    if left := [host for host in hosts if found[host].state not in LEFT_ALONE | {State.ROLLED_BACK}]:
        return Outcome(FAILED, f"not back on {plan.from_version}, or not proved: {', '.join(left)}")
    untouched = LEFT_ALONE | {State.WAITING, State.UNFIT, State.ROLLED_BACK}
    if all(one.state in untouched for one in found.values()):
        standing.set("rolled_back", f"taken back to {plan.from_version}")
    return Outcome(DONE, f"{counted(len(hosts), 'host')} back on {plan.from_version}, each proved")


def _give_up_staged(standing: Standing, hosts: Sequence[str]) -> None:
    """A release that only lies beside the one in use needs no way back: its host is untouched again."""
    with standing.store.write() as db:
        for host, record in standing.history().newest_intent.items():
            if host in hosts and record.state == "staged" and record.direction == "forward":
                intents.close(db, record.id, "not_done", "given up while its machine was in use")


def _wait_for_users(standing: Standing, acts: Acts, waiting: Waiting, hosts: Sequence[str]) -> Outcome | None:
    """Ask the hosts in use until all are back or overdue; an outcome where something else ended it."""
    heard: tuple[int | None, ...] = ()
    while waiting.patient:
        found, history = standing.statuses(), standing.history()
        staged = tuple(host for host in hosts if found[host].state is State.BACK_STAGED)
        if not staged or overdue(standing.plan, history, staged) or heard == waiting.asked_at(staged):
            return None
        heard = waiting.asked_at(staged)
        if outcome := waiting.for_users(staged):
            return outcome
        acts.take_back(staged, quiet=True)
    return None
