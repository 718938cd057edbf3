"""Run emulated switches: python -m lab.switch --name acc-01 --dialect cisco_ios, or --spec FILE for several."""

from __future__ import annotations

import argparse
import asyncio
import signal
import sys
from pathlib import Path

import asyncssh

from lab.switch import fleet, spec
from lab.switch.datapath import DatapathError
from lab.switch.namespaces import NamespaceError
from lab.switch.spec import DIALECTS, Spec, SpecError


def options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m lab.switch", description=__doc__)
    parser.add_argument(
        "--spec", type=Path, help="a YAML or JSON file with one switch or a list; see lab/switch/spec.py"
    )
    parser.add_argument("--host-key", type=Path, help="the SSH host key of all of them; made where it is missing")
    one = parser.add_argument_group("one switch")
    one.add_argument("--name")
    one.add_argument("--dialect", choices=sorted(DIALECTS))
    one.add_argument("--ports", action="append", help="GigabitEthernet1/0/1-24; may be given again")
    one.add_argument("--startup", type=Path, help="its saved configuration")
    one.add_argument("--listen", default="127.0.0.1:0", metavar="ADDRESS:PORT")
    one.add_argument("--minute", type=float, help="seconds that its minute lasts")
    one.add_argument("--boot", type=float, help="minutes that a reboot takes")
    one.add_argument("--user")
    one.add_argument("--password")
    one.add_argument("--secret", help="what enable asks for")
    one.add_argument("--privilege", type=int, choices=(1, 15))
    one.add_argument("--namespace", help="the network namespace it lives in, with Open vSwitch")
    one.add_argument("--link", action="append", metavar="PORT=INTERFACE", default=[])
    one.add_argument("--faults", type=Path, help="JSON file that says how it misbehaves; may change while it runs")
    one.add_argument("--state", type=Path, help="directory in which its saved configuration is kept")
    return parser


def wanted(given: argparse.Namespace) -> list[Spec]:
    """The switches that were asked for."""
    if given.spec:
        return spec.read(given.spec)
    if not given.name or not given.dialect:
        raise SpecError("say --spec, or --name and --dialect")
    host, _unused, port = given.listen.rpartition(":")
    data = {
        key: value
        for key in ("name", "dialect", "minute", "boot", "user", "password", "secret", "privilege", "namespace")
        if (value := getattr(given, key)) is not None
    }
    data |= {"host": host, "port": int(port), "ports": given.ports or ["GigabitEthernet1/0/1-24"]}
    data |= {key: value for key in ("faults", "state") if (value := getattr(given, key)) is not None}
    data["links"] = dict(link.split("=", 1) for link in given.link)
    data["startup"] = given.startup.read_text() if given.startup else ""
    return [spec.of(data)]


def host_key(path: Path | None) -> asyncssh.SSHKey:
    if path and path.exists():
        return asyncssh.read_private_key(path)
    key = asyncssh.generate_private_key("ssh-ed25519")
    if path:
        path.touch(mode=0o600)
        key.write_private_key(path)
        key.write_public_key(path.with_suffix(path.suffix + ".pub"))
    return key


async def serve(specs: list[Spec], key: asyncssh.SSHKey) -> None:
    devices, acceptors = await fleet.start(specs, key)
    ended = asyncio.Event()
    for name in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(name, ended.set)
    for device in devices:
        where = f"namespace {device.spec.namespace}" if device.spec.namespace else device.spec.host
        print(f"{device.spec.name} {device.spec.dialect}: {where} port {device.port}", flush=True)
    await ended.wait()
    await fleet.stop(devices, acceptors)


def main() -> int:
    given = options().parse_args()
    try:
        asyncio.run(serve(wanted(given), host_key(given.host_key)))
    except (SpecError, OSError, DatapathError, NamespaceError) as error:
        print(f"switch: {error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
