"""Huawei VRP: VRP5 on campus switches (S series), VRP8 on data centre switches (CloudEngine)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
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

PASS = "port trunk allow-pass vlan"
TAGGED, UNTAGGED = "port hybrid tagged vlan", "port hybrid untagged vlan"


class Vrp(Dialect):
    """What VRP5 and VRP8 have in common. `allow-pass` adds; VLAN 1 is allowed until it is taken out."""

    netmiko = "huawei"
    pager_off = "screen-length 0 temporary"
    questions = Questions(
        running="display current-configuration",
        saved="display saved-configuration",
        vlans="display vlan",
        arp="display arp",
        macs="display mac-address",
        lldp="display lldp neighbor brief",
    )
    errors = re.compile(r"^\s*Error:", re.MULTILINE)
    # A reboot that undoes is asked for; that what it undoes is saved first is not.
    answers = ((r"[Ss]ave .*\[Y/N\]:? ?$", "n"), (r"\[Y/N(/C)?\]:? ?$", "y"))
    save = ("save",)
    leave = "quit"
    short: ClassVar = {"GE": "GigabitEthernet", "XGE": "XGigabitEthernet", "Eth": "Ethernet"}
    aggregation = ("Eth-Trunk", "eth-trunk")
    changing = re.compile(r"!|#$|return$")

    def parse(self, running: str, vlans: str) -> SwitchModel:
        name, known, ports = "switch", dict[int, str](), dict[str, Port]()
        for header, body in blocks(running):
            if header.startswith("sysname "):
                name = header.split()[1]
            elif header.startswith("vlan batch "):
                known |= {vlan: known.get(vlan, "") for vlan in vlan_set(header[11:])}
            elif re.fullmatch(r"vlan \d+", header):
                known[int(header[5:])] = next((line[5:] for line in body if line.startswith("name ")), "")
            elif port := self._port(header, body):
                ports[port.name] = port
        switch = switch_of(self.platform, name, known, ports, self.managed(running))
        return agree(switch, self.table(vlans), trunks=True)

    def table(self, vlans: str) -> Table:
        """Ports go on in lines that begin with blanks; a second table with the states of the VLANs follows."""
        found: dict[int, set[str]] = {}
        inside, vlan = False, None
        for line in vlans.splitlines():
            if header := re.match(r"\s*VID\s+(?:Type\s+)?(Ports|\w+)", line):
                inside, vlan = header[1] == "Ports", None
            elif inside and (row := re.match(r" {0,4}(\d{1,4})(?=\s|$)", line)):
                vlan = int(row[1])
                found[vlan] = set()
            if vlan is not None:
                found[vlan] |= {self.long_name(name) for name in re.findall(r"([A-Za-z0-9/-]+\d)\([UD]\)", line)}
        return {vlan: frozenset(names) for vlan, names in found.items()}

    def managed(self, running: str) -> frozenset[int]:
        return frozenset(
            int(found[1])
            for header, body in blocks(running)
            if (found := re.fullmatch(r"interface Vlanif(\d+)", header))
            and any(line.startswith("ip address ") for line in body)
        )

    def render(self, switch: SwitchModel) -> list[str]:
        lines = [f"sysname {switch.name}", "#"]
        lines += [f"vlan batch {part}" for part in chunks(switch.vlans, " to ", " ")]
        lines += ["#"]
        for vlan, name in switch.vlans.items():
            lines += [f"vlan {vlan}", f" name {name}", "#"] if name else []
        for port in switch.ports.values():
            described = [f"description {port.description}"] if port.description else []
            body = [*(["shutdown"] if port.enabled is False else []), *described, *_written(port.mode)]
            lines += [f"interface {port.name}", *(f" {line}" for line in body), "#"]
        return lines

    def step(self, step: Step) -> list[str]:
        return _commands(step)

    def leftovers(self, step: SetMode, body: list[str]) -> Iterator[str]:
        """VLANs of a hybrid port that is not ours: its link type cannot change while it has them."""
        if isinstance(step.was, Access):
            return
        if voice_vlan(body):
            yield "undo voice-vlan enable"
        untagged, tagged = _untagged(body), _vlans(body, TAGGED, ())
        pvid = any(line.startswith("port hybrid pvid vlan ") for line in body)
        yield from _renewed(pvid, untagged - tagged, tagged)

    def _port(self, header: str, body: list[str]) -> Port | None:
        """A switch port; None for anything else, for a routed port and for a member of an aggregation."""
        found = re.fullmatch(r"interface (\S+)", header)
        if not found or re.match(r"Vlanif|MEth|LoopBack|NULL|Tunnel|Stack", found[1]):
            return None
        if "undo portswitch" in body or any(re.match(r"eth-trunk |ip address ", line) for line in body):
            return None
        description = next((line[12:] for line in body if line.startswith("description ")), "")
        return Port(found[1], _mode(body, self.default), description, "shutdown" not in body)


class Vrp5(Vrp):
    """VRP5, S series.

    Rollback: `schedule reboot delay`, in whole minutes, which starts the switch anew from what is saved. Not verified
    on hardware.
    """

    platform = "huawei_vrp5"

    def rollback(self, seconds: int, running: str) -> Rollback:
        minutes = max(1, -(-seconds // 60))
        return Rollback(
            "schedule reboot delay",
            arm=(f"schedule reboot delay {minutes}", "system-view"),
            seal=("return",),
            confirm=("undo schedule reboot",),
            seconds=minutes * 60,
            reboots=True,
        )


class Vrp8(Vrp):
    """VRP8, CloudEngine.

    Rollback: `commit trial`, 60 to 65535 s, in two-stage mode: lines go to a candidate, which takes effect with the
    trial and is undone unless a session commits it by its persist id. A session that is cut before leaves nothing.
    Not verified on hardware.
    """

    platform = "huawei_vrp8"
    default = Access(DEFAULT_VLAN)
    # A port is GE1/0/1 in the configuration, and so in every table.
    short: ClassVar = {name: name for name in ("GE", "GigabitEthernet", "Eth")}
    persist = "wardround"

    def rollback(self, seconds: int, running: str) -> Rollback:
        trial = min(max(60, seconds), 65535)
        return Rollback(
            "commit trial",
            arm=("system-view",),
            seal=(f"commit trial {trial} persist {self.persist}", "return"),
            confirm=("system-view", f"commit persist {self.persist}", "return"),
            seconds=trial,
            late=True,
        )


def _mode(body: list[str], default: Mode) -> Mode:
    """A hybrid port with one VLAN untagged and one tagged for telephones is an access port; another one is not ours."""
    said = dict(line.rsplit(" ", 1) for line in body if line.startswith("port "))
    kind = said.get("port link-type", "access" if isinstance(default, Access) or "port default vlan" in said else "")
    if kind == "access":
        return Access(int(said.get("port default vlan", DEFAULT_VLAN)))
    if kind == "trunk":
        return TrunkPort(_vlans(body, PASS, {DEFAULT_VLAN}), int(said.get("port trunk pvid vlan", DEFAULT_VLAN)))
    voice = voice_vlan(body)
    if kind == "hybrid" and voice:
        pvid = int(said.get("port hybrid pvid vlan", DEFAULT_VLAN))
        if _untagged(body) == {pvid} and _vlans(body, TAGGED, ()) == {voice}:
            return Access(pvid, voice)
    return None


def _untagged(body: list[str]) -> frozenset[int]:
    """Of a hybrid port: VLAN 1 until it is taken out."""
    return _vlans(body, UNTAGGED, {DEFAULT_VLAN} - _undone(body, "port hybrid vlan"))


def _vlans(body: list[str], start: str, first: Iterable[int]) -> frozenset[int]:
    lists = [vlan_set(line.removeprefix(f"{start} ")) for line in body if line.startswith(f"{start} ")]
    return frozenset(first).union(*lists) - _undone(body, start)


def _undone(body: list[str], start: str) -> frozenset[int]:
    return frozenset().union(*(vlan_set(line[len(start) + 6 :]) for line in body if line.startswith(f"undo {start} ")))


def _written(mode: Mode) -> Iterator[str]:
    if isinstance(mode, Access) and mode.voice:
        yield "port link-type hybrid"
        yield f"voice-vlan {mode.voice} enable"
        yield from _hybrid(mode)
    elif isinstance(mode, Access):
        yield "port link-type access"
        yield from [f"port default vlan {mode.vlan}"] if mode.vlan != DEFAULT_VLAN else []
    elif isinstance(mode, TrunkPort):
        native = mode.native or DEFAULT_VLAN
        yield "port link-type trunk"
        yield from [f"port trunk pvid vlan {native}"] if native != DEFAULT_VLAN else []
        yield from [f"undo {PASS} {DEFAULT_VLAN}"] if DEFAULT_VLAN not in mode.allowed else []
        yield from (f"{PASS} {part}" for part in chunks(mode.allowed - {DEFAULT_VLAN}, " to ", " "))


def _hybrid(mode: Access) -> Iterator[str]:
    if mode.vlan != DEFAULT_VLAN:
        yield f"port hybrid pvid vlan {mode.vlan}"
        yield f"undo port hybrid vlan {DEFAULT_VLAN}"
    yield f"{TAGGED} {mode.voice}"
    yield from [f"{UNTAGGED} {mode.vlan}"] if mode.vlan != DEFAULT_VLAN else []


def _renewed(pvid: bool, untagged: frozenset[int], tagged: frozenset[int]) -> Iterator[str]:
    """From a hybrid port with these VLANs to one as it comes: VLAN 1 untagged."""
    yield from ["undo port hybrid pvid vlan"] if pvid else []
    yield from (f"undo port hybrid vlan {part}" for part in chunks((untagged | tagged) - {DEFAULT_VLAN}, " to ", " "))
    yield from [f"{UNTAGGED} {DEFAULT_VLAN}"] if DEFAULT_VLAN not in untagged else []


def _commands(step: Step) -> list[str]:
    match step:
        case CreateVlan(vlan, name):
            return [f"vlan {vlan}", *([f"name {name}"] if name else []), "quit"]
        case NameVlan(vlan, name):
            return [f"vlan {vlan}", f"name {name}" if name else "undo name", "quit"]
        case DeleteVlan(vlan):
            return [f"undo vlan {vlan}"]
        case AddToTrunk(_, vlans):
            body = [f"{PASS} {part}" for part in chunks(vlans, " to ", " ")]
        case RemoveFromTrunk(_, vlans):
            body = [f"undo {PASS} {part}" for part in chunks(vlans, " to ", " ")]
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
    """VRP5 changes the type of a link only when its VLANs are the default ones again (`renew the default`)."""
    if isinstance(was, Access) and isinstance(mode, Access) and not was.voice and not mode.voice:
        yield f"port default vlan {mode.vlan}"
        return
    if isinstance(was, Access) and was.voice:
        yield "undo voice-vlan enable"
        yield from _renewed(was.vlan != DEFAULT_VLAN, frozenset({was.vlan}), frozenset({was.voice}))
    elif isinstance(was, Access):
        yield from ["undo port default vlan"] if was.vlan != DEFAULT_VLAN else []
    elif isinstance(was, TrunkPort):
        yield from ["undo port trunk pvid vlan"] if (was.native or DEFAULT_VLAN) != DEFAULT_VLAN else []
        yield from (f"undo {PASS} {part}" for part in chunks(was.allowed - {DEFAULT_VLAN}, " to ", " "))
        yield from [f"{PASS} {DEFAULT_VLAN}"] if DEFAULT_VLAN not in was.allowed else []
    if mode is None:
        yield "undo port link-type"
    elif isinstance(mode, Access) and mode.voice:
        yield "port link-type hybrid"
        yield from _hybrid(mode)
        yield f"voice-vlan {mode.voice} enable"
    else:
        yield from _written(mode)
