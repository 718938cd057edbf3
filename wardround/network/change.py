"""From what a switch is to what it should be, by set arithmetic, in an order that is safe after every step.

States are those of the resource modules that network engineers know (cisco.ios, arista.eos): merged adds, replaced
replaces what is named, overridden makes the whole switch so, deleted takes away what is named.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Literal

from wardround.network.device import ALL_VLANS, DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort, carried, port_order
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

State = Literal["merged", "replaced", "overridden", "deleted"]
Mode = Access | TrunkPort | None


class WishError(ValueError):
    """What is wished cannot be: one sentence that names the switch, the port or VLAN, and what is allowed."""


def target(have: SwitchModel, want: SwitchModel, state: State, default: Mode = None) -> SwitchModel:
    """What the switch should be. default: the mode of a port without any configuration, by its dialect.

    A port of `want` with mode None is not ours and stays as it is. Raises WishError for a port that the switch does not
    have, and for a port in a VLAN that the switch would not have.
    """
    unknown = want.ports.keys() - have.ports.keys()
    if unknown:
        raise WishError(
            f"{have.name}: {', '.join(sorted(unknown))} is no switch port of it: it is absent, routed, or a member of"
            f" an aggregation; its switch ports are {', '.join(sorted(have.ports)) or 'none'}"
        )
    ours = {name: port for name, port in want.ports.items() if port.mode is not None}
    wanted = {vlan: name for vlan, name in want.vlans.items() if vlan not in RESERVED}
    if state == "deleted":
        if not want.vlans and not want.ports:
            raise WishError(
                f"{have.name}: deleted wants the VLANs and ports by name; of a whole switch none would be left"
            )
        return _without(have, want, default)
    if state == "merged":
        vlans = have.vlans | {vlan: name or have.vlans.get(vlan, "") for vlan, name in wanted.items()}
        ports = {name: _merged(have.ports[name], port) for name, port in ours.items()}
    else:
        vlans = wanted if state == "overridden" else have.vlans | wanted
        ports = {name: replace(port, mode=_whole(port.mode)) for name, port in ours.items()}
        if state == "overridden":
            others = have.ports.keys() - want.ports.keys()
            ports |= {name: Port(name, default) for name in others}
    made = replace(
        have, vlans=vlans, ports=have.ports | ports, management_vlan=want.management_vlan, uplink=want.uplink
    )
    _check_members(have, made, ours)
    return made


def _without(have: SwitchModel, want: SwitchModel, default: Mode) -> SwitchModel:
    """Without the named VLANs, also on trunks that name them, and with the named ports as they come from the factory.

    A trunk that allows every VLAN names none: it stays one.
    """
    gone = frozenset(want.vlans) - RESERVED
    ports = {}
    for name, port in have.ports.items():
        if name in want.ports:
            ports[name] = Port(name, default)
        elif isinstance(port.mode, TrunkPort) and port.mode.allowed != ALL_VLANS:
            allowed = port.mode.allowed - gone
            ports[name] = replace(
                port, mode=_whole(replace(port.mode, allowed=allowed, native=_in(port.mode, allowed)))
            )
        else:
            ports[name] = port
    vlans = {vlan: name for vlan, name in have.vlans.items() if vlan not in gone}
    return replace(have, vlans=vlans, ports=ports, management_vlan=want.management_vlan, uplink=want.uplink)


def _in(mode: TrunkPort, allowed: frozenset[int]) -> int | None:
    return mode.native if mode.native in allowed else None


def _whole(mode: Mode) -> Mode:
    """A trunk carries its native VLAN."""
    if isinstance(mode, TrunkPort) and mode.native is not None:
        return replace(mode, allowed=mode.allowed | {mode.native})
    return mode


def _merged(have: Port, want: Port) -> Port:
    mode = _whole(want.mode)
    if isinstance(mode, TrunkPort) and isinstance(have.mode, TrunkPort):
        native = mode.native if mode.native is not None else have.mode.native
        mode = TrunkPort(have.mode.allowed | mode.allowed, native)
    elif isinstance(mode, Access) and isinstance(have.mode, Access):
        mode = Access(mode.vlan, mode.voice or have.mode.voice)
    return Port(have.name, mode, want.description or have.description, want.enabled)


def _check_members(have: SwitchModel, made: SwitchModel, ours: dict[str, Port]) -> None:
    """No port comes to need a VLAN that the switch would not have; what it lacks already is not made worse."""
    there = made.vlans.keys() | RESERVED
    for name in sorted(ours):
        port = made.ports[name]
        needed = carried(port)
        if isinstance(port.mode, TrunkPort) and port.mode.allowed == ALL_VLANS:
            needed = frozenset({port.mode.native or DEFAULT_VLAN})
        missing = sorted(needed - carried(have.ports[name]) - there)
        if missing:
            raise WishError(
                f"{have.name}: {name} should carry VLAN {', '.join(map(str, missing))}, which the switch would not"
                f" have; its VLANs would be {', '.join(map(str, sorted(made.vlans))) or 'none'}"
            )


def steps(have: SwitchModel, made: SwitchModel) -> list[Step]:
    """Ordered steps from one to the other: make VLANs, add to trunks, move ports, remove from trunks, delete VLANs.

    So a VLAN is there before a port needs it, and a way is open before the other one is closed. Nothing to do gives [].
    """
    ports = [(have.ports[name], made.ports[name]) for name in sorted(made.ports, key=port_order)]
    planned: list[Step] = []
    planned += [CreateVlan(vlan, made.vlans[vlan]) for vlan in sorted(made.vlans.keys() - have.vlans.keys())]
    for vlan in sorted(made.vlans.keys() & have.vlans.keys()):
        if made.vlans[vlan] != have.vlans[vlan]:
            planned.append(NameVlan(vlan, made.vlans[vlan]))
    for was, port in ports:
        planned += _open(was, port, made)
    for was, port in ports:
        planned += _move(was, port, made)
    for was, port in ports:
        planned += _close(was, port, made)
    return planned + [DeleteVlan(vlan) for vlan in sorted(have.vlans.keys() - made.vlans.keys() - RESERVED)]


def _open(was: Port, port: Port, made: SwitchModel) -> Iterator[Step]:
    """A trunk's new VLANs. One of them may be parked as its native one: another is written before, or what comes
    untagged would get in.
    """
    if isinstance(was.mode, TrunkPort) and isinstance(port.mode, TrunkPort):
        opened, native, parked = port.mode.allowed - was.mode.allowed, port.mode.native, was.mode.parked
        if was.mode.native is None and native is not None and native != parked:
            yield SetNative(port.name, native)
        elif was.mode.native is None and native is None and parked in opened:
            yield SetNative(port.name, _parking(was.mode.allowed | port.mode.allowed, made))
        if opened:
            yield AddToTrunk(port.name, opened)


def _move(was: Port, port: Port, made: SwitchModel) -> Iterator[Step]:
    """What one port is by itself. It is shut down before it becomes something else, and brought up after."""
    if was.enabled and not port.enabled:
        yield Enable(port.name, False)
    if was.description != port.description:
        yield Describe(port.name, port.description)
    if isinstance(was.mode, TrunkPort) and isinstance(port.mode, TrunkPort):
        before, native = was.mode.native, port.mode.native
        if before is not None and native is not None and native != before:
            yield SetNative(port.name, native)
    elif was.mode != port.mode:
        mode = port.mode
        if isinstance(mode, TrunkPort) and mode.native is None:
            mode = replace(mode, parked=_parking(mode.allowed, made))
        yield SetMode(port.name, was.mode, mode)
    if port.enabled and not was.enabled:
        yield Enable(port.name, True)


def _close(was: Port, port: Port, made: SwitchModel) -> Iterator[Step]:
    """VLANs that a trunk loses. A native one that it goes on to carry tagged is parked last: then there is room."""
    if isinstance(was.mode, TrunkPort) and isinstance(port.mode, TrunkPort):
        closed = was.mode.allowed - port.mode.allowed
        if closed:
            yield RemoveFromTrunk(port.name, closed)
        if port.mode.native is None and was.mode.native in port.mode.allowed:
            yield SetNative(port.name, _parking(port.mode.allowed, made))


def _parking(taken: frozenset[int], made: SwitchModel) -> int:
    """A VLAN outside `taken`: the default one, or one that the switch has, or any."""
    candidates = [DEFAULT_VLAN, *sorted(made.vlans, reverse=True), *sorted(ALL_VLANS - RESERVED, reverse=True)]
    free = next((vlan for vlan in candidates if vlan not in taken), None)
    if free is None:
        raise WishError(f"{made.name}: a trunk that allows every VLAN needs a native one: untagged cannot be dropped")
    return free
