"""What a hospital says about its network: who may reach what, and where the sockets are. `group_vars/all/network.yml`."""

from __future__ import annotations

import datetime
import ipaddress
from typing import Annotated, Literal

from pydantic import Field

from wardround.intent.models import HostName, Key, LocalName, Model, Text, _at_least, _check, _rule

RoomClass = Literal["public", "staff", "clinical", "technical"]
Platform = Literal["cisco_ios", "huawei_vrp5", "huawei_vrp8", "h3c_comware7"]


def _ipv4(text: str) -> str:
    try:
        return str(ipaddress.IPv4Network(text))
    except ValueError:
        raise ValueError("an IPv4 subnet without host bits, such as 10.20.0.0/24") from None


def _ipv6(text: str) -> str:
    try:
        return str(ipaddress.IPv6Network(text))
    except ValueError:
        raise ValueError("an IPv6 subnet without host bits, such as fd20::/64") from None


VlanId = Annotated[int, Field(strict=True, ge=1, le=4094)]
PortNumber = Annotated[int, Field(strict=True, ge=1, le=65535)]
PortName = Annotated[str, _check(r"[A-Za-z][A-Za-z0-9/._:-]{0,62}", "a port's name, such as GigabitEthernet1/0/7")]
PortRange = Annotated[
    str,
    _check(r"[A-Za-z][A-Za-z0-9/._:-]*?[0-9]+(-[0-9]+)?", "a port or a range, such as GigabitEthernet1/0/1-48"),
]
InterfaceName = Annotated[str, _check(r"[a-z][a-z0-9._-]{0,14}", "an interface name of at most 15 characters")]
SocketName = Annotated[str, _check(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}", "letters, digits and . _ -")]


class Zone(Model):
    """One VLAN with its subnets. rooms: classes of rooms in which its sockets may be without an acceptance."""

    display_name: LocalName
    vlan: VlanId
    ipv4: Annotated[str, _rule(_ipv4)]
    ipv6: Annotated[str, _rule(_ipv6)] | None = None
    rooms: tuple[RoomClass, ...] = ("public", "staff", "clinical", "technical")


class Switch(Model):
    """A switch, a host of the group `switches`. ports: every port it has. uplink: the port towards the core."""

    platform: Platform
    site: Key
    ports: Annotated[tuple[PortRange, ...], _at_least(1)]
    uplink: PortName | None = None


class FirewallInterface(Model):
    """Where a zone's gateway is. switch, port: the access port it hangs on, where it is not behind a trunk."""

    name: InterfaceName
    switch: HostName | None = None
    port: PortName | None = None


class Firewall(Model):
    """A firewall, a host of the group `firewalls`. Its address in each zone is the first of the zone's subnet.

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
    sockets: dict[SocketName, Socket] = {}


class NetworkDepartment(Model):
    """The rooms of one department of `hospital.departments`."""

    rooms: dict[Key, Room]


class TrunkEnd(Model):
    """A port of a switch or of a firewall."""

    device: HostName
    port: PortName


class Trunk(Model):
    """A link that carries several zones, tagged. native: the zone that goes untagged, normally none."""

    a: TrunkEnd
    b: TrunkEnd
    zones: Literal["all"] | Annotated[tuple[Key, ...], _at_least(1)] = "all"
    native: Key | None = None


class Service(Model):
    """protocol and destination ports; icmp (with ICMPv6) has none."""

    protocol: Literal["tcp", "udp", "icmp"]
    ports: tuple[PortNumber, ...] = ()


class Flow(Model):
    """Someone may reach something. source, destination: a zone, or a host of the inventory; absent means denied."""

    source: HostName = Field(alias="from")
    destination: HostName = Field(alias="to")
    service: Key
    owner: Key
    reason: Text
    expires: Annotated[datetime.date, Field(strict=True)] | None = None


class Network(Model):
    """management: the zone over which switches and firewalls are managed. flows: by name; what is in none is denied."""

    management: Key
    zones: Annotated[dict[Key, Zone], _at_least(1)]
    switches: dict[HostName, Switch]
    firewalls: dict[HostName, Firewall] = {}
    profiles: dict[Key, Profile]
    departments: dict[Key, NetworkDepartment] = {}
    trunks: dict[Key, Trunk] = {}
    services: dict[Key, Service]
    flows: dict[Key, Flow]
