"""From what a switch is to what it should be, by set arithmetic, in an order that is safe after every step.

States are those of the resource modules that network engineers know (cisco.ios, arista.eos): merged adds, replaced
replaces what is named, overridden makes the whole switch so, deleted takes away what is named.
"""

from __future__ import annotations

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
    needed,
)

State = Literal["merged", "replaced", "overridden", "deleted"]
Mode = Access | TrunkPort | None


class WishError(ValueError):
    """What is wished cannot be: one sentence that names the switch, the port or VLAN, and what is allowed."""


def target(have: SwitchModel, want: SwitchModel, state: State, default: Mode = None) -> SwitchModel:
    """What the switch should be. default: the mode of a port without any configuration, by its dialect.

    What a port of `want` does not say (mode, native, enabled None) stays as it is; a reset port stays as open or shut
    as it was, so that none is opened unasked. Raises WishError for a port that the switch does not have, and for a port
    in a VLAN that the switch would not have.
    """
    unknown = want.ports.keys() - have.ports.keys()
    if unknown:
        raise WishError(
            f"{have.name}: {', '.join(sorted(unknown))} is no switch port of it: it is absent, routed, or a member of"
            f" an aggregation; its switch ports are {', '.join(sorted(have.ports)) or 'none'}"
        )
    if state == "deleted":
        if not want.vlans and not want.ports:
            raise WishError(
                f"{have.name}: deleted wants the VLANs and ports by name; of a whole switch none would be left"
            )
        made = _without(have, want, default)
    else:
        made = _with(have, want, state, default)
    return replace(made, management_vlan=want.management_vlan, uplink=want.uplink)


def _with(have: SwitchModel, want: SwitchModel, state: State, default: Mode) -> SwitchModel:
    wanted = {vlan: name for vlan, name in want.vlans.items() if vlan not in RESERVED}
    if state == "merged":
        vlans = have.vlans | {vlan: name or have.vlans.get(vlan, "") for vlan, name in wanted.items()}
        ports = {name: _merged(have.ports[name], port) for name, port in want.ports.items()}
    else:
        vlans = wanted if state == "overridden" else have.vlans | wanted
        ports = {name: _replaced(have.ports[name], port) for name, port in want.ports.items()}
        if state == "overridden":
            ports |= {name: _reset(have.ports[name], default) for name in have.ports.keys() - want.ports.keys()}
    made = replace(have, vlans=vlans, ports=have.ports | ports)
    _check_members(have, made)
    return made


def _without(have: SwitchModel, want: SwitchModel, default: Mode) -> SwitchModel:
    """Without the named VLANs, also on trunks that name them, and with the named ports reset.

    A trunk that allows every VLAN names none: it stays one.
    """
    gone = frozenset(want.vlans) - RESERVED
    ports = {}
    for name, port in have.ports.items():
        if name in want.ports:
            ports[name] = _reset(port, default)
        elif isinstance(port.mode, TrunkPort) and port.mode.allowed != ALL_VLANS:
            ports[name] = replace(port, mode=replace(port.mode, allowed=port.mode.allowed - gone))
        else:
            ports[name] = port
    return replace(have, vlans={vlan: name for vlan, name in have.vlans.items() if vlan not in gone}, ports=ports)


def _said(have: Mode, want: Mode) -> Mode:
    """A mode with what it leaves unsaid as it is; a port that becomes a trunk has the device's default native VLAN."""
    if want is None:
        return have
    if isinstance(want, TrunkPort) and want.native is None:
        native = have.native if isinstance(have, TrunkPort) else None
        return replace(want, native=native or DEFAULT_VLAN)
    return want


def _replaced(have: Port, want: Port) -> Port:
    enabled = have.enabled if want.enabled is None else want.enabled
    return replace(want, mode=_said(have.mode, want.mode), enabled=enabled)


def _reset(have: Port, default: Mode) -> Port:
    return Port(have.name, default, enabled=have.enabled)


def _merged(have: Port, want: Port) -> Port:
    made = _replaced(have, want)
    mode = made.mode
    if isinstance(mode, TrunkPort) and isinstance(have.mode, TrunkPort):
        mode = replace(mode, allowed=have.mode.allowed | mode.allowed)
    elif isinstance(mode, Access) and isinstance(have.mode, Access):
        mode = Access(mode.vlan, mode.voice or have.mode.voice)
    return replace(made, mode=mode, description=want.description or have.description)


def _check_members(have: SwitchModel, made: SwitchModel) -> None:
    """No port comes to need a VLAN that the switch would not have; what it lacks already is not made worse."""
    there = made.vlans.keys() | RESERVED
    for name in sorted(made.ports, key=port_order):
        missing = sorted(needed(made.ports[name]) - needed(have.ports[name]) - carried(have.ports[name]) - there)
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
    planned: list[Step] = [CreateVlan(vlan, made.vlans[vlan]) for vlan in sorted(made.vlans.keys() - have.vlans.keys())]
    for vlan in sorted(made.vlans.keys() & have.vlans.keys()):
        if made.vlans[vlan] != have.vlans[vlan]:
            planned.append(NameVlan(vlan, made.vlans[vlan]))
    parts = [_port_steps(was, port) for was, port in ports]
    for phase in range(3):
        planned += [step for part in parts for step in part[phase]]
    return planned + [DeleteVlan(vlan) for vlan in sorted(have.vlans.keys() - made.vlans.keys() - RESERVED)]


def _port_steps(was: Port, port: Port) -> tuple[list[Step], list[Step], list[Step]]:
    """What one port is opened to, what it is by itself, and what it is closed to.

    It is shut down before it becomes something else, and brought up after.
    """
    opening, between, closing = list[Step](), list[Step](), list[Step]()
    if isinstance(was.mode, TrunkPort) and isinstance(port.mode, TrunkPort):
        opening, between, closing = _trunk_steps(port.name, was.mode, port.mode)
    elif was.mode != port.mode:
        between = [SetMode(port.name, was.mode, port.mode)]
    if was.description != port.description:
        between.insert(0, Describe(port.name, port.description))
    if was.enabled and not port.enabled:
        between.insert(0, Enable(port.name, False))
    elif port.enabled and not was.enabled:
        between.append(Enable(port.name, True))
    return opening, between, closing


def _trunk_steps(name: str, was: TrunkPort, mode: TrunkPort) -> tuple[list[Step], list[Step], list[Step]]:
    """The native VLAN changes when what comes untagged gets into no VLAN but the old and the new one."""
    opened, closed = mode.allowed - was.allowed, was.allowed - mode.allowed
    native = mode.native if mode.native != was.native else None
    opening, between, closing = list[Step](), list[Step](), list[Step]()
    if native is not None and was.native in opened:
        if native in closed:
            opening.append(RemoveFromTrunk(name, frozenset({native})))
            closed -= {native}
        opening.append(SetNative(name, native))
        native = None
    if opened:
        opening.append(AddToTrunk(name, opened))
    if native is not None and native not in closed:
        between.append(SetNative(name, native))
        native = None
    if closed:
        closing.append(RemoveFromTrunk(name, closed))
    if native is not None:
        closing.append(SetNative(name, native))
    return opening, between, closing
