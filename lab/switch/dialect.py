"""What the three command lines have in common: sessions, answers, pipes, pages. Pure."""

from __future__ import annotations

import re
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from lab.switch.config import Config, Switch
from lab.switch.grammar import Grammar, Wrong, first

LOADING = -1  # the session in which a saved configuration is read


@dataclass(frozen=True)
class Question:
    """What a command asks before it goes on. key: one key is the answer; secret: the answer is not echoed."""

    text: str
    then: Callable[[str], Answer]
    key: bool = False
    secret: bool = False


@dataclass(frozen=True)
class Answer:
    """What a line did. text has no line end at its end. shown: a report, which pipes and pages may cut."""

    text: str = ""
    ask: Question | None = None
    act: Literal["close", "reboot"] | None = None
    shown: bool = False
    failed: bool = False


@dataclass
class Session:
    """One person's connection. mode: the dialect's own name of it, with what it is about (ports or VLANs)."""

    number: int = 0
    user: str = "admin"
    source: str = "127.0.0.1"
    privilege: int = 15
    mode: str = "exec"
    about: tuple[str, ...] = ()
    length: int = 24
    width: int = 80
    candidate: Config | None = None  # two-stage configuration: what is not yet committed
    base: Config | None = None  # and what it was made from


@dataclass(frozen=True)
class Context:
    """What a command is about: who typed it, on which switch, as which line."""

    dialect: Dialect
    switch: Switch
    session: Session
    line: str

    @property
    def config(self) -> Config:
        """What is being configured: the candidate where the vendor has one."""
        return self.session.candidate or self.switch.running

    def rejected(self) -> Answer:
        return self.dialect.rejected(self.switch, self.session, self.line)


class Dialect(ABC):
    """A vendor's command line. secret: the password that raises the privilege; None: none is asked.

    more stands at the end of a page; pipes are the filters that the vendor has; comment starts a line without meaning;
    outside is the mode in which nothing is configured, inside the one of global commands.
    """

    more: str
    pipes: tuple[str, ...]
    comment: str
    outside = "exec"
    inside = "config"

    def __init__(self, secret: str | None = None) -> None:
        self.secret = secret

    @abstractmethod
    def prompt(self, switch: Switch, session: Session) -> str: ...

    @abstractmethod
    def grammars(self, session: Session) -> list[Grammar]:
        """Where a line is looked for: below a section first, then among the global commands."""

    @abstractmethod
    def leaves(self, grammar: Grammar) -> bool:
        """Whether these are the global commands."""

    @abstractmethod
    def wrong(self, switch: Switch, session: Session, line: str, why: Wrong) -> Answer:
        """The vendor's error mark."""

    @abstractmethod
    def interrupt(self, switch: Switch, session: Session, key: str) -> str:
        """What Ctrl-Z and Ctrl-C do; returns what the terminal shows for it."""

    @abstractmethod
    def render(self, config: Config) -> str:
        """The configuration as the vendor prints it."""

    @abstractmethod
    def blank(self, name: str, ports: tuple[str, ...]) -> Config:
        """The configuration of a switch out of the box."""

    def configuring(self, session: Session) -> bool:
        return session.mode != self.outside

    def between(self, switch: Switch, session: Session, line: str) -> Answer | None:
        """What every configuration mode has, such as the way out of it; None: the line is nothing of that."""
        return None

    def execute(self, switch: Switch, session: Session, line: str) -> Answer:
        """One line. The state of switch and session is changed in place."""
        if not line.strip() or line.lstrip().startswith(self.comment):
            return Answer()
        out = self.between(switch, session, line)
        if out is not None:
            return out
        command, mark, pipe = self.cut(session, line)
        grammars = self.grammars(session)
        found = first(grammar.find(command) for grammar in grammars)
        if isinstance(found, Wrong):
            return self.wrong(switch, session, line, found)
        left = session.mode, session.about
        if self.configuring(session) and self.leaves(next(each for each in grammars if each.find(command) == found)):
            session.mode, session.about = self.inside, ()  # a global command leaves the section, if it is taken
        answer: Answer = found.handler(Context(self, switch, session, command.strip()), *found.arguments) or Answer()
        if answer.failed:
            session.mode, session.about = left
        if not mark:
            return answer
        cut = piped(answer.text, pipe, self.pipes)
        if cut is None or not answer.shown:
            return self.wrong(switch, session, line, Wrong("unrecognized", len(command) + 2, 1))
        return replace(answer, text=cut)

    def cut(self, session: Session, line: str) -> tuple[str, str, str]:
        """The command, the bar and the pipe; a bar in a configuration line is text."""
        words = line.split()
        return line.partition("|") if words[0][:2].lower() in ("sh", "di") else (line, "", "")

    def rejected(self, switch: Switch, session: Session, line: str) -> Answer:
        """The answer to a line that the switch does not take, for whatever reason; the mark is at its last word."""
        last = len(line.rstrip()) - len(line.split()[-1]) if line.split() else 0
        return self.wrong(switch, session, line, Wrong("parameter", last, 0))

    def help(self, switch: Switch, session: Session, line: str) -> list[str]:
        """What the question mark shows."""
        return sorted({word for grammar in self.grammars(session) for word in grammar.next_words(line)})

    def load(self, text: str, blank: Config) -> Config:
        """A configuration from its text; ValueError with the line that is none of this dialect's commands."""
        switch = Switch(blank.copy(), blank.copy())
        session = Session(number=LOADING, mode=self.outside)
        for number, line in enumerate(text.splitlines(), 1):
            if not line.startswith(" ") or session.mode == self.outside:
                session.mode, session.about = self.inside, ()
            if not line.strip() or line.lstrip().startswith((self.comment, *self.decoration)):
                continue
            answer = self.execute(switch, session, line)
            if answer.failed:
                raise ValueError(f"line {number}, '{line.strip()}', is no configuration command of this switch")
        return switch.running

    decoration: tuple[str, ...] = ()  # how lines begin that a printed configuration has and that say nothing


