"""Switches drawn at random, and what a device's VLAN table says of one."""

from __future__ import annotations

from collections.abc import Callable

from hypothesis import strategies as st

from wardround.network.device import ALL_VLANS, Access, Port, SwitchModel, TrunkPort, carried
from wardround.network.dialects import DIALECTS
from wardround.network.steps import needed

VLANS = (10, 20, 30, 31, 32, 40, 2000, 4094)
MANAGEMENT = 99
PORTS = tuple(f"GigabitEthernet1/0/{number}" for number in (1, 2, 3, 10, 11))
UPLINK = "GigabitEthernet1/0/48"

allowed = st.one_of(st.frozensets(st.sampled_from((1, MANAGEMENT, *VLANS))), st.just(ALL_VLANS))
accesses = st.builds(Access, st.sampled_from((1, *VLANS)), st.one_of(st.none(), st.sampled_from(VLANS))).filter(
    lambda access: access.vlan != access.voice
)


trunks = st.builds(TrunkPort, allowed, st.sampled_from((1, 999, *VLANS)))
names = st.sampled_from(["", "IMAGING", "guest-2", "a" * 31])
texts = st.sampled_from(["", "socket A-1.07", "MRI 2 (radiology)"])
modes = st.one_of(accesses, trunks)


@st.composite
def switches(draw: st.DrawFn, uncommon: bool = True, whole: bool = False) -> SwitchModel:
    """A switch with its management VLAN on its uplink. uncommon: it may have ports without configuration.

    whole: as somebody wishes it. Every VLAN that a port names is there, else some ports may be dead; whether a port is
    shut down may be unsaid.
    """
    kinds = st.one_of(st.none(), modes) if uncommon else modes
    enabled = st.sampled_from([True, False, None] if whole else [True, False])
    ports = {
        name: Port(name, draw(kinds), draw(texts), draw(enabled))
        for name in (draw(st.sets(st.sampled_from(PORTS))) if whole else PORTS)
    }
    way = draw(trunks)
    ports[UPLINK] = Port(UPLINK, TrunkPort(way.allowed | {MANAGEMENT}, way.native), draw(texts))
    vlans = {vlan: draw(names) for vlan in (MANAGEMENT, *draw(st.sets(st.sampled_from(VLANS))))}
    if whole:
        named = frozenset().union(*map(needed, ports.values())) - {1}
        vlans |= {vlan: draw(names) for vlan in sorted(named - vlans.keys())}
    return SwitchModel("acc-01", "cisco_ios", dict(sorted(vlans.items())), ports, MANAGEMENT, UPLINK)


def rows(switch: SwitchModel, trunks: bool) -> dict[int, list[str]]:
    """Ports of each VLAN that is there. trunks: also those of trunks; Cisco's table has only the access ports."""
    return {
        vlan: [
            name
            for name, port in switch.ports.items()
            if vlan in carried(port) and (trunks or isinstance(port.mode, Access))
        ]
        for vlan in (1, *switch.vlans)
    }


def ios_table(switch: SwitchModel) -> str:
    lines = ["", "VLAN Name                             Status    Ports", f"---- {'-' * 32} --------- {'-' * 31}"]
    for vlan, ports in rows(switch, trunks=False).items():
        name = switch.vlans.get(vlan) or ("default" if vlan == 1 else f"VLAN{vlan:04}")
        shorts = [port.replace("GigabitEthernet", "Gi") for port in ports]
        lines.append(f"{vlan:<4} {name:32} active    {', '.join(shorts[:3])}{',' if len(shorts) > 3 else ''}".rstrip())
        lines += [" " * 48 + ", ".join(shorts[3:])] if len(shorts) > 3 else []
    return "\n".join([*lines, "1002 fddi-default                     act/unsup", "1003 trcrf-default  act/unsup"])


def vrp_table(switch: SwitchModel) -> str:
    rule = "-" * 80
    lines = [f"The total number of vlans is : {len(switch.vlans) + 1}", rule, "U: Up;  D: Down;  TG: Tagged;", rule]
    lines += ["", "VID  Type    Ports", rule]
    for vlan, ports in rows(switch, trunks=True).items():
        if switch.platform != "huawei_vrp8":  # which has no longer name
            ports = [port.replace("GigabitEthernet", "GE") for port in ports]
        shorts = [f"{port}({'U' if vlan % 20 else 'D'})" for port in ports]
        lines.append(f"{vlan:<4} common  {'UT:' if shorts else ''}{'  '.join(shorts[:2])}")
        lines += [f"             TG:{short}" for short in shorts[2:]]
    lines += ["", "VID  Status  Property      MAC-LRN Statistics Description", rule]
    return "\n".join([*lines, *(f"{vlan:<4} enable  default       enable  disable    VLAN X" for vlan in switch.vlans)])


def comware_table(switch: SwitchModel) -> str:
    lines = ["Brief information about all VLANs:", "Supported Minimum VLAN ID: 1", "Default VLAN ID: 1"]
    lines.append("VLAN ID   Name                             Port")
    for vlan, ports in rows(switch, trunks=True).items():
        shorts = [port.replace("GigabitEthernet", "GE") for port in ports]
        name = switch.vlans.get(vlan) or f"VLAN {vlan:04}"
        lines.append(f"{vlan:<10}{name:33}{'  '.join(shorts[:2])}")
        lines += [" " * 43 + "  ".join(shorts[2:])] if shorts[2:] else []
    return "\n".join(lines)


TABLES: dict[str, Callable[[SwitchModel], str]] = {
    "cisco_ios": ios_table,
    "huawei_vrp5": vrp_table,
    "huawei_vrp8": vrp_table,
    "h3c_comware7": comware_table,
}
assert TABLES.keys() == DIALECTS.keys()
