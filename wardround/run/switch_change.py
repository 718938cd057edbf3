"""A change of a switch that undoes itself unless it is proved: arm, type, log in anew, compare, confirm, save."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace

from wardround.network.change import State
from wardround.network.device import SwitchModel
from wardround.network.dialects.base import Dialect, DialectError, Rollback
from wardround.network.proposal import Proposal, Said, check, diff, propose
from wardround.run.device_session import Login, RejectedError, Session, SessionError

REBOOT_SECONDS = 900.0
"""How long a switch may be away when its way back is a reboot, after its timer."""
SETTLE_SECONDS = 60.0
POLL_SECONDS = 1.0


class UnsavedError(RuntimeError):
    """The device has work that nobody saved: one sentence with what it is."""


class ChangeError(RuntimeError):
    """The change failed; the sentence says at what, and what the device is now."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a switch was and is. mechanism: what would have undone the change; empty where none was made."""

    before: SwitchModel
    after: SwitchModel
    commands: tuple[str, ...]
    diff: str
    mechanism: str = ""


def gather(login: Login, dialect: Dialect) -> SwitchModel:
    """What a switch is. Raises SessionError, RejectedError, DialectError."""
    with Session(login, dialect) as session:
        return dialect.parse(*_configuration(session))


def change(
    login: Login,
    dialect: Dialect,
    want: SwitchModel,
    state: State,
    seconds: int,
    consent_unsaved: bool = False,
    act: bool = True,
    minute: float = 60.0,
    tell: Callable[[str], None] = lambda _phase: None,
) -> Outcome:
    """Bring a switch to what is wished, or with act False say what would be done.

    seconds: the device's own timer, within which the change must have proved itself. consent_unsaved: work on the
    device that nobody saved is no reason to stop; it is saved too. minute: how long the device's minute lasts; an
    emulated one may be in a hurry. tell: gets a few words at each phase of a change; none where nothing is typed.
    Raises WishError, DialectError, RefusedError, UnsavedError, RejectedError and SessionError before anything is
    changed, and ChangeError after.
    """
    with Session(login, dialect) as session:
        running, vlans = _configuration(session)
        proposal = propose(dialect, running, vlans, want, state)
        outcome = Outcome(
            proposal.before, proposal.after, proposal.commands, diff(dialect, proposal.before, proposal.after)
        )
        if not proposal.steps:
            return outcome
        questions = dialect.questions
        others = [session.ask_if_known(question) for question in (questions.arp, questions.macs, questions.lldp)]
        check(dialect, proposal, Said(running, vlans, *others), [session.own_address])
        unsaved = dialect.unsaved(running, session.ask(questions.saved))
        if unsaved and not consent_unsaved:
            raise UnsavedError(
                f"{proposal.before.name} has work that nobody saved, and a change would save it or lose it: "
                f"{'; '.join(line for line in unsaved[2:8] if not line.startswith('@@'))}."
                " Save or undo it at the switch, or consent with consent_unsaved"
            )
        if not act:
            return outcome
        back = dialect.rollback(seconds, running)
        if unsaved and back.reboots:
            # A reboot goes back to what is saved: the work that was consented to must be in it.
            _type(session, dialect.save)
        trial = _Trial(login, dialect, proposal, back, dialect.settings(running), back.seconds * minute / 60, tell)
        tell(f"{len(proposal.commands)} lines, taken back by `{back.mechanism}` unless proved in {trial.seconds:g} s")
        try:
            trial.type(session)
        except (RejectedError, SessionError) as error:
            session.close()
            raise ChangeError(f"{error}. {trial.undone()}") from error
    tell("typed, new session")
    trial.prove()
    return replace(outcome, mechanism=back.mechanism)


def _configuration(session: Session) -> tuple[str, str]:
    questions = session.dialect.questions
    return session.ask(questions.running), session.ask(questions.vlans)


def _type(session: Session, lines: tuple[str, ...]) -> None:
    for line in lines:
        session.type(line)


