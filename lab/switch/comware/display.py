"""Reports of `display`, in the columns that Comware gives them."""

from __future__ import annotations

from collections.abc import Iterable

from lab.switch.comware.text import VERSION
from lab.switch.config import Port, Svi, Switch, Vlan
from lab.switch.dialect import Table
from lab.switch.views import lists, members


def short(name: str) -> str:
    return (
        name.replace("Ten-GigabitEthernet", "XGE")
        .replace("GigabitEthernet", "GE")
        .replace("Vlan-interface", "Vlan")
        .replace("Ethernet", "Eth")
    )


def up(switch: Switch, name: str) -> bool:
    return switch.running.ports[name].enabled and name in switch.live.plugged


def label(number: int, vlan: Vlan) -> str:
    return vlan.name or f"VLAN {number:04}"


def vlan_list(switch: Switch) -> str:
    numbers = ", ".join("1(default)" if number == 1 else str(number) for number in sorted(switch.running.vlans))
    return f" Total VLANs: {len(switch.running.vlans)}\n The VLANs include:\n {numbers}"


def vlan_brief(switch: Switch) -> str:
    lines = [
        "Brief information about all VLANs:",
        "Supported Minimum VLAN ID: 1",
        "Supported Maximum VLAN ID: 4094",
        "Default VLAN ID: 1",
        f"{'VLAN ID':<10}{'Name':<33}Port",
    ]
    for number, vlan in sorted(switch.running.vlans.items()):
        found = members(switch.running, number, lambda name: up(switch, name))
        names = [short(name) for name, _unused in (*found[True], *found[False])]
        rows = ["  ".join(names[start : start + 3]) for start in range(0, len(names), 3)] or [""]
        lines.append(f"{number:<10}{label(number, vlan)[:32]:<33}{rows[0]}".rstrip())
        lines += [" " * 43 + row for row in rows[1:]]
    return "\n".join(lines)


def vlan_detail(switch: Switch, numbers: Iterable[int]) -> str:
    return "\n\n".join(_detail(switch, number) for number in numbers)


def _detail(switch: Switch, number: int) -> str:
    vlan = switch.running.vlans[number]
    svi = switch.running.svis.get(number)
    lines = [f" VLAN ID: {number}", " VLAN type: Static"]
    lines.append(f" Route interface: {'Configured' if svi else 'Not configured'}")
    if svi and svi.address:
        lines += [f" IPv4 address: {svi.address.ip}", f" IPv4 subnet mask: {svi.address.netmask}"]
    lines += [f" Description: {vlan.description or f'VLAN {number:04}'}", f" Name: {label(number, vlan)}"]
    found = members(switch.running, number, lambda name: up(switch, name))
    for untagged, title in ((False, "Tagged"), (True, "Untagged")):
        rows = [f"    {name}{'(U)' if is_up else ''}" for name, is_up in found[untagged]]
        lines += [f" {title} ports:", *rows] if rows else [f" {title} ports:   None"]
    return "\n".join(lines)


def port_trunk(switch: Switch) -> str:
    table = Table((21, 6, 0), [("Interface", "PVID", "VLAN Passing")])
    for name, port in switch.running.ports.items():
        if port.mode != "trunk":
            continue
        carried = ", ".join(lists(port.allowed & switch.running.vlans.keys())).replace(" to ", "-").replace(" ", ", ")
        table.rows.append((short(name), str(port.native), carried.replace(",,", ",") + ("," if carried else "")))
    return str(table)


def state(switch: Switch, name: str) -> str:
    """UP, DOWN or ADM, of a port or of Vlan-interface.."""
    config = switch.running
    found = _thing(switch, name)
    if not found.enabled:
        return "ADM"
    is_up = up(switch, name) if name in config.ports else int(name.removeprefix("Vlan-interface")) in config.vlans
    return "UP" if is_up else "DOWN"


def every(switch: Switch) -> list[str]:
    return [*(f"Vlan-interface{number}" for number in sorted(switch.running.svis)), *switch.running.ports]


def _thing(switch: Switch, name: str) -> Port | Svi:
    config = switch.running
    return config.ports[name] if name in config.ports else config.svis[int(name.removeprefix("Vlan-interface"))]


