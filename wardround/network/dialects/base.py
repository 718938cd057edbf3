"""What every dialect of a switch's command line is asked for."""

from __future__ import annotations

import difflib
import re
from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import ClassVar

from wardround.network.device import ALL_VLANS, DEFAULT_VLAN, Access, Port, SwitchModel, TrunkPort, port_order
from wardround.network.steps import RESERVED, SetMode, Step

Table = dict[int, frozenset[str]]
Mode = Access | TrunkPort | None
NAME = re.compile(r"[!->@-~]{1,31}")  # `?` asks the device for help
TEXT = re.compile(r"[ ->@-~]{0,80}")


class DialectError(ValueError):
    """What a device said contradicts itself or cannot be read, or what is wished cannot be written: one sentence."""


@dataclass(frozen=True, slots=True)
class Questions:
    """Commands that only read. A device that has no arp, macs or lldp refuses them, which is no error."""

    running: str
    saved: str
    vlans: str
    arp: str
    macs: str
    lldp: str


@dataclass(frozen=True, slots=True)
class Rollback:
    """How a device undoes a change by itself unless it is confirmed.

    arm: lines typed before the change, from the mode one logs in to up to the configuration mode. seal: lines after
    it, back to where one logged in. confirm: lines of a new session that keep the change and stop the timer. seconds:
    the timer, rounded up to what the device can count. reboots: it goes back by starting anew from what is saved.
    late: the timer starts with the seal, nothing takes effect before.
    """

    mechanism: str
    arm: tuple[str, ...]
    seal: tuple[str, ...]
    confirm: tuple[str, ...]
    seconds: int
    reboots: bool = False
    late: bool = False


