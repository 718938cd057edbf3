"""Packets follow the emulated switch's command line. Needs root and Open vSwitch, not the lab."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Callable, Iterator

import asyncssh
import pytest

from lab.switch import namespaces
from lab.switch.datapath import listening
from lab.switch.fleet import Fleet
from lab.switch.spec import Spec, port_range

SWITCH, ADMIN = "wr-emu-switch", "wr-emu-admin"
HOSTS = {"alfa": "10.87.220.1/24", "bravo": "10.87.220.2/24", "carol": "10.87.220.3/24"}
MANAGED, ADMIN_ADDRESS = "10.87.199.11", "10.87.199.2/24"
MINUTE = 4.0  # seconds
QUIET = 0.6  # seconds without a frame that show that none comes

# One switch in each dialect: alfa and bravo in VLAN 20, carol in 30, the administrator behind the uplink, tagged.
IOS = """
archive
 path flash:before
vlan 20
vlan 30
vlan 99
interface {0}
 switchport access vlan 20
 switchport mode access
interface {1}
 switchport access vlan 20
 switchport mode access
interface {2}
 switchport access vlan 30
 switchport mode access
interface {3}
 switchport trunk native vlan 98
 switchport trunk allowed vlan 20,99
 switchport mode trunk
interface Vlan99
 ip address 10.87.199.11 255.255.255.0
"""
VRP = """
vlan batch 20 30 99
interface Vlanif99
 ip address 10.87.199.11 255.255.255.0
interface {0}
 port link-type access
 port default vlan 20
interface {1}
 port link-type access
 port default vlan 20
interface {2}
 port link-type access
 port default vlan 30
interface {3}
 port link-type trunk
 undo port trunk allow-pass vlan 1
 port trunk allow-pass vlan 20 99
"""
H3C = """
vlan 20 30 99
interface Vlan-interface99
 ip address 10.87.199.11 255.255.255.0
interface {0}
 port access vlan 20
interface {1}
 port access vlan 20
interface {2}
 port access vlan 30
interface {3}
 port link-type trunk
 undo port trunk permit vlan 1
 port trunk permit vlan 20 99
"""
DIALECTS = {
    "cisco_ios": (port_range("GigabitEthernet1/0/1-4"), IOS),
    "huawei_vrp5": (port_range("GigabitEthernet0/0/1-4"), VRP),
    "huawei_vrp8": (port_range("GE1/0/1-4"), VRP),
    "h3c_comware7": (port_range("GigabitEthernet1/0/1-4"), H3C),
}
ENTER = {"cisco_ios": "configure terminal"}


def far_end(name: str) -> str:
    return f"wr-emu-{name}"


@pytest.fixture(scope="module", params=list(DIALECTS))
def world(request: pytest.FixtureRequest) -> Iterator[World]:
    """Three hosts and an administrator around one switch. The administrator's end takes the uplink's tags apart."""
    with namespaces.made(SWITCH, ADMIN, *map(far_end, HOSTS)):
        for number, (name, address) in enumerate(HOSTS.items(), 1):
            namespaces.cable(SWITCH, f"p{number}", far_end(name), "eth0")
            namespaces.address(far_end(name), "eth0", address)
        namespaces.cable(SWITCH, "p4", ADMIN, "p1")
        with core(), Fleet(spec(request.param)) as fleet:
            yield World(request.param, fleet)


def spec(dialect: str) -> Spec:
    ports, startup = DIALECTS[dialect]
    return Spec(
        "acc-01",
        dialect,
        ports,
        startup=startup.format(*ports),
        minute=MINUTE,
        host="0.0.0.0",
        port=22,
        namespace=SWITCH,
        links={port: f"p{number}" for number, port in enumerate(ports, 1)},
    )


def core() -> Fleet:
    """The switch on the other side of the uplink, whose own address is the administrator's."""
    startup = f"""
vlan 20
vlan 99
interface GigabitEthernet1/0/1
 switchport trunk native vlan 98
 switchport mode trunk
interface Vlan99
 ip address {ADMIN_ADDRESS.partition("/")[0]} 255.255.255.0
interface Vlan20
 ip address 10.87.220.9 255.255.255.0
"""
    port = "GigabitEthernet1/0/1"
    return Fleet(
        Spec("core-01", "cisco_ios", (port,), startup, host="0.0.0.0", port=22, namespace=ADMIN, links={port: "p1"})
    )