@dataclass
class Table:
    """A report with columns of fixed width; a header that is empty gives no header line."""

    widths: tuple[int, ...]
    rows: list[tuple[str, ...]] = field(default_factory=list)

    def __str__(self) -> str:
        return "\n".join(
            "".join(cell.ljust(width) for cell, width in zip(row, self.widths, strict=True)).rstrip()
            for row in self.rows
        )


def section(text: str, pattern: re.Pattern[str]) -> str:
    """Lines that match, each with the indented ones below it (IOS)."""
    kept: list[str] = []
    inside: int | None = None
    for line in text.splitlines():
        depth = len(line) - len(line.lstrip())
        if inside is not None and (depth <= inside or not line.strip()):
            inside = None
        if inside is None and pattern.search(line):
            inside = depth
        if inside is not None:
            kept.append(line)
    return "\n".join(kept)


def filtered(text: str, how: str, expression: str) -> str:
    """A report through a pipe: include, exclude, begin, section or count. re.error for a bad expression."""
    pattern = re.compile(expression)
    lines = text.splitlines()
    if how == "section":
        return section(text, pattern)
    if how == "begin":
        start = next((place for place, line in enumerate(lines) if pattern.search(line)), len(lines))
        return "\n".join(lines[start:])
    kept = [line for line in lines if bool(pattern.search(line)) != (how == "exclude")]
    if how == "count":
        return f"Number of lines which match regexp = {len(kept)}"
    return "\n".join(kept)


def piped(text: str, pipe: str, kinds: tuple[str, ...]) -> str | None:
    """A report through `| how expression`, which may be abbreviated; None where the pipe is none of these kinds."""
    how, _unused, expression = pipe.strip().partition(" ")
    names = [name for name in kinds if how and name.startswith(how.lower())]
    if not names or not expression.strip():
        return None
    try:
        return filtered(text, names[0], expression.strip().strip('"'))
    except re.error:
        return None
