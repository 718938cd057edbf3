"""Configuration commands of IOS: global, below `vlan`, and below the few sections that are only kept."""

from __future__ import annotations

from collections.abc import Callable

from lab.switch.config import Block, Port, Svi, Vlan
from lab.switch.dialect import Answer, Context
from lab.switch.grammar import Grammar
from lab.switch.ios.interface import INTERFACE, KINDS, SVI, failed
from lab.switch.ios.names import RESERVED, BadName, full, several, vlans
from lab.switch.ios.text import vlan_name

GLOBAL, VLAN, SECTION = (Grammar(KINDS) for _unused in range(3))

# Kept as they are written. Of some there is one only: a new value takes the place of the old one.
KEPT = (
    "aaa",
    "clock",
    "crypto",
    "errdisable",
    "ip dhcp",
    "ip domain",
    "ip http",
    "ip ssh",
    "lldp run",
    "logging",
    "ntp",
    "service",
    "snmp-server",
    "username",
)
KEPT_ONCE = ("ip default-gateway", "spanning-tree mode", "vtp mode", "vtp domain")
KEPT_SECTION = (
    "exec-timeout",
    "length",
    "login",
    "maximum",
    "password",
    "path",
    "privilege",
    "time-period",
    "transport",
    "write-memory",
)


# Global


@GLOBAL.command("hostname <name>")
def hostname(context: Context, name: str) -> None:
    context.config.hostname = name


def named(text: str) -> list[str]:
    """Names of one interface, or of a range."""
    word, _unused, rest = text.partition(" ")
    return several(rest) if rest and len(word) > 1 and "range".startswith(word.lower()) else [full(text)]


@GLOBAL.command("interface <name...>")
def interface(context: Context, text: str) -> Answer | None:
    config = context.config
    try:
        names = named(text)
    except BadName:
        return context.rejected()
    if all(name in config.ports for name in names):
        context.session.mode = "interface" if len(names) == 1 else "range"
    elif len(names) == 1 and names[0].startswith("Vlan") and 1 <= int(names[0][4:]) <= 4094:
        config.svis.setdefault(int(names[0][4:]), Svi())
        context.session.mode = "svi"
    else:
        return context.rejected()
    context.session.about = tuple(names)
    return None


@GLOBAL.command("no interface <name...>")
def no_interface(context: Context, text: str) -> Answer | None:
    try:
        name = full(text)
    except BadName:
        name = ""
    if not name.startswith("Vlan") or context.config.svis.pop(int(name[4:]), None) is None:
        return context.rejected()
    return None


@GLOBAL.command("default interface <name...>")
def default_interface(context: Context, text: str) -> Answer | None:
    try:
        names = named(text)
    except BadName:
        names = []
    if not names or any(name not in context.config.ports for name in names):
        return context.rejected()
    for name in names:
        context.config.ports[name] = Port()
    return Answer(f"Interface {names[0]} set to default configuration")


@GLOBAL.command("vlan <vlans>")
def vlan(context: Context, text: str) -> Answer | None:
    try:
        wanted = vlans(text)
    except BadName as error:
        return failed(str(error))
    if wanted & RESERVED.keys():
        return failed("Command rejected: VLANs 1002 to 1005 are reserved for FDDI and Token Ring.")
    for number in wanted:
        context.config.vlans.setdefault(number, Vlan())
    context.session.mode, context.session.about = "vlan", tuple(map(str, sorted(wanted)))
    return None


@GLOBAL.command("no vlan <vlans>")
def no_vlan(context: Context, text: str) -> Answer | None:
    try:
        unwanted = vlans(text)
    except BadName as error:
        return failed(str(error))
    if unwanted & {1, *RESERVED}:
        return failed(f"%Default VLAN {min(unwanted & {1, *RESERVED})} may not be deleted.")
    for number in unwanted:
        context.config.vlans.pop(number, None)
    return None


@GLOBAL.command("archive", "line <kind> <first> [<last>]")
def section(context: Context, *_: str) -> None:
    words = context.line.split()
    header = "archive" if len(words) == 1 else " ".join(["line", *words[1:]])
    context.session.mode, context.session.about = words[0].lower()[:2], (header,)
    if context.config.block(header) is None:
        context.config.keep(Block(header))


@GLOBAL.command("no archive", "no line <kind> <first> [<last>]")
def no_section(context: Context, *_: str) -> None:
    context.config.drop(" ".join(context.line.split()[1:]))


def keep(words: str, once: bool) -> Callable[..., None]:
    def handler(context: Context, rest: str = "") -> None:
        if once:
            context.config.drop(words)
        context.config.keep(Block(f"{words} {rest}".strip()))

    return handler


def forget(words: str) -> Callable[..., None]:
    def handler(context: Context, rest: str = "") -> None:
        context.config.drop(f"{words} {rest}".strip())

    return handler


for start in (*KEPT, *KEPT_ONCE):
    for pattern in (start, f"{start} <rest...>"):
        GLOBAL.add(pattern, keep(start, start in KEPT_ONCE))
        GLOBAL.add(f"no {pattern}", forget(start))


# VLANs


@VLAN.command("name <name>")
def name(context: Context, text: str) -> Answer | None:
    if len(context.session.about) > 1:
        return failed("Command rejected: a list of VLANs cannot have one name.")
    number = int(context.session.about[0])
    known = context.config.vlans
    for other, found in known.items():
        if other != number and vlan_name(other, found) == text:
            return failed(f"%VLAN #{number} and #{other} have an identical name: {text}")
    known.setdefault(number, Vlan()).name = text[:32]
    return None


@VLAN.command("no name")
def no_name(context: Context) -> None:
    for number in map(int, context.session.about):
        context.config.vlans.setdefault(number, Vlan()).name = ""


@VLAN.command("state active", "no shutdown")
def nothing(context: Context) -> None:
    """What every VLAN is already."""


# Sections that are only kept


def section_line(words: str, add: bool) -> Callable[..., None]:
    def handler(context: Context, rest: str = "") -> None:
        header = context.session.about[0]
        old = context.config.block(header) or Block(header)
        lines = tuple(line for line in old.lines if not f"{line} ".startswith(f"{words} "))
        context.config.keep(Block(header, (*lines, f"{words} {rest}".strip()) if add else lines))

    return handler


for start in KEPT_SECTION:
    for pattern in (start, f"{start} <rest...>"):
        SECTION.add(pattern, section_line(start, add=True))
        SECTION.add(f"no {pattern}", section_line(start, add=False))

GRAMMARS = {
    "config": GLOBAL,
    "interface": INTERFACE,
    "range": INTERFACE,
    "svi": SVI,
    "vlan": VLAN,
    "ar": SECTION,
    "li": SECTION,
}
PROMPTS = {
    "config": "config",
    "interface": "config-if",
    "range": "config-if-range",
    "svi": "config-if",
    "vlan": "config-vlan",
}
PROMPTS |= {"ar": "config-archive", "li": "config-line"}
