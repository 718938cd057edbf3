"""What Huawei VRP and H3C Comware have in common: views, `undo`, lists such as `10 20 to 30`, kept settings."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from lab.switch.config import ALL_VLANS, Block, Config, Forwarding, Port, Svi, Switch, Vlan, expand, forwarding, ranges
from lab.switch.dialect import Answer, Context, Dialect, Question, Session
from lab.switch.grammar import Grammar, Wrong

KINDS = {"id": r"\d{1,4}", "number": r"\d+", "address": r"[\d.]+", "mask": r"[\d.]+", "vlans": r"\d.*"}
NAME = re.compile(r"(.*?[A-Za-z-])(\d+(?:/\d+)*)")
ENTRIES = 10  # ids and ranges in one list of VLANs, and in one printed line


class BadList(ValueError):
    """No list of VLANs, or too long a one."""


@dataclass
class Views:
    """The commands of each view. display: what is taken in every view. own: of the switch's interface in a VLAN."""

    user: Grammar = field(default_factory=lambda: Grammar(KINDS))
    system: Grammar = field(default_factory=lambda: Grammar(KINDS))
    vlan: Grammar = field(default_factory=lambda: Grammar(KINDS))
    port: Grammar = field(default_factory=lambda: Grammar(KINDS))
    own: Grammar = field(default_factory=lambda: Grammar(KINDS))
    section: Grammar = field(default_factory=lambda: Grammar(KINDS))
    display: Grammar = field(default_factory=lambda: Grammar(KINDS))

    def inner(self, mode: str) -> Grammar:
        return getattr(self, mode)  # type: ignore[no-any-return]


def failed(text: str) -> Answer:
    return Answer(text, failed=True)


def shown(text: str) -> Answer:
    return Answer(text, shown=True)


def vlans(text: str) -> frozenset[int]:
    """Ids of `10 20 to 30`; BadList for anything else or more than ten entries."""
    entries = re.findall(r"(\d+)(?:\s+to\s+(\d+))?(?:\s+|$)", text.strip())
    if not entries or " ".join(a if not b else f"{a} to {b}" for a, b in entries) != " ".join(text.split()):
        raise BadList(text)
    if len(entries) > ENTRIES:
        raise BadList("too many")
    try:
        return frozenset().union(*(expand(int(a), int(b or a)) for a, b in entries))
    except ValueError:
        raise BadList(text) from None


def lists(found: Iterable[int]) -> list[str]:
    """Ids as lines that the command takes again, each of at most ten entries."""
    parts = [str(a) if a == b else f"{a} to {b}" for a, b in ranges(found)]
    return [" ".join(parts[start : start + ENTRIES]) for start in range(0, len(parts), ENTRIES)]


def port_name(config: Config, text: str) -> str | None:
    """The full name of a port of this switch, for `gi 1/0/1` and the like; None where there is none or are several."""
    match = NAME.fullmatch(text.replace(" ", ""))
    if not match:
        return None
    names = [name for name in config.ports if (own := NAME.fullmatch(name)) and own[2] == match[2]]
    found = [name for name in names if name.lower().startswith(match[1].lower())]
    return found[0] if len(found) == 1 else None


def port_names(config: Config, text: str) -> list[str] | None:
    """Ports of a list such as `GE1/0/1 to GE1/0/4 GE1/0/9`; None where one of them is not there."""
    words = re.sub(r"(?<=[A-Za-z-])\s+(?=\d)", "", text).split()
    names: list[str] = []
    everything = list(config.ports)
    place = 0
    while place < len(words):
        one = port_name(config, words[place])
        if one is None:
            return None
        if words[place + 1 : place + 2] == ["to"]:
            last = port_name(config, words[place + 2]) if place + 2 < len(words) else None
            if last is None:
                return None
            names += everything[everything.index(one) : everything.index(last) + 1]
            place += 3
        else:
            names.append(one)
            place += 1
    return names


def ports(context: Context) -> list[Port]:
    """The ports that the session is at."""
    return [context.config.ports[name] for name in context.session.about]


def svi(context: Context) -> Svi:
    return context.config.svis[int(context.session.about[0])]


def things(context: Context) -> list[Any]:
    """What `description` and `shutdown` are about."""
    if context.session.mode == "vlan":
        return [context.config.vlans[int(number)] for number in context.session.about]
    return [svi(context)] if context.session.mode == "own" else ports(context)


