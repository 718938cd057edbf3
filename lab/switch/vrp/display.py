"""Reports of `display`, in the columns that VRP gives them."""

from __future__ import annotations

from collections.abc import Iterable

from lab.switch.config import Port, Svi, Switch
from lab.switch.dialect import Table
from lab.switch.views import lists, members

LINE = "-" * 80


def short(name: str, eight: bool) -> str:
    """VRP8 abbreviates nothing: GE1/0/1 is a port's name in its configuration too."""
    if eight:
        return name
    return name.replace("XGigabitEthernet", "XGE").replace("GigabitEthernet", "GE")


def up(switch: Switch, name: str) -> bool:
    return switch.running.ports[name].enabled and name in switch.live.plugged


def vlan(switch: Switch, numbers: Iterable[int], eight: bool) -> str:
    """VLANs with their ports, then what each is like; VRP8 has more columns."""
    wanted = sorted(numbers)
    legend = [
        "U: Up;         D: Down;         TG: Tagged;         UT: Untagged;",
        "MP: Vlan-mapping;               ST: Vlan-stacking;",
        "#: ProtocolTransparent-vlan;    *: Management-vlan;",
    ]
    if eight:
        legend += [
            "MAC-LRN: MAC-address learning;  STAT: Statistic;",
            "BC: Broadcast; MC: Multicast;   UC: Unknown-unicast;",
            "FWD: Forward;  DSD: Discard;",
        ]
    lines = [f"The total number of vlans is : {len(wanted)}", LINE, *legend, LINE, ""]
    lines += ["VID          Ports" if eight else "VID  Type    Ports", LINE]
    for number in wanted:
        start = f"{number:4}         " if eight else f"{number:<5}common  "
        rows = _ports(switch, number, len(start), eight)
        lines += [start + (rows[0] if rows else ""), *(" " * len(start) + row for row in rows[1:])]
    return "\n".join([*(line.rstrip() for line in lines), "", *_status(switch, wanted, eight)])


def _ports(switch: Switch, number: int, indent: int, eight: bool) -> list[str]:
    found = members(switch.running, number, lambda name: up(switch, name))
    rows: list[str] = []
    for untagged, label in ((True, "UT:"), (False, "TG:")):
        cells = [f"{short(name, eight)}({'U' if is_up else 'D'})" for name, is_up in found[untagged]]
        for start in range(0, len(cells), 4):
            rows.append((label if start == 0 else "   ") + "".join(f"{cell:<16}" for cell in cells[start : start + 4]))
    return rows


def _status(switch: Switch, numbers: Iterable[int], eight: bool) -> list[str]:
    rows = []
    for number in numbers:
        vlan = switch.running.vlans[number]
        text = vlan.description or f"VLAN {number:04}"
        if eight:
            rows.append(f"{number:4} common   enable  default       enable  disable FWD FWD FWD {text}")
        else:
            rows.append(f"{number:<5}enable  default       enable  disable    {text}")
    title = (
        "VID  Type     Status  Property      MAC-LRN STAT    BC  MC  UC  Description"
        if eight
        else "VID  Status  Property      MAC-LRN Statistics Description"
    )
    return [title, LINE, *([] if eight else [""]), *rows]


def port_vlan(switch: Switch, names: Iterable[str], eight: bool) -> str:
    table = Table((24, 13, 6, 0), [("Port", "Link Type", "PVID", "Trunk VLAN List")])
    table.rows.append((LINE[:79], "", "", ""))
    for name in names:
        port = switch.running.ports[name]
        kind = port.mode or ("access" if eight else "auto")
        carried = [part for line in lists(port.allowed) for part in line.replace(" to ", "-").split()]
        tagged = port.mode in ("trunk", "hybrid") and carried
        rows = [" ".join(carried[start : start + 8]) for start in range(0, len(carried), 8)] if tagged else ["-"]
        table.rows.append((name, kind, str(port.access if port.mode in (None, "access") else port.native), rows[0]))
        table.rows += [("", "", "", row) for row in rows[1:]]
    return str(table)


def state(switch: Switch, name: str) -> tuple[str, str]:
    """Physical and protocol state of a port or of Vlanif..; a * marks what somebody shut down."""
    config = switch.running
    if name in config.ports:
        physical = "up" if up(switch, name) else "down" if config.ports[name].enabled else "*down"
        return physical, "up" if physical == "up" else "down"
    number = int(name.removeprefix("Vlanif"))
    physical = "*down" if not config.svis[number].enabled else "up" if number in config.vlans else "down"
    return physical, "up" if physical == "up" else "down"


def every(switch: Switch) -> list[str]:
    return [*switch.running.ports, *(f"Vlanif{number}" for number in sorted(switch.running.svis))]


def interface_brief(switch: Switch) -> str:
    lines = [
        "PHY: Physical",
        "*down: administratively down",
        "(s): spoofing",
        "InUti/OutUti: input utility/output utility",
        "Interface                   PHY   Protocol  InUti OutUti   inErrors  outErrors",
    ]
    for name in every(switch):
        physical, protocol = state(switch, name)
        lines.append(f"{name:<28}{physical:<6}{protocol:<9}    0%     0%          0          0")
    return "\n".join(lines)


