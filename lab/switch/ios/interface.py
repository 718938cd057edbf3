"""Configuration commands of IOS below `interface`: ports, and the switch's own interface in a VLAN."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable

from lab.switch.config import ALL_VLANS, Port, Svi, Vlan
from lab.switch.dialect import LOADING, Answer, Context
from lab.switch.grammar import Grammar
from lab.switch.ios.names import BadName, vlans

KINDS = {"id": r"\d{1,4}", "vlans": r"[\d,-]+", "address": r"[\d.]+"}
INTERFACE, SVI = Grammar(KINDS), Grammar(KINDS)
KEPT_PORT = (
    "duplex",
    "ip dhcp snooping trust",
    "lldp",
    "spanning-tree bpduguard",
    "spanning-tree guard",
    "spanning-tree portfast",
    "speed",
    "storm-control",
    "switchport nonegotiate",
    "switchport port-security",
)


def failed(text: str) -> Answer:
    return Answer(text, failed=True)


def ports(context: Context) -> list[Port]:
    return [context.config.ports[name] for name in context.session.about]


# Ports


@INTERFACE.command("description <text...>")
@SVI.command("description <text...>")
def description(context: Context, text: str) -> None:
    for each in described(context):
        each.description = text


@INTERFACE.command("no description [<rest...>]")
@SVI.command("no description [<rest...>]")
def no_description(context: Context, *_: str) -> None:
    for each in described(context):
        each.description = ""


@INTERFACE.command("shutdown")
@SVI.command("shutdown")
def shutdown(context: Context) -> None:
    for each in described(context):
        each.enabled = False


@INTERFACE.command("no shutdown")
@SVI.command("no shutdown")
def no_shutdown(context: Context) -> None:
    for each in described(context):
        each.enabled = True


def described(context: Context) -> list[Port] | list[Svi]:
    """The ports, or the one VLAN interface, that the session is at."""
    if context.session.mode == "svi":
        return [context.config.svis[int(context.session.about[0][4:])]]
    return ports(context)


@INTERFACE.command("switchport mode (access|trunk)")
def mode(context: Context, wanted: str) -> None:
    for port in ports(context):
        port.mode = "trunk" if wanted == "trunk" else "access"


@INTERFACE.command("no switchport mode [<rest...>]", "switchport mode dynamic <how>")
def no_mode(context: Context, *_: str) -> None:
    for port in ports(context):
        port.mode = None


@INTERFACE.command("switchport")
def switchport(context: Context) -> None:
    """A port of an access switch is at layer 2 already."""


@INTERFACE.command("switchport (access|voice) vlan <id>")
def access_vlan(context: Context, kind: str, text: str) -> Answer | None:
    number = int(text)
    if not 1 <= number <= 4094:
        return context.rejected()
    for port in ports(context):
        if kind == "access":
            port.access = number
        else:
            port.voice = number
    if number not in context.config.vlans and context.session.number != LOADING:
        context.config.vlans[number] = Vlan()
        return Answer(f"% {kind.title()} VLAN does not exist. Creating vlan {number}")
    return None


@INTERFACE.command("no switchport (access|voice) vlan [<rest...>]")
def no_access_vlan(context: Context, kind: str, *_: str) -> None:
    for port in ports(context):
        if kind == "access":
            port.access = 1
        else:
            port.voice = None


@INTERFACE.command("switchport trunk native vlan <id>")
def native(context: Context, text: str) -> Answer | None:
    if not 1 <= int(text) <= 4094:
        return context.rejected()
    for port in ports(context):
        port.native = int(text)
    return None


@INTERFACE.command("no switchport trunk native vlan [<rest...>]")
def no_native(context: Context, *_: str) -> None:
    for port in ports(context):
        port.native = 1


@INTERFACE.command("switchport trunk allowed vlan (add|remove|except) <list...>")
def allowed_change(context: Context, how: str, text: str) -> Answer | None:
    try:
        listed = vlans(text)
    except BadName as error:
        return failed(str(error))
    for port in ports(context):
        if how == "add":
            port.allowed |= listed
        elif how == "remove":
            port.allowed -= listed
        else:
            port.allowed = ALL_VLANS - listed
    return None


@INTERFACE.command("switchport trunk allowed vlan <vlans>")
def allowed(context: Context, text: str) -> Answer | None:
    """Without add or remove the list takes the place of what was there: the classic way to cut oneself off."""
    try:
        listed = vlans(text)
    except BadName as error:
        return failed(str(error))
    for port in ports(context):
        port.allowed = listed
    return None


@INTERFACE.command("switchport trunk allowed vlan none")
def allowed_none(context: Context) -> None:
    for port in ports(context):
        port.allowed = frozenset()


@INTERFACE.command("switchport trunk allowed vlan all", "no switchport trunk allowed vlan [<rest...>]")
def allowed_all(context: Context, *_: str) -> None:
    """The default is all VLANs, so `no` opens the trunk rather than closes it."""
    for port in ports(context):
        port.allowed = ALL_VLANS


def keep_line(words: str) -> Callable[..., None]:
    def handler(context: Context, rest: str = "") -> None:
        line = f"{words} {rest}".strip()
        for port in ports(context):
            port.other = (*(each for each in port.other if not each.startswith(words)), line)

    return handler


def forget_line(words: str) -> Callable[..., None]:
    def handler(context: Context, *_: str) -> None:
        for port in ports(context):
            port.other = tuple(each for each in port.other if not each.startswith(words))

    return handler


for start in KEPT_PORT:
    for pattern in (start, f"{start} <rest...>"):
        INTERFACE.add(pattern, keep_line(start))
        INTERFACE.add(f"no {pattern}", forget_line(start))


# The switch's own address


@SVI.command("ip address <address> <address>")
def address(context: Context, ip: str, mask: str) -> Answer | None:
    try:
        found = ipaddress.IPv4Interface(f"{ip}/{mask}")
    except ValueError:
        return failed("Bad mask" if ip.count(".") == 3 else "% Invalid address")
    context.config.svis[int(context.session.about[0][4:])].address = found
    return None


@SVI.command("no ip address [<rest...>]")
def no_address(context: Context, *_: str) -> None:
    context.config.svis[int(context.session.about[0][4:])].address = None