def members(config: Config, vlan: int, up: Callable[[str], bool]) -> dict[bool, list[tuple[str, bool]]]:
    """Ports of a VLAN, by whether they send it untagged, each with whether it is up."""
    found: dict[bool, list[tuple[str, bool]]] = {True: [], False: []}
    for name, port in config.ports.items():
        live = forwarding(Config("", {name: Port(**{**vars(port), "enabled": True})}, config.vlans), name)
        carried = live or Forwarding(None, frozenset())
        if vlan == carried.untagged or vlan in carried.tagged:
            found[vlan == carried.untagged].append((name, up(name)))
    return found


def ask(text: str, yes: Callable[[], Answer], no: Callable[[], Answer] = Answer) -> Answer:
    """A question that Y or N answers, and that is put again for anything else."""

    def then(reply: str) -> Answer:
        if reply.strip().lower() in ("y", "yes"):
            return yes()
        return no() if reply.strip().lower() in ("n", "no") else Answer(ask=question)

    question = Question(text, then)
    return Answer(ask=question)


def common(views: Views) -> None:
    """Register what both vendors have word for word."""

    @views.system.command("sysname <name>")
    def sysname(context: Context, name: str) -> None:
        context.config.hostname = name

    @views.vlan.command("name <text...>")
    def name(context: Context, text: str) -> None:
        context.config.vlans[int(context.session.about[0])].name = text[:32]

    @views.vlan.command("undo name")
    def undo_name(context: Context) -> None:
        context.config.vlans[int(context.session.about[0])].name = ""

    def description(context: Context, text: str) -> None:
        for each in things(context):
            each.description = text

    def undo_description(context: Context) -> None:
        for each in things(context):
            each.description = ""

    for grammar in (views.vlan, views.port, views.own):
        grammar.add("description <text...>", description)
        grammar.add("undo description", undo_description)

    def switch(on: bool) -> Callable[[Context], None]:
        def handler(context: Context) -> None:
            for each in things(context):
                each.enabled = on

        return handler

    for grammar in (views.port, views.own):
        grammar.add("shutdown", switch(on=False))
        grammar.add("undo shutdown", switch(on=True))

    @views.own.command("ip address <address> <mask>")
    def address(context: Context, ip: str, mask: str) -> Answer | None:
        try:
            svi(context).address = ipaddress.IPv4Interface(f"{ip}/{mask}")
        except ValueError:
            return context.rejected()
        return None

    @views.own.command("undo ip address [<rest...>]")
    def undo_address(context: Context, *_: str) -> None:
        svi(context).address = None

    @views.port.command("undo port trunk pvid [<rest...>]", "undo port hybrid pvid [<rest...>]")
    def undo_pvid(context: Context, *_: str) -> None:
        for port in ports(context):
            port.native = 1

    @views.port.command("port (trunk|hybrid) pvid vlan <id>")
    def pvid(context: Context, mode: str, text: str) -> Answer | None:
        if not 1 <= int(text) <= 4094:
            return context.rejected()
        if any(port.mode != mode for port in ports(context)):
            return failed(f"Error: The port link-type is not {mode}.")
        for port in ports(context):
            port.native = int(text)
        return None


def keep(views: Views, globals_: tuple[str, ...], sections: tuple[str, ...], lines: tuple[str, ...]) -> None:
    """Register settings that are kept as they are written and have no effect here.

    globals_: whole lines of the system view; sections: how a view begins whose lines are kept; lines: of ports.
    """

    def global_line(words: str) -> Callable[..., None]:
        def handler(context: Context, rest: str = "") -> None:
            context.config.keep(Block(f"{words} {rest}".strip()))

        return handler

    def undo_global(words: str) -> Callable[..., None]:
        def handler(context: Context, rest: str = "") -> None:
            context.config.drop(f"{words} {rest}".strip())

        return handler

    def section(words: str) -> Callable[..., None]:
        def handler(context: Context, rest: str = "") -> None:
            header = f"{words} {rest}".strip()
            context.session.mode, context.session.about = "section", (header,)
            if context.config.block(header) is None:
                context.config.keep(Block(header))

        return handler

    def port_line(words: str, add: bool) -> Callable[..., None]:
        def handler(context: Context, rest: str = "") -> None:
            for port in ports(context):
                left = tuple(line for line in port.other if not f"{line} ".startswith(f"{words} "))
                port.other = (*left, f"{words} {rest}".strip()) if add else left

        return handler

    for start in globals_:
        for pattern in (start, f"{start} <rest...>"):
            views.system.add(pattern, global_line(start))
            views.system.add(f"undo {pattern}", undo_global(start))
    for start in sections:
        for pattern in (start, f"{start} <rest...>"):
            views.system.add(pattern, section(start))
            views.system.add(f"undo {pattern}", undo_global(start))
    for start in lines:
        for pattern in (start, f"{start} <rest...>"):
            views.port.add(pattern, port_line(start, add=True))
            views.port.add(f"undo {pattern}", port_line(start, add=False))

    @views.section.command("undo <rest...>")
    def undo_line(context: Context, text: str) -> None:
        header = context.session.about[0]
        old = context.config.block(header) or Block(header)
        context.config.keep(Block(header, tuple(line for line in old.lines if not line.startswith(text))))

    @views.section.command("<rest...>")
    def any_line(context: Context, text: str) -> None:
        header = context.session.about[0]
        old = context.config.block(header) or Block(header)
        context.config.keep(Block(header, (*(line for line in old.lines if line != text), text)))


