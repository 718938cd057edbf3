"""The network as namespaces: every switch a bridge, every firewall and every machine a namespace, every cable a cable.

Built from the compiled models as the real one would be from them. Whatever is made is named wr-twin-*; it goes when
the twin is closed, and what a killed run left goes when the next one is built.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from types import TracebackType
from typing import IO, Final

from wardround.intent.network import Zone
from wardround.intent.topology import subnets
from wardround.network import openvswitch
from wardround.network.device import FirewallModel, SwitchModel
from wardround.network.leaks import Group, groups
from wardround.network.nftables import TABLE, render
from wardround.network.openvswitch import PortRow
from wardround.network.wiring import End, Machine, Outlet, Wiring
from wardround.run import datapath, netns
from wardround.run.netns import NetworkError
from wardround.run.ovsdb import Database

PREFIX: Final = "wr-twin-"
_SWITCHES: Final = f"{PREFIX}switches"
_SOCKETS: Final = f"{PREFIX}sockets"
_HOME: Final = Path("/run/wardround-twin")
_OPEN: Final = f"table {TABLE}\ndelete table {TABLE}\n"


class TwinBusyError(Exception):
    """Another twin is standing on this machine; the message says so."""


class Twin:
    """A network of its own, for one process. Use it as a context manager.

    Raises NetworkError where the machine cannot make it, TwinBusyError where another one stands, ValueError where a
    model cannot be said in nftables' language.
    """

    def __init__(
        self, wiring: Wiring, switches: Mapping[str, SwitchModel], firewalls: Mapping[str, FirewallModel]
    ) -> None:
        self.wiring = wiring
        self._switches = dict(switches)
        self._rules = {name: render(model) for name, model in firewalls.items()}
        self._machines = [machine for machine in wiring.machines.values() if not machine.firewall]
        self._firewalls = firewalls
        self._ports: dict[str, tuple[End, int | None]] = {}  # device: port that it is, and the VLAN of a port of ours
        self._plugs: dict[End, str] = {}  # socket that is tried: interface plugged into it, in _SOCKETS
        self._ears: dict[str, str] = {}  # zone: interface of its listener in _SOCKETS
        self._links: list[tuple[str, str, str]] = []  # device in _SWITCHES, the other end's namespace and name
        self._said: dict[str, PortRow] = {}
        self._bridges: dict[str, str] = {}
        self._lock: IO[str] | None = None
        self._datapath: datapath.Datapath | None = None
        self._database: Database | None = None
        self._ways: netns.Namespaces | None = None

    def __enter__(self) -> Twin:
        self._lock = _take_lock()
        try:
            netns.remove(PREFIX)
            shutil.rmtree(_HOME, ignore_errors=True)
            _HOME.mkdir(mode=0o700)
            self._build()
        except BaseException:
            self._close()
            raise
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._close()

    @property
    def ways(self) -> netns.Namespaces:
        """The way into its namespaces."""
        assert self._ways is not None
        return self._ways

    def home(self, machine: Machine) -> str:
        """The namespace of a machine."""
        return f"{PREFIX}firewall-{machine.firewall}" if machine.firewall else f"{PREFIX}at-{machine.name}"

    def groups(self) -> list[Group]:
        """Sockets, those that are set alike together."""
        return groups(self.wiring, self._switches)

    def plug(self, outlet: Outlet) -> tuple[str, str]:
        """(namespace, interface) of what is plugged into the socket that stands for its group."""
        return _SOCKETS, self._plugs[outlet.at]

    def ears(self) -> Iterator[tuple[str, str, str]]:
        """(zone, namespace, interface) of each zone's listener, which nothing else uses."""
        for zone, interface in self._ears.items():
            yield zone, _SOCKETS, interface

    def cables(self) -> Iterator[tuple[str, str, str]]:
        """(cable, namespace, interface) of one end of each, where everything that passes can be heard."""
        for number, cable in enumerate(self.wiring.cables):
            yield cable.name, _SWITCHES, f"c{number}a"

    def load(self, switches: Mapping[str, SwitchModel], firewalls: Mapping[str, FirewallModel]) -> None:
        """Make it a network of these models; only what differs from what it is now is changed."""
        self._switches |= switches
        self._set_ports()
        self._plug_in()
        for name, model in firewalls.items():
            self._load_rules(name, render(model))

    def open_firewalls(self) -> None:
        """Let everything pass: the positive control. `load` makes them firewalls again."""
        for name in self._firewalls:
            self._load_rules(name, _OPEN)

    def _load_rules(self, firewall: str, text: str) -> None:
        if self._rules.get(firewall) != text:
            with self.ways.inside(f"{PREFIX}firewall-{firewall}"):
                netns.run(["nft", "-f", "-"], text)
                netns.forget_connections()
            self._rules[firewall] = text

    def _build(self) -> None:
        """What takes time is started before what does not need it."""
        firewalls = {name: f"{PREFIX}firewall-{name}" for name in self._firewalls}
        names = [_SWITCHES, _SOCKETS, *firewalls.values(), *(self.home(machine) for machine in self._machines)]
        netns.add([_SWITCHES])
        self._datapath = datapath.Datapath(_SWITCHES, Path(tempfile.mkdtemp(dir=_HOME)))
        netns.add(names[1:])
        self._database = self._datapath.start()
        self._ways = netns.Namespaces(names)
        for name in names:
            with self._ways.inside(name):
                netns.sysctl("net/ipv6/conf/default/accept_dad", 0)  # nobody else has the addresses; no need to wait
                netns.sysctl("net/ipv6/conf/default/accept_ra", 0)
        self._lay_cables()
        self._make_links(self._links)
        netns.ip_each({home: self._addresses(home) for home in names[2:]})
        for name, home in firewalls.items():
            with self._ways.inside(home):
                netns.sysctl("net/ipv4/ip_forward", 1)
                netns.sysctl("net/ipv6/conf/all/forwarding", 1)
                netns.run(["nft", "-f", "-"], self._rules[name])
        for _here, namespace, name in self._links:
            if namespace not in (_SWITCHES, _SOCKETS):
                with self._ways.inside(namespace):
                    netns.checksums_in_software(name)
        devices = sorted({end.device for end, _vlan in self._ports.values()} | self._switches.keys())
        self._bridges = {device: f"b{number}" for number, device in enumerate(devices)}
        self._database.add_bridges(list(self._bridges.values()))
        self._add_ports(self._ports)

    def _make_links(self, links: Iterable[tuple[str, str, str]]) -> None:
        """Lay cables from the switches' namespace to others."""
        netns.ip(
            f"link add {here} netns {_SWITCHES} type veth peer name {there} netns {namespace}"
            for here, namespace, there in links
        )
        ours = {
            namespace: [f"link set {name} up" for _here, at, name in links if at == namespace]
            for namespace in (_SWITCHES, _SOCKETS)
        }
        ours[_SWITCHES] += [f"link set {here} up" for here, _namespace, _there in links]
        netns.ip_each(ours)

    def _add_ports(self, names: Iterable[str]) -> None:
        """Make interfaces ports of the bridges that their models say."""
        assert self._database is not None
        rows = {name: self._row(*self._ports[name]) for name in names}
        self._database.add_ports(
            {name: (self._bridges[self._ports[name][0].device], row) for name, row in rows.items()}
        )
        self._said |= rows

    def _plug_in(self) -> None:
        """Plug into one socket of each group where nothing is yet; only a proof of frames needs that."""
        new = [group.outlet for group in self.groups() if group.outlet.at not in self._plugs]
        first = len(self._links)
        for outlet in new:
            self._plugs[outlet.at] = f"o{len(self._links)}"
            self._link(outlet.at, _SOCKETS, self._plugs[outlet.at], outlet.zone)
        if new:
            self._make_links(self._links[first:])
            self._add_ports(here for here, _namespace, _there in self._links[first:])

    def _addresses(self, home: str) -> list[str]:
        """ip(8) commands that give a machine's or a firewall's namespace its addresses, and a machine its gateway."""
        lines = ["link set lo up"]
        for machine in self._machines:
            if self.home(machine) == home:
                zone = self.wiring.zones[machine.zone]
                gateways = {int(subnet.version): subnet[1] for subnet in subnets(zone)}
                lines += _up("eth0", _own(zone, machine))
                if machine.zone in self.wiring.behind:
                    lines += [f"route add default via {gateways[version]}" for version in machine.addresses]
        for name, model in self._firewalls.items():
            if home == f"{PREFIX}firewall-{name}":
                for one in model.interfaces:
                    lines += _up(one.interface, [text for text in (one.ipv4, one.ipv6) if text])
        return lines

    def _lay_cables(self) -> None:
        """Decide every link: which port of which device it is, and what is at its other end."""
        for machine in self._machines:
            assert machine.at is not None
            self._link(machine.at, self.home(machine), "eth0", machine.zone)
        for zone, end in self.wiring.listeners.items():
            self._ears[zone] = f"l{len(self._links)}"
            self._link(end, _SOCKETS, self._ears[zone], zone)
        for gateway in self.wiring.gateways:
            end = gateway.at or End(gateway.firewall, None)
            name = next(
                one.interface for one in self._firewalls[gateway.firewall].interfaces if one.zone == gateway.zone
            )
            self._link(end, f"{PREFIX}firewall-{gateway.firewall}", name, gateway.zone)
        for number, cable in enumerate(self.wiring.cables):
            self._ports |= {f"c{number}a": (cable.a, None), f"c{number}b": (cable.b, None)}
            self._links.append((f"c{number}a", _SWITCHES, f"c{number}b"))

    def _link(self, end: End, namespace: str, name: str, zone: str) -> None:
        device = f"p{len(self._links)}"
        self._ports[device] = (end, self.wiring.zones[zone].vlan if end.port is None else None)
        self._links.append((device, namespace, name))

    def _row(self, end: End, vlan: int | None) -> PortRow:
        """What a port carries by the models as they are now."""
        model = self._switches.get(end.device)
        if model is None:  # a firewall, which takes its trunk apart into its own interfaces
            every = frozenset(zone.vlan for zone in self.wiring.zones.values())
            return openvswitch.access(vlan) if vlan else openvswitch.trunk(every)
        if end.port is None:
            return openvswitch.access(vlan) if vlan in model.vlans else openvswitch.CLOSED
        return openvswitch.port_row(model, end.port)

    def _set_ports(self) -> None:
        now = {name: self._row(*port) for name, port in self._ports.items()}
        changed = {name: row for name, row in now.items() if row != self._said[name]}
        if changed:
            assert self._database is not None and self._datapath is not None
            self._database.set_ports(changed)
            self._datapath.forget()
        self._said = now

    def _close(self) -> None:
        if self._datapath:
            self._datapath.close()
        if self._ways:
            self._ways.close()
        netns.remove(PREFIX)
        shutil.rmtree(_HOME, ignore_errors=True)
        if self._lock:
            self._lock.close()


def _up(interface: str, addresses: list[str]) -> list[str]:
    return [f"link set {interface} up", *(f"addr add {text} dev {interface} nodad" for text in addresses)]


def _own(zone: Zone, machine: Machine) -> list[str]:
    """A machine's addresses with their subnets' prefix lengths."""
    lengths = {subnet.version: subnet.prefixlen for subnet in subnets(zone)}
    return [f"{address}/{lengths[version]}" for version, address in machine.addresses.items() if version in lengths]


def _take_lock() -> IO[str]:
    """The lock of the one twin of this machine; it is free when its process is gone, however that ended."""
    if os.geteuid():
        raise NetworkError("this is not root: network namespaces and Open vSwitch need it; try `sudo`")
    if missing := datapath.missing():
        raise NetworkError(f"{', '.join(missing)} missing: install Open vSwitch, on Debian `openvswitch-switch`")
    lock = Path("/run/wardround-twin.lock").open("w")  # noqa: SIM115 - held as long as the twin stands
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        lock.close()
        raise TwinBusyError("another twin of a network stands on this machine; it goes when its command ends") from None
    return lock
