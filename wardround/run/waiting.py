"""Waiting for a soak to end or a user to leave, and what ends it before."""

from __future__ import annotations

import time

from wardround.exit_codes import HELD
from wardround.rollout.progress import State, explain
from wardround.run.acts import Acts
from wardround.run.standing import Outcome, Standing

_POLL_SECONDS = 0.5


class Waiting:
    """command: `apply`, which a halt ends, or `rollback`, which none does; patient: whether users are waited for until
    the plan's deadline."""

    def __init__(self, standing: Standing, acts: Acts, command: str, patient: bool) -> None:
        self._standing = standing
        self._acts = acts
        self._forward = command == "apply"
        self._again = f"`wardround {command} {acts.path}`"
        self.patient = patient

    def stopped(self) -> Outcome | None:
        """What ends this command between two runs, if anything does."""
        if self._acts.interrupt.asked:
            if self._forward:
                self._standing.set("held", "ended by Ctrl-C")
            return Outcome(
                HELD, f"ended by Ctrl-C: nothing is in flight and everything is recorded; {self._again} goes on"
            )
        return self._standing.halted() if self._forward else None

    def wait(self, seconds: float) -> Outcome | None:
        """Wait; an outcome where something ended it."""
        deadline = time.monotonic() + seconds
        while (left := deadline - time.monotonic()) > 0:
            if outcome := self.stopped():
                return outcome
            time.sleep(min(_POLL_SECONDS, left))
        return None

    def for_users(self, hosts: tuple[str, ...]) -> Outcome | None:
        """Wait until it is time to ask these hosts again, which were all in use; an outcome where they hold.

        Hosts that an earlier command found in use are asked at once.
        """
        if not self._acts.asked.issuperset(hosts):
            return None
        plan = self._standing.plan
        found = self._standing.statuses()
        returning = any(found[host].state is State.BACK_STAGED for host in hosts)
        sentence = f"{explain(hosts, found)}; still on {plan.to_version if returning else plan.from_version}"
        if not self.patient:
            return self._standing.hold(f"{sentence}; {self._again} asks again")
        left = plan.restart_deadline_minutes * 60 - self._standing.seconds_staged(hosts)
        self._acts.display.say_once(
            f"{sentence}; asked every {plan.idle_poll_seconds} s for {plan.restart_deadline_minutes} min"
        )
        return self.wait(min(plan.idle_poll_seconds, max(left, 0)))

    def asked_at(self, hosts: tuple[str, ...]) -> tuple[int | None, ...]:
        """When hosts in use were last asked, in sequence; empty where one of them is not in use.

        It tells an answer that was heard again from silence.
        """
        found, history = self._standing.statuses(), self._standing.history()
        if not hosts or any(found[host].state not in (State.STAGED, State.BACK_STAGED) for host in hosts):
            return ()
        return tuple(history.newest_intent[host].closed_seq for host in hosts)
