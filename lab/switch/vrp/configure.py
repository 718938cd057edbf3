"""Configuration commands of VRP, the same in both versions."""

from __future__ import annotations

from collections.abc import Callable

from lab.switch.config import Port, Svi
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
from lab.switch.vrp.text import FIRST

GLOBALS = (
    "clock",
    "dhcp enable",
    "error-down",
    "http",
    "info-center",
    "ip route-static",
    "lldp enable",
    "ntp-service",
    "snmp-agent",
    "ssh",
    "stelnet",
    "stp",
    "telnet",
    "undo telnet",
)
SECTIONS = ("aaa", "user-interface", "drop-profile", "acl")
LINES = (
    "lldp",
    "loopback-detect",
    "negotiation",
    "undo negotiation",
    "port-security",
    "speed",
    "storm-control",
    "stp",
    "voice-vlan",
)


def new_port() -> Port:
    return Port(allowed=FIRST, untagged=FIRST)


def add(views: Views, access_is_default: bool) -> None:
    """Register the commands. access_is_default: a port that nobody configured is an access port (VRP8)."""

    @views.system.command("interface <name...>")
    def interface(context: Context, text: str) -> Answer | None:
        words = text.replace(" ", "")
        number = words.lower().removeprefix("vlanif")
        if words.lower().startswith("vlanif") and number.isdigit():
            if int(number) not in context.config.vlans:
                return failed("Error: The VLAN does not exist.")
            context.config.svis.setdefault(int(number), Svi())
            context.session.mode, context.session.about = "own", (number,)
            return None
        name = port_name(context.config, text)
        if name is None:
            return context.rejected()
        context.session.mode, context.session.about = "port", (name,)
        return None

    @views.system.command("undo interface <name...>")
    def undo_interface(context: Context, text: str) -> Answer | None:
        number = text.replace(" ", "").lower().removeprefix("vlanif")
        if not number.isdigit() or context.config.svis.pop(int(number), None) is None:
            return context.rejected()
        return None

    @views.system.command("port-group group-member <names...>")
    def group(context: Context, text: str) -> Answer | None:
        names = port_names(context.config, text)
        if not names:
            return context.rejected()
        context.session.mode, context.session.about = "port", tuple(names)
        return None

    @views.system.command("vlan <id>")
    def vlan(context: Context, text: str) -> Answer | None:
        if not 1 <= int(text) <= 4094:
            return context.rejected()
        new_vlan(context.config, int(text))
        context.session.mode, context.session.about = "vlan", (text,)
        return None

    @views.system.command("vlan batch <vlans...>")
    def batch(context: Context, text: str) -> Answer | None:
        try:
            for number in vlans(text):
                new_vlan(context.config, number)
        except BadList:
            return context.rejected()
        return None

    @views.system.command("undo vlan <id>", "undo vlan batch <vlans...>")
    def undo_vlan(context: Context, text: str) -> Answer | None:
        try:
            unwanted = vlans(text)
        except BadList:
            return context.rejected()
        if 1 in unwanted:
            return failed("Error: The default VLAN cannot be deleted.")
        if unwanted & context.config.svis.keys():
            return failed("Error: The VLAN has a L3 interface. Please delete it first.")
        if len(unwanted) == 1 and not unwanted & context.config.vlans.keys():
            return failed("Error: The VLAN does not exist.")
        drop_vlans(context.config, unwanted)
        return None

    @views.port.command("port link-type (access|trunk|hybrid)")
    def link_type(context: Context, wanted: str) -> Answer | None:
        mode = None if wanted == "access" and access_is_default else wanted
        for port in ports(context):
            if port.mode == mode:
                continue
            if port.access != 1 or port.native != 1 or not port.allowed <= FIRST or not port.untagged <= FIRST:
                return failed("Error: Please renew the default configurations.")
        for port in ports(context):
            if port.mode != mode:
                port.mode = mode  # type: ignore[assignment]
                port.allowed = frozenset() if mode == "hybrid" else FIRST
                port.untagged = FIRST
        return None

    @views.port.command("undo port link-type [<rest...>]")
    def undo_link_type(context: Context, *_: str) -> Answer | None:
        for port in ports(context):
            if port.access != 1 or port.native != 1 or not port.allowed <= FIRST or not port.untagged <= FIRST:
                return failed("Error: Please renew the default configurations.")
        for port in ports(context):
            port.mode, port.allowed, port.untagged = None, FIRST, FIRST
        return None

    @views.port.command("port default vlan <id>")
    def default_vlan(context: Context, text: str) -> Answer | None:
        number = int(text)
        if not 1 <= number <= 4094:
            return context.rejected()
        if any(not (port.mode == "access" or (port.mode is None and access_is_default)) for port in ports(context)):
            return failed("Error: The port link-type is not access.")
        if number not in context.config.vlans and context.session.number != LOADING:
            return failed("Error: The VLAN does not exist.")
        for port in ports(context):
            port.access = number
        return None

    @views.port.command("undo port default vlan [<rest...>]")
    def undo_default_vlan(context: Context, *_: str) -> None:
        for port in ports(context):
            port.access = 1

    @views.port.command("port trunk allow-pass vlan <vlans...>")
    def allow_pass(context: Context, text: str) -> Answer | None:
        """Adds to what is allowed already: a line without a VLAN takes nothing away."""
        return change(context, "trunk", text, lambda port, listed: setattr(port, "allowed", port.allowed | listed))

    @views.port.command("undo port trunk allow-pass vlan <vlans...>")
    def undo_allow_pass(context: Context, text: str) -> Answer | None:
        return change(context, "trunk", text, lambda port, listed: setattr(port, "allowed", port.allowed - listed))

    @views.port.command("port hybrid tagged vlan <vlans...>")
    def tagged(context: Context, text: str) -> Answer | None:
        def both(port: Port, listed: frozenset[int]) -> None:
            port.allowed, port.untagged = port.allowed | listed, port.untagged - listed

        return change(context, "hybrid", text, both)

    @views.port.command("port hybrid untagged vlan <vlans...>")
    def untagged(context: Context, text: str) -> Answer | None:
        def both(port: Port, listed: frozenset[int]) -> None:
            port.allowed, port.untagged = port.allowed - listed, port.untagged | listed

        return change(context, "hybrid", text, both)

    @views.port.command("undo port hybrid vlan <vlans...>")
    def undo_hybrid(context: Context, text: str) -> Answer | None:
        def both(port: Port, listed: frozenset[int]) -> None:
            port.allowed, port.untagged = port.allowed - listed, port.untagged - listed

        return change(context, "hybrid", text, both)


def change(context: Context, mode: str, text: str, to: Callable[[Port, frozenset[int]], None]) -> Answer | None:
    """Change the lists of trunk or hybrid ports by `all` or a list of VLANs."""
    try:
        listed = all_or(text)
    except BadList:
        return context.rejected()
    if any(port.mode != mode for port in ports(context)):
        return failed(f"Error: The port link-type is not {mode}.")
    for port in ports(context):
        to(port, listed)
    return None
