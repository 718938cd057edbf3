"""Drives a roll-out step by step. It only chooses and waits: what may happen is decided inside the plays."""

from __future__ import annotations

from collections.abc import Sequence

from wardround.exit_codes import DONE, HELD
from wardround.rollout import gate
from wardround.rollout.observe import settle
from wardround.rollout.progress import LEFT_ALONE, State, Step, explain, next_step, statuses
from wardround.rollout.record import History
from wardround.run import intents, journal, past
from wardround.run.acts import Acts
from wardround.run.standing import Outcome, Standing
from wardround.run.waiting import Waiting


class Rollout:
    """One plan being applied on this control host, under its lock.

    patient: whether to wait for the users of machines in use, until the plan's deadline.
    """

    def __init__(self, standing: Standing, acts: Acts, patient: bool) -> None:
        self._standing = standing
        self._acts = acts
        self._plan = standing.plan
        self._waiting = Waiting(standing, acts, "apply", patient)

    def apply(self, through: str | None) -> Outcome:
        """Go on until the end, a gate that holds, a halt, a Ctrl-C, or the end of wave `through`."""
        if self._standing.state() == "rolled_back":
            return Outcome(HELD, "this roll-out was taken back whole and is over: plan another")
        self._standing.set("open")
        if outcome := self._waiting.stopped():
            return outcome
        self._retry_what_people_mended()
        before: tuple[object, ...] | None = None
        while True:
            if outcome := self._waiting.stopped():
                return outcome
            history = self._standing.history()
            step = next_step(self._plan, history)
            mark = (step.kind, step.hosts, step.wave, self._waiting.asked_at(step.hosts))
            if before == mark:
                return self._standing.hold(f"{self._silent(step)}; `wardround apply` again when they answer")
            before = mark
            outcome = self._take(step, history, through)
            if outcome is not None:
                return outcome

    def _take(self, step: Step, history: History, through: str | None) -> Outcome | None:
        if step.kind == "observe":
            return self._observe(step.hosts)
        if step.kind == "roll_back":
            return self._take_back(step)
        if step.kind == "wave":
            return self._wave(step, through)
        if step.kind == "verify":
            self._acts.prove(step.hosts, "verify" if history.intents else "baseline", step.reason)
        elif step.kind == "journey":
            self._acts.walk("verify" if history.newest_change() else "baseline", step.reason)
        elif step.kind == "hold":
            return self._standing.hold(f"{step.reason}; {self._way_out(step)}", step.wave)
        elif step.kind == "stop":
            return self._standing.stop(step.hosts[0], step.reason)
        else:
            return self._finish()
        return None

    def _way_out(self, step: Step) -> str:
        """What a person can do about a hold."""
        if not step.hosts:
            return "`wardround apply` walks it again when that is mended"
        if self._waiting.asked_at(step.hosts):
            aside = "`wardround classify HOST --as machine --reason ...` leaves one alone"
            return "`wardround apply` asks again" + (f", {aside}" if step.wave else "")
        return "`wardround classify HOST --as release|machine --reason ...` decides"

    def _wave(self, step: Step, through: str | None) -> Outcome | None:
        names = [wave.name for wave in self._plan.waves]
        index = names.index(step.wave)
        polled = bool(self._waiting.asked_at(step.hosts))
        if index and not polled and (outcome := self._pass_gate(names[index - 1])):
            return outcome
        if through is not None and index > names.index(through):
            return Outcome(DONE, f"ended after {through} as asked; next is {step.wave}")
        if polled and (outcome := self._waiting.for_users(step.hosts)):
            return outcome
        self._acts.change(step.hosts, step.wave, quiet=polled)
        return None

    def _take_back(self, step: Step) -> Outcome | None:
        polled = bool(self._waiting.asked_at(step.hosts))
        if polled and (outcome := self._waiting.for_users(step.hosts)):
            return outcome
        self._acts.take_back(step.hosts, quiet=polled)
        return None

    def _finish(self) -> Outcome:
        if outcome := self._pass_gate(self._plan.waves[-1].name):
            return outcome
        found = self._standing.statuses()
        aside = [host for host, one in found.items() if one.state in LEFT_ALONE]
        done = len(found) - len(aside)
        if not done:
            reason = f"no planned machine runs {self._plan.to_version}: {explain(aside, found)}; plan again"
            return self._standing.hold(reason)
        sentence = f"{done} of {len(found)} hosts run {self._plan.to_version}, each proved"
        if aside:
            sentence += f"; {explain(aside, found)}"
        self._standing.set("done", sentence)
        return Outcome(DONE, sentence)

    def _pass_gate(self, wave: str) -> Outcome | None:
        """Wait for a wave's gate; None when it promotes."""
        store, rollout = self._standing.store, self._standing.id
        asked_again = False
        while True:
            with store.read() as db:
                history = past.history(db, rollout)
                since = past.seconds_since_change(db, rollout, wave)
            verdict = gate.after_wave(self._plan, wave, history, since)
            if verdict.soak:
                self._acts.display.say(verdict.reason)
                if outcome := self._waiting.wait(verdict.soak):
                    return outcome
            elif verdict.verdict == "hold" and not asked_again:
                asked_again = True
                planned = tuple(statuses(self._plan, history))
                self._acts.prove(planned, "verify", f"asked again for the gate after {wave}")
                if outcome := self._waiting.stopped():
                    return outcome
            else:
                journal.add_gate(store, rollout, wave, verdict.verdict, verdict.reason)
                self._acts.display.say(f"gate after {wave}: {verdict.verdict}: {verdict.reason}")
                return None if verdict.verdict == "promote" else self._standing.hold(verdict.reason)

    def _observe(self, hosts: Sequence[str]) -> Outcome | None:
        self._acts.prove(hosts, "observe", "what do they serve?")
        if outcome := self._waiting.stopped():
            return outcome
        history = self._standing.history()
        lost = []
        for host in hosts:
            settlement = settle(self._plan, host, history)
            intent = history.newest_intent[host]
            if settlement is None:
                lost.append(host)
                intents.lose(self._standing.store, intent.run, host, "no answer after its change was begun")
                continue
            with self._standing.store.write() as db:
                intents.close(db, intent.id, settlement.state, settlement.reason)
            self._acts.display.say(f"{host}: {settlement.state.replace('_', ' ')} ({settlement.reason})")
        if not lost:
            return None
        return self._standing.hold(
            f"unknown: {', '.join(lost)} did not answer after the change was begun;"
            " `wardround apply` again when reachable: it is observed and taken back"
        )

    def _retry_what_people_mended(self) -> None:
        """Whatever held last time is asked once more: that is what the command is started again for."""
        found = self._standing.statuses()
        if stuck := [host for host, one in found.items() if one.state is State.STUCK]:
            self._acts.take_back(stuck)
            self._acts.prove(stuck, "verify", "proof of the way back")
        if unfit := [host for host, one in found.items() if one.state is State.UNFIT]:
            self._acts.prove(unfit, "baseline", "were not fit when last asked")
        history = self._standing.history()
        step = next_step(self._plan, history)
        if step.kind != "hold":
            return
        if not step.hosts:
            self._acts.walk("verify" if history.newest_change() else "baseline", "once more")
        elif step.wave:
            self._acts.change(step.hosts, step.wave)
        else:
            found = self._standing.statuses()
            self._acts.take_back([host for host in step.hosts if found[host].state is State.BACK_STAGED])

    def _silent(self, step: Step) -> str:
        """Which hosts a repeated step heard nothing from."""
        if step.kind == "journey":
            return "the patient's journey recorded nothing"
        history = self._standing.history()
        found = statuses(self._plan, history)
        if step.kind == "verify":
            quiet = [
                host
                for host in step.hosts
                if host not in history.newest_proof or found[host].state in (State.APPLIED, State.RETURNED)
            ]
            return f"no answer to the verify run from {', '.join(quiet)}"
        return f"{step.wave or step.kind} changed nothing on {', '.join(step.hosts)}: see `wardround status`"
