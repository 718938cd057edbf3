"""The picture of switches and trunks: everything is on it once, nothing lies on another, cores stand above."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest

from tests.unit.evidence.networks import drawn
from tests.unit.network.intents import large, small, trunk
from wardround.evidence.hospital_network import network
from wardround.evidence.network import Network
from wardround.evidence.topology import NARROW, WIDE, Sheet, Topology, topology
from wardround.intent import load

ROOT = Path(__file__).parents[3]
TRUNKS = {name: one.model_dump(mode="json") | {"native": None} for name, one in small().trunks.items()}


@pytest.fixture(scope="module")
def riverside() -> Network:
    found = network(load(ROOT / "inventories/riverside"))
    assert found is not None
    return found


def whole(found: Topology, subject: Network) -> None:
    assert sorted(box.device.key for box in found.boxes) == sorted(device.key for device in subject.devices)
    for a, b in itertools.combinations(found.boxes, 2):
        apart = a.x + a.width <= b.x or b.x + b.width <= a.x or a.bottom <= b.y or b.bottom <= a.y
        assert apart, f"{a.device.key} lies on {b.device.key}"
    for box in found.boxes:
        (panel,) = [panel for panel in found.panels if panel.site == box.device.site]
        assert panel.x <= box.x and box.x + box.width <= panel.x + panel.width
        assert panel.y <= box.y and box.bottom <= panel.y + panel.height <= found.height
    drawn_trunks = [trunk.name for line in found.lines for trunk in line.trunks]
    named = {(box.device.key, other) for box in found.boxes for other in box.others}
    for one in subject.trunks:
        assert drawn_trunks.count(one.name) == 1 or {(one.a, one.b), (one.b, one.a)} & named
    assert len(drawn_trunks) == len(set(drawn_trunks))


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
def test_a_hospital_of_two_sites(riverside: Network, sheet: Sheet) -> None:
    found = topology(riverside, sheet)
    whole(found, riverside)
    kinds = {box.device.key: box.kind for box in found.boxes}
    assert [name for name, kind in kinds.items() if kind == "firewall"] == ["fw-main", "fw-guest"]
    assert [name for name, kind in kinds.items() if kind == "core"] == [
        "core-main-01", "core-main-02", "core-hillside-01", "core-hillside-02",
    ]  # fmt: skip
    home = {box.device.key: box for box in found.boxes}
    assert home["fw-main"].bottom < home["core-main-01"].y < home["sw-main-02"].y
    assert len({box.y for box in found.boxes if box.kind == "core"}) == 2
    assert {line.kind for line in found.lines} == {"core", "leaf"}
    assert sum(len(line.trunks) for line in found.lines) == len(riverside.trunks) == 53


@pytest.mark.parametrize("sheet", [WIDE, NARROW])
@pytest.mark.parametrize("wished", [small(), large(30, 2)])
def test_a_few_switches(wished: object, sheet: Sheet) -> None:
    subject = drawn(wished)  # type: ignore[arg-type]
    whole(topology(subject, sheet), subject)


def test_a_second_uplink_is_named_in_the_box_of_its_switch() -> None:
    switches = {name: one.model_dump(mode="json") for name, one in small().switches.items()}
    both = {
        **TRUNKS,
        "t4": trunk(("acc-01", "Gi1/0/14"), ("core-02", "Gi1/0/14")),
        "t5": trunk(("acc-02", "Gi1/0/14"), ("core-02", "Gi1/0/15")),
        "t6": trunk(("core-01", "Gi1/0/11"), ("core-02", "Gi1/0/11")),
    }
    subject = drawn(small(trunks=both, switches={**switches, "core-02": switches["core-01"]}))
    found = topology(subject, WIDE)
    whole(found, subject)
    assert {box.device.key: box.others for box in found.boxes if box.kind == "leaf"} == {
        "acc-01": ("core-02",),
        "acc-02": ("core-02",),
    }


def test_a_ring_has_its_long_way_round() -> None:
    switches = {f"ring-{n}": {"platform": "cisco_ios", "site": "main", "ports": ["Gi1/0/1-16"]} for n in range(4)}
    ring = {f"r{n}": trunk((f"ring-{n}", "Gi1/0/1"), (f"ring-{(n + 1) % 4}", "Gi1/0/2")) for n in range(4)}
    subject = drawn(small(trunks=ring, switches=switches, firewalls={}, departments={}))
    found = topology(subject, WIDE)
    whole(found, subject)
    assert {box.kind for box in found.boxes} == {"core"}
    assert sum("V" in line.path for line in found.lines) == 1