def interface_brief(switch: Switch) -> str:
    route = Table((21, 5, 9, 16, 0), [("Interface", "Link", "Protocol", "Primary IP", "Description")])
    for number, svi in sorted(switch.running.svis.items()):
        link = state(switch, f"Vlan-interface{number}")
        address = str(svi.address.ip) if svi.address else "--"
        route.rows.append((f"Vlan{number}", link, "UP" if link == "UP" else "DOWN", address, svi.description))
    bridge = Table((21, 5, 8, 7, 5, 5, 0), [("Interface", "Link", "Speed", "Duplex", "Type", "PVID", "Description")])
    for name, port in switch.running.ports.items():
        speed = ("1G(a)", "F(a)") if up(switch, name) else ("auto", "A")
        kind = {"trunk": "T", "hybrid": "H"}.get(port.mode or "", "A")
        pvid = port.access if kind == "A" else port.native
        bridge.rows.append((short(name), state(switch, name), *speed, kind, str(pvid), port.description))
    return (
        "Brief information on interfaces in route mode:\n"
        "Link: ADM - administratively down; Stby - standby\nProtocol: (s) - spoofing\n"
        f"{route}\n\nBrief information on interfaces in bridge mode:\n"
        "Link: ADM - administratively down; Stby - standby\nSpeed: (a) - auto\n"
        "Duplex: (a)/A - auto; H - half; F - full\nType: A - access; T - trunk; H - hybrid\n"
        f"{bridge}"
    )


def interface(switch: Switch, names: Iterable[str]) -> str:
    parts = []
    for name in names:
        found, link = _thing(switch, name), state(switch, name)
        words = {"ADM": "Administratively DOWN"}.get(link, link)
        lines = [name, f"Current state: {words}", f"Line protocol state: {'UP' if link == 'UP' else 'DOWN'}"]
        lines.append(f"Description: {found.description or f'{name} Interface'}")
        if isinstance(found, Svi):
            lines += [f"Internet address: {found.address} (primary)"] if found.address else []
        else:
            lines.append(f"Port link-type: {found.mode or 'access'}")
            lines.append(f"PVID: {found.native if found.mode in ('trunk', 'hybrid') else found.access}")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def ip_interface_brief(switch: Switch) -> str:
    table = Table((21, 9, 9, 16, 0), [("Interface", "Physical", "Protocol", "IP address", "Description")])
    for number, svi in sorted(switch.running.svis.items()):
        link = "up" if state(switch, f"Vlan-interface{number}") == "UP" else "down"
        table.rows.append((f"Vlan{number}", link, link, str(svi.address.ip) if svi.address else "--", svi.description))
    return f"*down: administratively down\n(s): spoofing  (l): loopback\n{table}"


def lldp_list(switch: Switch) -> str:
    table = Table((16, 16, 27, 0), [("Local Interface", "Chassis ID", "Port ID", "System Name")])
    for name, found in switch.live.neighbours.items():
        if up(switch, name):
            table.rows.append((short(name), dashed(found.address), found.port, found.name))
    return (
        "Chassis ID : * -- -- Nearest nontpmr bridge neighbor\n"
        "             # -- -- Nearest customer bridge neighbor\n"
        f"             Default -- -- Nearest bridge neighbor\n{table}"
    )


def dashed(address: str) -> str:
    digits = address.replace(":", "")
    return f"{digits[:4]}-{digits[4:8]}-{digits[8:]}"


def arp(switch: Switch) -> str:
    table = Table(
        (16, 15, 14, 25, 6, 0), [("IP address", "MAC address", "VLAN/VSI name", "Interface", "Aging", "Type")]
    )
    for entry in switch.live.resolved:
        port = switch.behind(entry.address)
        where = short(port) if port else f"Vlan{entry.vlan}"
        table.rows.append((entry.ip, dashed(entry.address), str(entry.vlan), where, "1140", "D"))
    return f"  Type: S-Static   D-Dynamic   O-Openflow   R-Rule   M-Multiport  I-Invalid\n{table}"


def mac_address(switch: Switch) -> str:
    table = Table((17, 11, 17, 25, 0), [("MAC Address", "VLAN ID", "State", "Port/Nickname", "Aging")])
    for entry in switch.live.learned:
        table.rows.append((dashed(entry.address), str(entry.vlan), "Learned", short(entry.port), "Y"))
    return str(table)


def version(switch: Switch) -> str:
    minutes = int(switch.live.uptime // 60)
    uptime = f"{minutes // 10080} weeks, {minutes // 1440 % 7} days, {minutes // 60 % 24} hours, {minutes % 60} minutes"
    return "\n".join(
        [
            f"H3C Comware Software, Version {VERSION}",
            "Emulated by Wardround; no software of H3C's runs here.",
            f"H3C S5130S-28S-EI uptime is {uptime}",
            "Last reboot reason : User reboot",
        ]
    )
