"""Commands of VRP outside configuration: looking, saving, rebooting."""

from __future__ import annotations

from collections.abc import Callable

from lab.switch.config import Armed
from lab.switch.dialect import Answer, Context
from lab.switch.views import Views, ask, failed, port_name, shown
from lab.switch.vrp import display


def add(views: Views, eight: bool) -> None:
    """Register the commands; eight: of VRP8."""

    @views.user.command("screen-length <number> temporary", "screen-length disable")
    def screen_length(context: Context, number: str = "0") -> None:
        context.session.length = int(number)

    @views.user.command("screen-width <number>")
    def screen_width(context: Context, number: str) -> None:
        context.session.width = int(number)

    @views.user.command("save", "save force")
    def save(context: Context) -> Answer:
        def yes() -> Answer:
            context.switch.startup = context.switch.running.copy()
            done = "Info: Save the configuration successfully." if eight else "Save the configuration successfully."
            return Answer(f"Now saving the current configuration to the slot {'1 ' if eight else '0'}.\n{done}")

        if context.line.split()[-1] == "force":
            return yes()
        if eight:
            return ask("Warning: The current configuration will be written to the device. Continue? [Y/N]:", yes)
        return ask("The current configuration will be written to the device.\nAre you sure to continue?[Y/N]", yes)

    @views.user.command("reboot", "reboot fast")
    def reboot(context: Context) -> Answer:
        def sure() -> Answer:
            return ask("System will reboot! Continue?[Y/N]:", lambda: Answer(act="reboot"))

        return sure() if context.line.split()[-1] == "fast" else unsaved(context, sure)

    @views.user.command("schedule reboot delay <when>", "schedule reboot delay <when> force")
    def schedule(context: Context, when: str) -> Answer:
        hours, _unused, minutes = when.rpartition(":")
        if not minutes.isdigit() or (hours and not hours.isdigit()):
            return context.rejected()
        total = int(hours or 0) * 60 + int(minutes)

        def arm() -> Answer:
            context.switch.reload = Armed("reload", total * 60)
            return Answer()

        def sure() -> Answer:
            return ask(f"Reboot system in {total // 60} hour(s) and {total % 60} minute(s). confirm? [Y/N]:", arm)

        return sure() if context.line.split()[-1] == "force" else unsaved(context, sure)

    @views.user.command("undo schedule reboot")
    def undo_schedule(context: Context) -> Answer:
        if context.switch.reload is None:
            return Answer("Info: No reboot is scheduled.")
        context.switch.reload = None
        return Answer("Info: The schedule reboot was cancelled.")

    @views.display.command("display schedule reboot")
    def display_schedule(context: Context) -> Answer:
        armed = context.switch.reload
        return shown(
            f"Info: System will reboot in {armed.seconds / 60:.0f} minutes."
            if armed
            else "Info: No reboot is scheduled."
        )

    reports(views, eight)


def unsaved(context: Context, then: Callable[[], Answer]) -> Answer:
    """Before a reboot VRP asks whether to save; who says yes without thought keeps what the reboot was to undo."""

    def yes() -> Answer:
        context.switch.startup = context.switch.running.copy()
        return then()

    if context.switch.saved:
        return then()
    return ask("Warning: The configuration has been modified. Save it to the startup file? Continue? [Y/N]:", yes, then)


def reports(views: Views, eight: bool) -> None:
    """Register the commands that only look."""

    @views.display.command("display current-configuration", "display current-configuration interface <name...>")
    def current(context: Context, text: str = "") -> Answer:
        whole = context.dialect.render(context.switch.running)
        return shown(whole) if not text else part(context, whole, text)

    @views.display.command("display saved-configuration")
    def saved(context: Context) -> Answer:
        return shown(context.dialect.render(context.switch.startup))

    @views.display.command("display this")
    def this(context: Context) -> Answer:
        whole = context.dialect.render(context.switch.running)
        start = {"vlan": "vlan ", "own": "interface Vlanif", "port": "interface "}.get(context.session.mode)
        if start is None or len(context.session.about) != 1:
            return shown(whole)
        return part(context, whole, start + context.session.about[0], whole_header=True)

    def part(context: Context, whole: str, text: str, whole_header: bool = False) -> Answer:
        header = text
        if not whole_header:
            config = context.switch.running
            number = text.replace(" ", "").lower().removeprefix("vlanif")
            name = f"Vlanif{number}" if number.isdigit() else port_name(config, text)
            if name is None or (number.isdigit() and int(number) not in config.svis):
                return context.rejected()
            header = f"interface {name}"
        lines = whole.splitlines()
        if header not in lines:
            return shown("#\nreturn")
        start = lines.index(header)
        return shown("\n".join(["#", *lines[start : lines.index("#", start) + 1], "return"]))

    @views.display.command("display vlan", "display vlan brief", "display vlan <id>")
    def vlan(context: Context, text: str = "") -> Answer:
        numbers = {int(text)} if text else set(context.switch.running.vlans)
        if not numbers <= context.switch.running.vlans.keys():
            return failed("Error: The VLAN does not exist.")
        return shown(display.vlan(context.switch, numbers, eight))

    @views.display.command("display port vlan", "display port vlan <name...>")
    def port_vlan(context: Context, text: str = "") -> Answer:
        name = port_name(context.switch.running, text) if text else None
        if text and name is None:
            return context.rejected()
        return shown(display.port_vlan(context.switch, [name] if name else context.switch.running.ports, eight))

    @views.display.command("display interface", "display interface <name...>")
    def interface(context: Context, text: str = "") -> Answer:
        if text and "brief".startswith(text.lower()):
            return shown(display.interface_brief(context.switch))
        if text and "description".startswith(text.lower()):
            return shown(display.interface_description(context.switch))
        known = {name.lower(): name for name in display.every(context.switch)}
        name = known.get(text.replace(" ", "").lower()) or port_name(context.switch.running, text)
        if text and name is None:
            return context.rejected()
        return shown(display.interface(context.switch, [name] if name else display.every(context.switch)))

    @views.display.command("display ip interface brief")
    def ip_brief(context: Context) -> Answer:
        return shown(display.ip_interface_brief(context.switch))

    @views.display.command("display lldp neighbor", "display lldp neighbor brief")
    def lldp(context: Context) -> Answer:
        if context.switch.running.block("lldp enable") is None:
            return Answer("Error: Global LLDP is not enabled.")
        brief = context.line.split()[-1].lower().startswith("b")
        return shown(display.lldp_brief(context.switch, eight) if brief else display.lldp(context.switch))

    @views.display.command("display arp", "display arp all")
    def arp(context: Context) -> Answer:
        return shown(display.arp(context.switch, eight))

    @views.display.command("display mac-address", "display mac-address dynamic")
    def mac(context: Context) -> Answer:
        return shown(display.mac_address(context.switch, eight))
