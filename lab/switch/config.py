"""What a switch has been told, whatever its vendor, and what follows from it for packets. Pure.

VLAN ids are 1 to 4094 (IEEE 802.1Q-2018, 9.6). VLAN 1 always exists.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from typing import Literal

ALL_VLANS = frozenset(range(1, 4095))
LinkType = Literal["access", "trunk", "hybrid"]


@dataclass
class Vlan:
    name: str = ""
    description: str = ""


@dataclass
class Port:
    """A physical port. mode None: what the vendor gives a port that nobody configured; it acts as an access port.

    native is the untagged VLAN of a trunk or hybrid port (Huawei and H3C: PVID). allowed: VLANs of a trunk, or tagged
    ones of a hybrid port, whose untagged ones are `untagged`. other: lines that are kept and have no effect here.
    """

    mode: LinkType | None = None
    access: int = 1
    voice: int | None = None
    native: int = 1
    allowed: frozenset[int] = ALL_VLANS
    untagged: frozenset[int] = frozenset({1})
    description: str = ""
    enabled: bool = True
    other: tuple[str, ...] = ()


@dataclass
class Svi:
    """The switch's own interface in a VLAN."""

    address: ipaddress.IPv4Interface | None = None
    description: str = ""
    enabled: bool = True


@dataclass(frozen=True)
class Block:
    """A line that is kept as it was written, with its indented ones, and has no effect here."""

    header: str
    lines: tuple[str, ...] = ()


@dataclass
class Config:
    hostname: str
    ports: dict[str, Port]
    vlans: dict[int, Vlan] = field(default_factory=lambda: {1: Vlan()})
    svis: dict[int, Svi] = field(default_factory=dict)
    other: list[Block] = field(default_factory=list)

    def copy(self) -> Config:
        """An independent one. By hand: deepcopy takes 40 ms for the sets of VLANs, which nobody changes in place."""
        return Config(
            self.hostname,
            {name: replace(port) for name, port in self.ports.items()},
            {number: replace(vlan) for number, vlan in self.vlans.items()},
            {number: replace(svi) for number, svi in self.svis.items()},
            list(self.other),
        )

    def block(self, header: str) -> Block | None:
        return next((block for block in self.other if block.header == header), None)

    def keep(self, block: Block) -> None:
        """Put a block in the place of the one with the same header, or at the end."""
        for place, old in enumerate(self.other):
            if old.header == block.header:
                self.other[place] = block
                return
        self.other.append(block)

    def drop(self, start: str) -> bool:
        """Remove the blocks whose header starts with these words; False where there was none."""
        left = [block for block in self.other if not f"{block.header} ".startswith(f"{start} ")]
        found = len(left) < len(self.other)
        self.other = left
        return found


@dataclass(frozen=True)
class Forwarding:
    """What a port does with frames: the VLAN of untagged ones (None: dropped), and the VLANs it carries tagged."""

    untagged: int | None
    tagged: frozenset[int]


def forwarding(config: Config, name: str) -> Forwarding | None:
    """What a port carries; None for a dead one: shut down, or in no VLAN that exists."""
    port = config.ports[name]
    exist = config.vlans.keys()
    if port.mode == "trunk":
        carried = port.allowed & exist
        untagged, tagged = port.native if port.native in carried else None, carried - {port.native}
    elif port.mode == "hybrid":
        untagged = port.native if port.native in port.untagged & exist else None
        tagged = (port.allowed & exist) - port.untagged
    else:
        untagged = port.access if port.access in exist else None
        tagged = frozenset({port.voice}) & exist if untagged and port.voice else frozenset()
    if not port.enabled or (untagged is None and not tagged):
        return None
    return Forwarding(untagged, frozenset(tagged))


@dataclass(frozen=True)
class Neighbour:
    """What LLDP hears on a port."""

    name: str
    port: str
    address: str = "02:57:00:00:00:00"


@dataclass(frozen=True)
class Learned:
    """An entry of the MAC address table; address as aa:bb:cc:dd:ee:ff."""

    vlan: int
    address: str
    port: str


@dataclass(frozen=True)
class Resolved:
    """An entry of the switch's own ARP table; address as aa:bb:cc:dd:ee:ff."""

    ip: str
    address: str
    vlan: int


@dataclass
class Live:
    """What a switch sees rather than is told. plugged: ports with a carrier while they are not shut down."""

    plugged: frozenset[str] = frozenset()
    neighbours: dict[str, Neighbour] = field(default_factory=dict)
    learned: tuple[Learned, ...] = ()
    resolved: tuple[Resolved, ...] = ()
    uptime: float = 0.0  # seconds


@dataclass(frozen=True)
class Armed:
    """A timer of the device. seconds are the device's own; a reload has no configuration to go back to.

    session: whose trial it is; persist: the name by which other sessions may confirm it.
    """

    kind: Literal["rollback", "reload"]
    seconds: float
    back_to: Config | None = None
    session: int = 0
    persist: str = ""


@dataclass
class Switch:
    """One switch: what it does now, what it will do after a reboot, the timers that run, and what it sees."""

    running: Config
    startup: Config
    live: Live = field(default_factory=Live)
    rollback: Armed | None = None
    reload: Armed | None = None
    files: dict[str, Config] = field(default_factory=dict)
    factory: Callable[[], Config] | None = None  # the configuration of a switch out of the box

    def behind(self, address: str) -> str | None:
        """The port at which a MAC address was seen."""
        return next((entry.port for entry in self.live.learned if entry.address == address), None)

    @property
    def saved(self) -> bool:
        return self.running == self.startup


def ranges(vlans: Iterable[int]) -> list[tuple[int, int]]:
    """Sorted first and last ids of unbroken runs."""
    runs: list[tuple[int, int]] = []
    for vlan in sorted(vlans):
        if runs and runs[-1][1] == vlan - 1:
            runs[-1] = (runs[-1][0], vlan)
        else:
            runs.append((vlan, vlan))
    return runs


def expand(first: int, last: int) -> frozenset[int]:
    """The ids from first to last; ValueError outside 1 to 4094 or the wrong way round."""
    if not 1 <= first <= last <= 4094:
        raise ValueError(f"{first}-{last} is no range of VLANs")
    return frozenset(range(first, last + 1))
