"""Two-stage configuration of VRP8: lines change a candidate, `commit` makes it run, `commit trial` only for a while."""

from __future__ import annotations

from lab.switch import timers
from lab.switch.config import Armed
from lab.switch.dialect import Answer, Context, Session
from lab.switch.views import Views, ask, failed, shown

TRIAL = 600  # seconds, where none are given
SHORTEST, LONGEST = 60, 65535


def changed(session: Session) -> bool:
    return session.candidate is not None and session.candidate != session.base


def add(views: Views) -> None:
    """Register the commands; they are taken in every view but the user's, and leave none."""

    @views.display.command("commit", "commit persist <name>")
    def commit(context: Context, persist: str = "") -> Answer:
        """Make the candidate run; during a trial this confirms it."""
        if context.session.mode == "user":
            return context.rejected()
        refused = conflict(context, persist)
        if refused:
            return refused
        context.switch.rollback = None
        take(context)
        return Answer()

    @views.display.command(
        "commit trial",
        "commit trial <number>",
        "commit trial persist <name>",
        "commit trial <number> persist <name>",
    )
    def trial(context: Context, *given: str) -> Answer:
        if context.session.mode == "user":
            return context.rejected()
        seconds = int(given[0]) if given and given[0].isdigit() else TRIAL
        persist = given[-1] if given and not given[-1].isdigit() else ""
        if not SHORTEST <= seconds <= LONGEST:
            return context.rejected()
        refused = conflict(context, "")
        if refused:
            return refused
        if not changed(context.session):
            return failed("Error: There is no configuration to be committed on trial.")
        armed = context.switch.rollback
        before = armed.back_to if armed else context.switch.running.copy()
        take(context)
        context.switch.rollback = Armed("rollback", seconds, before, context.session.number, persist)
        return Answer(
            "Committing..done.\nInfo: The system enters the trial configuration mode. The system will revert to "
            f"previous configuration if the trial configuration is not confirmed in {seconds} seconds."
        )

    @views.display.command("abort trial", "abort trial persist <name>")
    def abort(context: Context, persist: str = "") -> Answer:
        armed = context.switch.rollback
        if context.session.mode == "user":
            return context.rejected()
        if armed is None:
            return failed("Error: The system is not in the trial configuration mode.")
        if not may(context, armed, persist):
            return failed("Error: The trial configuration belongs to another session.")

        def yes() -> Answer:
            timers.expire(context.switch, armed)
            return Answer()

        return ask("Warning: The trial configuration will be aborted. Continue? [Y/N]:", yes)

    @views.display.command("clear configuration candidate")
    def clear(context: Context) -> None:
        context.session.candidate = context.switch.running.copy()
        context.session.base = context.switch.running.copy()

    @views.display.command("display configuration candidate")
    def display_candidate(context: Context) -> Answer:
        return shown(context.dialect.render(context.config))


def may(context: Context, armed: Armed, persist: str) -> bool:
    """Whether a trial is this session's, or was named so that another session may end it."""
    return armed.session == context.session.number or (armed.persist != "" and armed.persist == persist)


def conflict(context: Context, persist: str) -> Answer | None:
    """Why nothing can be committed now."""
    armed = context.switch.rollback
    if armed and not may(context, armed, persist):
        return failed("Error: Another session is in the trial configuration mode; nothing can be committed.")
    if changed(context.session) and context.session.base != context.switch.running:
        return failed("Error: Failed to generate committed config: another session has committed in the meantime.")
    return None


def take(context: Context) -> None:
    """Let the candidate run."""
    if context.session.candidate is not None:
        context.switch.running = context.session.candidate.copy()
        context.session.base = context.session.candidate.copy()