class Dialect(ABC):
    """One vendor's command line. Nothing here talks to a device.

    netmiko: its name for the device type. default: the mode of a port without configuration. errors: what a refused
    line is answered with. answers: what to reply to a question, by a pattern of its last line. aggregation: how a link
    of several ports is called, and the line that makes a port a member of one, both without its number. leave: the way
    out of a port's mode.
    """

    platform: str
    netmiko: str
    pager_off: str
    questions: Questions
    errors: re.Pattern[str]
    answers: tuple[tuple[str, str], ...]
    save: tuple[str, ...]
    leave: str
    default: Mode = None
    short: ClassVar[Mapping[str, str]]
    aggregation: tuple[str, str]
    changing = re.compile(r"(?!)")
    """Lines of a configuration that say when or with what it was written, not what it is."""

    @abstractmethod
    def parse(self, running: str, vlans: str) -> SwitchModel:
        """What a switch is, from its running configuration and its VLAN table. Lines not known are left alone.

        management_vlan is the lowest VLAN with an address, 1 where there is none; uplink is not in a configuration.
        Raises DialectError naming what the two disagree about.
        """

    @abstractmethod
    def table(self, vlans: str) -> Table:
        """Ports of each VLAN, as the device's own VLAN table has it."""

    @abstractmethod
    def managed(self, running: str) -> frozenset[int]:
        """VLANs in which the switch itself has an address."""

    @abstractmethod
    def render(self, switch: SwitchModel) -> list[str]:
        """Name, VLANs and ports as the device's running configuration has them."""

    @abstractmethod
    def step(self, step: Step) -> list[str]:
        """Lines that take one step, from configuration mode and back to it."""

    @abstractmethod
    def leftovers(self, step: SetMode, body: list[str]) -> Iterable[str]:
        """Lines that undo what a port has beside its mode and its next mode would be wrong with, or refused.

        body: the port in the running configuration.
        """

    @abstractmethod
    def rollback(self, seconds: int, running: str) -> Rollback:
        """How this device rolls back, after `seconds` or the next whole minute."""

    def commands(self, steps: Iterable[Step], running: str = "") -> list[str]:
        """Lines that take the steps, typed in configuration mode, which they also end in.

        running: the configuration that they are typed on; without it a port has nothing beside its mode.
        """
        bodies = dict(self.sections(running))
        lines = list[str]()
        for step in steps:
            if isinstance(step, SetMode):
                header = f"interface {step.port}"
                lines += [header, *self.leftovers(step, bodies.get(header, [])), self.leave]
            lines += self.step(step)
        return joined(lines, self.leave)

    def sections(self, running: str) -> Iterator[tuple[str, list[str]]]:
        """Each line of a configuration's first level with those below it."""
        return blocks(running)

    def refusal(self, answer: str) -> str:
        """What a device said against a line, of its answer from echo to prompt; empty where it took the line."""
        if not self.errors.search(answer):
            return ""
        return " ".join(part.strip() for part in answer.splitlines()[1:-1] if part.strip(" ^\r")).rstrip(".")

    def lasting(self, running: str, steps: Iterable[Step]) -> list[str]:
        """Which steps this device's rollback would not take back, as sentences; empty where it takes back all."""
        return []

    def settings(self, configuration: str) -> list[str]:
        """A configuration without what changes by itself: two with the same settings are the same."""
        lines = (line.rstrip() for line in configuration.splitlines())
        return [line for line in lines if line and not self.changing.match(line)]

    def unsaved(self, running: str, saved: str) -> list[str]:
        """Differences of running from saved, as lines of a unified diff; empty where there are none."""
        return list(
            difflib.unified_diff(self.settings(saved), self.settings(running), "saved", "running", "", "", 0, "")
        )

    def long_name(self, name: str) -> str:
        """A port's whole name from its abbreviation in a table: Gi1/0/7 is GigabitEthernet1/0/7."""
        found = re.fullmatch(r"([A-Za-z-]*?)([0-9/.:]+)", name)
        return self.short.get(found[1], found[1]) + found[2] if found else name

    def learned(self, arp: str, macs: str, addresses: Iterable[str]) -> frozenset[str]:
        """Ports on which the hardware addresses of IPv4 addresses were learned, by the tables of the device."""
        wanted = set(addresses)
        hardware = {
            _hardware(words) for words in map(str.split, arp.splitlines()) if any(word in wanted for word in words)
        } - {None}
        rows = [words for words in map(str.split, macs.splitlines()) if _hardware(words) in hardware]
        port = re.compile(rf"[A-Za-z]\S*\d/\d|{self.aggregation[0]}\d")
        return frozenset(name for words in rows for name in map(self.long_name, words) if port.search(name))

    def neighbours(self, lldp: str) -> frozenset[str]:
        """Ports with an LLDP neighbour, from the table of neighbours."""
        # The first port in a row is the own one; a long name of the neighbour may stand right before it.
        kinds = "|".join(sorted({*self.short, *self.short.values()}, key=len, reverse=True))
        rows = (re.search(rf"(?:{kinds}|\d+GE)\d+(?:/\d+)+", line) for line in lldp.splitlines())
        return frozenset(self.long_name(row[0]) for row in rows if row)

    def members(self, running: str) -> dict[str, str]:
        """The aggregation of each port that is a member of one."""
        kind, line = self.aggregation
        return {
            header.removeprefix("interface "): f"{kind}{found[1]}"
            for header, body in self.sections(running)
            for said in body
            if header.startswith("interface ") and (found := re.match(rf"{line} (\d+)", said))
        }

    def gateways(self, running: str) -> list[str]:
        """Addresses over which the switch reaches other networks: the management host may be behind one."""
        route = r"^ *ip (?:default-gateway|route(?:-static)? 0\.0\.0\.0 \S+) ([0-9.]+)"
        return re.findall(route, running, re.MULTILINE)

    def check(self, switch: SwitchModel, known: SwitchModel | None = None) -> None:
        """Raises DialectError for a name or description that no device takes; what `known` has too is not asked."""
        for vlan, name in switch.vlans.items():
            if name and not NAME.fullmatch(name) and not (known and known.vlans.get(vlan) == name):
                raise DialectError(
                    f"{switch.name}: VLAN {vlan} is named {name!r}, allowed are 1 to 31 ASCII signs, no blank, no `?`"
                )
        for port in switch.ports.values():
            text = port.description
            if known and port.name in known.ports and known.ports[port.name].description == text:
                continue
            if not TEXT.fullmatch(text) or text != text.strip():
                raise DialectError(
                    f"{switch.name}: {port.name} is described as {text!r}, allowed are up to 80 ASCII signs, no `?`"
                )


def _hardware(words: list[str]) -> str | None:
    for word in words:
        if re.fullmatch(r"[0-9a-fA-F]{4}([.-][0-9a-fA-F]{4}){2}", word):
            return re.sub(r"\W", "", word).lower()
    return None


