"""The command line of Comware: prompts, views."""

from __future__ import annotations

from lab.switch.comware import configure, operate, text
from lab.switch.config import Config, Switch
from lab.switch.dialect import Answer, Context, Session
from lab.switch.views import ViewDialect, Views, common, keep


def views() -> Views:
    made = Views()
    common(made)
    configure.add(made)
    keep(made, configure.GLOBALS, configure.SECTIONS, configure.LINES)
    operate.add(made)

    @made.user.command("system-view")
    def system_view(context: Context) -> Answer:
        if context.session.privilege < 15:
            return Answer("Permission denied.", failed=True)
        context.session.mode, context.session.about = "system", ()
        return Answer("System View: return to User View with Ctrl+Z.")

    return made


class Comware(ViewDialect):
    """As on an S5130S: what a line says is done when it is answered."""

    more = "---- More ----"
    mistake = " % "
    own_prefix = "Vlan-interface"
    group = "if-range"
    decoration = ("version ", "return")
    views = views()

    def prompt(self, switch: Switch, session: Session) -> str:
        name = switch.running.hostname
        return f"<{name}>" if session.mode == "user" else f"[{name}{self.suffix(session)}]"

    def render(self, config: Config) -> str:
        return text.render(config)

    def blank(self, name: str, ports: tuple[str, ...]) -> Config:
        return Config(name, {port: configure.new_port() for port in ports})