class World:
    def __init__(self, dialect: str, fleet: Fleet) -> None:
        self.dialect, self.fleet = dialect, fleet
        self.device = fleet["acc-01"]
        self.ports = self.device.spec.ports

    def type(self, *lines: str) -> str:
        """Lines in one session, with yes to every question; returns what the last one showed."""
        session = self.device.session("admin", "test")
        shown = ""
        for line in lines:
            answer = self.fleet.call(self.device.execute(session, line))
            while answer is not None and answer.ask is not None:
                answer = self.fleet.call(self.device.reply(answer, "y"))
            shown = answer.text if answer else ""
        return shown

    def configure(self, **lines: str) -> None:
        """Lines of this switch's dialect: ios, vrp or h3c; VRP8 commits."""
        text = lines[{"cisco_ios": "ios", "h3c_comware7": "h3c"}.get(self.dialect, "vrp")]
        typed = text.format(*self.ports).splitlines()
        commit = ["commit"] if self.dialect == "huawei_vrp8" else []
        self.type(ENTER.get(self.dialect, "system-view"), *typed, *commit)

    def restore(self) -> None:
        """The configuration of the start, and no timers."""

        async def now() -> None:
            self.device.switch.rollback = self.device.switch.reload = None
            await self.device.reboot()

        self.fleet.call(now())


@pytest.fixture
def at(world: World) -> Iterator[World]:
    yield world
    world.restore()


def reaches(source: str, target: str, seconds: float = QUIET) -> bool:
    """Whether a broadcast of one host comes to another: no ARP table remembers an earlier answer."""
    with namespaces.inside(far_end(target)):
        ear = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with namespaces.inside(far_end(source)):
        mouth = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    with ear, mouth:
        ear.bind(("", 5999))
        ear.settimeout(0.05)
        mouth.setsockopt(socket.SOL_SOCKET, socket.SO_BROADCAST, 1)
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            mouth.sendto(b"wardround", ("10.87.220.255", 5999))
            try:
                return ear.recv(64) == b"wardround"
            except TimeoutError:
                continue
    return False


def over_the_uplink(seconds: float) -> bool:
    """Whether a host reaches the core's address in VLAN 20, over the tagged uplink."""
    with namespaces.inside(far_end("alfa")):
        mouth = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    with mouth:
        mouth.settimeout(seconds)
        return mouth.connect_ex(("10.87.220.9", 22)) == 0


