"""Geometry of the picture of switches, firewalls and trunks, in pixels: a panel a site, firewalls on top, cores below
them, and under each core the switches that hang on it.

A switch hangs on another when every device that it is joined to has more neighbours than itself: an access switch with
two uplinks is drawn under the first, and its box names the second.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from wardround.evidence.network import Device, Network, Trunk

_TITLE, _BAND, _LANE, _GAP, _PAD = 24, 18, 7, 8, 8  # heights, and room between boxes
_STUB = 12  # between boxes that hang on a core, where their cables run


@dataclass(frozen=True, slots=True)
class Sheet:
    """Pixels: the whole, a core or firewall, a switch that hangs on one, and what a core has at least for itself.

    letters: that the name of a core and of another switch may have.
    """

    width: int
    core: tuple[int, int]
    leaf: tuple[int, int]
    share: int
    letters: tuple[int, int]


WIDE = Sheet(760, (150, 40), (102, 34), 164, (18, 14))
NARROW = Sheet(346, (122, 40), (100, 34), 150, (16, 14))


@dataclass(frozen=True, slots=True)
class Box:
    """kind: `firewall`, `core` or `leaf`; others: devices it is joined to by trunks that are not drawn."""

    device: Device
    kind: str
    x: float
    y: float
    width: int
    height: int
    others: tuple[str, ...] = ()

    @property
    def middle(self) -> float:
        return self.x + self.width / 2

    @property
    def bottom(self) -> float:
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Line:
    """Cables between two devices. path: of an SVG; kind: `core` or `leaf`."""

    trunks: tuple[Trunk, ...]
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Panel:
    """A site. switches: how many it has."""

    site: str
    switches: int
    x: float
    y: float
    width: float
    height: float


@dataclass(frozen=True, slots=True)
class Topology:
    sheet: Sheet
    height: float
    panels: tuple[Panel, ...]
    boxes: tuple[Box, ...]
    lines: tuple[Line, ...]


def topology(network: Network, sheet: Sheet) -> Topology:
    """Where everything is drawn; each device once, each cable in a line or in the box of the switch it leads to."""
    cables = _cables(network.trunks)
    parents = _parents(network.devices, cables)
    drawn = {
        pair: one
        for pair, one in cables.items()
        if not any(end in parents and parents[end][0] not in pair for end in pair)
    }
    lanes = {pair: n for n, pair in enumerate(_detours(network.devices, parents, drawn, sheet))}
    gutter = 10 + _LANE * len(lanes)
    sites = list(dict.fromkeys(device.site for device in network.devices))
    y, panels, boxes = 1.0, [], []
    for site in sites:
        here = [device for device in network.devices if device.site == site]
        top = y
        y += _TITLE
        for row in _rows(here, parents, sheet):
            y += _BAND + _LANE * len(lanes)
            placed, y = _row(row, parents, network.devices, sheet, gutter, y)
            boxes += placed
        switches = sum(not device.firewall for device in here)
        panels.append(Panel(site, switches, 1, top, sheet.width - 2, y + _PAD - top))
        y += _PAD + 12
    home = {box.device.key: box for box in boxes}
    lines = [_line(pair, one, home, parents, lanes, gutter) for pair, one in drawn.items()]
    return Topology(sheet, y - 10, tuple(panels), tuple(boxes), tuple(lines))


def _cables(trunks: Iterable[Trunk]) -> dict[tuple[str, str], tuple[Trunk, ...]]:
    """(device, device) to the cables between them."""
    found: defaultdict[tuple[str, str], list[Trunk]] = defaultdict(list)
    for trunk in trunks:
        pair = (trunk.b, trunk.a) if (trunk.b, trunk.a) in found else (trunk.a, trunk.b)
        found[pair].append(trunk)
    return {pair: tuple(one) for pair, one in found.items()}


def _parents(devices: Sequence[Device], cables: Iterable[tuple[str, str]]) -> dict[str, tuple[str, ...]]:
    """Switches that hang on others, to these, those with most neighbours first."""
    neighbours: defaultdict[str, list[str]] = defaultdict(list)
    for a, b in cables:
        neighbours[a].append(b)
        neighbours[b].append(a)
    known = {device.key: device for device in devices}
    hanging = {}
    for device in devices:
        above = [known[one] for one in neighbours[device.key]]
        fewer = all(len(neighbours[one.key]) > len(above) for one in above)
        apart = any(one.firewall or one.site != device.site for one in above)
        if above and fewer and not device.firewall and not apart:
            hanging[device.key] = tuple(sorted(neighbours[device.key], key=lambda one: -len(neighbours[one])))
    return {key: above for key, above in hanging.items() if not any(one in hanging for one in above)}


def _rows(devices: Sequence[Device], parents: Mapping[str, object], sheet: Sheet) -> Iterator[list[Device]]:
    """Firewalls, then cores, as many in a row as there is room for."""
    firewalls = [device for device in devices if device.firewall]
    cores = [device for device in devices if not device.firewall and device.key not in parents]
    for kind in (firewalls, cores):
        room = max(1, (sheet.width - 2 * _PAD) // sheet.share)
        yield from (kind[n : n + room] for n in range(0, len(kind), room))


def _row(
    row: Sequence[Device],
    parents: Mapping[str, tuple[str, ...]],
    devices: Sequence[Device],
    sheet: Sheet,
    gutter: float,
    y: float,
) -> tuple[list[Box], float]:
    """Boxes of a row and of what hangs on it, and where they end."""
    share = (sheet.width - gutter - _PAD) / len(row)
    boxes, bottom = [], y + sheet.core[1]
    for n, device in enumerate(row):
        middle = gutter + share * (n + 0.5)
        kind = "firewall" if device.firewall else "core"
        boxes.append(Box(device, kind, round(middle - sheet.core[0] / 2, 1), y, *sheet.core))
        below = [one for one in devices if one.key in parents and parents[one.key][0] == device.key]
        boxes += _leaves(below, parents, sheet, middle, share, y + sheet.core[1] + 18)
        bottom = max(bottom, *(box.bottom for box in boxes))
    return boxes, bottom


def _leaves(
    devices: Sequence[Device],
    parents: Mapping[str, tuple[str, ...]],
    sheet: Sheet,
    middle: float,
    share: float,
    y: float,
) -> Iterator[Box]:
    """In columns, read downwards."""
    pitch = sheet.leaf[0] + _STUB
    columns = max(1, min(len(devices), int(share // pitch)))
    high = -(-len(devices) // columns)
    columns = -(-len(devices) // high) if devices else 1
    for n, device in enumerate(devices):
        column, line = divmod(n, high)
        x = middle - columns * pitch / 2 + column * pitch + _STUB
        others = parents[device.key][1:]
        yield Box(device, "leaf", round(x, 1), y + line * (sheet.leaf[1] + _GAP), *sheet.leaf, others)


def _detours(
    devices: Sequence[Device],
    parents: Mapping[str, tuple[str, ...]],
    drawn: Iterable[tuple[str, str]],
    sheet: Sheet,
) -> list[tuple[str, str]]:
    """Cables that cannot be a straight line: not to a neighbour in the row, nor from a firewall to the row below."""
    place: dict[str, tuple[str, int, int, bool]] = {}
    for site in dict.fromkeys(device.site for device in devices):
        here = [device for device in devices if device.site == site]
        for number, row in enumerate(_rows(here, parents, sheet)):
            place |= {device.key: (site, number, n, device.firewall) for n, device in enumerate(row)}
    found = []
    for pair in drawn:
        if any(end in parents for end in pair):
            continue
        (a_site, a_row, a_place, a_wall), (b_site, b_row, b_place, b_wall) = sorted(place[end] for end in pair)
        beside = (a_site, a_row) == (b_site, b_row) and b_place - a_place == 1
        below = a_site == b_site and b_row - a_row == 1 and a_wall and not b_wall
        if not beside and not below:
            found.append(pair)
    return found


def _line(
    pair: tuple[str, str],
    trunks: tuple[Trunk, ...],
    home: Mapping[str, Box],
    parents: Mapping[str, tuple[str, ...]],
    lanes: Mapping[tuple[str, str], int],
    gutter: float,
) -> Line:
    a, b = sorted((home[end] for end in pair), key=lambda box: (box.kind == "leaf", box.y, box.x))
    if b.device.key in parents:
        turn = f"M{a.middle:g} {a.bottom:g}V{a.bottom + 9:g}H{b.x - _STUB / 2:g}V{b.y + b.height / 2:g}H{b.x:g}"
        return Line(trunks, turn, "leaf")
    if pair not in lanes:
        if a.y == b.y:
            return Line(trunks, f"M{a.x + a.width:g} {a.y + a.height / 2:g}H{b.x:g}", "core")
        return Line(trunks, f"M{a.middle:g} {a.bottom:g}L{b.middle:g} {b.y:g}", "core")
    shift = _LANE * (lanes[pair] + 1)
    up, lane = (f"{box.y - 4 - shift:g}" for box in (a, b)), gutter - shift
    starts = [replace(box, x=box.x - 20 - shift) for box in (a, b)]  # beside straight lines, which end in the middle
    first, second = up
    across = f"H{starts[1].middle:g}" if a.y == b.y else f"H{lane:g}V{second}H{starts[1].middle:g}"
    return Line(trunks, f"M{starts[0].middle:g} {a.y:g}V{first}{across}V{b.y:g}", "core")
