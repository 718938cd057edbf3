"""The two command lines of VRP: prompts, views, what happens when a view is left."""

from __future__ import annotations

from lab.switch.config import Config, Switch
from lab.switch.dialect import LOADING, Answer, Context, Question, Session
from lab.switch.views import ViewDialect, Views, common, keep, shown
from lab.switch.vrp import candidate, configure, display, operate, text


def views(eight: bool, software: str, model: str) -> Views:
    made = Views()
    common(made)
    configure.add(made, access_is_default=eight)
    keep(made, configure.GLOBALS, configure.SECTIONS, configure.LINES)
    operate.add(made, eight)

    @made.display.command("display version")
    def version(context: Context) -> Answer:
        return shown(display.version(context.switch, software, model))

    @made.user.command("system-view")
    def system_view(context: Context) -> Answer:
        if context.session.privilege < 2:
            return context.rejected()
        context.session.mode, context.session.about = "system", ()
        return Answer("Enter system view, return user view with Ctrl+Z.")

    if eight:
        candidate.add(made)
    return made


class Vrp5(ViewDialect):
    """As on an S5700 with V200R019: what a line says is done when it is answered."""

    more = "  ---- More ----"
    mistake = "Error: "
    own_prefix = "Vlanif"
    decoration = ("!Software", "return")
    software = "5.170 (S5700 V200R019C10SPC500)"
    access_is_default = False
    views = views(False, software, "S5720-28P-LI-AC Routing Switch")

    def prompt(self, switch: Switch, session: Session) -> str:
        name = switch.running.hostname
        return f"<{name}>" if session.mode == "user" else f"[{name}{self.suffix(session)}]"

    def render(self, config: Config) -> str:
        return text.render(config, self.software.split("(")[1].split()[-1].rstrip(")"), self.access_is_default)

    def blank(self, name: str, ports: tuple[str, ...]) -> Config:
        return Config(name, {port: configure.new_port() for port in ports})


class Vrp8(Vrp5):
    """As on a CloudEngine S5732-H with V600R022: lines change a candidate until `commit`."""

    software = "8.220 (S5732-H V600R022C00)"
    access_is_default = True
    views = views(True, software, "S5732-H48UM2CC")

    def prompt(self, switch: Switch, session: Session) -> str:
        if session.mode == "user":
            return f"<{switch.running.hostname}>"
        mark = "*" if candidate.changed(session) else "~"
        return f"[{mark}{switch.running.hostname}{self.suffix(session)}]"

    def execute(self, switch: Switch, session: Session, line: str) -> Answer:
        if session.number == LOADING:
            return super().execute(switch, session, line)
        if session.mode != "user" and not candidate.changed(session):
            self.begin(switch, session)
        answer = super().execute(switch, session, line)
        if session.mode == "user":
            session.candidate = session.base = None
        elif session.candidate is None:
            self.begin(switch, session)
        return answer

    def begin(self, switch: Switch, session: Session) -> None:
        """Start from what runs."""
        session.candidate, session.base = switch.running.copy(), switch.running.copy()

    def leave(self, switch: Switch, session: Session) -> Answer:
        if not candidate.changed(session):
            return super().leave(switch, session)

        def then(reply: str) -> Answer:
            key = reply.strip().lower()[:1]
            if key == "y":
                self.execute(switch, session, "commit")
                if candidate.changed(session):
                    return Answer("Error: The configuration could not be committed.", failed=True)
            if key in ("y", "n"):
                session.mode, session.about = "user", ()
                session.candidate = session.base = None
                return Answer()
            return Answer() if key == "c" else Answer(ask=question)

        question = Question(
            "Warning: Uncommitted configurations found. Are you sure to commit them before exiting? "
            "[Y(yes)/N(no)/C(cancel)]:",
            then,
        )
        return Answer(ask=question)

    def interrupt(self, switch: Switch, session: Session, key: str) -> str:
        """Ctrl-Z leaves, and what was not committed stays behind."""
        shown = super().interrupt(switch, session, key)
        if session.mode == "user":
            session.candidate = session.base = None
        return shown