@dataclass(slots=True)
class _Trial:
    """A change whose timer runs: for so many seconds from armed, a moment of time.monotonic, on.

    before: settings that the device goes back to.
    """

    login: Login
    dialect: Dialect
    proposal: Proposal
    back: Rollback
    before: list[str]
    seconds: float
    tell: Callable[[str], None]
    armed: float = field(default_factory=time.monotonic)

    def type(self, session: Session) -> None:
        """Arm, type the change, leave. Stops in good time before the device goes back, or the rest would come after.

        Raises RejectedError, SessionError.
        """
        _type(session, self.back.arm)
        for line in self.proposal.commands:
            if time.monotonic() - self.armed > self.seconds / 2 and not self.back.late:
                raise SessionError(
                    f"{self.proposal.before.name} was at `{line}` when half of the {self.seconds:g} s were over, in"
                    " which the change must be done and proved: give it more with confirm_seconds"
                )
            session.type(line)
        if self.back.late:
            self.armed = time.monotonic()
        _type(session, self.back.seal)

    def prove(self) -> None:
        """From a new session: is it what was wished? Then it stays. Raises ChangeError once the device went back."""
        try:
            session = Session(self.login, self.dialect)
        except SessionError as error:
            raise ChangeError(f"after the change {error}. {self.undone()}") from error
        with session:
            try:
                running = self._compared(session)
                _type(session, self.back.confirm)
            except (SessionError, RejectedError, DialectError) as error:
                session.close()
                raise ChangeError(f"after the change: {error}. {self.undone()}") from error
            self.tell("proved from the new session")
            self._save(session, running)
            self.tell("saved")

    def _compared(self, session: Session) -> str:
        """The running configuration, if it is what was wished. Raises DialectError naming what is not."""
        running, vlans = _configuration(session)
        found, wished = self.dialect.parse(running, vlans), self.proposal.after
        if (found.vlans, found.ports) != (wished.vlans, wished.ports):
            wrong = diff(self.dialect, wished, found).splitlines()[2:]
            raise DialectError(f"{wished.name} did not become what was typed: {'; '.join(wrong[:8])}")
        return running

    def _save(self, session: Session, running: str) -> None:
        """What is confirmed is saved, and still what was compared: the timer may have run out in between."""
        name, questions = self.proposal.before.name, self.dialect.questions
        try:
            _type(session, self.dialect.save)
            now, saved = session.ask(questions.running), session.ask(questions.saved)
        except (SessionError, RejectedError) as error:
            raise ChangeError(f"the change of {name} is made and confirmed, but perhaps not saved: {error}") from error
        if self.dialect.unsaved(now, running):
            raise ChangeError(f"{name} changed once more while its change was confirmed: look at it first")
        if self.dialect.unsaved(now, saved):
            raise ChangeError(f"the change of {name} is made and confirmed, but the switch did not save it")

    def undone(self) -> str:
        """Wait until the device is as before; a sentence that says so, or that it is not."""
        name, mechanism = self.proposal.before.name, self.back.mechanism
        patience = self.seconds + (REBOOT_SECONDS if self.back.reboots else SETTLE_SECONDS)
        self.tell(f"not proved, goes back by `{mechanism}` within {patience:.0f} s")
        brief = replace(self.login, seconds=min(self.login.seconds, 10.0))
        while time.monotonic() < self.armed + patience:
            try:
                with Session(brief, self.dialect) as session:
                    if self.dialect.settings(session.ask(self.dialect.questions.running)) == self.before:
                        self._disarm(session)
                        seconds = time.monotonic() - self.armed
                        return f"{name} is as it was before, {seconds:.0f} s after `{mechanism}` was set"
            except (SessionError, RejectedError):
                pass  # not back yet
            time.sleep(POLL_SECONDS)
        return f"{name} did not go back by `{mechanism}` within {patience:.0f} s: go there and look"

    def _disarm(self, session: Session) -> None:
        """The timer may still run where the first line was refused already: a reboot would come for nothing."""
        with contextlib.suppress(RejectedError):  # it has run out, or was never set
            _type(session, self.back.confirm)
