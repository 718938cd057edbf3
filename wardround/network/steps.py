"""Steps of a change, vendor-neutral, and what each makes of a switch. A dialect writes them; `apply` foresees them."""

from __future__ import annotations

from dataclasses import dataclass, replace

from wardround.network.device import ALL_VLANS, DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort, carried

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
    """The VLAN that what comes untagged on a trunk belongs to. One that the trunk does not allow drops it."""

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


def needed(port: Port) -> frozenset[int]:
    """VLANs that a port names: what it carries, and a trunk's native one. A trunk that allows every VLAN names none."""
    if isinstance(port.mode, TrunkPort):
        named = port.mode.allowed if port.mode.allowed != ALL_VLANS else frozenset()
        return named | ({port.mode.native} if port.mode.native else frozenset())
    return carried(port)


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
    match step:
        case AddToTrunk(_, vlans):
            mode = replace(port.mode, allowed=port.mode.allowed | vlans)
        case RemoveFromTrunk(_, vlans):
            mode = replace(port.mode, allowed=port.mode.allowed - vlans)
        case SetNative(_, vlan):
            mode = replace(port.mode, native=vlan)
    return replace(port, mode=mode)
