"""The hospital's cables: machines at the switch ports of their sockets, switches by their trunks, the firewall in every
zone, and this computer at a socket of the management zone, as an engineer's notebook.

A switch's ports are interfaces of its namespace; `ip link` there shows what is plugged in.
"""

import ipaddress
import json
import os
import subprocess
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lab.machines import Machine
from lab.networks import hardware
from lab.podman import LabError, podman, run
from lab.switch.datapath import MIRROR
from wardround.intent.network import Network, Zone
from wardround.intent.topology import Address, interface_addresses, sockets, subnets

PREFIX = "wr-switch-"
INTERFACE = "clinical"  # of a machine
SENSOR = "mirror0"  # its interface that a switch's mirror comes in on
ENGINEER, ENGINEER_SOCKET, ENGINEER_NUMBER = "wr-engineer", "SRV-10", 250
HERE = "this computer"


@dataclass(frozen=True)
class Plug:
    """A cable from a switch's port. machine: its container, or HERE; addresses: with prefix lengths.

    routes: pairs of a destination and the gateway to it.
    """

    switch: str
    port: str
    machine: str
    interface: str
    addresses: tuple[str, ...]
    routes: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Cable:
    """A trunk between two switches: pairs of switch and port."""

    a: tuple[str, str]
    b: tuple[str, str]


@dataclass(frozen=True)
class Mirror:
    """A cable from a switch's mirror to a sensor, its container. ports: those of which what comes in is mirrored."""

    switch: str
    ports: tuple[str, ...]
    machine: str


def namespace(switch: str) -> str:
    """The network namespace that a switch lives in."""
    return f"{PREFIX}{switch}"


def name_of(port: str) -> str:
    """What a port is called in its namespace: p7 for GigabitEthernet1/0/7."""
    return f"p{port.rpartition('/')[2]}"


def plugs(network: Network, machines: Iterable[Machine]) -> list[Plug]:
    """Everything that is plugged in. Raises LabError for a machine without a socket."""
    return [*_at_sockets(network, {found.name: found for found in machines}), *_firewalls(network)]


def cables(network: Network) -> list[Cable]:
    """The trunks between switches."""
    return [Cable((trunk.a.device, trunk.a.port), (trunk.b.device, trunk.b.port)) for trunk in network.trunks.values()]


def links(network: Network, machines: Iterable[Machine]) -> dict[str, dict[str, str]]:
    """Switch to its plugged ports and their interfaces."""
    found: dict[str, dict[str, str]] = {switch: {} for switch in network.switches}
    ends = [end for cable in cables(network) for end in (cable.a, cable.b)]
    for switch, port in [*((plug.switch, plug.port) for plug in plugs(network, machines)), *ends]:
        found[switch][port] = name_of(port)
    return found


def mirrors(network: Network, machines: Iterable[Machine]) -> list[Mirror]:
    """Each sensor sees what comes over the trunks of its own switch: what goes from zone to zone, once."""
    at = {found.host: found.switch for found in (one.socket for one in sockets(network)) if found.host}
    sensors = [one for one in machines if one.image == "sensor" and one.name in at]
    trunks = [end for cable in cables(network) for end in (cable.a, cable.b)]
    return [
        Mirror(at[one.name], tuple(port for switch, port in trunks if switch == at[one.name]), one.container)
        for one in sensors
    ]


def lay(network: Network, machines: Iterable[Machine]) -> bool:
    """Lay every cable that is not there, and say whether there was one; the machines must run."""
    machines = list(machines)
    wanted = plugs(network, machines)
    names = [plug.machine for plug in wanted if plug.machine != HERE]
    told = podman("inspect", "--format", "{{.Name}} {{.State.Pid}}", *dict.fromkeys(names)).splitlines()
    processes = dict(line.split() for line in told) | {HERE: str(os.getpid())}
    made = _namespaces()
    there = {switch: _interfaces(switch, made) for switch in network.switches}
    trunks = [cable for cable in cables(network) if name_of(cable.a[1]) not in there[cable.a[0]]]
    # Asked at the machine: the other end of a cable whose machine is gone stays for as long as the kernel tidies up.
    missing = [plug for plug in wanted if plug.interface not in _interfaces_of(processes[plug.machine])]
    for cable in trunks:
        _connect(cable)
    for plug in missing:
        if name_of(plug.port) in there[plug.switch]:
            _pull(plug.switch, name_of(plug.port))
        _plug(plug, processes[plug.machine])
    unseen = [one for one in mirrors(network, machines) if SENSOR not in _interfaces_of(processes[one.machine])]
    for one in unseen:
        if MIRROR in there[one.switch]:
            _pull(one.switch, MIRROR)
        _pair(one.switch, MIRROR, SENSOR, processes[one.machine], f"plugging {one.machine} into {one.switch}'s mirror")
        _up(["nsenter", f"--target={processes[one.machine]}", "--net"], SENSOR, [])
    return bool(trunks or missing or unseen)


def remove() -> None:
    """Pull all cables and remove the switches' namespaces."""
    for name in _namespaces():
        if name.startswith(PREFIX):
            run(["ip", "netns", "delete", name], what=f"removing {name}")


