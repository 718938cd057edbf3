"""What one emulated switch is made of, from a file or from options."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

import yaml

from lab.switch.comware import Comware
from lab.switch.config import Learned, Neighbour, Resolved
from lab.switch.dialect import Dialect
from lab.switch.ios import Ios
from lab.switch.vrp import Vrp5, Vrp8

DIALECTS: dict[str, Callable[[str | None], Dialect]] = {
    "cisco_ios": Ios,
    "h3c_comware7": Comware,
    "huawei_vrp5": Vrp5,
    "huawei_vrp8": Vrp8,
}


class SpecError(ValueError):
    """What is written cannot be a switch."""


@dataclass(frozen=True)
class Spec:
    """One switch. minute: how many seconds its minute lasts. boot: minutes from a reboot until it forwards again.

    port 0 is any free one. public_key: a file with a key that logs in as well as the password. secret: what raises the
    privilege; privilege 1 needs it, 15 is past it. namespace: the network namespace it lives in, with Open vSwitch;
    without one there are no packets, only the command line. links: the interface of the namespace that each plugged
    port is. mirror: plugged ports of which what comes in also goes to the namespace's interface `mirror`, as somebody
    has set it at the switch once (SPAN). neighbours: what LLDP hears, by port. learned, resolved: the MAC and ARP
    tables, where there are no packets. startup: its saved configuration as text. state: a directory in which that is
    kept. faults: the file that faults.py reads.
    """

    name: str
    dialect: str
    ports: tuple[str, ...]
    startup: str = ""
    minute: float = 60.0
    boot: float = 0.0
    host: str = "127.0.0.1"
    port: int = 0
    user: str = "admin"
    password: str = "admin"
    public_key: Path | None = None
    secret: str | None = None
    privilege: int = 15
    namespace: str | None = None
    links: dict[str, str] = field(default_factory=dict)
    mirror: tuple[str, ...] = ()
    neighbours: dict[str, Neighbour] = field(default_factory=dict)
    learned: tuple[Learned, ...] = ()
    resolved: tuple[Resolved, ...] = ()
    faults: Path | None = None
    state: Path | None = None

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]{0,62}", self.name):
            raise SpecError(f"name: {self.name!r} is no host name")
        if self.dialect not in DIALECTS:
            raise SpecError(f"{self.name}: dialect: {self.dialect!r} is none of {', '.join(sorted(DIALECTS))}")
        if self.minute <= 0 or self.boot < 0:
            raise SpecError(f"{self.name}: minute must be above 0 and boot not below it")
        for where, names in (("links", self.links), ("neighbours", self.neighbours)):
            for port in names:
                if port not in self.ports:
                    raise SpecError(f"{self.name}: {where}: there is no port {port!r}; it has {', '.join(self.ports)}")
        if strange := [port for port in self.mirror if port not in self.links]:
            raise SpecError(f"{self.name}: mirror: {', '.join(strange)} is not among links")
        if self.links and self.namespace is None:
            raise SpecError(f"{self.name}: links need a namespace")


def port_range(text: str) -> tuple[str, ...]:
    """GigabitEthernet1/0/1-24 as names."""
    match = re.fullmatch(r"([A-Za-z][A-Za-z0-9/._:-]*?)(\d+)-(\d+)", text)
    if not match:
        return (text,)
    return tuple(f"{match[1]}{number}" for number in range(int(match[2]), int(match[3]) + 1))


def of(data: Any) -> Spec:
    """A switch from plain data; SpecError says what is wrong with it."""
    allowed = [each.name for each in fields(Spec)]
    if not isinstance(data, dict):
        raise SpecError(f"a switch is a mapping, not {data!r}")
    for key in data:
        if key not in allowed:
            raise SpecError(f"{key!r} is none of {', '.join(allowed)}")
    values = dict(data)
    for name in ("ports", "mirror"):
        values[name] = tuple(port for text in values.get(name, ()) for port in port_range(text))
    try:
        heard = values.get("neighbours", {}).items()
        values["neighbours"] = {port: Neighbour(**found) for port, found in heard}
        values["learned"] = tuple(Learned(**found) for found in values.get("learned", ()))
        values["resolved"] = tuple(Resolved(**found) for found in values.get("resolved", ()))
    except (TypeError, AttributeError):
        raise SpecError(
            "neighbours is a mapping of ports to name, port and address; learned is a list of vlan, address, port;"
            " resolved one of ip, address, vlan"
        ) from None
    for name in ("faults", "public_key", "state"):
        if values.get(name) is not None:
            values[name] = Path(values[name])
    try:
        return Spec(**values)
    except TypeError as error:
        raise SpecError(str(error).replace("Spec.__init__() ", "a switch is ")) from None


def read(path: Path) -> list[Spec]:
    """The switches of a YAML or JSON file: one mapping or a list of them."""
    try:
        data = yaml.safe_load(path.read_text())
    except OSError as error:
        raise SpecError(f"{path}: {error.strerror}") from None
    except yaml.YAMLError as error:
        raise SpecError(f"{path}: {error}") from None
    try:
        return [of(each) for each in (data if isinstance(data, list) else [data])]
    except SpecError as error:
        raise SpecError(f"{path}: {error}") from None
