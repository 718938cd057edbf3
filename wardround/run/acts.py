"""The playbook runs that a roll-out is made of, shown to a person while they go on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from wardround.rollout.plan import Plan
from wardround.run import journal, lock, past, processes, runner
from wardround.run.display import Display
from wardround.run.interrupt import Interrupt
from wardround.run.store import Store

_ANSIBLE_VERDICTS = (0, 2, 4)  # all well, a host failed, a host was unreachable: the record says which


@dataclass
class Acts:
    """Runs for one plan under one lock.

    path, inventory: the plan's file and the hospital's directory; asked: hosts that a change or a way back was asked
    of, since these runs began; after a Ctrl-C no further one begins.
    """

    store: Store
    plan: Plan
    path: Path
    inventory: Path
    lock: lock.Lock
    display: Display
    interrupt: Interrupt
    unreviewed: str | None = None
    asked: set[str] = field(default_factory=set)
    _ending: bool = False

    def change(self, hosts: Sequence[str], wave: str, quiet: bool = False) -> None:
        """Ask hosts of one wave to go forward; those in use stay staged."""
        self.asked.update(hosts)
        self._run("upgrade.yml", hosts, f"{wave}: {self.plan.to_version}", wave=wave, quiet=quiet)

    def take_back(self, hosts: Sequence[str], quiet: bool = False) -> None:
        """Ask hosts to go back, last wave first; those in use stay staged."""
        self.asked.update(hosts)
        for wave in reversed(self.plan.waves):
            members = tuple(host.name for host in wave.hosts if host.name in hosts)
            if members:
                title = f"{wave.name}: back to {self.plan.from_version}"
                self._run("rollback.yml", members, title, wave=wave.name, quiet=quiet)

    def prove(self, hosts: Sequence[str], phase: str, reason: str) -> None:
        """Ask hosts the product's clinical questions."""
        self._run("prove_product.yml", hosts, reason, phase=phase)

    def walk(self, phase: str, reason: str) -> None:
        """Walk the patient's journey, on the machines that take part whether planned or not."""
        self._run("prove_clinical.yml", (), f"the patient's journey {reason}", phase=phase)

    def _run(
        self, playbook: str, hosts: Sequence[str], title: str, wave: str = "", phase: str = "", quiet: bool = False
    ) -> None:
        if self.interrupt.asked:
            return
        job = runner.Job(
            f"playbooks/{playbook}",
            (str(self.inventory), str(self.path)),
            tuple(hosts),
            rollout=journal.rollout_id(self.plan),
            wave=wave,
            phase=phase,
        )
        self.display.begin(title, hosts)
        try:
            ended = runner.run(self.store, job, self._watch, self.lock, self.unreviewed)
        finally:
            self.display.end(quiet)
        if ended.exit_code not in _ANSIBLE_VERDICTS:
            self.display.say(f"ansible-playbook ended with {ended.exit_code}; what it printed is in {ended.output}")

    def _watch(self, run: str) -> None:
        self.display.watch(run)
        if self.interrupt.asked and not self._ending:
            self._ending = True
            lock.end(self.store, self.lock, f"{processes.who()} ended the run with Ctrl-C")
            with self.store.read() as db:
                hosts = past.in_flight(db, journal.rollout_id(self.plan))
            what = f"finishing the hosts in flight ({', '.join(hosts)})" if hosts else "finishing what is being asked"
            self.display.say(f"{what}; no further host is begun; Ctrl-C again to leave them to finish by themselves")