class ViewDialect(Dialect):
    """A command line of views: user view in <>, the others in []."""

    comment = "#"
    outside = "user"
    inside = "system"
    pipes: tuple[str, ...] = ("include", "exclude", "begin", "count")
    views: Views
    own_prefix: str  # how the vendor names the switch's interface in a VLAN

    def suffix(self, session: Session) -> str:
        """What stands behind the host's name in the prompt."""
        return {
            "system": "",
            "vlan": f"-vlan{session.about[0] if session.about else ''}",
            "port": f"-{session.about[0] if len(session.about) == 1 else self.group}",
            "own": f"-{self.own_prefix}{session.about[0] if session.about else ''}",
            "section": "-" + re.sub(r"\s+", "-", session.about[0] if session.about else ""),
        }[session.mode]

    group = "port-group"  # what a view of several ports is called

    def grammars(self, session: Session) -> list[Grammar]:
        if session.mode == "user":
            return [self.views.user, self.views.display]
        inner = self.views.inner(session.mode)
        rest = [] if inner is self.views.system else [self.views.system]
        if session.mode == "section":
            return [*rest, self.views.display, inner]
        return [inner, *rest, self.views.display]

    def between(self, switch: Switch, session: Session, line: str) -> Answer | None:
        """`quit` and `return`."""
        words = line.lower().split()
        back = len(words) == 1 and "quit".startswith(words[0])
        if session.mode == "user":
            return Answer(act="close") if back else None
        if words == ["return"] or (back and session.mode == "system"):
            return self.leave(switch, session)
        if not back:
            return None
        session.mode, session.about = "system", ()
        return Answer()

    def leave(self, switch: Switch, session: Session) -> Answer:
        """Back to the user view."""
        session.mode, session.about = "user", ()
        return Answer()

    def leaves(self, grammar: Grammar) -> bool:
        return grammar is self.views.system

    def interrupt(self, switch: Switch, session: Session, key: str) -> str:
        if key == "\x1a" and session.mode != "user":
            session.mode, session.about = "user", ()
        return "^Z" if key == "\x1a" else "^C"

    def wrong(self, switch: Switch, session: Session, line: str, why: Wrong) -> Answer:
        words = {
            "unrecognized": "Unrecognized command",
            "ambiguous": "Ambiguous command",
            "incomplete": "Incomplete command",
            "parameter": "Wrong parameter",
        }[why.reason]
        caret = " " * (len(self.prompt(switch, session)) + why.column) + "^"
        return Answer(f"{caret}\n{self.mistake}{words} found at '^' position.", failed=True)

    mistake: str  # how an error begins


def new_vlan(config: Config, number: int) -> None:
    config.vlans.setdefault(number, Vlan())


def drop_vlans(config: Config, numbers: frozenset[int]) -> None:
    """Delete VLANs as both vendors do: an access port falls back to VLAN 1, a trunk keeps its list and PVID."""
    for number in numbers:
        config.vlans.pop(number, None)
    for port in config.ports.values():
        if port.mode in (None, "access") and port.access in numbers:
            port.access = 1


def all_or(text: str) -> frozenset[int]:
    """`all`, or a list of VLANs."""
    return ALL_VLANS if text.strip().lower() == "all" else vlans(text)
