"""H3C Comware 7, and HPE switches of the same family."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from wardround.network.device import DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort
from wardround.network.dialects.base import (
    Dialect,
    Mode,
    Questions,
    Rollback,
    Table,
    agree,
    blocks,
    chunks,
    switch_of,
    vlan_set,
    voice_vlan,
)
from wardround.network.steps import (
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

PERMIT = "port trunk permit vlan"


class Comware7(Dialect):
    """H3C Comware 7. A port is an access port of VLAN 1 unless it is told otherwise; `permit` adds.

    Rollback: `configuration commit delay`, in whole minutes, kept with `configuration commit` (Comware 7 Fundamentals
    Configuration Guide, configuration commit delay). Not verified on hardware.
    """

    platform = "h3c_comware7"
    netmiko = "hp_comware"
    pager_off = "screen-length disable"
    questions = Questions(
        running="display current-configuration",
        saved="display saved-configuration",
        vlans="display vlan brief",
        arp="display arp",
        macs="display mac-address",
        lldp="display lldp neighbor-information list",
    )
    errors = re.compile(r"^\s*%|^\s*Error:|does not exist", re.MULTILINE)
    answers = ((r"\[Y/N\]:? ?$", "y"),)
    save = ("save force",)
    leave = "quit"
    default = Access(DEFAULT_VLAN)
    short: ClassVar = {
        "GE": "GigabitEthernet",
        "XGE": "Ten-GigabitEthernet",
        "FGE": "FortyGigE",
        "HGE": "HundredGigE",
        "BAGG": "Bridge-Aggregation",
    }
    aggregation = ("Bridge-Aggregation", "port link-aggregation group")
    changing = re.compile(r"#$|return$|\s*version ")

    def parse(self, running: str, vlans: str) -> SwitchModel:
        name, known, ports = "switch", dict[int, str](), dict[str, Port]()
        for header, body in self.sections(running):
            if header.startswith("sysname "):
                name = header.split()[1]
            elif re.fullmatch(r"vlan \d+( to \d+)?", header):
                given = next((line[5:] for line in body if line.startswith("name ")), "")
                known |= dict.fromkeys(vlan_set(header[5:]), given)
            elif port := _port(header, body):
                ports[port.name] = port
        switch = switch_of(self.platform, name, known, ports, self.managed(running))
        return agree(switch, self.table(vlans), trunks=True)

    def table(self, vlans: str) -> Table:
        """Columns stand where the header has them: a name may hold blanks, and be as wide as its column."""
        found: dict[int, set[str]] = {}
        column, vlan = None, None
        for line in vlans.splitlines():
            if header := re.match(r"VLAN ID +Name +(?=Port)", line):
                column = header.end()
            elif column is not None:
                if row := re.match(r"(\d+) ", line):
                    vlan = int(row[1])
                    found[vlan] = set()
                if vlan is not None:
                    found[vlan] |= {self.long_name(name) for name in line[column:].split()}
        return {vlan: frozenset(names) for vlan, names in found.items()}

    def managed(self, running: str) -> frozenset[int]:
        return frozenset(
            int(found[1])
            for header, body in self.sections(running)
            if (found := re.fullmatch(r"interface Vlan-interface(\d+)", header))
            and any(line.startswith("ip address ") for line in body)
        )

    def render(self, switch: SwitchModel) -> list[str]:
        lines = [f"sysname {switch.name}", "#"]
        for vlan, name in switch.vlans.items():
            lines += [f"vlan {vlan}", *([f" name {name}"] if name else []), "#"]
        for port in switch.ports.values():
            described = [f"description {port.description}"] if port.description else []
            body = [*described, *_written(port.mode), *(["shutdown"] if port.enabled is False else [])]
            lines += [f"interface {port.name}", *(f" {line}" for line in body), "#"]
        return lines

    def step(self, step: Step) -> list[str]:
        return _commands(step)

    def leftovers(self, step: SetMode, body: list[str]) -> Iterator[str]:
        """A telephone's VLAN; others go with the type of the link."""
        if not isinstance(step.was, Access) and voice_vlan(body):
            yield "undo voice-vlan enable"

    def sections(self, running: str) -> Iterator[tuple[str, list[str]]]:
        return blocks(_flat(running))

    def rollback(self, seconds: int, running: str) -> Rollback:
        minutes = max(1, -(-seconds // 60))
        return Rollback(
            "configuration commit delay",
            arm=("system-view", f"configuration commit delay {minutes}"),
            seal=("return",),
            confirm=("system-view", "configuration commit", "return"),
            seconds=minutes * 60,
        )


def _flat(running: str) -> str:
    """Comware writes what is at the top with one blank before it; only what follows a header is below it."""
    lines: list[str] = []
    inside = False
    for line in running.splitlines():
        if line.strip() == "#":
            inside = False
        elif not line.startswith(" "):
            inside = True
        lines.append(line if inside or not line.strip() else line.strip())
    return "\n".join(lines)


def _port(header: str, body: list[str]) -> Port | None:
    """A switch port; None for anything else, for a routed port and for a member of an aggregation."""
    found = re.fullmatch(r"interface (\S+)", header)
    if not found or re.match(r"Vlan-interface|M-GigabitEthernet|LoopBack|NULL|Tunnel|InLoopBack", found[1]):
        return None
    if "port link-mode route" in body or any(
        re.match(r"port link-aggregation group |ip address ", line) for line in body
    ):
        return None
    description = next((line[12:] for line in body if line.startswith("description ")), "")
    return Port(found[1], _mode(body), description, "shutdown" not in body)


def _mode(body: list[str]) -> Mode:
    """A hybrid port with one VLAN untagged and one tagged for telephones is an access port; another one is not ours."""
    said = dict(line.rsplit(" ", 1) for line in body if line.startswith("port "))
    kind = said.get("port link-type", "access")
    if kind == "access":
        return Access(int(said.get("port access vlan", DEFAULT_VLAN)))
    if kind == "trunk":
        lists = [vlan_set(line[len(PERMIT) + 1 :]) for line in body if line.startswith(f"{PERMIT} ")]
        undone = {DEFAULT_VLAN} if f"undo {PERMIT} {DEFAULT_VLAN}" in body else set()
        allowed = frozenset({DEFAULT_VLAN} - undone).union(*lists)
        return TrunkPort(allowed, int(said.get("port trunk pvid vlan", DEFAULT_VLAN)))
    voice = voice_vlan(body)
    if kind == "hybrid" and voice:
        untagged = int(said.get("port hybrid pvid vlan", DEFAULT_VLAN))
        rows = [re.fullmatch(r"port hybrid vlan (.+) (tagged|untagged)", line) for line in body]
        tagged = frozenset().union(*(vlan_set(row[1]) for row in rows if row and row[2] == "tagged"))
        others = frozenset().union(*(vlan_set(row[1]) for row in rows if row and row[2] == "untagged"))
        plain = frozenset({DEFAULT_VLAN} - ({DEFAULT_VLAN} if "undo port hybrid vlan 1" in body else set()))
        if plain | others == {untagged} and tagged == {voice}:
            return Access(untagged, voice)
    return None


def _written(mode: Mode) -> Iterator[str]:
    """Lines of a mode, also to be typed on a port that is an access port of VLAN 1."""
    if isinstance(mode, Access) and mode.voice:
        yield "port link-type hybrid"
        yield from [f"undo port hybrid vlan {DEFAULT_VLAN}"] if mode.vlan != DEFAULT_VLAN else []
        yield f"port hybrid vlan {mode.voice} tagged"
        if mode.vlan != DEFAULT_VLAN:
            yield f"port hybrid vlan {mode.vlan} untagged"
            yield f"port hybrid pvid vlan {mode.vlan}"
        yield f"voice-vlan {mode.voice} enable"
    elif isinstance(mode, Access):
        yield from [f"port access vlan {mode.vlan}"] if mode.vlan != DEFAULT_VLAN else []
    elif isinstance(mode, TrunkPort):
        native = mode.native or DEFAULT_VLAN
        yield "port link-type trunk"
        yield from [f"undo {PERMIT} {DEFAULT_VLAN}"] if DEFAULT_VLAN not in mode.allowed else []
        yield from (f"{PERMIT} {part}" for part in chunks(mode.allowed - {DEFAULT_VLAN}, " to ", " "))
        yield from [f"port trunk pvid vlan {native}"] if native != DEFAULT_VLAN else []


def _commands(step: Step) -> list[str]:
    match step:
        case CreateVlan(vlan, name):
            return [f"vlan {vlan}", *([f"name {name}"] if name else []), "quit"]
        case NameVlan(vlan, name):
            return [f"vlan {vlan}", f"name {name}" if name else "undo name", "quit"]
        case DeleteVlan(vlan):
            return [f"undo vlan {vlan}"]
        case AddToTrunk(_, vlans):
            body = [f"{PERMIT} {part}" for part in chunks(vlans, " to ", " ")]
        case RemoveFromTrunk(_, vlans):
            body = [f"undo {PERMIT} {part}" for part in chunks(vlans, " to ", " ")]
        case SetNative(_, vlan):
            body = [f"port trunk pvid vlan {vlan}"]
        case SetMode(_, was, mode):
            body = list(_become(was, mode))
        case Describe(_, text):
            body = [f"description {text}" if text else "undo description"]
        case Enable(_, enabled):
            body = ["undo shutdown" if enabled else "shutdown"]
    return [f"interface {step.port}", *body, "quit"]


def _become(was: Mode, mode: Mode) -> Iterator[str]:
    """From trunk to hybrid leads no way but by access; a port that becomes one is in VLAN 1 again."""
    if isinstance(was, Access) and was.voice:
        yield "undo voice-vlan enable"
    if not isinstance(was, Access) or was.voice:
        yield "port link-type access"
    elif isinstance(mode, Access) and not mode.voice:
        yield f"port access vlan {mode.vlan}"
        return
    yield from _written(mode)
