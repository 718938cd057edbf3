"""The configuration as IOS prints it."""

from __future__ import annotations

from lab.switch.config import Block, Config, Port, Svi, Vlan
from lab.switch.ios.names import allowed_lines

VERSION = "17.9"
BEFORE = (
    "service",
    "no service",
    "aaa",
    "username",
    "ip domain",
    "no ip domain",
    "vtp",
    "archive",
    "spanning-tree",
    "errdisable",
)


def port_lines(port: Port) -> list[str]:
    """What stands under `interface`; a setting at its default is not printed."""
    lines = [f"description {port.description}"] if port.description else []
    if port.access != 1:
        lines.append(f"switchport access vlan {port.access}")
    if port.native != 1:
        lines.append(f"switchport trunk native vlan {port.native}")
    lines += allowed_lines(port.allowed)
    if port.mode:
        lines.append(f"switchport mode {port.mode}")
    if port.voice is not None:
        lines.append(f"switchport voice vlan {port.voice}")
    lines += port.other
    if not port.enabled:
        lines.append("shutdown")
    return lines


def svi_lines(svi: Svi) -> list[str]:
    lines = [f"description {svi.description}"] if svi.description else []
    lines.append(f"ip address {svi.address.ip} {svi.address.netmask}" if svi.address else "no ip address")
    return lines if svi.enabled else [*lines, "shutdown"]


def render(config: Config) -> str:
    """The whole configuration, from `version` to `end`."""

    def written(block: Block) -> list[str]:
        return [block.header, *(f" {line}" for line in block.lines)]

    before = [block for block in config.other if f"{block.header} ".startswith(tuple(f"{word} " for word in BEFORE))]
    parts: list[list[str]] = [[f"version {VERSION}"], [f"hostname {config.hostname}"]]
    parts += [written(block) for block in before]
    for number, vlan in sorted(config.vlans.items()):
        if number != 1:
            parts.append([f"vlan {number}", *([f" name {vlan.name}"] if vlan.name else [])])
    parts += [[f"interface {name}", *(f" {line}" for line in port_lines(port))] for name, port in config.ports.items()]
    for number, svi in sorted(config.svis.items()):
        parts.append([f"interface Vlan{number}", *(f" {line}" for line in svi_lines(svi))])
    parts += [written(block) for block in config.other if block not in before]
    return "\n".join(["!", *("\n".join([*part, "!"]) for part in parts), "end"])


def vlan_name(number: int, vlan: Vlan) -> str:
    """The name that `show vlan` gives: one that nobody wrote follows from the id."""
    return vlan.name or ("default" if number == 1 else f"VLAN{number:04}")
