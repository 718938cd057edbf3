"""Drives a roll-out step by step. It only chooses and waits: what may happen is decided inside the plays."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from wardround.exit_codes import DONE, FAILED, HELD
from wardround.rollout import gate
from wardround.rollout.plan import Plan
from wardround.rollout.progress import LEFT_ALONE, History, State, Step, explain, next_step, settle, statuses
from wardround.run import journal, past, runner
from wardround.run.display import Display
from wardround.run.lock import Lock
from wardround.run.store import Store

_SOAK_POLL_SECONDS = 0.5
_ANSIBLE_VERDICTS = (0, 2, 4)  # all well, a host failed, a host was unreachable: the record says which


@dataclass(frozen=True)
class Outcome:
    """How far a command came. exit_code: 0, 1 or 3."""

    exit_code: int
    sentence: str


class Rollout:
    """One plan being applied on this control host, under its lock."""

    def __init__(
        self,
        store: Store,
        plan: Plan,
        path: Path,
        inventory: Path,
        lock: Lock,
        display: Display,
        unreviewed: str | None,
    ) -> None:
        self._store = store
        self._plan = plan
        self._inventories = (str(inventory), str(path))
        self._lock = lock
        self._display = display
        self._unreviewed = unreviewed
        self._id = journal.rollout_id(plan)

    def apply(self, through: str | None) -> Outcome:
        """Go on until the end, a gate that holds, a halt, or the end of wave `through`."""
        if self._state() == "rolled_back":
            return Outcome(HELD, "this roll-out was taken back whole and is over: plan another")
        journal.set_rollout(self._store, self._id, "open", "")
        self._retry_what_people_mended()
        before: tuple[str, tuple[str, ...], str] | None = None
        while True:
            if reason := self._halted():
                return Outcome(HELD, reason)
            history = self._history()
            step = next_step(self._plan, history)
            if before == (step.kind, step.hosts, step.wave):
                return self._hold(f"{self._silent(step)}; `wardround apply` again when they answer")
            before = (step.kind, step.hosts, step.wave)
            outcome = self._take(step, history, through)
            if outcome is not None:
                return outcome

    def roll_back(self, hosts: Sequence[str]) -> Outcome:
        """Take hosts back the recorded way, last wave first, and prove it; no halt stops a way back."""
        changed = self._history().newest_intent
        hosts = [host for host in hosts if host in changed and changed[host].state != "not_done"]
        if not hosts:
            return Outcome(DONE, "nothing to take back: this roll-out changed none of these hosts")
        self._go_back(hosts)
        self._prove(hosts, "verify", "proof of the way back")
        found = statuses(self._plan, self._history())
        left = [host for host in hosts if found[host].state not in LEFT_ALONE | {State.ROLLED_BACK}]
        if left:
            return Outcome(FAILED, f"not back on {self._plan.from_version}, or not proved: {', '.join(left)}")
        untouched = LEFT_ALONE | {State.WAITING, State.UNFIT, State.ROLLED_BACK}
        if all(one.state in untouched for one in found.values()):
            journal.set_rollout(self._store, self._id, "rolled_back", f"taken back to {self._plan.from_version}")
        return Outcome(DONE, f"{len(hosts)} hosts back on {self._plan.from_version}, each proved")

    def _take(self, step: Step, history: History, through: str | None) -> Outcome | None:
        if step.kind == "observe":
            return self._observe(step.hosts)
        if step.kind == "roll_back":
            self._go_back(step.hosts)
        elif step.kind == "verify":
            self._prove(step.hosts, "verify" if history.intents else "baseline", step.reason)
        elif step.kind == "hold":
            return self._hold(f"{step.reason}; `wardround classify HOST --as release|machine --reason ...` decides")
        elif step.kind == "stop":
            sentence = f"stopped: {step.reason}; `wardround rollback PLAN` takes every changed host back"
            journal.set_rollout(self._store, self._id, "stopped", step.reason)
            self._record_gate_of(step.hosts[0], "stop", step.reason)
            return Outcome(HELD, sentence)
        elif step.kind == "wave":
            return self._wave(step, through)
        else:
            return self._finish()
        return None

    def _wave(self, step: Step, through: str | None) -> Outcome | None:
        names = [wave.name for wave in self._plan.waves]
        index = names.index(step.wave)
        if index and (outcome := self._pass_gate(names[index - 1])):
            return outcome
        if through is not None and index > names.index(through):
            return Outcome(DONE, f"ended after {through} as asked; next is {step.wave}")
        self._run("upgrade.yml", step.hosts, step.wave, "", f"{step.wave}: {self._plan.to_version}")
        return None

    def _finish(self) -> Outcome:
        if outcome := self._pass_gate(self._plan.waves[-1].name):
            return outcome
        found = statuses(self._plan, self._history())
        aside = [host for host, one in found.items() if one.state in LEFT_ALONE]
        done = len(found) - len(aside)
        sentence = f"{done} of {len(found)} hosts run {self._plan.to_version}, each proved"
        if aside:
            sentence += f"; {explain(aside, found)}"
        journal.set_rollout(self._store, self._id, "done", sentence)
        return Outcome(DONE, sentence)

    def _pass_gate(self, wave: str) -> Outcome | None:
        """Wait for a wave's gate; None when it promotes."""
        asked_again = False
        while True:
            with self._store.read() as db:
                history = past.history(db, self._id)
                since = past.seconds_since_change(db, self._id, wave)
            verdict = gate.after_wave(self._plan, wave, history, since)
            if verdict.soak:
                self._display.say(verdict.reason)
                deadline = time.monotonic() + verdict.soak
                while time.monotonic() < deadline:
                    if reason := self._halted():
                        return Outcome(HELD, reason)
                    time.sleep(min(_SOAK_POLL_SECONDS, verdict.soak))
            elif verdict.verdict == "hold" and not asked_again:
                asked_again = True
                self._prove(tuple(statuses(self._plan, history)), "verify", f"asked again for the gate after {wave}")
            else:
                journal.add_gate(self._store, self._id, wave, verdict.verdict, verdict.reason)
                self._display.say(f"gate after {wave}: {verdict.verdict}: {verdict.reason}")
                return None if verdict.verdict == "promote" else self._hold(verdict.reason)

    def _observe(self, hosts: Sequence[str]) -> Outcome | None:
        self._prove(hosts, "observe", "what do they serve?")
        history = self._history()
        lost = []
        for host in hosts:
            settlement = settle(self._plan, host, history)
            intent = history.newest_intent[host]
            if settlement is None:
                lost.append(host)
                journal.lose(self._store, intent.run, host, "no answer after its change was begun")
                continue
            with self._store.write() as db:
                journal.close_intent(db, intent.id, settlement.state, settlement.reason)
            self._display.say(f"{host}: {settlement.state.replace('_', ' ')} ({settlement.reason})")
        if not lost:
            return None
        return self._hold(
            f"unknown: {', '.join(lost)} did not answer after the change was begun;"
            " `wardround apply` again when reachable: it is observed and taken back"
        )

    def _go_back(self, hosts: Sequence[str]) -> None:
        for wave in reversed(self._plan.waves):
            members = tuple(host.name for host in wave.hosts if host.name in hosts)
            if members:
                self._run("rollback.yml", members, wave.name, "", f"{wave.name}: back to {self._plan.from_version}")

    def _prove(self, hosts: Sequence[str], phase: str, reason: str) -> None:
        self._run("prove_product.yml", hosts, "", phase, reason)

    def _run(self, playbook: str, hosts: Sequence[str], wave: str, phase: str, title: str) -> None:
        job = runner.Job(
            f"playbooks/{playbook}", self._inventories, tuple(hosts), rollout=self._id, wave=wave, phase=phase
        )
        self._display.begin(title, hosts)
        try:
            ended = runner.run(self._store, job, self._display.watch, self._lock, self._unreviewed)
        finally:
            self._display.end()
        if ended.exit_code not in _ANSIBLE_VERDICTS:
            self._display.say(f"ansible-playbook ended with {ended.exit_code}; what it printed is in {ended.output}")

    def _retry_what_people_mended(self) -> None:
        found = statuses(self._plan, self._history())
        if stuck := [host for host, one in found.items() if one.state is State.STUCK]:
            self._go_back(stuck)
            self._prove(stuck, "verify", "proof of the way back")
        if unfit := [host for host, one in found.items() if one.state is State.UNFIT]:
            self._prove(unfit, "baseline", "were not fit when last asked")

    def _hold(self, reason: str) -> Outcome:
        journal.set_rollout(self._store, self._id, "held", reason)
        found = statuses(self._plan, self._history())
        for host, one in found.items():
            if one.state not in LEFT_ALONE | {State.WAITING, State.DONE}:
                self._record_gate_of(host, "hold", reason)
                break
        return Outcome(HELD, f"held: {reason}")

    def _record_gate_of(self, host: str, verdict: str, reason: str) -> None:
        wave = next(wave.name for wave in self._plan.waves if any(one.name == host for one in wave.hosts))
        journal.add_gate(self._store, self._id, wave, verdict, reason)

    def _silent(self, step: Step) -> str:
        """Which hosts a repeated step heard nothing from."""
        history = self._history()
        found = statuses(self._plan, history)
        if step.kind == "verify":
            quiet = [
                host
                for host in step.hosts
                if host not in history.newest_proof or found[host].state in (State.APPLIED, State.RETURNED)
            ]
            return f"no answer to the verify run from {', '.join(quiet)}"
        return f"{step.wave or step.kind} changed nothing on {', '.join(step.hosts)}: see `wardround status`"

    def _history(self) -> History:
        with self._store.read() as db:
            return past.history(db, self._id)

    def _state(self) -> str:
        with self._store.read() as db:
            return str(db.execute("SELECT state FROM rollouts WHERE id = ?", (self._id,)).fetchone()[0])

    def _halted(self) -> str | None:
        with self._store.read() as db:
            return past.halted(db)