def _at_sockets(network: Network, machines: dict[str, Machine]) -> Iterator[Plug]:
    placed = {one.socket.host or one.name: one.socket for one in sockets(network)}
    for name, machine in machines.items():
        if name in network.firewalls:
            continue
        if name not in placed:
            raise LabError(f"{name} is at no socket of inventories/lab/group_vars/all/network.yml")
        zone = network.zones[network.profiles[placed[name].profile].zone]
        texts = (machine.clinical, machine.clinical_ipv6)
        own = [ipaddress.ip_address(text) for text in texts if text]
        gateways = {subnet.version: str(subnet[1]) for subnet in subnets(zone)}
        ways = tuple(("default", gateways[address.version]) for address in own)
        yield Plug(placed[name].switch, placed[name].port, machine.container, INTERFACE, _with_lengths(zone, own), ways)
    yield _engineer(network, placed[ENGINEER_SOCKET].switch, placed[ENGINEER_SOCKET].port)


def _engineer(network: Network, switch: str, port: str) -> Plug:
    """This computer, which reaches each zone by a route of its own: its other ways stay as they are."""
    home = network.zones[network.management]
    own = _with_lengths(home, [subnet[ENGINEER_NUMBER] for subnet in subnets(home)])
    gateways = {subnet.version: str(subnet[1]) for subnet in subnets(home)}
    others = [zone for name, zone in network.zones.items() if name != network.management]
    ways = [(str(there), gateways[there.version]) for zone in others for there in subnets(zone)]
    return Plug(switch, port, HERE, ENGINEER, own, tuple(ways))


def _with_lengths(zone: Zone, own: Iterable[Address]) -> tuple[str, ...]:
    """Addresses with the prefix lengths of their zone's subnets."""
    lengths = {subnet.version: subnet.prefixlen for subnet in subnets(zone)}
    return tuple(f"{address}/{lengths[address.version]}" for address in own)


def _firewalls(network: Network) -> Iterator[Plug]:
    for name, firewall in network.firewalls.items():
        for key, interface in firewall.interfaces.items():
            zone = network.zones[key]
            own = _with_lengths(zone, interface_addresses(zone, interface))
            assert interface.switch and interface.port  # this kernel may have no VLAN interfaces
            yield Plug(interface.switch, interface.port, f"wr-{name}", interface.name, own)


def _namespaces() -> set[str]:
    listed = run(["ip", "-json", "netns", "list"], what="listing namespaces").stdout
    return {found["name"] for found in json.loads(listed or "[]")}


def _interfaces(switch: str, made: set[str]) -> set[str]:
    """The interfaces in a switch's namespace, which is made where it is missing. made: the namespaces there are."""
    if namespace(switch) not in made:
        run(["ip", "netns", "add", namespace(switch)], what=f"making {namespace(switch)}")
    told = run(["ip", "-json", "-n", namespace(switch), "link"], what=f"looking at {switch}").stdout
    return {found["ifname"] for found in json.loads(told)}


def _interfaces_of(process: str) -> set[str]:
    """The interfaces in the network namespace of a process."""
    lines = Path(f"/proc/{process}/net/dev").read_text(encoding="ascii").splitlines()[2:]
    return {line.partition(":")[0].strip() for line in lines}


def _pull(switch: str, end: str) -> None:
    """Remove a cable's end from a switch; it may have gone meanwhile."""
    subprocess.run(["ip", "-n", namespace(switch), "link", "delete", end], capture_output=True, check=False)


def _pair(switch: str, end: str, other: str, there: str, what: str) -> None:
    """A cable from a switch's `end` to `other` in the namespace `there`, a name or a process."""
    add = ["link", "add", end, "type", "veth", "peer", "name", other, "netns", there]
    run(["ip", "-n", namespace(switch), *add], what=what)


def _connect(cable: Cable) -> None:
    (a, port_a), (b, port_b) = cable.a, cable.b
    _pair(a, name_of(port_a), name_of(port_b), namespace(b), f"laying the trunk from {a} to {b}")
    for switch, port in (cable.a, cable.b):
        _up(["ip", "netns", "exec", namespace(switch)], name_of(port), [])


def _plug(plug: Plug, process: str) -> None:
    what = f"plugging {plug.machine} into {plug.switch}"
    _pair(plug.switch, name_of(plug.port), plug.interface, process, what)
    _up(["ip", "netns", "exec", namespace(plug.switch)], name_of(plug.port), [])
    lines = [f"link set {plug.interface} address {hardware(plug.addresses[0].partition('/')[0])}"]
    lines += [f"addr add {address} dev {plug.interface} nodad" for address in plug.addresses]
    ways = [f"route add {to} via {gateway} dev {plug.interface}" for to, gateway in plug.routes]
    _up(["nsenter", f"--target={process}", "--net"], plug.interface, lines, ways)


def _up(inside: list[str], interface: str, before: list[str], after: Iterable[str] = ()) -> None:
    """Bring an interface up. It computes checksums itself: Open vSwitch in user space takes packets as they are."""
    run([*inside, "ethtool", "-K", interface, "tx", "off"], what=f"setting up {interface}")
    lines = [*before, f"link set {interface} up", *after]
    run([*inside, "ip", "-batch", "-"], what=f"setting up {interface}", stdin="\n".join(lines) + "\n")
