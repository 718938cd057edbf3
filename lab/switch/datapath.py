"""Open vSwitch behind a switch: its own database and daemon in its own network namespace, all in user space.

Not the kernel's bridge: that may be built without VLAN filtering, and then its ports leak. Each change is one ovs-vsctl
transaction, so that no frame ever sees half of it, and it is done before the command line answers.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import json
import os
import re
import shutil
import signal
import socket
import tempfile
from dataclasses import dataclass
from pathlib import Path

from lab.switch import namespaces
from lab.switch.config import Config, Forwarding, Learned, Resolved, forwarding

BRIDGE = "br0"
MIRROR = "mirror"  # the interface to which a mirror's frames go, and nothing else
LIMIT = 20  # seconds for any one of its commands


class DatapathError(RuntimeError):
    """Open vSwitch did not do what it was told."""


@dataclass(frozen=True)
class Wanted:
    """What the datapath should be. ports: by interface. own: addresses of the switch itself, by VLAN; None: no address.

    down: interfaces without a carrier, as a shut port is for whoever is plugged in.
    """

    ports: dict[str, Forwarding]
    own: dict[int, str | None]
    down: frozenset[str]


def wanted(config: Config | None, links: dict[str, str]) -> Wanted:
    """The datapath of a configuration; None: of a switch that is rebooting. links: port to interface."""
    if config is None:
        return Wanted({}, {}, frozenset(links.values()))
    ports = {interface: found for port, interface in links.items() if (found := forwarding(config, port))}
    own = {
        number: str(svi.address) if svi.address else None
        for number, svi in config.svis.items()
        if svi.enabled and number in config.vlans
    }
    down = frozenset(interface for port, interface in links.items() if not config.ports[port].enabled)
    return Wanted(ports, own, down)


def own_interface(vlan: int) -> str:
    return f"vlan{vlan}"


def transaction(before: Wanted, after: Wanted, address: str) -> list[list[str]]:
    """The commands of one ovs-vsctl transaction that leads from one state to the other.

    A dead port is taken off the bridge: an empty list of trunks would be all VLANs to Open vSwitch. address: the
    switch's own MAC address, the same after a reboot, or its neighbours' ARP tables would lose it for half a minute.
    """
    commands: list[list[str]] = []
    for name in sorted(before.ports.keys() - after.ports.keys()):
        commands.append(["del-port", BRIDGE, name])
    for vlan in sorted(before.own.keys() - after.own.keys()):
        commands.append(["del-port", BRIDGE, own_interface(vlan)])
    for name, found in sorted(after.ports.items()):
        if before.ports.get(name) == found:
            continue
        if name not in before.ports:
            commands.append(["add-port", BRIDGE, name])
        tag = [] if found.untagged is None else [found.untagged]
        mode = "access" if not found.tagged else "trunk" if found.untagged is None else "native-untagged"
        commands.append(
            ["set", "port", name, f"vlan_mode={mode}", f"tag={listed(tag)}", f"trunks={listed(sorted(found.tagged))}"]
        )
    for vlan in sorted(after.own.keys() - before.own.keys()):
        name = own_interface(vlan)
        commands.append(["add-port", BRIDGE, name, f"tag={vlan}"])
        commands.append(["set", "interface", name, "type=internal", f'mac="{address}"'])
    return commands


def hardware(name: str) -> str:
    """A MAC address that follows from a name; 02 marks it as locally administered."""
    digest = hashlib.sha256(name.encode()).digest()
    return "02:57:" + ":".join(f"{number:02x}" for number in digest[:4])


def listed(numbers: list[int]) -> str:
    return "[" + ",".join(map(str, numbers)) + "]"


def addresses(before: Wanted, after: Wanted) -> list[str]:
    """What `ip -batch` has to do after the transaction."""
    lines = [f"link set {name} down" for name in sorted(after.down - before.down)]
    lines += [f"link set {name} up" for name in sorted(before.down - after.down)]
    for vlan, address in sorted(after.own.items()):
        name = own_interface(vlan)
        if vlan not in before.own:
            lines.append(f"link set {name} up")
        if before.own.get(vlan) != address:
            lines += [f"addr flush dev {name}"] * (vlan in before.own)
            lines += [f"addr add {address} dev {name}"] if address else []
    return lines


def mirrored(interfaces: list[str]) -> list[str]:
    """What makes the mirror take what comes in there; a port that was taken off the bridge is another one later."""
    if not interfaces:
        return ["clear", "mirror", MIRROR, "select_src_port"]
    words = [word for number, name in enumerate(interfaces) for word in (f"--id=@p{number}", "get", "port", name, "--")]
    selected = ",".join(f"@p{number}" for number, _name in enumerate(interfaces))
    return [*words, "set", "mirror", MIRROR, f"select_src_port={selected}"]


class OpenVSwitch:
    """The datapath of one switch. links: which interface of the namespace each port is. mirror: as in spec.py."""

    def __init__(self, namespace: str, links: dict[str, str], mirror: tuple[str, ...] = ()) -> None:
        self.namespace, self.links, self.mirror = namespace, links, mirror
        self.directory: Path | None = None
        self.daemons: list[asyncio.subprocess.Process] = []
        self.now = Wanted({}, {}, frozenset())

    async def start(self) -> None:
        self.directory = Path(tempfile.mkdtemp(prefix="wr-ovs-"))
        schema = next(Path("/usr/share/openvswitch").glob("vswitch.ovsschema"), None)
        if schema is None or shutil.which("ovs-vswitchd", path=self._environment()["PATH"]) is None:
            raise DatapathError("there is no Open vSwitch here; install the package openvswitch-switch")
        database = f"{self.directory}/conf.db"
        await self._clear()
        await self._run("ovsdb-tool", "create", database, str(schema))
        await self._daemon("ovsdb-server", database, f"--remote=punix:{self._socket}", "--no-chdir")
        await self._vsctl(["init"], wait=False)
        inside = ["ip", "netns", "exec", self.namespace]
        await self._daemon(*inside, "ovs-vswitchd", f"unix:{self._socket}", "--no-chdir")
        bridge = ["--", "set", "bridge", BRIDGE, "datapath_type=netdev", "fail_mode=standalone"]
        await self._vsctl(["add-br", BRIDGE, *bridge])
        if self.mirror:
            output = ["--", "--id=@out", "get", "port", MIRROR]
            made = ["--", "--id=@made", "create", "mirror", f"name={MIRROR}", "output_port=@out"]
            use = ["--", "set", "bridge", BRIDGE, "mirrors=@made"]
            await self._vsctl(["add-port", BRIDGE, MIRROR, *output, *made, *use])
        ends = [*self.links.values(), *([MIRROR] if self.mirror else []), "lo"]
        await self._ip([f"link set {name} up" for name in ends])

    async def _clear(self) -> None:
        """Remove what an earlier Open vSwitch made here: its own interfaces outlive it."""
        found = json.loads(await self._run("ip", "-json", "-n", self.namespace, "link", "show", "type", "tun") or "[]")
        await self._ip([f"link delete {link['ifname']}" for link in found])

    async def apply(self, config: Config | None) -> None:
        after = wanted(config, self.links)
        commands = transaction(self.now, after, hardware(self.namespace))
        if commands:
            await self._vsctl([word for command in commands for word in ("--", *command)])
        if commands and self.mirror:
            await self._vsctl(mirrored([name for port in self.mirror if (name := self.links[port]) in after.ports]))
        await self._ip(addresses(self.now, after))
        self.now = after

    async def seen(self) -> tuple[tuple[Learned, ...], tuple[Resolved, ...]]:
        """The MAC addresses that were seen at the plugged ports, and the switch's own ARP table."""
        table = await self._run("ovs-appctl", "-t", self._control, "fdb/show", BRIDGE)
        rows = await self._run(
            *("ovs-vsctl", f"--db=unix:{self._socket}", "-f", "csv", "--no-headings", "--columns=ofport,name"),
            *("list", "interface"),
        )
        names = {number: name.strip('"') for number, _unused, name in (row.partition(",") for row in rows.splitlines())}
        ports = {interface: port for port, interface in self.links.items()}
        found = re.findall(r"^\s*(\d+)\s+(\d+)\s+([0-9a-f:]{17})", table, re.M)
        learned = tuple(
            Learned(int(vlan), address, ports[names[number]])
            for number, vlan, address in found
            if names.get(number) in ports
        )
        neighbours = json.loads(await self._run("ip", "-json", "-n", self.namespace, "-4", "neigh", "show") or "[]")
        resolved = tuple(
            Resolved(entry["dst"], entry["lladdr"], int(entry["dev"].removeprefix("vlan")))
            for entry in neighbours
            if "lladdr" in entry and re.fullmatch(r"vlan\d+", entry["dev"])
        )
        return learned, resolved

    async def stop(self) -> None:
        """End the two daemons and remove what they kept."""
        for daemon in reversed(self.daemons):
            with contextlib.suppress(ProcessLookupError):
                daemon.send_signal(signal.SIGTERM)
            try:
                await asyncio.wait_for(daemon.wait(), 5)
            except TimeoutError:
                daemon.kill()
        if self.directory:
            shutil.rmtree(self.directory, ignore_errors=True)

    @property
    def _socket(self) -> str:
        return f"{self.directory}/db.sock"

    @property
    def _control(self) -> str:
        return f"{self.directory}/ovs-vswitchd.ctl"

    def _environment(self) -> dict[str, str]:
        where = str(self.directory)
        path = f"{os.environ.get('PATH', '')}:/usr/sbin:/sbin:/usr/bin:/bin"
        return os.environ | {"PATH": path, "OVS_RUNDIR": where, "OVS_LOGDIR": where, "OVS_DBDIR": where}

    async def _daemon(self, *command: str) -> None:
        """Start a daemon that ends when we do, however we end, and wait for its control socket."""
        name = "ovs-vswitchd" if "ovs-vswitchd" in command else command[0]
        log = Path(f"{self.directory}/{name}.log").open("w")  # noqa: SIM115 - handed to the daemon
        with log:
            daemon = await asyncio.create_subprocess_exec(
                *("setpriv", "--pdeathsig", "KILL", *command, f"--unixctl={self.directory}/{name}.ctl"),
                stdin=asyncio.subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                env=self._environment(),
                start_new_session=True,
            )
        self.daemons.append(daemon)
        for _unused in range(LIMIT * 100):
            if Path(f"{self.directory}/{name}.ctl").is_socket():
                return
            if daemon.returncode is not None:
                break
            await asyncio.sleep(0.01)
        raise DatapathError(f"{name} of {self.namespace} did not start: {Path(log.name).read_text()[-500:]}")

    async def _vsctl(self, words: list[str], wait: bool = True) -> None:
        options = [f"--db=unix:{self._socket}", f"--timeout={LIMIT}", *([] if wait else ["--no-wait"])]
        await self._run("ovs-vsctl", *options, *words)

    async def _ip(self, lines: list[str]) -> None:
        if lines:
            await self._run("ip", "-n", self.namespace, "-batch", "-", stdin="\n".join(lines))

    async def _run(self, *command: str, stdin: str = "") -> str:
        process = await asyncio.create_subprocess_exec(
            *command,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=self._environment(),
        )
        out, error = await process.communicate(stdin.encode())
        if process.returncode != 0:
            raise DatapathError(f"{' '.join(command[:6])} in {self.namespace}: {error.decode().strip()}")
        return out.decode()


def listening(namespace: str, host: str, port: int) -> socket.socket:
    """A listening TCP socket of a namespace."""
    with namespaces.inside(namespace):
        made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, port))
    made.listen(16)
    made.setblocking(False)
    return made
