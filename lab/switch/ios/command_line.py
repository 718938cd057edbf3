"""The command line of IOS: prompts, modes, errors."""

from __future__ import annotations

from dataclasses import replace

from lab.switch.config import Config, Port, Switch
from lab.switch.dialect import Answer, Dialect, Session
from lab.switch.grammar import Grammar, Wrong
from lab.switch.ios import configure, operate, text


class Ios(Dialect):
    """secret: what `enable` asks for; None: it asks nothing."""

    more = " --More-- "
    pipes = ("include", "exclude", "begin", "section", "count")
    comment = "!"
    decoration = ("version ", "end", "Building configuration", "Current configuration", "Using ")

    def prompt(self, switch: Switch, session: Session) -> str:
        name = switch.running.hostname
        if session.mode == "exec":
            return f"{name}{'#' if session.privilege == 15 else '>'}"
        return f"{name[:20]}({configure.PROMPTS[session.mode]})#"

    def grammars(self, session: Session) -> list[Grammar]:
        if session.mode == "exec":
            return [operate.EXEC if session.privilege == 15 else operate.USER]
        inner = configure.GRAMMARS[session.mode]
        return [inner] if inner is configure.GLOBAL else [inner, configure.GLOBAL]

    def leaves(self, grammar: Grammar) -> bool:
        return grammar is configure.GLOBAL

    def between(self, switch: Switch, session: Session, line: str) -> Answer | None:
        """`do`, `end` and `exit`."""
        words = line.lower().split()
        if session.mode == "exec":
            return None
        if words[0] == "do" and len(words) > 1:
            outside = replace(session, mode="exec", about=())
            answer = self.execute(switch, outside, line.strip()[2:].lstrip())
            session.length, session.width = outside.length, outside.width
            return answer
        if words == ["end"]:
            session.mode, session.about = "exec", ()
        elif len(words) == 1 and len(words[0]) > 1 and "exit".startswith(words[0]):
            session.mode, session.about = ("exec" if session.mode == "config" else "config"), ()
        else:
            return None
        return Answer()

    def wrong(self, switch: Switch, session: Session, line: str, why: Wrong) -> Answer:
        if why.reason == "ambiguous":
            return Answer(f'% Ambiguous command:  "{line.strip()}"', failed=True)
        if why.reason == "incomplete":
            return Answer("% Incomplete command.\n", failed=True)
        caret = " " * (len(self.prompt(switch, session)) + why.column) + "^"
        return Answer(f"{caret}\n% Invalid input detected at '^' marker.\n", failed=True)

    def interrupt(self, switch: Switch, session: Session, key: str) -> str:
        session.mode, session.about = "exec", ()
        return "^Z" if key == "\x1a" else "^C"

    def help(self, switch: Switch, session: Session, line: str) -> list[str]:
        if session.mode != "exec" and line.lower().startswith("do "):
            return operate.EXEC.next_words(line[3:])
        return super().help(switch, session, line)

    def render(self, config: Config) -> str:
        return text.render(config)

    def blank(self, name: str, ports: tuple[str, ...]) -> Config:
        return Config(name, {port: Port() for port in ports})
