"""Cisco IOS and IOS XE on Catalyst switches."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from typing import ClassVar

from wardround.network.device import ALL_VLANS, DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort
from wardround.network.dialects.base import (
    Dialect,
    DialectError,
    Mode,
    Questions,
    Rollback,
    Table,
    agree,
    blocks,
    chunks,
    switch_of,
    vlan_set,
)
from wardround.network.steps import (
    RESERVED,
    AddToTrunk,
    CreateVlan,
    DeleteVlan,
    Describe,
    Enable,
    NameVlan,
    RemoveFromTrunk,
    SetMode,
    SetNative,
    Step,
)

ALLOWED = "switchport trunk allowed vlan"
CERTIFICATE = re.compile(
    r"^( certificate (?:[a-z-]+ )*[0-9A-F]+)(?: nvram:\S+|(?:\n\s+[0-9A-F]+(?: [0-9A-F]+)*)+\n\s+quit)$",
    re.MULTILINE | re.IGNORECASE,
)
"""A certificate of a chain and what it holds: IOS XE has it in full in what runs, as a file's name in what is saved."""


class CiscoIos(Dialect):
    """Cisco IOS.

    Rollback: `configure terminal revert timer` with `configure confirm` where `archive` has a path (IOS 12.4(23)T, IOS
    XE; Configuration Rollback Confirmed Change), which puts back the running configuration; else `reload in`, which
    starts the switch anew from what is saved. Neither puts back vlan.dat, where a VTP server or client has its VLANs.
    Both not verified on hardware.
    """

    platform = "cisco_ios"
    netmiko = "cisco_ios"
    pager_off = "terminal length 0"
    questions = Questions(
        running="show running-config",
        saved="show startup-config",
        vlans="show vlan brief",
        arp="show ip arp",
        macs="show mac address-table",
        lldp="show lldp neighbors",
    )
    errors = re.compile(r"^ *%(?![A-Z0-9_]+-\d-)|^Command rejected", re.MULTILINE)  # not %LINK-3-UPDOWN, a log line
    answers = (
        (r"[Ss]ave\? \[yes/no\]: ?$", "no"),
        (r"\[confirm\] ?$", ""),
        (r"\[startup-config\]\? ?$", ""),
    )
    save = ("write memory",)
    leave = "exit"
    short: ClassVar = {
        "Fa": "FastEthernet",
        "Gi": "GigabitEthernet",
        "Te": "TenGigabitEthernet",
        "Tw": "TwoGigabitEthernet",
        "Twe": "TwentyFiveGigE",
        "Fo": "FortyGigabitEthernet",
        "Hu": "HundredGigE",
        "Et": "Ethernet",
        "Po": "Port-channel",
    }
    aggregation = ("Port-channel", "channel-group")
    changing = re.compile(
        r"Building configuration|Current configuration :|Using \d+ out of|ntp clock-period|!"  # comments hold the times
    )

    def settings(self, configuration: str) -> list[str]:
        """Of a certificate its chain, kind and serial number."""
        return CERTIFICATE.sub(r"\1", "\n".join(super().settings(configuration))).split("\n")

    def parse(self, running: str, vlans: str) -> SwitchModel:
        name, written, ports = "switch", dict[int, str](), dict[str, Port]()
        for header, body in blocks(running):
            if header.startswith("hostname "):
                name = header.split()[1]
            elif re.fullmatch(r"vlan [0-9,-]+", header):
                given = next((line[5:] for line in body if line.startswith("name ")), "")
                written |= dict.fromkeys(vlan_set(header[5:]), given)
            elif port := _port(header, body):
                ports[port.name] = port
        rows = _rows(vlans)
        # A VTP server or client keeps its VLANs in a database of its own: then the table alone has them.
        known = written or {vlan: shown for vlan, (shown, _unused) in rows.items()}
        for vlan in known.keys() & rows.keys() - RESERVED:
            shown = rows[vlan][0]
            if (known[vlan] or _default_name(vlan)) != (shown or _default_name(vlan)):
                raise DialectError(
                    f"{name} contradicts itself: VLAN {vlan} is named {known[vlan] or _default_name(vlan)} in the"
                    f" running configuration, {shown} in the VLAN table. Nothing is changed until it agrees"
                )
        known = {vlan: "" if given == _default_name(vlan) else given for vlan, given in known.items()}
        switch = switch_of(self.platform, name, known, ports, self.managed(running))
        return agree(switch, self.table(vlans), trunks=False)

    def table(self, vlans: str) -> Table:
        return {vlan: frozenset(map(self.long_name, names)) for vlan, (_unused, names) in _rows(vlans).items()}

    def managed(self, running: str) -> frozenset[int]:
        return frozenset(
            int(found[1])
            for header, body in blocks(running)
            if (found := re.fullmatch(r"interface Vlan(\d+)", header))
            and any(re.match("ip address ", line) for line in body)
        )

    def render(self, switch: SwitchModel) -> list[str]:
        lines = [f"hostname {switch.name}", "!"]
        for vlan, name in switch.vlans.items():
            lines += [f"vlan {vlan}", *([f" name {name}"] if name else []), "!"]
        for port in switch.ports.values():
            described = [f"description {port.description}"] if port.description else []
            body = [*described, *_written(port.mode), *(["shutdown"] if port.enabled is False else [])]
            lines += [f"interface {port.name}", *(f" {line}" for line in body), "!"]
        return lines

    def step(self, step: Step) -> list[str]:
        return _commands(step)

    def leftovers(self, step: SetMode, body: list[str]) -> Iterator[str]:
        """A telephone's VLAN on a port that was no access port, and on one without a mode what a trunk would read.

        What a trunk may carry is left: without the line that is everything.
        """
        if not isinstance(step.was, Access) and any(line.startswith("switchport voice vlan ") for line in body):
            yield "no switchport voice vlan"
        if step.mode is None and any(line.startswith("switchport trunk native vlan ") for line in body):
            yield "no switchport trunk native vlan"

    def rollback(self, seconds: int, running: str) -> Rollback:
        minutes = max(1, -(-seconds // 60))
        if any(
            header == "archive" and any(line.startswith("path ") for line in body) for header, body in blocks(running)
        ):
            return Rollback(
                "configure terminal revert timer",
                arm=(f"configure terminal revert timer {minutes}",),
                seal=("end",),
                confirm=("configure confirm",),
                seconds=minutes * 60,
            )
        return Rollback(
            "reload in",
            arm=(f"reload in {minutes}", "configure terminal"),
            seal=("end",),
            confirm=("reload cancel",),
            seconds=minutes * 60,
            reboots=True,
        )

    def refusal(self, answer: str) -> str:
        """An older Catalyst, which knows ISL too, wants a line before a trunk that a newer one refuses."""
        said = super().refusal(answer)
        if "trunk encapsulation is" not in said:
            return said
        return f"{said}; type `switchport trunk encapsulation dot1q` at this port of the switch once, and save it"

    def lasting(self, running: str, steps: Iterable[Step]) -> list[str]:
        """A switch without any VLAN of its own is a VTP server, as from the factory, unless it says that it is none."""
        own = re.compile(r"vlan [0-9,-]+$|vtp mode (transparent|off)\b")
        vlans = sorted({step.vlan for step in steps if isinstance(step, CreateVlan | NameVlan | DeleteVlan)})
        if not vlans or any(own.match(header) for header, _unused in blocks(running)):
            return []
        return [
            f"VLAN {', '.join(map(str, vlans))} would be added, renamed or deleted in vlan.dat, where a VTP server or"
            " client keeps its VLANs and no rollback puts them back; type `vtp mode transparent` or `vtp mode off` at"
            " the switch first; ports may be changed without"
        ]


def _port(header: str, body: list[str]) -> Port | None:
    """A switch port; None for anything else, for a routed port and for a member of an aggregation."""
    found = re.fullmatch(r"interface (\S+)", header)
    if not found or re.match(r"(Vlan|Loopback|Tunnel|Null)\d|AppGigabit|Bluetooth", found[1]):
        return None
    if "no switchport" in body or any(re.match(r"channel-group |ip address |no ip address", line) for line in body):
        return None
    said = dict(line.rsplit(" ", 1) for line in body if line.startswith("switchport ") and " " in line)
    mode: Mode = None
    if said.get("switchport mode") == "access":
        voice = said.get("switchport voice vlan", "")
        mode = Access(int(said.get("switchport access vlan", DEFAULT_VLAN)), int(voice) if voice.isdigit() else None)
    elif said.get("switchport mode") == "trunk":
        mode = TrunkPort(_allowed(body), int(said.get("switchport trunk native vlan", DEFAULT_VLAN)))
    description = next((line[12:] for line in body if line.startswith("description ")), "")
    return Port(found[1], mode, description, "shutdown" not in body)


def _allowed(body: list[str]) -> frozenset[int]:
    """No line means all; a long list goes on in lines with `add`."""
    lists = [line.removeprefix(f"{ALLOWED} ") for line in body if line.startswith(f"{ALLOWED} ")]
    return frozenset().union(*(vlan_set(text.removeprefix("add ")) for text in lists)) if lists else ALL_VLANS


def _rows(vlans: str) -> dict[int, tuple[str, list[str]]]:
    """Name and ports of each row of `show vlan brief`; ports go on in lines that begin with blanks."""
    rows: dict[int, tuple[str, list[str]]] = {}
    vlan = 0
    for line in vlans.splitlines():
        found = re.match(r"(\d{1,4}) +(\S+) +(active|suspended|act/\w+|sus/\w+)\s*(.*)", line)
        if found:
            vlan = int(found[1])
            rows[vlan] = (found[2], re.findall(r"[^\s,]+", found[4]))
        elif vlan and re.match(r" {20,}\S", line):
            rows[vlan][1].extend(re.findall(r"[^\s,]+", line))
        elif line.startswith("VLAN Type"):
            break
    return rows


def _default_name(vlan: int) -> str:
    return f"VLAN{vlan:04}"


def _written(mode: Mode) -> Iterator[str]:
    if isinstance(mode, Access):
        yield from [f"switchport access vlan {mode.vlan}"] if mode.vlan != DEFAULT_VLAN else []
        yield "switchport mode access"
        yield from [f"switchport voice vlan {mode.voice}"] if mode.voice else []
    elif isinstance(mode, TrunkPort):
        native = mode.native or DEFAULT_VLAN
        yield from [f"switchport trunk native vlan {native}"] if native != DEFAULT_VLAN else []
        if mode.allowed != ALL_VLANS:
            first, *more = chunks(mode.allowed, "-", ",") or ["none"]
            yield f"{ALLOWED} {first}"
            yield from (f"{ALLOWED} add {part}" for part in more)
        yield "switchport mode trunk"


def _commands(step: Step) -> list[str]:
    match step:
        case CreateVlan(vlan, name):
            return [f"vlan {vlan}", *([f"name {name}"] if name else []), "exit"]
        case NameVlan(vlan, name):
            return [f"vlan {vlan}", f"name {name}" if name else "no name", "exit"]
        case DeleteVlan(vlan):
            return [f"no vlan {vlan}"]
        case AddToTrunk(_, vlans):
            body = [f"{ALLOWED} add {part}" for part in chunks(vlans, "-", ",")]
        case RemoveFromTrunk(_, vlans):
            body = [f"{ALLOWED} remove {part}" for part in chunks(vlans, "-", ",")]
        case SetNative(_, vlan):
            body = [f"switchport trunk native vlan {vlan}"]
        case SetMode(_, was, mode):
            body = list(_become(was, mode))
        case Describe(_, text):
            body = [f"description {text}" if text else "no description"]
        case Enable(_, enabled):
            body = ["no shutdown" if enabled else "shutdown"]
    return [f"interface {step.port}", *body, "exit"]


def _become(was: Mode, mode: Mode) -> Iterator[str]:
    """What the new mode reads is written before the mode itself, so that a new trunk never carries all VLANs."""
    if isinstance(mode, Access):
        yield f"switchport access vlan {mode.vlan}"
        if isinstance(was, Access) and was.voice and not mode.voice:
            yield "no switchport voice vlan"
        if mode.voice and not (isinstance(was, Access) and was.voice == mode.voice):
            yield f"switchport voice vlan {mode.voice}"
        if not isinstance(was, Access):
            yield "switchport mode access"
        return
    if isinstance(was, Access) and was.voice:
        yield "no switchport voice vlan"
    if isinstance(mode, TrunkPort):
        yield f"{ALLOWED} {'all' if mode.allowed == ALL_VLANS else 'none'}"
        yield from (f"{ALLOWED} add {part}" for part in chunks(mode.allowed, "-", ",") if mode.allowed != ALL_VLANS)
        yield f"switchport trunk native vlan {mode.native or DEFAULT_VLAN}"
        yield "switchport mode trunk"
    else:
        yield "no switchport mode"
    yield "no switchport access vlan"
