"""A switch's ports as Open vSwitch says them (ovs-vswitchd.conf.db(5), table Port)."""

from __future__ import annotations

from wardround.network.device import Access, Port, SwitchModel, TrunkPort

_NOTHING = 4095  # reserved (IEEE 802.1Q-2018, table 9-2): a trunk of it alone carries nothing
CLOSED = ("vlan_mode=trunk", "tag=[]", f"trunks={_NOTHING}")


def access(vlan: int) -> tuple[str, ...]:
    """A port that gives one VLAN untagged and takes nothing tagged."""
    return ("vlan_mode=access", f"tag={vlan}", "trunks=[]")


def trunk(vlans: frozenset[int], native: int | None = None) -> tuple[str, ...]:
    """A port that carries VLANs tagged, and one of them untagged."""
    listed = ",".join(str(vlan) for vlan in sorted(vlans)) or str(_NOTHING)
    if native is None:
        return ("vlan_mode=trunk", "tag=[]", f"trunks={listed}")
    return ("vlan_mode=native-untagged", f"tag={native}", f"trunks={listed}")


def settings(switch: SwitchModel, port: Port) -> tuple[str, ...]:
    """Columns of a port's row, each set, so that any may follow any.

    As on the switches themselves: a port in a VLAN that the switch does not know is dead, a trunk carries only VLANs
    that it knows, and what comes untagged to a trunk whose native VLAN is not allowed is dropped.
    """
    if not port.enabled:
        return CLOSED
    match port.mode:
        case Access(vlan, voice) if vlan in switch.vlans:
            return trunk(frozenset({vlan, voice}), vlan) if voice in switch.vlans and voice else access(vlan)
        case TrunkPort(allowed, native):
            known = allowed & switch.vlans.keys()
            return trunk(known, native if native in known else None)
    return CLOSED
