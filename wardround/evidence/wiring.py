"""Geometry of the picture of systems and links, in pixels: askers at the left, servers at the right.

Each link leaves its box at a line of its own and runs to the trunk of the system it asks; the trunk leads into that
system's box. Lines that cross without a dot are not joined.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from wardround.evidence.lettering import wrap
from wardround.evidence.links import Told
from wardround.evidence.systems import Node, Systems
from wardround.evidence.words import LANGUAGES, Phrase, Value, phrase, say

_TITLE, _PORT, _MARKS, _PAD, _GAP = 17, 19, 20, 8, 14  # heights
_ENTRY = _PAD + _TITLE // 2  # where a trunk enters its box, below the top
_SINGLE = 12  # more departments than this are gathered by what they ask


@dataclass(frozen=True)
class Sheet:
    """Widths of a drawing in pixels: its boxes at both sides, and the whole; letters that fit a title; desks' marks.

    right_port: height of a link in a box at the right, where a narrow drawing needs two lines for it.
    """

    left: int
    right: int
    width: int
    letters_left: int
    letters_right: int
    marks: int
    right_port: int


WIDE = Sheet(left=226, right=206, width=760, letters_left=27, letters_right=24, marks=12, right_port=19)
NARROW = Sheet(left=148, right=112, width=346, letters_left=18, letters_right=13, marks=7, right_port=31)


@dataclass(frozen=True)
class Port:
    """Where a link leaves its box, at height y; its line ends at the trunk, at x `joint`. whom: how label begins."""

    told: Told
    label: Phrase
    whom: Phrase
    y: int
    joint: float


@dataclass(frozen=True)
class Box:
    """titles: language to lines; desks: a mark each, or none where `counts` (mark to desks) tells of many.

    marks_y: where they stand; edge: x at which links leave and arrive.
    """

    node: Node
    titles: Mapping[str, tuple[str, ...]]
    desks: tuple[str, ...]
    counts: Mapping[str, int]
    ports: tuple[Port, ...]
    left: bool
    x: int
    y: int
    width: int
    height: int
    marks_y: int

    @property
    def edge(self) -> int:
        return self.x + self.width if self.left else self.x

    @property
    def entry(self) -> int:
        return self.y + _ENTRY


@dataclass(frozen=True)
class Trunk:
    """The line at x that gathers all links to one system, from top to bottom; at `entry` it turns to x `to`."""

    x: float
    top: int
    bottom: int
    entry: int
    to: int


@dataclass(frozen=True)
class Wiring:
    sheet: Sheet
    height: int
    boxes: tuple[Box, ...]
    trunks: tuple[Trunk, ...]


@dataclass
class _Draft:
    """A box before it has a place. marks: of its desks."""

    node: Node
    name: Value
    told: list[Told]
    marks: list[str] = field(default_factory=list)


def wiring(systems: Systems, told: Sequence[Told], marks: Mapping[str, str], sheet: Sheet) -> Wiring:
    """marks: desk to the mark of how it stands."""
    nodes = {node.key: node for node in systems.nodes}
    drafts = _gathered([_draft(node, told, marks) for node in systems.nodes])
    askers = [draft for draft in drafts if draft.node.kind != "server"]
    servers = [draft for draft in drafts if draft.node.kind == "server"]
    asked = {one.link.target for one in told}
    targets = [draft.node.key for draft in (*servers, *askers) if draft.node.key in asked]
    gap = (sheet.width - sheet.left - sheet.right) / (len(targets) + 1)
    joints = {key: round(sheet.width - sheet.right - gap * n, 1) for n, key in enumerate(targets, 1)}
    left = tuple(_column(askers, True, sheet, joints, nodes, 0, ()))
    spare = sum(box.height + _GAP for box in left) - sum(_height(draft, sheet, False) + _GAP for draft in servers)
    taken = [(port.y, port.joint) for box in left for port in box.ports]
    taken += [(box.entry, joints[box.node.key]) for box in left if box.node.key in joints]
    right = tuple(_column(servers, False, sheet, joints, nodes, max(0, spare) // max(1, len(servers) - 1), taken))
    boxes = (*left, *right)
    height = max(box.y + box.height for box in boxes) + 2
    return Wiring(sheet, height, boxes, tuple(_trunks(boxes, joints)))


def node_name(node: Node) -> Value:
    """What people call it; of a group drawn as one, how many there are."""
    return node.name if node.name is not None else phrase(f"group.{node.group}", n=len(node.hosts))


def _draft(node: Node, told: Sequence[Told], marks: Mapping[str, str]) -> _Draft:
    return _Draft(
        node,
        node_name(node),
        [one for one in told if one.link.source == node.key],
        [marks[host] for host in node.hosts if host in marks] if node.kind == "department" else [],
    )


def _gathered(drafts: list[_Draft]) -> list[_Draft]:
    """Where there are many departments, those that ask the same with the same result are one box."""
    alike: dict[object, list[_Draft]] = defaultdict(list)
    departments = [draft for draft in drafts if draft.node.kind == "department"]
    if len(departments) <= _SINGLE:
        return drafts
    for draft in departments:
        alike[tuple((one.link.target, one.link.protocol, one.state) for one in draft.told)].append(draft)
    merged = []
    for group in alike.values():
        told = [
            Told(
                row[0].link, row[0].state, sum(one.proved for one in row), sum(one.hosts for one in row), row[0].record
            )
            for row in zip(*(draft.told for draft in group), strict=True)
        ]
        name = phrase("departments.alike", name=group[0].name, n=len(group) - 1) if len(group) > 1 else group[0].name
        merged.append(_Draft(group[0].node, name, told, [mark for draft in group for mark in draft.marks]))
    return merged + [draft for draft in drafts if draft.node.kind != "department"]


def _titles(draft: _Draft, sheet: Sheet, left: bool) -> dict[str, tuple[str, ...]]:
    return {
        lang: wrap(say(draft.name, lang), sheet.letters_left if left else sheet.letters_right) for lang in LANGUAGES
    }


def _height(draft: _Draft, sheet: Sheet, left: bool) -> int:
    lines = max(len(title) for title in _titles(draft, sheet, left).values())
    return 2 * _PAD + lines * _TITLE + (_MARKS if draft.marks else 0) + len(draft.told) * _port(sheet, left)


def _port(sheet: Sheet, left: bool) -> int:
    return _PORT if left else sheet.right_port


def _column(
    drafts: list[_Draft],
    left: bool,
    sheet: Sheet,
    joints: Mapping[str, float],
    nodes: Mapping[str, Node],
    spare: int,
    taken: Sequence[tuple[int, float]],
) -> Iterator[Box]:
    """Boxes from top to bottom, `spare` pixels further apart than they must be.

    taken: lines of the other side, as height and the x where they end; none of ours lies on one.
    """
    y = 1
    for draft in drafts:
        titles, height, step = _titles(draft, sheet, left), _height(draft, sheet, left), _port(sheet, left)
        head = _PAD + max(len(title) for title in titles.values()) * _TITLE
        first = head + (_MARKS if draft.marks else 0) + _PORT // 2
        lines = [(first + n * step, joints[one.link.target]) for n, one in enumerate(draft.told)]
        y = _free(y, [(_ENTRY, joints.get(draft.node.key, sheet.width)), *lines], taken)
        ports = tuple(
            Port(
                one,
                _label(one, nodes[one.link.target]),
                _whom(one, nodes[one.link.target]),
                y + first + n * step,
                joints[one.link.target],
            )
            for n, one in enumerate(draft.told)
        )
        few = len(draft.marks) <= sheet.marks
        yield Box(
            draft.node,
            titles,
            tuple(draft.marks) if few else (),
            {} if few else Counter(draft.marks),
            ports,
            left,
            1 if left else sheet.width - sheet.right,
            y,
            (sheet.left if left else sheet.right) - 1,
            height,
            y + head,
        )
        y += height + _GAP + spare


def _free(y: int, lines: Sequence[tuple[int, float]], taken: Sequence[tuple[int, float]]) -> int:
    """The first place from y on where none of a box's lines lies on one of the other side, or comes too near."""
    for top in range(y, y + 3 * _PORT):
        if not any(abs(top + line - other) < 5 and x <= end for line, x in lines for other, end in taken):
            return top
    return y


def _whom(told: Told, target: Node) -> Phrase:
    return phrase(f"short.{told.link.role}", which=f" {target.number}" if target.number else "")


def _label(told: Told, target: Node) -> Phrase:
    """Whom a link asks and how, and of how many desks where not all have proved it."""
    whom = _whom(told, target)
    if 0 < told.proved < told.hosts:
        protocol = told.link.protocol or "–"
        return phrase("port.some", whom=whom, protocol=protocol, proved=told.proved, hosts=told.hosts)
    return phrase("port", whom=whom, protocol=told.link.protocol) if told.link.protocol else whom


def _trunks(boxes: Sequence[Box], joints: Mapping[str, float]) -> Iterator[Trunk]:
    home = {box.node.key: box for box in boxes}
    for key, x in joints.items():
        box = home[key]
        heights = [port.y for one in boxes for port in one.ports if port.told.link.target == key]
        yield Trunk(x, min(*heights, box.entry), max(*heights, box.entry), box.entry, box.edge)
