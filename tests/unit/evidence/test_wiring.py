"""The picture of systems: every link is drawn, nothing lies on anything else, many departments become few boxes."""

from __future__ import annotations

from itertools import combinations

import pytest

from tests.unit.evidence.wires import SERVERS, wired
from wardround.evidence.facts import Name
from wardround.evidence.links import Told
from wardround.evidence.systems import Link, Node, Systems
from wardround.evidence.wiring import NARROW, WIDE, Box, Sheet, Wiring, wiring
from wardround.evidence.words import LANGUAGES, say


def drawn(departments: int, sheet: Sheet) -> Wiring:
    systems, told, marks = wired(departments)
    return wiring(systems, told, marks, sheet)


def apart(one: Box, other: Box) -> bool:
    return (
        one.y + one.height < other.y
        or other.y + other.height < one.y
        or one.x + one.width < other.x
        or other.x + other.width < one.x
    )


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])
def test_every_link_is_drawn_and_nothing_lies_on_anything_else(sheet: Sheet) -> None:
    picture = drawn(6, sheet)
    _systems, told, _marks = wired(6)
    assert sum(len(box.ports) for box in picture.boxes) == len(told)
    assert all(apart(one, other) for one, other in combinations(picture.boxes, 2))
    for box in picture.boxes:
        assert box.x >= 0 and box.x + box.width <= sheet.width
        assert box.y >= 0 and box.y + box.height <= picture.height
        assert all(box.y < port.y < box.y + box.height for port in box.ports)
    joints = [trunk.x for trunk in picture.trunks]
    assert len(set(joints)) == len(joints) == len(SERVERS)
    assert all(sheet.left < x < sheet.width - sheet.right for x in joints)


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])
def test_each_link_meets_the_trunk_of_the_system_it_asks(sheet: Sheet) -> None:
    picture = drawn(6, sheet)
    trunks = {trunk.x: trunk for trunk in picture.trunks}
    home = {box.node.key: box for box in picture.boxes}
    for box in picture.boxes:
        for port in box.ports:
            trunk, target = trunks[port.joint], home[port.told.link.target]
            assert trunk.top <= port.y <= trunk.bottom
            assert (trunk.entry, trunk.to) == (target.entry, target.edge)
            assert trunk.top <= trunk.entry <= trunk.bottom


def test_no_line_of_one_side_lies_on_one_of_the_other() -> None:
    for departments in range(1, 12):
        picture = drawn(departments, WIDE)
        left = [(port.y, port.joint) for box in picture.boxes if box.left for port in box.ports]
        right = [(port.y, port.joint) for box in picture.boxes if not box.left for port in box.ports]
        right += [(trunk.entry, trunk.x) for trunk in picture.trunks]
        assert not [(y, other) for y, x in right for other, end in left if abs(y - other) < 5 and x <= end]


@pytest.mark.parametrize("sheet", [WIDE, NARROW], ids=["wide", "narrow"])
def test_titles_keep_to_their_box(sheet: Sheet) -> None:
    for box in drawn(6, sheet).boxes:
        letters = sheet.letters_left if box.left else sheet.letters_right
        for lang in LANGUAGES:
            assert 1 <= len(box.titles[lang]) <= 3
            assert all(sum(2 if ord(c) > 0x2E80 else 1 for c in line) <= letters for line in box.titles[lang])


def test_fifty_departments_that_ask_alike_are_a_few_boxes() -> None:
    picture = drawn(50, WIDE)
    gathered = [box for box in picture.boxes if box.node.kind == "department"]
    assert len(gathered) <= 3
    titles = [" ".join(box.titles["en"]) for box in gathered]
    assert all(title.startswith("Outpatient clinic number ") and title.endswith("departments more") for title in titles)
    assert sum(sum(box.counts.values()) for box in gathered) == len(wired(50)[2])
    assert picture.height < 1200


def test_a_link_that_only_some_have_proved_says_how_many() -> None:
    link = Link("a", "b", "IPP", "printers", ("x", "y", "z"))
    nodes = (
        Node("a", "department", "departments", Name("A", "甲"), ("x", "y", "z")),
        Node("b", "server", "printers", Name("B", "乙"), ("b",)),
    )
    picture = wiring(Systems(nodes, (link,)), (Told(link, "waiting", 2, 3, None),), {}, WIDE)
    assert say(picture.boxes[0].ports[0].label, "en") == "printers · IPP 2/3"
