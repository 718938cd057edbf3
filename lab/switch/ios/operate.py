"""Commands of IOS outside configuration: looking, saving, reloading, and changes that must be confirmed."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lab.switch import timers
from lab.switch.config import Armed, Config
from lab.switch.dialect import Answer, Context, Question
from lab.switch.grammar import Grammar
from lab.switch.ios import show
from lab.switch.ios.names import BadName, full
from lab.switch.ios.text import render

KINDS = {"number": r"\d+"}
USER, EXEC = Grammar(KINDS), Grammar(KINDS)
SAVED = "Building configuration...\n[OK]"


def anyone(*patterns: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Decorator for a command that needs no privilege."""
    return lambda handler: USER.command(*patterns)(EXEC.command(*patterns)(handler))


def shown(text: str) -> Answer:
    return Answer(text, shown=True)


# Session


@anyone("exit", "quit", "logout")
def leave(context: Context) -> Answer:
    return Answer(act="close")


@anyone("enable")
def enable(context: Context) -> Answer:
    if context.dialect.secret is None or context.session.privilege == 15:
        context.session.privilege = 15
        return Answer()

    def check(password: str) -> Answer:
        if password != context.dialect.secret:
            return Answer("% Access denied", failed=True)
        context.session.privilege = 15
        return Answer()

    return Answer(ask=Question("Password: ", check, secret=True))


@EXEC.command("disable")
def disable(context: Context) -> None:
    context.session.privilege = 1


@anyone("terminal (length|width) <number>")
def terminal(context: Context, what: str, number: str) -> Answer | None:
    if int(number) > 512:
        return context.rejected()
    if what == "length":
        context.session.length = int(number)
    else:
        context.session.width = int(number)
    return None


@anyone("terminal monitor", "terminal no monitor")
def monitor(context: Context) -> None:
    """No log lines are emulated."""


# Looking


@EXEC.command("show running-config", "show running-config interface <name...>")
def show_running(context: Context, name: str = "") -> Answer:
    text = render(context.switch.running)
    if not name:
        return shown(f"Building configuration...\n\nCurrent configuration : {len(text)} bytes\n{text}")
    wanted = interface(context, name)
    if wanted is None:
        return context.rejected()
    lines = text.splitlines()
    start = lines.index(f"interface {wanted}")
    part = "\n".join(lines[start : lines.index("!", start)])
    return shown(f"Building configuration...\n\nCurrent configuration : {len(part)} bytes\n!\n{part}\nend")


@EXEC.command("show startup-config")
def show_startup(context: Context) -> Answer:
    text = render(context.switch.startup)
    return shown(f"Using {len(text)} out of 2097152 bytes\n{text}")


def interface(context: Context, text: str) -> str | None:
    """The full name of a port or VLAN interface of this switch."""
    try:
        name = full(text)
    except BadName:
        return None
    config = context.switch.running
    return name if name in config.ports or (name.startswith("Vlan") and int(name[4:]) in config.svis) else None


def simple(pattern: str, report: Callable[..., str]) -> None:
    anyone(pattern)(lambda context: shown(report(context.switch)))


for pattern, report in {
    "show vlan": show.vlan_all,
    "show vlan brief": show.vlan_brief,
    "show interfaces trunk": show.interfaces_trunk,
    "show ip interface brief": show.ip_interface_brief,
    "show version": show.version,
}.items():
    simple(pattern, report)


@anyone("show lldp neighbors")
def lldp(context: Context) -> Answer:
    if context.switch.running.block("lldp run") is None:
        return Answer("% LLDP is not enabled")
    return shown(show.lldp_neighbors(context.switch))


REPORTS = {
    "status": show.interfaces_status,
    "switchport": show.interfaces_switchport,
    "description": show.interfaces_description,
}


@anyone("show interfaces (status|switchport|description)")
def show_interfaces_report(context: Context, report: str) -> Answer:
    names = list(context.switch.running.ports)
    if report == "description":
        names = [*(f"Vlan{number}" for number in sorted(context.switch.running.svis)), *names]
    return shown(REPORTS[report](context.switch, names))