def blocks(configuration: str) -> Iterator[tuple[str, list[str]]]:
    """A configuration's lines at the margin, each with the indented ones below it, without their margin."""
    header, body = None, list[str]()
    for line in configuration.splitlines():
        if not line.strip() or line.strip() in {"#", "!"}:
            continue
        if line[0].isspace():
            body.append(line.strip())
            continue
        if header is not None:
            yield header, body
        header, body = line.rstrip(), []
    if header is not None:
        yield header, body


def ranges(vlans: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each run: {1, 2, 3, 7} is [(1, 3), (7, 7)]."""
    runs: list[tuple[int, int]] = []
    for vlan in sorted(vlans):
        if runs and vlan == runs[-1][1] + 1:
            runs[-1] = (runs[-1][0], vlan)
        else:
            runs.append((vlan, vlan))
    return runs


def chunks(vlans: Iterable[int], between: str, separator: str) -> list[str]:
    """VLANs as a device writes them, at most ten runs a line: VRP and Comware take no more."""
    runs = [str(first) if first == last else f"{first}{between}{last}" for first, last in ranges(vlans)]
    return [separator.join(runs[start : start + 10]) for start in range(0, len(runs), 10)]


def vlan_set(text: str) -> frozenset[int]:
    """VLANs of a list: `1,3-5` or `1 3 to 5`; `all` and `none` too. Raises DialectError."""
    if text in {"all", "none"}:
        return ALL_VLANS if text == "all" else frozenset()
    found: set[int] = set()
    for part in re.sub(r"\s+to\s+", "-", text).replace(",", " ").split():
        bounds = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if not bounds:
            raise DialectError(f"{text!r} is no list of VLANs, such as 10,20-25")
        found |= set(range(int(bounds[1]), int(bounds[2] or bounds[1]) + 1))
    return frozenset(found) & ALL_VLANS


def voice_vlan(body: list[str]) -> int | None:
    """The VLAN that a port gives a telephone, as Huawei and H3C write it."""
    return next((int(found[1]) for line in body if (found := re.match(r"voice-vlan (\d+) enable", line))), None)


def joined(lines: Iterable[str], leave: str) -> list[str]:
    """Lines without leaving a port's mode and entering it again right after."""
    kept: list[str] = []
    entered = ""
    for line in lines:
        if line == entered and kept[-1] == leave:
            kept.pop()
            continue
        entered = line if line.startswith("interface ") else entered
        kept.append(line)
    return kept


def switch_of(
    platform: str, name: str, vlans: Mapping[int, str], ports: Mapping[str, Port], managed: frozenset[int]
) -> SwitchModel:
    """What was read; VLANs of the device itself are left out, ports are in their order."""
    return SwitchModel(
        name=name,
        platform=platform,
        vlans={vlan: vlans[vlan] for vlan in sorted(vlans) if vlan not in RESERVED},
        ports={port: ports[port] for port in sorted(ports, key=port_order)},
        management_vlan=min(managed, default=DEFAULT_VLAN),
    )


def disagreements(switch: SwitchModel, table: Table, trunks: bool) -> Iterator[str]:
    """What the running configuration and the VLAN table do not say alike. trunks: the table lists them too."""
    there, shown = switch.vlans.keys(), table.keys() - RESERVED
    for vlan in sorted(there ^ shown):
        has, lacks = (
            ("running configuration", "VLAN table") if vlan in there else ("VLAN table", "running configuration")
        )
        yield f"VLAN {vlan} is in the {has} and not in the {lacks}"
    for port in switch.ports.values():
        rows = {vlan for vlan, names in table.items() if port.name in names}
        if isinstance(port.mode, Access):
            wanted = {port.mode.vlan} | ({port.mode.voice} if port.mode.voice else set())
            if rows != wanted & table.keys():
                yield (
                    f"{port.name} is in {_list(wanted)} by the running configuration,"
                    f" in {_list(rows)} by the VLAN table"
                )
        elif isinstance(port.mode, TrunkPort) and trunks and rows - port.mode.allowed:
            yield f"the VLAN table has {port.name} in {_list(rows - port.mode.allowed)}, which it does not allow"


def agree(switch: SwitchModel, table: Table, trunks: bool) -> SwitchModel:
    """The switch, if its two accounts of itself agree. Raises DialectError."""
    found = list(disagreements(switch, table, trunks))
    if found:
        raise DialectError(f"{switch.name} contradicts itself: {'; '.join(found)}. Nothing is changed until it agrees")
    return switch


def _list(vlans: Iterable[int]) -> str:
    return f"VLAN {', '.join(map(str, sorted(vlans)))}" if vlans else "no VLAN"
