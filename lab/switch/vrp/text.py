"""The configuration as VRP prints it."""

from __future__ import annotations

from lab.switch.config import ALL_VLANS, Config, Port, Svi
from lab.switch.views import lists

FIRST = frozenset({1})  # what a trunk carries, and a hybrid port untagged, before anybody says otherwise


def port_lines(port: Port, access_is_default: bool) -> list[str]:
    """What stands under `interface`; a setting at its default is not printed, and `access` is one only on VRP8."""
    lines = [f"description {port.description}"] if port.description else []
    if port.mode and not (access_is_default and port.mode == "access"):
        lines.append(f"port link-type {port.mode}")
    if port.mode in (None, "access") and port.access != 1:
        lines.append(f"port default vlan {port.access}")
    if port.mode in ("trunk", "hybrid") and port.native != 1:
        lines.append(f"port {port.mode} pvid vlan {port.native}")
    if port.mode == "trunk":
        lines += trunk_lines(port.allowed)
    if port.mode == "hybrid":
        lines += [f"port hybrid tagged vlan {part}" for part in lists(port.allowed)]
        lines += [] if 1 in port.untagged else ["undo port hybrid vlan 1"]
        lines += [f"port hybrid untagged vlan {part}" for part in lists(port.untagged - FIRST)]
    lines += port.other
    return lines if port.enabled else [*lines, "shutdown"]


def trunk_lines(allowed: frozenset[int]) -> list[str]:
    """VLAN 1 is in the list from the start: it is not printed, its absence is."""
    lines = [] if 1 in allowed else ["undo port trunk allow-pass vlan 1"]
    if allowed == ALL_VLANS:
        return ["port trunk allow-pass vlan 2 to 4094"]
    return lines + [f"port trunk allow-pass vlan {part}" for part in lists(allowed - FIRST)]


def svi_lines(svi: Svi) -> list[str]:
    lines = [f"description {svi.description}"] if svi.description else []
    lines += [f"ip address {svi.address.ip} {svi.address.netmask}"] if svi.address else []
    return lines if svi.enabled else [*lines, "shutdown"]


def render(config: Config, software: str, access_is_default: bool) -> str:
    """The whole configuration, from the software's version to `return`."""
    parts: list[list[str]] = [[f"!Software Version {software}"], [f"sysname {config.hostname}"]]
    parts += [[f"vlan batch {part}"] for part in lists(config.vlans.keys() - FIRST)]
    parts += [[block.header] for block in config.other if not block.lines]
    for number, vlan in sorted(config.vlans.items()):
        lines = [f"name {vlan.name}"] * bool(vlan.name) + [f"description {vlan.description}"] * bool(vlan.description)
        parts += [[f"vlan {number}", *lines]] if lines else []
    parts += [[block.header, *block.lines] for block in config.other if block.lines]
    parts += [[f"interface Vlanif{number}", *svi_lines(svi)] for number, svi in sorted(config.svis.items())]
    parts += [[f"interface {name}", *port_lines(port, access_is_default)] for name, port in config.ports.items()]
    return "\n".join([*("\n".join([part[0], *(f" {line}" for line in part[1:]), "#"]) for part in parts), "return"])
