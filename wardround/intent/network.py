"""What a hospital says about its network in `group_vars/all/network.yml`: who may reach what, where the sockets are."""

from __future__ import annotations

import datetime
import ipaddress
import re
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, Field
from pydantic_core import PydanticCustomError

from wardround.intent.models import HostName, Key, LocalName, Model, Text, _at_least, _check, _ipv6_address, _rule

RoomClass = Literal["public", "staff", "clinical", "technical"]
Platform = Literal["cisco_ios", "huawei_vrp5", "huawei_vrp8", "h3c_comware7"]


RESERVED_VLANS: Final = frozenset({1, *range(1002, 1006)})
"""1 is every vendor's default; 1002 to 1005 are Cisco's for FDDI and Token Ring and cannot be deleted there."""

_UNROUTED: Final = tuple(
    ipaddress.ip_network(text)
    for text in ("0.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "224.0.0.0/4", "::/127", "fe80::/10", "ff00::/8")
)
"""Unspecified, loopback, link-local and multicast addresses: no router passes a packet from them on (RFC 6890)."""

PLATFORM_VLANS: Final[dict[Platform, range]] = {"huawei_vrp8": range(4064, 4095)}
"""What switches of one platform keep for themselves (CloudEngine Command Reference, vlan reserved: the default)."""

_PORT_RANGE: Final = re.compile(r"([0-9]{0,3}[A-Za-z][A-Za-z0-9/._:-]*?)(?<!-)([0-9]{1,4})(?:-([0-9]{1,4}))?")


def _subnet(text: str) -> str:
    try:
        network = ipaddress.ip_network(text)
    except ValueError:
        raise ValueError from None
    if network.num_addresses < 4:  # its network, a gateway and one more
        raise ValueError
    return str(network)


def _ipv4(text: str) -> str:
    try:
        ipaddress.IPv4Network(text)
        return _subnet(text)
    except ValueError:
        raise ValueError("an IPv4 subnet of /30 or larger without host bits, such as 10.20.0.0/24") from None


def _ipv6(text: str) -> str:
    try:
        ipaddress.IPv6Network(text)
        return _subnet(text)
    except ValueError:
        raise ValueError("an IPv6 subnet of /126 or larger without host bits, such as fd20::/64") from None


def _routed(text: str) -> str:
    if any(ipaddress.ip_network(text).overlaps(special) for special in _UNROUTED):
        raise ValueError("a subnet that is routed: without unspecified, loopback, link-local and multicast addresses")
    return text


def _own_ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        raise ValueError("an IPv4 address") from None


def _vlan(number: int) -> int:
    if not 1 <= number <= 4094 or number in RESERVED_VLANS:
        allowed = "a VLAN id of 2 to 4094 other than 1002 to 1005, which switches keep for themselves"
        raise PydanticCustomError("wrong", "{allowed}", {"allowed": allowed})
    return number


def _port_range(text: str) -> str:
    try:
        expand(text)
    except ValueError:
        raise ValueError("a port or a range, such as GigabitEthernet1/0/1-48, of at most 1,024 ports") from None
    return text


def expand(ports: str) -> tuple[str, ...]:
    """`GE1/0/1-3` as GE1/0/1, GE1/0/2, GE1/0/3; a single port as itself. Raises ValueError for what is neither."""
    match = _PORT_RANGE.fullmatch(ports)
    if not match:
        raise ValueError(ports)
    prefix, first, last = match[1], int(match[2]), int(match[3] or match[2])
    if not first <= last <= first + 1023 or (match[3] and match[2] != str(first)):
        raise ValueError(ports)
    return tuple(f"{prefix}{number}" for number in range(first, last + 1)) if match[3] else (ports,)


VlanId = Annotated[int, Field(strict=True), AfterValidator(_vlan)]
PortNumber = Annotated[int, Field(strict=True, ge=1, le=65535)]
PortName = Annotated[
    str, _check(r"[0-9]{0,3}[A-Za-z][A-Za-z0-9/._:-]{0,62}", "a port's full name, such as GigabitEthernet1/0/7")
]
PortRange = Annotated[str, _rule(_port_range)]
SocketName = Annotated[str, _check(r"[A-Za-z0-9][A-Za-z0-9._-]{0,31}", "at most 32 letters, digits and . _ -")]
ZoneName = Annotated[
    str, _check(r"[a-z][a-z0-9_]{0,30}", "at most 31 (switches name VLANs so) lower-case letters, digits and _")
]
RepositoryPath = Annotated[
    str,
    _check(r"(?!\.)[A-Za-z0-9._-]+(/(?!\.)[A-Za-z0-9._-]+)*", "a directory of the repository, such as compiled/main"),
]
InterfaceName = Annotated[
    str, _check(r"(?!lo$)[a-z][a-z0-9._-]{0,14}", "an interface name of at most 15 characters, other than lo")
]


class Zone(Model):
    """One VLAN with its subnets.

    rooms: classes of rooms in which its sockets may be without an acceptance; a public one must be said.
    """

    display_name: LocalName
    vlan: VlanId
    ipv4: Annotated[str, _rule(_ipv4), _rule(_routed)]
    ipv6: Annotated[str, _rule(_ipv6), _rule(_routed)] | None = None
    rooms: tuple[RoomClass, ...] = ("staff", "clinical", "technical")


class Switch(Model):
    """A switch, a host of the group `switches`. ports: every port it has. uplink: the port towards the core."""

    platform: Platform
    site: Key
    ports: Annotated[tuple[PortRange, ...], _at_least(1)]
    uplink: PortName | None = None

    def port_names(self) -> tuple[str, ...]:
        """Every port, in the order written."""
        return tuple(name for ports in self.ports for name in expand(ports))


class FirewallInterface(Model):
    """A firewall in a zone. switch, port: the access port it hangs on, where it is not behind a trunk.

    It is the zone's gateway and has the first address of the zone's subnets, unless ipv4 (and ipv6) say another:
    a firewall that only is managed there.
    """

    name: InterfaceName
    ipv4: Annotated[str, _rule(_own_ipv4)] | None = None
    ipv6: Annotated[str, _rule(_ipv6_address)] | None = None
    switch: HostName | None = None
    port: PortName | None = None


class Firewall(Model):
    """A firewall, a host of the group `firewalls`. interfaces: by zone.

    out_of_band: interfaces outside every zone over which it is managed too, such as a service port.
    """

    site: Key
    interfaces: Annotated[dict[Key, FirewallInterface], _at_least(1)]
    out_of_band: tuple[InterfaceName, ...] = ()


class Profile(Model):
    """What a socket gives to what is plugged in: a zone untagged, and a second one tagged for a telephone."""

    zone: Key
    voice: Key | None = None


class Acceptance(Model):
    """Who answers for something that would be refused otherwise, and why."""

    owner: Key
    reason: Text


class Socket(Model):
    """A socket in a wall. host: the machine that is plugged in, where the inventory knows it."""

    switch: HostName
    port: PortName
    profile: Key
    host: HostName | None = None
    accepted: Acceptance | None = None


class Room(Model):
    display_name: LocalName
    room_class: RoomClass = Field(alias="class")
    sockets: dict[SocketName, Socket] = Field(default_factory=dict)


class NetworkDepartment(Model):
    """The rooms of one department of `hospital.departments`."""

    rooms: dict[Key, Room]


class TrunkEnd(Model):
    """A port of a switch or of a firewall."""

    device: HostName
    port: PortName


class Trunk(Model):
    """A link that carries several zones, tagged. native: the one of them that goes untagged, normally none."""

    a: TrunkEnd
    b: TrunkEnd
    zones: Literal["all"] | Annotated[tuple[Key, ...], _at_least(1)] = "all"
    native: Key | None = None


class Service(Model):
    """protocol and destination ports; icmp (with ICMPv6) has none."""

    protocol: Literal["tcp", "udp", "icmp"]
    ports: tuple[PortNumber, ...] = ()


class Flow(Model):
    """Someone may reach something. source, destination: a zone, or a host of the inventory; absent means denied.

    expires: the last day on which it is wanted.
    """

    source: HostName = Field(alias="from")
    destination: HostName = Field(alias="to")
    service: Key
    owner: Key
    reason: Text
    expires: Annotated[datetime.date, Field(strict=True)] | None = None


class Network(Model):
    """management: the zone over which switches and firewalls are managed. flows: by name; what is in none is denied.

    models: the directory, in the hospital's repository, of what `wardround compile network` makes of this.
    """

    management: Key
    models: RepositoryPath | None = None
    zones: Annotated[dict[ZoneName, Zone], _at_least(1)]
    switches: dict[HostName, Switch]
    firewalls: dict[HostName, Firewall] = Field(default_factory=dict)
    profiles: dict[Key, Profile]
    departments: dict[Key, NetworkDepartment] = Field(default_factory=dict)
    trunks: dict[Key, Trunk] = Field(default_factory=dict)
    services: dict[Key, Service]
    flows: dict[Key, Flow]