def interface_description(switch: Switch) -> str:
    table = Table((30, 8, 9, 0), [("Interface", "PHY", "Protocol", "Description")])
    for name in every(switch):
        table.rows.append((name, *state(switch, name), _thing(switch, name).description))
    return f"PHY: Physical\n*down: administratively down\n{table}"


def _thing(switch: Switch, name: str) -> Port | Svi:
    config = switch.running
    return config.ports[name] if name in config.ports else config.svis[int(name.removeprefix("Vlanif"))]


def interface(switch: Switch, names: Iterable[str]) -> str:
    parts = []
    for name in names:
        physical, protocol = state(switch, name)
        words = {"*down": "Administratively DOWN"}.get(physical, physical.upper())
        found = _thing(switch, name)
        lines = [f"{name} current state : {words}", f"Line protocol current state : {protocol.upper()}"]
        lines.append(f"Description:{found.description}")
        if isinstance(found, Svi) and found.address:
            lines.append(f"Internet Address is {found.address}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def ip_interface_brief(switch: Switch) -> str:
    table = Table((34, 21, 11, 0), [("Interface", "IP Address/Mask", "Physical", "Protocol")])
    for number, svi in sorted(switch.running.svis.items()):
        table.rows.append((f"Vlanif{number}", str(svi.address or "unassigned"), *state(switch, f"Vlanif{number}")))
    return f"*down: administratively down\n(s): spoofing\n\n{table}"


def lldp_brief(switch: Switch, eight: bool) -> str:
    heard = [(name, found) for name, found in switch.live.neighbours.items() if up(switch, name)]
    if eight:
        table = Table((24, 11, 30, 0), [("Local Interface", "Exptime(s)", "Neighbor Interface", "Neighbor Device")])
        table.rows += [(short(name, eight), "113", found.port, found.name) for name, found in heard]
    else:
        table = Table((13, 25, 26, 0), [("Local Intf", "Neighbor Dev", "Neighbor Intf", "Exptime(s)")])
        table.rows += [(short(name, eight), found.name, found.port, "113") for name, found in heard]
    return str(table)


def lldp(switch: Switch) -> str:
    parts = []
    for name, found in switch.live.neighbours.items():
        if not up(switch, name):
            continue
        parts.append(
            "\n".join(
                [
                    f"{name} has 1 neighbor(s):",
                    "",
                    "Neighbor index                     :1",
                    "Chassis type                       :MAC address",
                    f"Chassis ID                         :{dashed(found.address)}",
                    "Port ID type                       :Interface name",
                    f"Port ID                            :{found.port}",
                    f"System name                        :{found.name}",
                    "Expired time                       :113s",
                ]
            )
        )
    return "\n\n".join(parts)


def dashed(address: str) -> str:
    digits = address.replace(":", "")
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def arp(switch: Switch, eight: bool) -> str:
    """A learned address stands in two lines, the second of which has the VLAN."""
    rows = [
        "IP ADDRESS      MAC ADDRESS     EXPIRE(M) TYPE        INTERFACE   VPN-INSTANCE",
        "                                          VLAN/CEVLAN PVC",
        LINE[:78],
    ]
    for entry in switch.live.resolved:
        port = switch.behind(entry.address)
        where = short(port, eight) if port else f"Vlanif{entry.vlan}"
        rows.append(f"{entry.ip:<16}{dashed(entry.address):<16}{'18':<10}{'D-0':<12}{where}")
        rows.append(f"{'':42}{entry.vlan}/-")
    count = len(switch.live.resolved)
    return "\n".join([*rows, LINE[:78], f"Total:{count}         Dynamic:{count}       Static:0     Interface:0"])


def mac_address(switch: Switch, eight: bool) -> str:
    rows = [LINE[:79], f"{'MAC Address':<15}{'VLAN/VSI/BD':<34}{'Learned-From':<20}Type", LINE[:79]]
    for entry in switch.live.learned:
        rows.append(f"{dashed(entry.address):<15}{f'{entry.vlan}/-/-':<34}{short(entry.port, eight):<20}dynamic")
    return "\n".join([*rows, LINE[:79], f"Total items displayed = {len(switch.live.learned)}"])


def version(switch: Switch, software: str, model: str) -> str:
    minutes = int(switch.live.uptime // 60)
    uptime = f"{minutes // 10080} weeks, {minutes // 1440 % 7} days, {minutes // 60 % 24} hours, {minutes % 60} minutes"
    return "\n".join(
        [
            "Huawei Versatile Routing Platform Software",
            f"VRP (R) software, Version {software}",
            "Copyright (C) 2000-2024 Huawei; this is an emulation, no software of Huawei's runs here",
            f"HUAWEI {model} uptime is {uptime}",
        ]
    )
