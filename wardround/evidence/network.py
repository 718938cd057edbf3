"""The hospital's network, its proofs and the changes of its devices, as data.

A zone is a VLAN with its subnets; moments and `seq` are as in wardround.evidence.facts.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from wardround.network.tally import Fault, PairTally

if TYPE_CHECKING:
    from wardround.evidence.facts import Name


@dataclass(frozen=True, slots=True)
class Zone:
    """gateway: the firewall that is its way out, empty where there is none; sockets: in how many walls it is."""

    key: str
    name: Name
    vlan: int
    subnets: tuple[str, ...]
    gateway: str
    sockets: int


@dataclass(frozen=True, slots=True)
class Device:
    """A switch or a firewall. vlans: those that it carries; sockets: how many hang on it; platform: a switch's."""

    key: str
    site: str
    firewall: bool
    platform: str
    vlans: tuple[int, ...]
    sockets: int = 0


@dataclass(frozen=True, slots=True)
class Trunk:
    """A cable between two devices. vlans: what it carries; every: whether that is every zone; native: the one of them
    that goes untagged."""

    name: str
    a: str
    a_port: str
    b: str
    b_port: str
    vlans: tuple[int, ...]
    every: bool = False
    native: int | None = None


@dataclass(frozen=True, slots=True)
class Flow:
    """Someone may reach something. source, destination: zones or hosts; from_zone, to_zone: where they are; ports: as
    people write them, `tcp/104`; expires: a date or empty."""

    key: str
    source: str
    destination: str
    from_zone: str
    to_zone: str
    service: str
    ports: str
    owner: str
    reason: str
    expires: str = ""


@dataclass(frozen=True, slots=True)
class Network:
    """sha256: of what a packet could notice of it, see wardround.network.digest; services: names of all."""

    sha256: str
    zones: tuple[Zone, ...]
    devices: tuple[Device, ...]
    trunks: tuple[Trunk, ...]
    flows: tuple[Flow, ...]
    services: frozenset[str]


@dataclass(frozen=True, slots=True)
class NetworkProof:
    """Who reaches whom, asked with real packets. kind: `twin` or `live`; intent: sha256 of the network that was to be;
    revision: its commit; sockets, trunks: how many were tried for VLANs that mix; leaks: how often they did.

    faults: sentences on what was wrong, not all where there are many.
    """

    seq: int
    kind: str
    ok: bool
    intent: str
    revision: str
    sockets: int
    trunks: int
    leaks: int
    pairs: tuple[PairTally, ...]
    faults: tuple[Fault, ...]
    who: str
    command: str
    at: str


@dataclass(frozen=True, slots=True)
class DeviceChange:
    """A change that a switch or firewall kept. state: what was asked for; diff: unified; mechanism: the way back that
    was armed."""

    seq: int
    run: str
    host: str
    state: str
    commands: tuple[str, ...]
    diff: str
    mechanism: str
    at: str