@anyone("show interfaces", "show interfaces <name...>")
def show_interfaces(context: Context, text: str = "") -> Answer:
    config = context.switch.running
    words = text.split()
    reports = [name for name in REPORTS if len(words) > 1 and name.startswith(words[-1].lower())]
    report: Callable[..., str] = REPORTS[reports[0]] if reports else show.interfaces
    if not words:
        names = [*(f"Vlan{number}" for number in sorted(config.svis)), *config.ports]
        return shown(report(context.switch, names))
    name = interface(context, " ".join(words[: -1 if reports else None]))
    if name is None or (reports and name not in config.ports):
        return context.rejected()
    return shown(report(context.switch, [name]))


@anyone("show mac address-table", "show mac address-table <what> [<rest...>]")
def show_macs(context: Context, what: str = "", rest: str = "") -> Answer:
    learned = sorted(context.switch.live.learned, key=lambda entry: (entry.vlan, entry.address))
    words = [word for word in f"{what} {rest}".split() if not "dynamic".startswith(word.lower())]
    if words[:1] and "interface".startswith(words[0].lower()):
        name = interface(context, " ".join(words[1:]))
        learned = [entry for entry in learned if entry.port == name]
    elif words[:1] == ["vlan"] and words[1:]:
        learned = [entry for entry in learned if str(entry.vlan) == words[1]]
    elif words:
        return context.rejected()
    return shown(show.mac_address_table(learned))


@anyone("show ip arp", "show arp")
def show_arp(context: Context) -> Answer:
    return shown(show.ip_arp(context.switch))


@anyone("show privilege")
def show_privilege(context: Context) -> Answer:
    return shown(f"Current privilege level is {context.session.privilege}")


@EXEC.command("show archive")
def show_archive(context: Context) -> Answer:
    if not archived(context.switch.running):
        return shown("Archive feature not enabled")
    return shown(
        "The maximum archive configurations allowed is 10.\nThere are currently 0 archive configurations saved."
    )


@EXEC.command("show archive config rollback timer")
def show_rollback(context: Context) -> Answer:
    armed = context.switch.rollback
    if armed is None:
        return shown("%No Rollback Confirmed Change pending")
    return shown(f"Time configured(in minutes): {armed.seconds / 60:.0f}\nTimer value: {armed.seconds / 60:.0f} min")


@anyone("show reload")
def show_reload(context: Context) -> Answer:
    armed = context.switch.reload
    return shown(f"Reload scheduled in {armed.seconds / 60:.0f} minutes" if armed else "No reload is scheduled.")


# Saving


@EXEC.command("write", "write memory")
def write(context: Context) -> Answer:
    context.switch.startup = context.switch.running.copy()
    return Answer(SAVED)


@EXEC.command("write erase", "erase startup-config")
def erase(context: Context) -> Answer:
    def sure(key: str) -> Answer:
        if key not in "yY\n" or context.switch.factory is None:
            return Answer()
        context.switch.startup = context.switch.factory()
        return Answer("[OK]\nErase of nvram: complete")

    return Answer(
        ask=Question(
            "Erasing the nvram filesystem will remove all configuration files! Continue? [confirm]", sure, key=True
        )
    )


@EXEC.command("copy running-config <target>")
def copy(context: Context, target: str) -> Answer:
    name = "startup-config" if "startup-config".startswith(target.lower()) else target.partition(":")[2]
    if target != "startup-config" and not name:
        return context.rejected()

    def to(reply: str) -> Answer:
        chosen = reply.strip() or name
        if chosen == "startup-config":
            context.switch.startup = context.switch.running.copy()
            return Answer(SAVED)
        context.switch.files[chosen] = context.switch.running.copy()
        return Answer(f"{len(render(context.switch.running))} bytes copied in 0.1 secs")

    return Answer(ask=Question(f"Destination filename [{name}]? ", to))


# Reloading


