"""Steps of a change, vendor-neutral, and what each makes of a switch. A dialect writes them; `apply` foresees them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from wardround.network.device import DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort

RESERVED = frozenset({DEFAULT_VLAN, 1002, 1003, 1004, 1005})
"""VLANs that belong to the device: always there (802.1Q default; token ring and FDDI on IOS), never made or deleted."""


@dataclass(frozen=True, slots=True)
class CreateVlan:
    vlan: int
    name: str = ""


@dataclass(frozen=True, slots=True)
class NameVlan:
    """name "": the device's own default name."""

    vlan: int
    name: str


@dataclass(frozen=True, slots=True)
class DeleteVlan:
    vlan: int


@dataclass(frozen=True, slots=True)
class AddToTrunk:
    port: str
    vlans: frozenset[int]


@dataclass(frozen=True, slots=True)
class RemoveFromTrunk:
    port: str
    vlans: frozenset[int]


@dataclass(frozen=True, slots=True)
class SetNative:
    """A trunk's VLAN for what comes untagged. One that the trunk does not allow drops it."""

    port: str
    vlan: int


@dataclass(frozen=True, slots=True)
class SetMode:
    """From one mode to another, or one access VLAN to another; None is the device's default. Never trunk to trunk."""

    port: str
    was: Access | TrunkPort | None
    mode: Access | TrunkPort | None


@dataclass(frozen=True, slots=True)
class Describe:
    port: str
    text: str


@dataclass(frozen=True, slots=True)
class Enable:
    port: str
    enabled: bool


Step = CreateVlan | NameVlan | DeleteVlan | AddToTrunk | RemoveFromTrunk | SetNative | SetMode | Describe | Enable


def configured_native(mode: TrunkPort) -> int:
    """The native VLAN that is written on the device, whether the trunk allows it or not."""
    return mode.native if mode.native is not None else mode.parked


def trunk(allowed: Iterable[int], native: int) -> TrunkPort:
    """A trunk by what is written on the device: what it allows, and its native VLAN, allowed or not."""
    vlans = frozenset(allowed)
    return TrunkPort(vlans, native) if native in vlans else TrunkPort(vlans, None, parked=native)


def apply(step: Step, switch: SwitchModel) -> SwitchModel:
    """What the switch is after the step. Raises KeyError for a port that it does not have."""
    match step:
        case CreateVlan(vlan, name) | NameVlan(vlan, name):
            return replace(switch, vlans=switch.vlans | {vlan: name})
        case DeleteVlan(vlan):
            return replace(switch, vlans={key: name for key, name in switch.vlans.items() if key != vlan})
    port = switch.ports[step.port]
    return replace(switch, ports=switch.ports | {step.port: _apply_to_port(step, port)})


def _apply_to_port(
    step: AddToTrunk | RemoveFromTrunk | SetNative | SetMode | Describe | Enable,
    port: Port,
) -> Port:
    match step:
        case SetMode(_, _, mode):
            return replace(port, mode=mode)
        case Describe(_, text):
            return replace(port, description=text)
        case Enable(_, enabled):
            return replace(port, enabled=enabled)
    if not isinstance(port.mode, TrunkPort):
        raise ValueError(f"{port.name} is no trunk")
    allowed, native = port.mode.allowed, configured_native(port.mode)
    match step:
        case AddToTrunk(_, vlans):
            allowed |= vlans
        case RemoveFromTrunk(_, vlans):
            allowed -= vlans
        case SetNative(_, vlan):
            native = vlan
    return replace(port, mode=trunk(allowed, native))
