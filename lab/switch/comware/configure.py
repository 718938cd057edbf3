"""Configuration commands of Comware."""

from __future__ import annotations

import re
from collections.abc import Callable

from lab.switch.comware.text import FIRST
from lab.switch.config import Armed, Port, Svi
from lab.switch.dialect import LOADING, Answer, Context
from lab.switch.views import (
    BadList,
    Views,
    all_or,
    drop_vlans,
    failed,
    new_vlan,
    port_name,
    port_names,
    ports,
    vlans,
)

GLOBALS = (
    "clock",
    "dhcp",
    "info-center",
    "ip route-static",
    "irf",
    "lldp global enable",
    "ntp-service",
    "password-recovery",
    "snmp-agent",
    "ssh",
    "stp",
    "telnet",
)
SECTIONS = ("line", "user-interface", "local-user", "domain", "radius", "acl")
LINES = (
    "broadcast-suppression",
    "lldp",
    "loopback-detection",
    "port-security",
    "speed",
    "duplex",
    "stp",
    "voice-vlan",
)
SVI = re.compile(r"vlan(?:-interface)?(\d+)")


def new_port() -> Port:
    return Port(mode="access", allowed=FIRST, untagged=FIRST)


def add(views: Views) -> None:
    """Register the commands."""

    @views.system.command("interface <name...>")
    def interface(context: Context, text: str) -> Answer | None:
        if text.lower().startswith("range "):
            names = port_names(context.config, text[6:])
        else:
            found = SVI.fullmatch(text.replace(" ", "").lower())
            if found:
                return own(context, int(found[1]))
            name = port_name(context.config, text)
            names = [name] if name else None
        if not names:
            return context.rejected()
        context.session.mode, context.session.about = "port", tuple(names)
        return None

    def own(context: Context, number: int) -> Answer | None:
        if number not in context.config.vlans:
            return failed("The VLAN does not exist.")
        context.config.svis.setdefault(number, Svi())
        context.session.mode, context.session.about = "own", (str(number),)
        return None

    @views.system.command("undo interface <name...>")
    def undo_interface(context: Context, text: str) -> Answer | None:
        found = SVI.fullmatch(text.replace(" ", "").lower())
        if not found or context.config.svis.pop(int(found[1]), None) is None:
            return context.rejected()
        return None

    @views.system.command("vlan <vlans...>")
    def vlan(context: Context, text: str) -> Answer | None:
        try:
            wanted = vlans(text)
        except BadList:
            return context.rejected()
        for number in wanted:
            new_vlan(context.config, number)
        if text.strip().isdigit():
            context.session.mode, context.session.about = "vlan", (text.strip(),)
        return None

    @views.system.command("undo vlan <vlans...>")
    def undo_vlan(context: Context, text: str) -> Answer | None:
        """The switch's own interface in the VLAN goes with it."""
        try:
            unwanted = vlans(text)
        except BadList:
            return context.rejected()
        if 1 in unwanted:
            return failed("The default VLAN can't be deleted.")
        drop_vlans(context.config, unwanted)
        for number in unwanted & context.config.svis.keys():
            del context.config.svis[number]
        return None

    @views.port.command("port link-mode bridge")
    def link_mode(context: Context) -> None:
        """What every port here is."""

    @views.port.command("port link-type (access|trunk|hybrid)")
    def link_type(context: Context, wanted: str) -> Answer | None:
        """What was set for the old type is lost; between trunk and hybrid the way leads over access."""
        for port in ports(context):
            if {port.mode, wanted} == {"trunk", "hybrid"}:
                return failed("Please set the port link type to access first.")
        for port in ports(context):
            if port.mode != wanted:
                port.mode = wanted  # type: ignore[assignment]
                port.access = port.native = 1
                port.allowed = frozenset() if wanted == "hybrid" else FIRST
                port.untagged = FIRST
        return None

    @views.port.command("undo port link-type")
    def undo_link_type(context: Context) -> Answer | None:
        return link_type(context, "access")  # type: ignore[no-any-return]

    @views.port.command("port access vlan <id>")
    def access(context: Context, text: str) -> Answer | None:
        if not 1 <= int(text) <= 4094:
            return context.rejected()
        if any(port.mode != "access" for port in ports(context)):
            return failed("The port link type is not access.")
        if int(text) not in context.config.vlans and context.session.number != LOADING:
            return failed("The VLAN does not exist.")
        for port in ports(context):
            port.access = int(text)
        return None

    @views.port.command("undo port access vlan")
    def undo_access(context: Context) -> None:
        for port in ports(context):
            port.access = 1

    @views.port.command("port trunk permit vlan <list...>")
    def permit(context: Context, text: str) -> Answer | None:
        """Adds to what is permitted already: a line without a VLAN takes nothing away."""
        return change(context, "trunk", text, lambda port, listed: setattr(port, "allowed", port.allowed | listed))

    @views.port.command("undo port trunk permit vlan <list...>")
    def undo_permit(context: Context, text: str) -> Answer | None:
        return change(context, "trunk", text, lambda port, listed: setattr(port, "allowed", port.allowed - listed))

    @views.port.command("port hybrid vlan <list...>")
    def hybrid(context: Context, text: str) -> Answer | None:
        words, _unused, how = text.rpartition(" ")

        def both(port: Port, listed: frozenset[int]) -> None:
            port.allowed, port.untagged = port.allowed - listed, port.untagged - listed
            if how == "tagged":
                port.allowed |= listed
            else:
                port.untagged |= listed

        return change(context, "hybrid", words, both) if how in ("tagged", "untagged") else context.rejected()

    @views.port.command("undo port hybrid vlan <list...>")
    def undo_hybrid(context: Context, text: str) -> Answer | None:
        def both(port: Port, listed: frozenset[int]) -> None:
            port.allowed, port.untagged = port.allowed - listed, port.untagged - listed

        return change(context, "hybrid", text, both)

    commit(views)


def commit(views: Views) -> None:
    """Register the timer that takes everything back that was not committed."""

    @views.system.command("configuration commit delay <number>")
    def delay(context: Context, minutes: str) -> Answer | None:
        if not 1 <= int(minutes) <= 65535:
            return context.rejected()
        armed = context.switch.rollback
        before = armed.back_to if armed else context.switch.running.copy()
        context.switch.rollback = Armed("rollback", int(minutes) * 60, before)
        return None

    @views.system.command("configuration commit")
    def now(context: Context) -> None:
        context.switch.rollback = None


def change(context: Context, mode: str, text: str, to: Callable[[Port, frozenset[int]], None]) -> Answer | None:
    """Change the lists of trunk or hybrid ports by `all` or a list of VLANs."""
    try:
        listed = all_or(text)
    except BadList:
        return context.rejected()
    if any(port.mode != mode for port in ports(context)):
        return failed(f"The port link type is not {mode}.")
    for port in ports(context):
        to(port, listed)
    return None
