"""What one device should be, whatever its vendor. Requested and actual state have the same types.

VLAN ids are 1 to 4094 (IEEE 802.1Q-2018, 9.6). All collections are compared as sets; printed ones are sorted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Literal

ALL_VLANS = frozenset(range(1, 4095))
DEFAULT_VLAN = 1


@dataclass(frozen=True, slots=True)
class Access:
    """A port that gives one VLAN untagged, and to a telephone a second one tagged."""

    vlan: int
    voice: int | None = None


@dataclass(frozen=True, slots=True)
class TrunkPort:
    """A port that carries VLANs tagged. native: the one that what comes untagged belongs to.

    A native VLAN that is not among the allowed drops what comes untagged: compile gives one that no port is a
    member of, because a real port always has some. None: not known.
    """

    allowed: frozenset[int]
    native: int | None = None


@dataclass(frozen=True, slots=True)
class Port:
    """One port. mode None: which VLANs it carries is not ours to say.

    enabled False: shut down. None, in a wish only: whether it is, is not said, and nobody opens or shuts it.
    """

    name: str
    mode: Access | TrunkPort | None
    description: str = ""
    enabled: bool | None = True


@dataclass(frozen=True, slots=True)
class SwitchModel:
    """One switch. vlans: id to name. management_vlan and uplink are what a change must never touch."""

    name: str
    platform: str
    vlans: dict[int, str]
    ports: dict[str, Port]
    management_vlan: int
    uplink: str | None = None

    def members(self, vlan: int) -> frozenset[str]:
        """Names of the ports that carry the VLAN."""
        return frozenset(name for name, port in self.ports.items() if vlan in carried(port))


def carried(port: Port) -> frozenset[int]:
    """VLANs that a port carries, tagged or not."""
    if isinstance(port.mode, Access):
        return frozenset({port.mode.vlan} | ({port.mode.voice} if port.mode.voice else set()))
    if isinstance(port.mode, TrunkPort):
        return port.mode.allowed
    return frozenset()


def port_order(name: str) -> list[tuple[int, str]]:
    """Key by which 1/0/2 comes before 1/0/10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"([0-9]+)", name)]


@dataclass(frozen=True, slots=True)
class ZoneInterface:
    """A firewall's interface in a zone. ipv4, ipv6: its own address with prefix length, such as 10.20.0.1/24."""

    zone: str
    interface: str
    ipv4: str
    ipv6: str | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """One flow, as a firewall knows it: where nothing matches, the packet is dropped.

    source_hosts, destination_hosts: addresses (IPv4 and IPv6); empty means the whole zone. ports: empty with icmp.
    """

    flow: str
    source: str
    destination: str
    protocol: Literal["tcp", "udp", "icmp"]
    ports: tuple[int, ...] = ()
    source_hosts: tuple[str, ...] = ()
    destination_hosts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FirewallModel:
    """One firewall. rules are sorted by flow; management: the zone it is managed from (SSH to itself).

    out_of_band: interfaces outside every zone over which SSH reaches it too; nothing is forwarded from or to them.
    """

    name: str
    management: str
    interfaces: tuple[ZoneInterface, ...]
    rules: tuple[Rule, ...] = field(default=())
    out_of_band: tuple[str, ...] = ()
