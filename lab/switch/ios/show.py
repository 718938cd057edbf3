"""Reports of `show`, in the columns that IOS gives them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from lab.switch.config import Config, Learned, Port, Svi, Switch, forwarding
from lab.switch.dialect import Table
from lab.switch.ios.names import RESERVED, listed, short
from lab.switch.ios.text import VERSION, vlan_name


def connected(switch: Switch, name: str) -> bool:
    return switch.running.ports[name].enabled and name in switch.live.plugged


def trunking(switch: Switch, name: str) -> bool:
    return switch.running.ports[name].mode == "trunk" and connected(switch, name)


def vlan_brief(switch: Switch) -> str:
    """VLANs with their access ports; a trunk that is up is in no row."""
    config = switch.running
    members: dict[int, list[str]] = {number: [] for number in config.vlans}
    for name, port in config.ports.items():
        if not trunking(switch, name) and port.access in members:
            members[port.access].append(short(name))
            if port.voice in members and port.voice is not None:
                members[port.voice].append(short(name))
    table = Table((5, 33, 10, 31), [("VLAN", "Name", "Status", "Ports")])
    table.rows.append(("-" * 4, "-" * 32, "-" * 9, "-" * 31))
    rows: dict[int, tuple[str, str]] = {n: (vlan_name(n, vlan), "active") for n, vlan in config.vlans.items()}
    rows |= {number: (name, "act/unsup") for number, name in RESERVED.items()}
    for number, (label, status) in sorted(rows.items()):
        lines = wrapped(members.get(number, []))
        table.rows.append((str(number), label, status, lines[0]))
        table.rows += [("", "", "", line) for line in lines[1:]]
    return f"\n{table}"


def wrapped(names: Sequence[str], width: int = 31) -> list[str]:
    """Names with commas in lines of a width; one empty line for none."""
    lines = [""]
    for place, name in enumerate(names):
        part = name if place == len(names) - 1 else f"{name}, "
        if len(lines[-1]) + len(part.strip()) > width:
            lines.append("")
        lines[-1] += part
    return lines


def vlan_all(switch: Switch) -> str:
    numbers = sorted({*switch.running.vlans, *RESERVED})
    kinds = {1002: "fddi", 1003: "tr", 1004: "fdnet", 1005: "trnet"}
    table = Table(
        (5, 6, 11, 6, 7, 7, 9, 5, 9, 7, 6),
        [("VLAN", "Type", "SAID", "MTU", "Parent", "RingNo", "BridgeNo", "Stp", "BrdgMode", "Trans1", "Trans2")],
    )
    table.rows.append(tuple("-" * (width - 1) for width in table.widths))
    for number in numbers:
        kind = kinds.get(number, "enet")
        table.rows.append((str(number), kind, str(100000 + number), "1500", "-", "-", "-", "-", "-", "0", "0"))
    return (
        f"{vlan_brief(switch)}\n\n{table}\n\nRemote SPAN VLANs\n{'-' * 78}\n\n\n"
        "Primary Secondary Type              Ports\n------- --------- ----------------- " + "-" * 42
    )


def interfaces_status(switch: Switch, names: Iterable[str]) -> str:
    table = Table((10, 19, 13, 11, 7, 7, 20), [("Port", "Name", "Status", "Vlan", "Duplex", "Speed", "Type")])
    for name in names:
        port = switch.running.ports[name]
        state = "connected" if connected(switch, name) else "notconnect" if port.enabled else "disabled"
        if state == "connected" and forwarding(switch.running, name) is None:
            state = "inactive"
        vlan = "trunk" if trunking(switch, name) else str(port.access)
        speed = ("a-full", "a-1000") if name in switch.live.plugged else ("auto", "auto")
        table.rows.append((short(name), port.description[:18], state, vlan, *speed, "10/100/1000BaseTX"))
    return f"\n{table}"


def interfaces_switchport(switch: Switch, names: Iterable[str]) -> str:
    return "\n\n".join(_switchport(switch, name, switch.running.ports[name]) for name in names)


def _switchport(switch: Switch, name: str, port: Port) -> str:
    def label(number: int) -> str:
        vlan = switch.running.vlans.get(number)
        return f"{number} ({vlan_name(number, vlan) if vlan else 'Inactive'})"

    operational = "trunk" if port.mode == "trunk" else "static access"
    administrative = {"trunk": "trunk", "access": "static access"}.get(port.mode or "", "dynamic auto")
    return "\n".join(
        [
            f"Name: {short(name)}",
            "Switchport: Enabled",
            f"Administrative Mode: {administrative}",
            f"Operational Mode: {operational if connected(switch, name) else 'down'}",
            "Administrative Trunking Encapsulation: dot1q",
            f"Negotiation of Trunking: {'Off' if port.mode == 'access' else 'On'}",
            f"Access Mode VLAN: {label(port.access)}",
            f"Trunking Native Mode VLAN: {label(port.native)}",
            "Administrative Native VLAN tagging: disabled",
            f"Voice VLAN: {label(port.voice) if port.voice else 'none'}",
            *_enabled(port.allowed),
            "Pruning VLANs Enabled: 2-1001",
            "Capture Mode Disabled",
            "Capture VLANs Allowed: ALL",
            "",
            "Protected: false",
            "Unknown unicast blocked: disabled",
            "Unknown multicast blocked: disabled",
            "Appliance trust: none",
        ]
    )


def _enabled(allowed: frozenset[int]) -> list[str]:
    if len(allowed) == 4094:
        return ["Trunking VLANs Enabled: ALL"]
    lines = ["Trunking VLANs Enabled: "]
    for part in (listed(allowed).upper() if not allowed else listed(allowed)).split(","):
        if len(lines[-1]) + len(part) > 70:
            lines[-1] += ","
            lines.append("     ")
        lines[-1] += part if lines[-1].endswith(" ") else f",{part}"
    return lines


def interfaces_trunk(switch: Switch) -> str:
    names = [name for name in switch.running.ports if trunking(switch, name)]
    if not names:
        return ""
    ports = switch.running.ports
    modes = Table((12, 17, 15, 14, 11), [("Port", "Mode", "Encapsulation", "Status", "Native vlan")])
    modes.rows += [(short(name), "on", "802.1q", "trunking", str(ports[name].native)) for name in names]
    parts = [f"\n{modes}"]
    exist = switch.running.vlans.keys()
    for title, wanted in (
        ("Vlans allowed on trunk", {name: ports[name].allowed for name in names}),
        ("Vlans allowed and active in management domain", {name: ports[name].allowed & exist for name in names}),
        ("Vlans in spanning tree forwarding state and not pruned", {n: ports[n].allowed & exist for n in names}),
    ):
        table = Table((12, 0), [("Port", title), *((short(name), listed(wanted[name])) for name in names)])
        parts.append(str(table))
    return "\n\n".join(parts)


def state(switch: Switch, name: str) -> tuple[str, str]:
    """Administrative state and line protocol of a port or of a VLAN interface."""
    config = switch.running
    found: Port | Svi = config.ports[name] if name in config.ports else config.svis[int(name[4:])]
    if not found.enabled:
        return "administratively down", "down"
    up = connected(switch, name) if name in config.ports else int(name[4:]) in config.vlans
    return ("up", "up") if up else ("down", "down")


def interfaces(switch: Switch, names: Iterable[str]) -> str:
    parts = []
    for name in names:
        config = switch.running
        found: Port | Svi = config.ports[name] if name in config.ports else config.svis[int(name[4:])]
        status, protocol = state(switch, name)
        suffix = " (connected)" if status == "up" else " (notconnect)" if name in config.ports and found.enabled else ""
        lines = [f"{name} is {status}, line protocol is {protocol}{suffix}"]
        lines.append(f"  Hardware is {'Gigabit Ethernet' if name in config.ports else 'Ethernet SVI'}")
        lines += [f"  Description: {found.description}"] if found.description else []
        lines += [f"  Internet address is {found.address}"] if isinstance(found, Svi) and found.address else []
        lines.append("  MTU 1500 bytes, BW 1000000 Kbit/sec, DLY 10 usec,")
        parts.append("\n".join(lines))
    return "\n".join(parts)


def interfaces_description(switch: Switch, names: Iterable[str]) -> str:
    table = Table((31, 15, 9, 0), [("Interface", "Status", "Protocol", "Description")])
    for name in names:
        found: Port | Svi = (
            switch.running.ports[name] if name in switch.running.ports else switch.running.svis[int(name[4:])]
        )
        status, protocol = state(switch, name)
        status = "admin down" if status.startswith("admin") else status
        table.rows.append((short(name), status, protocol, found.description))
    return str(table)


def ip_interface_brief(switch: Switch) -> str:
    table = Table((23, 16, 4, 7, 22, 8), [("Interface", "IP-Address", "OK?", "Method", "Status", "Protocol")])
    config: Config = switch.running
    for name in [*(f"Vlan{number}" for number in sorted(config.svis)), *config.ports]:
        address = config.svis[int(name[4:])].address if name not in config.ports else None
        method = "manual" if address else "unset"
        table.rows.append((name, str(address.ip) if address else "unassigned", "YES", method, *state(switch, name)))
    return str(table)


def lldp_neighbors(switch: Switch) -> str:
    table = Table((20, 15, 11, 16, 0), [("Device ID", "Local Intf", "Hold-time", "Capability", "Port ID")])
    heard = {name: found for name, found in switch.live.neighbours.items() if connected(switch, name)}
    for name, found in heard.items():
        table.rows.append((found.name[:20], short(name), "120", "B", found.port))
    return (
        "\nCapability codes:\n    (R) Router, (B) Bridge, (T) Telephone, (C) DOCSIS Cable Device\n"
        f"    (W) WLAN Access Point, (P) Repeater, (S) Station, (O) Other\n\n{table}\n\n"
        f"Total entries displayed: {len(heard)}"
    )


def ip_arp(switch: Switch) -> str:
    table = Table((10, 17, 12, 16, 7, 0), [("Protocol", "Address", "Age (min)", "Hardware Addr", "Type", "Interface")])
    for entry in switch.live.resolved:
        table.rows.append(("Internet", entry.ip, "        0", dotted(entry.address), "ARPA", f"Vlan{entry.vlan}"))
    return str(table)


def dotted(address: str) -> str:
    digits = address.replace(":", "")
    return f"{digits[:4]}.{digits[4:8]}.{digits[8:]}"


def mac_address_table(found: Sequence[Learned]) -> str:
    table = Table((8, 18, 12, 0), [("Vlan", "Mac Address", "Type", "Ports"), ("----", "-" * 11, "-" * 8, "-" * 5)])
    for entry in found:
        table.rows.append((f"{entry.vlan:4}", dotted(entry.address), "DYNAMIC", short(entry.port)))
    title = f"          Mac Address Table\n{'-' * 43}\n"
    return f"{title}\n{table}\nTotal Mac Addresses for this criterion: {len(found)}"


def version(switch: Switch) -> str:
    minutes, weeks = int(switch.live.uptime // 60), int(switch.live.uptime // 604800)
    since = f"{weeks} weeks, {minutes % 10080} minutes" if weeks else f"{minutes} minutes"
    return "\n".join(
        [
            f"Cisco IOS XE Software, Version {VERSION}.4a",
            f"Cisco IOS Software [Cupertino], Catalyst L3 Switch Software (CAT9K_IOSXE), Version {VERSION}.4a, "
            "RELEASE SOFTWARE (fc3)",
            "Emulated by Wardround; no software of Cisco's runs here.",
            "",
            "ROM: IOS-XE ROMMON",
            f"{switch.running.hostname} uptime is {since}",
            'System image file is "flash:packages.conf"',
            "Last reload reason: Reload Command",
            "",
            "cisco C9300-48T (X86) processor with 1333273K/6147K bytes of memory.",
            "Processor board ID WRT00000001",
            f"{len(switch.running.ports)} Gigabit Ethernet interfaces",
            "Base Ethernet MAC Address          : 02:57:00:00:00:01",
            "Configuration register is 0x102",
        ]
    )