def until(so: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not so():
        assert time.monotonic() < end, "it did not come"
        time.sleep(0.05)


def administrator() -> socket.socket:
    """A TCP connection to the switch's SSH in-band; OSError where none comes."""
    with namespaces.inside(ADMIN):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.settimeout(2)
    made.connect((MANAGED, 22))
    return made


def banner() -> bool:
    try:
        with administrator() as connection:
            return connection.recv(64).startswith(b"SSH-2.0")
    except OSError:
        return False


def test_a_host_reaches_its_own_vlan_and_no_other(at: World) -> None:
    assert reaches("alfa", "bravo", 5) and reaches("bravo", "alfa", 5)
    assert not reaches("alfa", "carol") and not reaches("carol", "bravo")


def test_a_line_moves_a_host(at: World) -> None:
    at.configure(
        ios="interface {2}\nswitchport access vlan 20",
        vrp="interface {2}\nport default vlan 20",
        h3c="interface {2}\nport access vlan 20",
    )
    assert reaches("alfa", "carol", 5) and reaches("carol", "bravo", 5)


def test_a_shut_port_has_no_carrier_and_comes_back(at: World) -> None:
    at.configure(ios="interface {1}\nshutdown", vrp="interface {1}\nshutdown", h3c="interface {1}\nshutdown")
    until(lambda: not reaches("alfa", "bravo"))
    up = "interface {1}\nundo shutdown"
    at.configure(ios="interface {1}\nno shutdown", vrp=up, h3c=up)
    assert reaches("alfa", "bravo", 5)


def test_without_its_vlan_a_port_is_dead_or_falls_back(at: World) -> None:
    """IOS leaves it in the VLAN that is gone; VRP and Comware put it into VLAN 1."""
    at.configure(ios="no vlan 20", vrp="undo vlan 20", h3c="undo vlan 20")
    until(lambda: not reaches("alfa", "carol"))
    if at.dialect == "cisco_ios":
        until(lambda: not reaches("alfa", "bravo"))
    else:
        assert reaches("alfa", "bravo", 5)


def test_the_switch_learns_where_hosts_are(at: World) -> None:
    assert reaches("alfa", "bravo", 5)
    learned, _unused = at.fleet.call(at.device.datapath.seen())
    assert any(entry.vlan == 20 and entry.port == at.ports[0] for entry in learned)


def test_the_uplink_carries_only_what_is_allowed(at: World) -> None:
    assert over_the_uplink(5)
    at.configure(
        ios="interface {3}\nswitchport trunk allowed vlan remove 20",
        vrp="interface {3}\nundo port trunk allow-pass vlan 20",
        h3c="interface {3}\nundo port trunk permit vlan 20",
    )
    until(lambda: not over_the_uplink(1))


def test_a_careless_line_cuts_the_session_and_the_timer_brings_it_back(at: World) -> None:
    """In-band: the session goes over the very trunk that it changes."""
    if at.dialect == "huawei_vrp8":
        change = ["system-view", "interface {3}", "undo port trunk allow-pass vlan 99", "commit trial 60 persist x"]
    else:
        arm = {
            "cisco_ios": ["configure terminal revert timer 1"],
            "huawei_vrp5": ["schedule reboot delay 1", "system-view"],
            "h3c_comware7": ["system-view", "configuration commit delay 1"],
        }[at.dialect]
        line = {
            "cisco_ios": "switchport trunk allowed vlan 20",
            "huawei_vrp5": "undo port trunk allow-pass vlan 99",
            "h3c_comware7": "undo port trunk permit vlan 99",
        }[at.dialect]
        change = [*arm, "interface {3}", line]
    before, boots = at.device.text(), at.device.boots
    assert banner()
    with administrator() as connection:
        assert connection.recv(64).startswith(b"SSH-2.0")
        start = time.monotonic()
        at.type(*(line.format(*at.ports) for line in change))
        connection.sendall(b"SSH-2.0-test\r\n")
        connection.settimeout(1)
        with pytest.raises(OSError, match=r"timed out|reset"):
            while connection.recv(4096):
                pass
        assert not banner()
        until(banner)
    assert MINUTE * 0.9 < time.monotonic() - start < MINUTE + 15
    assert at.device.text() == before
    assert at.device.boots == boots + (at.dialect == "huawei_vrp5")
    assert reaches("alfa", "bravo", 5) and not reaches("alfa", "carol")


def test_a_reboot_loses_what_was_not_saved(at: World) -> None:
    at.configure(
        ios="interface {2}\nswitchport access vlan 20",
        vrp="interface {2}\nport default vlan 20",
        h3c="interface {2}\nport access vlan 20",
    )
    assert reaches("alfa", "carol", 5)
    at.fleet.call(at.device.reboot())
    assert reaches("alfa", "bravo", 5) and not reaches("alfa", "carol")


def test_a_socket_of_a_namespace_listens_there_and_nowhere_else(at: World) -> None:
    with listening(far_end("carol"), "127.0.0.1", 0) as sock:
        port = sock.getsockname()[1]
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection(("127.0.0.1", port), 1)


def test_ssh_works_in_band(at: World) -> None:
    """A whole session over the emulated trunk: large packets and their checksums too."""

    async def shown() -> str:
        with namespaces.inside(ADMIN):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.settimeout(5)
        sock.connect((MANAGED, 22))
        who = {"username": "admin", "password": "admin", "known_hosts": None, "config": None}
        lines = "show run\rqexit\r" if at.dialect == "cisco_ios" else "display current\rqquit\r"
        async with (
            asyncssh.connect(sock=sock, **who) as connection,
            connection.create_process(term_type="vt100") as process,
        ):
            process.stdin.write(lines)
            return str(await process.stdout.read())

    assert "acc-01" in asyncio.run(asyncio.wait_for(shown(), 30))  # not in the switches' loop, which must answer
