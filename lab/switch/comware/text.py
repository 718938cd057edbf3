"""The configuration as Comware prints it."""

from __future__ import annotations

from lab.switch.config import ALL_VLANS, Config, Port, Svi
from lab.switch.views import lists

VERSION = "7.1.070, Release 6555P01"
FIRST = frozenset({1})  # what a trunk carries, and a hybrid port untagged, before anybody says otherwise


def port_lines(port: Port) -> list[str]:
    """What stands under `interface`; a port is an access port unless it says otherwise."""
    lines = ["port link-mode bridge"]
    lines += [f"description {port.description}"] if port.description else []
    if port.mode in ("trunk", "hybrid"):
        lines.append(f"port link-type {port.mode}")
    elif port.access != 1:
        lines.append(f"port access vlan {port.access}")
    if port.mode == "trunk":
        lines += trunk_lines(port.allowed)
    if port.mode == "hybrid":
        lines += [] if 1 in port.untagged else ["undo port hybrid vlan 1"]
        lines += [f"port hybrid vlan {part} tagged" for part in lists(port.allowed)]
        lines += [f"port hybrid vlan {part} untagged" for part in lists(port.untagged) if port.untagged != FIRST]
    if port.mode in ("trunk", "hybrid") and port.native != 1:
        lines.append(f"port {port.mode} pvid vlan {port.native}")
    lines += port.other
    return lines if port.enabled else [*lines, "shutdown"]


def trunk_lines(allowed: frozenset[int]) -> list[str]:
    """VLAN 1 is permitted from the start; where others are too, it is printed with them."""
    if allowed == ALL_VLANS:
        return ["port trunk permit vlan all"]
    lines = [] if 1 in allowed else ["undo port trunk permit vlan 1"]
    return lines + [f"port trunk permit vlan {part}" for part in lists(allowed) if allowed != FIRST]


def svi_lines(svi: Svi) -> list[str]:
    lines = [f"description {svi.description}"] if svi.description else []
    lines += [f"ip address {svi.address.ip} {svi.address.netmask}"] if svi.address else []
    return lines if svi.enabled else [*lines, "shutdown"]


def render(config: Config) -> str:
    """The whole configuration; lines of no section are indented by one."""
    parts: list[list[str]] = [[f" version {VERSION}"], [f" sysname {config.hostname}"]]
    parts += [[f" {block.header}"] for block in config.other if not block.lines]
    for number, vlan in sorted(config.vlans.items()):
        lines = [f"name {vlan.name}"] * bool(vlan.name) + [f"description {vlan.description}"] * bool(vlan.description)
        parts.append([f"vlan {number}", *lines])
    parts += [[f"interface Vlan-interface{number}", *svi_lines(svi)] for number, svi in sorted(config.svis.items())]
    parts += [[f"interface {name}", *port_lines(port)] for name, port in config.ports.items()]
    parts += [[block.header, *block.lines] for block in config.other if block.lines]
    return "\n".join(
        ["#", *("\n".join([part[0], *(f" {line}" for line in part[1:]), "#"]) for part in parts), "return"]
    )
