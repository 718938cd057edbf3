"""Commands of Comware outside configuration: looking, saving, rebooting."""

from __future__ import annotations

from collections.abc import Callable

from lab.switch.comware import display
from lab.switch.config import Armed
from lab.switch.dialect import Answer, Context, Question
from lab.switch.views import Views, ask, failed, port_name, shown

SAVED = "Validating file. Please wait...\nSaved the current configuration to mainboard device successfully."


def add(views: Views) -> None:
    """Register the commands."""

    @views.user.command("screen-length disable")
    def screen_length(context: Context) -> None:
        context.session.length = 0

    @views.display.command("save", "save force")
    def save(context: Context) -> Answer:
        def write() -> Answer:
            context.switch.startup = context.switch.running.copy()
            return Answer(SAVED)

        def named(_unused: str) -> Answer:
            return ask("flash:/startup.cfg exists, overwrite? [Y/N]:", write)

        def yes() -> Answer:
            text = (
                "Please input the file name(*.cfg)[flash:/startup.cfg]\n"
                "(To leave the existing filename unchanged, press the enter key):"
            )
            return Answer(ask=Question(text, named))

        if context.line.split()[-1] == "force":
            return write()
        return ask("The current configuration will be written to the device. Are you sure? [Y/N]:", yes)

    @views.user.command("reboot")
    def reboot(context: Context) -> Answer:
        def sure() -> Answer:
            return ask("This command will reboot the device. Continue? [Y/N]:", lambda: Answer(act="reboot"))

        return unsaved(context, sure)

    @views.user.command("scheduler reboot delay <when>")
    def schedule(context: Context, when: str) -> Answer:
        hours, _unused, minutes = when.rpartition(":")
        if not minutes.isdigit() or (hours and not hours.isdigit()):
            return context.rejected()
        total = int(hours or 0) * 60 + int(minutes)

        def arm() -> Answer:
            context.switch.reload = Armed("reload", total * 60)
            return Answer()

        return ask(f"Reboot system in {total // 60} hour(s) and {total % 60} minute(s). Continue? [Y/N]:", arm)

    @views.user.command("undo scheduler reboot")
    def undo_schedule(context: Context) -> None:
        context.switch.reload = None

    @views.display.command("display scheduler reboot")
    def display_schedule(context: Context) -> Answer:
        armed = context.switch.reload
        return shown(f"System will reboot in {armed.seconds / 60:.0f} minutes." if armed else "No reboot is scheduled.")

    reports(views)


def unsaved(context: Context, then: Callable[[], Answer]) -> Answer:
    """Before a reboot Comware asks whether to save; who says yes without thought keeps what it was to undo."""

    def yes() -> Answer:
        context.switch.startup = context.switch.running.copy()
        return then()

    if context.switch.saved:
        return then()
    return ask("Current configuration may be lost after the reboot, save current configuration? [Y/N]:", yes, then)


def reports(views: Views) -> None:
    """Register the commands that only look."""

    @views.display.command("display current-configuration", "display current-configuration interface <name...>")
    def current(context: Context, text: str = "") -> Answer:
        whole = context.dialect.render(context.switch.running)
        if not text:
            return shown(whole)
        name = interface_name(context, text)
        return part(whole, f"interface {name}") if name else context.rejected()

    @views.display.command("display saved-configuration")
    def saved(context: Context) -> Answer:
        return shown(context.dialect.render(context.switch.startup))

    @views.display.command("display this")
    def this(context: Context) -> Answer:
        whole = context.dialect.render(context.switch.running)
        start = {"vlan": "vlan ", "own": "interface Vlan-interface", "port": "interface "}.get(context.session.mode)
        if start is None or len(context.session.about) != 1:
            return shown(whole)
        return part(whole, start + context.session.about[0])

    @views.display.command("display vlan", "display vlan (brief|all)", "display vlan <id>")
    def vlan(context: Context, what: str = "") -> Answer:
        if what == "brief":
            return shown(display.vlan_brief(context.switch))
        if not what:
            return shown(display.vlan_list(context.switch))
        numbers = sorted(context.switch.running.vlans) if what == "all" else [int(what)]
        if not set(numbers) <= context.switch.running.vlans.keys():
            return failed("The VLAN does not exist.")
        return shown(display.vlan_detail(context.switch, numbers))

    @views.display.command("display port trunk")
    def port_trunk(context: Context) -> Answer:
        return shown(display.port_trunk(context.switch))

    @views.display.command("display interface", "display interface <name...>")
    def interface(context: Context, text: str = "") -> Answer:
        if text and "brief".startswith(text.lower()):
            return shown(display.interface_brief(context.switch))
        name = interface_name(context, text) if text else None
        if text and name is None:
            return context.rejected()
        return shown(display.interface(context.switch, [name] if name else display.every(context.switch)))

    @views.display.command("display ip interface brief")
    def ip_brief(context: Context) -> Answer:
        return shown(display.ip_interface_brief(context.switch))

    @views.display.command("display lldp neighbor-information list")
    def lldp(context: Context) -> Answer:
        if context.switch.running.block("lldp global enable") is None:
            return Answer("LLDP is not enabled globally.")
        return shown(display.lldp_list(context.switch))

    @views.display.command("display arp", "display arp all")
    def arp(context: Context) -> Answer:
        return shown(display.arp(context.switch))

    @views.display.command("display mac-address")
    def mac(context: Context) -> Answer:
        return shown(display.mac_address(context.switch))

    @views.display.command("display version")
    def version(context: Context) -> Answer:
        return shown(display.version(context.switch))


def interface_name(context: Context, text: str) -> str | None:
    """The full name of a port or VLAN interface of this switch."""
    known = {name.lower(): name for name in display.every(context.switch)}
    joined = text.replace(" ", "").lower()
    return known.get(joined.replace("vlan-interface", "vlan").replace("vlan", "vlan-interface")) or port_name(
        context.switch.running, text
    )


def part(whole: str, header: str) -> Answer:
    """One section of the configuration."""
    lines = whole.splitlines()
    start = lines.index(header)
    return shown("\n".join(["#", *lines[start : lines.index("#", start) + 1], "return"]))