@EXEC.command("reload", "reload in <number> [<reason...>]")
def reload(context: Context, minutes: str = "", *_: str) -> Answer:
    switch = context.switch

    def proceed(key: str) -> Answer:
        if key not in "yY\n":
            switch.reload = None
            return Answer()
        return Answer() if minutes else Answer(act="reboot")

    def confirm() -> Answer:
        if not minutes:
            return Answer(ask=Question("Proceed with reload? [confirm]", proceed, key=True))
        switch.reload = Armed("reload", int(minutes) * 60)
        text = (
            f"Reload scheduled in {minutes} minute{'s' * (minutes != '1')} by {context.session.user} on vty0 "
            f"({context.session.source})\nReload reason: Reload Command"
        )
        return Answer(text, ask=Question("Proceed with reload? [confirm]", proceed, key=True))

    def save(reply: str) -> Answer:
        if reply.strip().lower() not in ("yes", "no", "y", "n"):
            return Answer("% Please answer 'yes' or 'no'.", ask=modified)
        if reply.strip().lower().startswith("y"):
            switch.startup = switch.running.copy()
        return confirm()

    modified = Question("\nSystem configuration has been modified. Save? [yes/no]: ", save)
    return confirm() if switch.saved else Answer(ask=modified)


@EXEC.command("reload cancel")
def cancel(context: Context) -> Answer:
    if context.switch.reload is None:
        return Answer("%No reload is scheduled.")
    context.switch.reload = None
    return Answer("\n\n***\n*** --- SHUTDOWN ABORTED ---\n***\n")


# Changes that must be confirmed


def archived(config: Config) -> bool:
    """Whether `archive` has a path, without which no configuration is put aside and none comes back."""
    block = config.block("archive")
    return block is not None and any(line.startswith("path ") for line in block.lines)


def arm(context: Context, minutes: str) -> Answer | None:
    """Start the rollback timer; an Answer why not."""
    if context.switch.rollback:
        return Answer("%Rollback Confirmed Change already pending; confirm or revert it first", failed=True)
    if not archived(context.switch.running):
        return Answer("%Turn config archive on before using Rollback Confirmed Change", failed=True)
    if not 1 <= int(minutes) <= 120:
        return context.rejected()
    context.switch.rollback = Armed("rollback", int(minutes) * 60, context.switch.running.copy())
    return None


@EXEC.command("configure", "configure terminal", "configure terminal revert timer <number>")
def configure(context: Context, minutes: str = "") -> Answer:
    refused = arm(context, minutes) if minutes else None
    if refused:
        return refused
    context.session.mode, context.session.about = "config", ()
    text = "Enter configuration commands, one per line.  End with CNTL/Z."
    return Answer(f"Rollback Confirmed Change: Backing up current running config\n\n{text}" if minutes else text)


@EXEC.command("configure confirm")
def confirm(context: Context) -> Answer:
    if context.switch.rollback is None:
        return Answer("%No Rollback Confirmed Change pending")
    context.switch.rollback = None
    return Answer()


@EXEC.command("configure revert now")
def revert_now(context: Context) -> Answer:
    if context.switch.rollback is None:
        return Answer("%No Rollback Confirmed Change pending")
    timers.expire(context.switch, context.switch.rollback)
    return Answer("Rollback Confirmed Change: rolling back\nRollback Done")


@EXEC.command("configure revert timer <number>")
def revert_timer(context: Context, minutes: str) -> Answer:
    if context.switch.rollback is None:
        return Answer("%No Rollback Confirmed Change pending")
    context.switch.rollback = Armed("rollback", int(minutes) * 60, context.switch.rollback.back_to)
    return Answer()


@EXEC.command(
    "configure replace <url>",
    "configure replace <url> force",
    "configure replace <url> force revert trigger timer <number>",
)
@EXEC.command("configure replace <url> revert trigger timer <number>")
def replace(context: Context, url: str, minutes: str = "") -> Answer:
    switch = context.switch
    wanted = switch.startup if url.endswith("startup-config") else switch.files.get(url.partition(":")[2].lstrip("/"))
    if wanted is None:
        return Answer(f"%Error opening {url} (No such file or directory)", failed=True)
    source: Config = wanted

    def sure(reply: str) -> Answer:
        if not reply.strip().lower().startswith("y"):
            return Answer()
        refused = arm(context, minutes) if minutes else None
        if refused:
            return refused
        switch.running = source.copy()
        return Answer("Total number of passes: 1\nRollback Done\n")

    if "force" in context.line.lower().split():
        return sure("y")
    return Answer(
        "This replaces the whole running configuration with the contents of the file.",
        ask=Question("Enter Y if you are sure you want to proceed. ? [no]: ", sure),
    )
