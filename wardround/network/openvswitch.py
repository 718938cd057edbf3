"""A switch's ports as Open vSwitch says them (ovs-vswitchd.conf.db(5), table Port)."""

from __future__ import annotations

from dataclasses import dataclass

from wardround.network.device import Access, Port, SwitchModel, TrunkPort

_NOTHING = 4095  # reserved (IEEE 802.1Q-2018, table 9-2): a trunk of it alone carries nothing


@dataclass(frozen=True, slots=True)
class PortRow:
    """Columns of a port that decide which frames pass, all of them, so that any row may follow any."""

    vlan_mode: str
    tag: int | None
    trunks: tuple[int, ...]


CLOSED = PortRow("trunk", None, (_NOTHING,))


def access(vlan: int) -> PortRow:
    """A port that gives one VLAN untagged and takes nothing tagged."""
    return PortRow("access", vlan, ())


def trunk(vlans: frozenset[int], native: int | None = None) -> PortRow:
    """A port that carries VLANs tagged, and one of them untagged."""
    listed = tuple(sorted(vlans)) or (_NOTHING,)
    return PortRow("trunk" if native is None else "native-untagged", native, listed)


def port_row(switch: SwitchModel, name: str) -> PortRow:
    """What a port of a switch carries.

    As on the switches themselves: a port in a VLAN that the switch does not know is dead, a trunk carries only VLANs
    that it knows, and what comes untagged to a trunk whose native VLAN is not allowed is dropped.
    """
    port: Port | None = switch.ports.get(name)
    match port.mode if port and port.enabled else None:
        case Access(vlan, voice) if vlan in switch.vlans:
            return trunk(frozenset({vlan, voice}), vlan) if voice in switch.vlans and voice else access(vlan)
        case TrunkPort(allowed, native):
            known = allowed & switch.vlans.keys()
            return trunk(known, native if native in known else None)
    return CLOSED
