"""What a change of a switch is refused for, whoever asks: what would lock its own sender or switches behind it out, or
take VLANs from under ports. Each refusal is a sentence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from wardround.network.change import WishError
from wardround.network.device import Access, Port, SwitchModel, TrunkPort, carried
from wardround.network.steps import (
    RESERVED,
    DeleteVlan,
    Enable,
    RemoveFromTrunk,
    SetMode,
    SetNative,
    Step,
    apply,
    needed,
)

BARE = re.compile(r"\s*(switchport trunk allowed vlan \d|no switchport trunk allowed vlan)")
"""Lines that replace what a trunk allows: one VLAN forgotten, and what it carried is gone (Cisco IOS)."""


def uplinks(
    have: SwitchModel,
    management: frozenset[int],
    intended: str | None,
    learned: Iterable[str] = (),
    neighbours: Iterable[str] = (),
) -> frozenset[str]:
    """Ports over which the session may run: they are protected.

    intended: the intent's uplink. learned: ports on which the address of the management host, or of the gateway to it,
    was learned. Where neither is known: every port that carries a management VLAN, of these only those with an LLDP
    neighbour where there are such. Raises WishError for an intended uplink that is no switch port.
    """
    if intended is not None and intended not in have.ports:
        raise WishError(
            f"{have.name}: its uplink by the intent, {intended}, is no switch port of it;"
            f" its switch ports are {', '.join(sorted(have.ports)) or 'none'}"
        )
    known = frozenset({*([intended] if intended else []), *learned}) & have.ports.keys()
    if known:
        return known
    carriers = frozenset(name for name, port in have.ports.items() if carried(port) & management)
    return carriers & frozenset(neighbours) or carriers


def refusals(
    have: SwitchModel,
    steps: Iterable[Step],
    management: frozenset[int],
    own_uplinks: frozenset[str],
    table: Mapping[int, frozenset[str]],
) -> list[str]:
    """Why the steps must not be taken; empty when they may.

    management: VLANs over which the switch is managed. table: ports of each VLAN by the device's own VLAN table.
    """
    found: list[str] = []
    current = have
    # Ports that the model does not cover (negotiating, aggregated) are known by the device's table alone.
    configured = {name for name, port in have.ports.items() if port.mode is not None}
    others = {vlan: names - configured for vlan, names in table.items()}
    for step in steps:
        found += [f"{have.name}: {said}" for said in _refusals(current, step, management, own_uplinks, others)]
        current = apply(step, current)
    return found


def _refusals(
    current: SwitchModel,
    step: Step,
    management: frozenset[int],
    own_uplinks: frozenset[str],
    others: Mapping[int, frozenset[str]],
) -> Iterable[str]:
    match step:
        case DeleteVlan(vlan):
            yield from _deletion(current, vlan, management, others)
        case RemoveFromTrunk(port, vlans) if lost := vlans & management:
            way = "its own uplink" if port in own_uplinks else "the trunk"
            yield (
                f"VLAN {_list(lost)}, over which it is managed, would be taken from {way} {port};"
                " keep it among the VLANs of this port"
            )
        case SetMode(port, was, mode) if port in own_uplinks:
            yield f"its own uplink {port} would become {_mode(mode)} from {_mode(was)}; change it at the switch itself"
        case SetNative(port, vlan) if port in own_uplinks:
            yield f"the native VLAN of its own uplink {port} would become {vlan}; change it at the switch itself"
        case Enable(port, False) if port in own_uplinks:
            yield f"its own uplink {port} would be shut down"
        case SetMode(port, _, mode) if lost := _managed_behind(current.ports[port], management):
            yield _lost_behind(port, lost, f"become {_mode(mode)}")
        case Enable(port, False) if lost := _managed_behind(current.ports[port], management):
            yield _lost_behind(port, lost, "be shut down")


def _managed_behind(port: Port, management: frozenset[int]) -> frozenset[int]:
    """Management VLANs of the switches behind a trunk; none behind a port that is shut down."""
    return carried(port) & management if isinstance(port.mode, TrunkPort) and port.enabled else frozenset()


def _lost_behind(port: str, lost: frozenset[int], what: str) -> str:
    """A new session to this switch, which confirms the change, would not notice."""
    return (
        f"the trunk {port}, which carries VLAN {_list(lost)}, over which it is managed, would {what},"
        " and switches behind it would be lost; shut it down at the switch itself first"
    )


def _deletion(
    current: SwitchModel, vlan: int, management: frozenset[int], others: Mapping[int, frozenset[str]]
) -> Iterable[str]:
    if vlan in RESERVED:
        yield f"VLAN {vlan} belongs to the device and is never deleted"
    if vlan in management:
        yield f"VLAN {vlan}, over which it is managed, would be deleted; keep it among the VLANs"
    members = {name for name, port in current.ports.items() if vlan in needed(port)}
    members |= {name for name in others.get(vlan, ()) if name not in current.ports or current.ports[name].mode is None}
    if members:
        yield f"VLAN {vlan} would be deleted while {', '.join(sorted(members))} carries it; move the ports first"


def bare(lines: Iterable[str]) -> list[str]:
    """Lines that would replace a trunk's VLANs instead of adding or removing some."""
    return [line for line in lines if BARE.match(line)]


def _mode(mode: Access | TrunkPort | None) -> str:
    if isinstance(mode, Access):
        return f"an access port of VLAN {mode.vlan}"
    return "a trunk" if mode else "a port without configuration"


def _list(vlans: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(vlans)))
