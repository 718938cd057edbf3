"""Whether VLANs are apart on the wire: what a frame at each socket reaches, and what passes on each trunk.

A frame is of EtherType 0x88B5, which IEEE 802 keeps for local experiments, so that nothing answers or routes it: what
layer 3 cannot show (a port that is a trunk, a native VLAN that differs) is seen all the same. One machine in each zone
listens, and tells who is where by the zone in whose VLAN a frame came to it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import dataclass
from typing import Literal

from wardround.network.device import SwitchModel
from wardround.network.openvswitch import port_row
from wardround.network.wiring import Cable, Outlet, Wiring

Kind = Literal["untagged", "priority-tagged", "tagged", "double-tagged"]


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame sent at a socket. outer, inner: VLAN ids of its tags; a priority tag is 0 (IEEE 802.1Q-2018, 9.6)."""

    outlet: str
    kind: Kind
    outer: int | None = None
    inner: int | None = None

    def __str__(self) -> str:
        tags = ", ".join(str(tag) for tag in (self.outer, self.inner) if tag)
        return f"{'an' if self.kind == 'untagged' else 'a'} {self.kind} frame{f' ({tags})' if tags else ''}"


@dataclass(frozen=True, slots=True)
class Passing:
    """A zone's broadcast seen on a trunk, with the VLAN id of its tag, None untagged."""

    cable: str
    zone: str
    tag: int | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong, for a technician. lost: something did not come; a busy machine loses frames, it invents none."""

    sentence: str
    lost: bool


@dataclass(frozen=True, slots=True)
class Group:
    """Sockets of one switch that are set alike and of which the same is wanted: what one shows, all of them do."""

    outlet: Outlet
    others: int


def groups(wiring: Wiring, switches: Mapping[str, SwitchModel]) -> list[Group]:
    """Every socket, in the group of those that are like it."""
    alike: dict[tuple[object, ...], list[Outlet]] = {}
    for outlet in wiring.outlets:
        assert outlet.at.port is not None
        row = port_row(switches[outlet.at.device], outlet.at.port)
        alike.setdefault((outlet.at.device, row, outlet.zone, outlet.voice), []).append(outlet)
    return [Group(outlets[0], len(outlets) - 1) for outlets in alike.values()]


def frames(wiring: Wiring, tried: Iterable[Group]) -> list[Frame]:
    """What is sent at a socket of each group: as a plain machine would, and as one that tries for other VLANs."""
    return [frame for group in tried for frame in _frames(wiring, group.outlet)]


def unheard(wiring: Wiring, tried: Iterable[Group], seen: Mapping[Frame, Set[str]]) -> list[Frame]:
    """Frames that did not come where they must: a busy machine loses some, so they are worth another try."""
    return [
        frame
        for group in tried
        for frame in _frames(wiring, group.outlet)
        if not (_right(wiring, group.outlet, frame)[1] & wiring.listeners.keys()) <= seen.get(frame, frozenset())
    ]


def judge_sockets(wiring: Wiring, tried: Iterable[Group], seen: Mapping[Frame, Set[str]]) -> list[Fault]:
    """Frames that came where they must not, or not where they must. seen: frame to zones it came to."""
    wrong = []
    listening = wiring.listeners.keys()
    for group in tried:
        outlet = group.outlet
        alike = f" and {group.others} of this switch set alike" if group.others else ""
        for frame in _frames(wiring, outlet):
            may, must = _right(wiring, outlet, frame)
            came = seen.get(frame, frozenset())
            where = f"socket {outlet.name} ({outlet.at.device} {outlet.at.port}){alike}: {frame}"
            aim = f"must reach {' and '.join(sorted(must)) or 'nobody'}"
            if strays := sorted(came - may):
                only = " only" if must else ""
                wrong.append(Fault(f"{where} reached {', '.join(strays)}, {aim}{only}", lost=False))
            if missing := (must & listening) - came:
                wrong.append(Fault(f"{where} did not reach {', '.join(sorted(missing))}, {aim}", lost=True))
    return wrong


def judge_cables(wiring: Wiring, seen: Iterable[Passing]) -> list[Fault]:
    """Trunks that carry what they must not, or untagged what must be tagged, or not what they must."""
    by_cable: dict[str, set[Passing]] = {}
    for passing in seen:
        by_cable.setdefault(passing.cable, set()).add(passing)
    listening = wiring.listeners.keys()
    return [
        fault
        for cable in wiring.cables
        for fault in _judge_cable(wiring, cable, by_cable.get(cable.name, set()), listening)
    ]


def _judge_cable(wiring: Wiring, cable: Cable, seen: Set[Passing], listening: Set[str]) -> Iterator[Fault]:
    ends = f"{cable.a.device} {cable.a.port} - {cable.b.device} {cable.b.port}"
    for passing in sorted(seen, key=lambda one: (one.zone, one.tag or 0)):
        tag = None if passing.zone == cable.native else wiring.zones[passing.zone].vlan
        found = f"trunk {cable.name} ({ends}): {passing.zone} passes {_tagged(passing.tag)}"
        if passing.zone not in cable.zones:
            yield Fault(f"{found}, must not pass", lost=False)
        elif passing.tag != tag:
            yield Fault(f"{found}, must pass {_tagged(tag)}", lost=False)
    for zone in sorted((cable.zones & listening) - {passing.zone for passing in seen}):
        yield Fault(f"trunk {cable.name} ({ends}): {zone} does not pass, must pass", lost=True)


def _tagged(tag: int | None) -> str:
    return "untagged" if tag is None else f"tagged {tag}"


def _frames(wiring: Wiring, outlet: Outlet) -> Iterator[Frame]:
    vlans = [zone.vlan for name, zone in wiring.zones.items() if name in wiring.listeners]
    yield Frame(outlet.name, "untagged")
    yield Frame(outlet.name, "priority-tagged", 0)
    for vlan in vlans:
        yield Frame(outlet.name, "tagged", vlan)
    for outer in (wiring.zones[zone].vlan for zone in (outlet.zone, outlet.voice) if zone):
        for inner in vlans:
            if inner != outer:
                yield Frame(outlet.name, "double-tagged", outer, inner)


def _right(wiring: Wiring, outlet: Outlet, frame: Frame) -> tuple[Set[str], Set[str]]:
    """(where the frame may come to, where it must come to)."""
    if frame.kind == "untagged":
        return {outlet.zone}, {outlet.zone}
    if outlet.voice and frame.outer == wiring.zones[outlet.voice].vlan:
        return {outlet.voice}, {outlet.voice} if frame.kind == "tagged" else set()
    return {outlet.zone}, set()
