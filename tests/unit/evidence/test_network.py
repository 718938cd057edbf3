"""What the page says of the network: each pair of zones with what is intended and proved, each device's last change."""

from __future__ import annotations

import dataclasses
import datetime
import re
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.evidence.networks import change, drawn, proof
from tests.unit.network.intents import NAME, flow, small, zone
from wardround.evidence.facts import Facts, History, Name
from wardround.evidence.hospital_network import network
from wardround.evidence.network import Network
from wardround.evidence.network_view import NetworkView
from wardround.evidence.page import page
from wardround.evidence.words import say
from wardround.evidence.zone_matrix import Cell, cells
from wardround.intent import load

ROOT = Path(__file__).parents[3]
SMALL = drawn()


def view(*proofs: object, changes: tuple[object, ...] = (), of: Network = SMALL) -> NetworkView:
    return NetworkView(of, History(network_proofs=proofs, network_changes=changes), str)  # type: ignore[arg-type]


def section(facts: Facts, of: Network = SMALL, **history: object) -> str:
    """The page's section on the small network, or another."""
    hospital = dataclasses.replace(facts.hospital, network=of)
    told = dataclasses.replace(facts, hospital=hospital, history=dataclasses.replace(facts.history, **history))  # type: ignore[arg-type]
    text = page(told)
    start = text.index('<section id="network"')
    return text[start : text.index("</section>", start)]


def by_pair(found: tuple[Cell, ...]) -> dict[tuple[str, str], Cell]:
    return {(cell.source.key, cell.destination.key): cell for cell in found}


def test_every_pair_of_zones_is_there_with_what_is_intended() -> None:
    found = by_pair(cells(SMALL, ()))
    zones = [zone.key for zone in SMALL.zones]
    assert list(found) == [(a, b) for a in zones for b in zones]
    assert {pair for pair, cell in found.items() if cell.intended == "some"} == {
        ("imaging", "servers"), ("clinical", "servers"), ("servers", "imaging"), ("management", "servers"),
        ("guest", "servers"),
    }  # fmt: skip
    assert found["clinical", "servers"].services == ("https", "dns")
    assert found["guest", "imaging"].intended == "none" and found["guest", "guest"].intended == "same"
    assert {cell.state for cell in found.values()} == {"waiting"}
    every = {f"all_{name}": flow("guest", "imaging", name) for name in small().services}
    assert by_pair(cells(drawn(small(flows=every)), ()))["guest", "imaging"].intended == "all"


def test_a_proof_is_seen_in_its_cells_and_its_counts_agree() -> None:
    good = proof()
    found = cells(SMALL, [good])
    assert Counter(cell.state for cell in found) == {"proved": len(SMALL.zones) ** 2}
    assert sum(answer.tally.asked for cell in found for answer in cell.answers) == sum(p.asked for p in good.pairs)
    assert say(view(good).verdict, "en").startswith("The network is as intended")
    bad = proof(2, reached=("guest", "imaging"))
    found = cells(SMALL, [good, bad])
    assert [pair for pair, cell in by_pair(found).items() if cell.state != "proved"] == [("guest", "imaging")]
    told = view(good, bad)
    assert say(told.verdict, "en") == "One of 36 pairs of zones is not as intended."
    assert told.faults and all(sentence.startswith("guest -> ") for sentence in told.faults)
    wrong = by_pair(found)["guest", "imaging"].answers[0].tally.mismatches
    assert len(told.faults) + told.unshown == wrong > 3


def test_a_mismatch_of_either_kind_is_one_and_a_newer_proof_of_some_zones_leaves_the_rest() -> None:
    live = proof(2, reached=("guest", "imaging"), kind="live")
    assert by_pair(cells(SMALL, [live, proof(3)]))["guest", "imaging"].state == "failed"
    limited = proof(4, zones=("guest", "imaging"))
    states = Counter(cell.state for cell in cells(SMALL, [limited]))
    assert states == {"proved": 4, "waiting": 32}
    assert Counter(cell.state for cell in cells(SMALL, [proof(3), limited])) == {"proved": 36}


def test_where_no_socket_was_tried_none_is_told() -> None:
    twin = proof()
    live = dataclasses.replace(twin, kind="live", sockets=0, trunks=0)
    said = [say(view(one).told(one), "en") for one in (twin, live)]
    assert f"0 faults at {twin.sockets} sockets" in said[0] and "socket" not in said[1]


def test_a_proof_of_another_network_proves_nothing() -> None:
    changed = drawn(small(flows={"other": flow("guest", "servers", "dns")}))
    told = view(proof(), of=changed)
    assert {cell.state for cell in told.cells} == {"waiting"} and not told.proofs and told.outdated
    assert say(told.verdict, "en") == "The intent of the network was changed since it was last proved."


def test_the_page_shows_every_cell_by_sign_and_says_when_nothing_is_proved(facts: Facts) -> None:
    text = section(facts)
    wide = text[text.index('class="matrix wide-only"') : text.index('class="matrix narrow-only"')]
    assert wide.count('<rect class="c-') == 36 and "<use" not in wide
    assert "No proof is recorded, so the matrix shows what is intended and nothing else" in text
    assert "wardround prove network -i inventories/lab" in text
    proved = section(facts, network_proofs=(proof(7, reached=("guest", "imaging")),))
    for look in ("wide-only", "narrow-only"):
        start = proved.index(f'class="matrix {look}"')
        svg = proved[start : proved.index("</svg>", start)]
        assert (svg.count('href="#m-proved"'), svg.count('href="#m-failed"'), svg.count('class="wrong"')) == (35, 1, 1)
    assert 'id="network-proof-7"' in proved and "No proof is recorded" not in proved
    assert "desks_to_servers: clinical → servers, dns udp/53" in proved
    assert "must be denied" in proved


@pytest.mark.parametrize(
    ("days_left", "said"),
    [(-1, "expired"), (0, "expiring within 30 days"), (30, "expiring within 30 days"), (31, None)],
)
def test_a_flow_that_has_expired_or_soon_will_is_marked(facts: Facts, days_left: int, said: str | None) -> None:
    until = facts.today + datetime.timedelta(days=days_left)
    ends = {**flow("guest", "servers", "dns"), "expires": until}
    subject = drawn(small(flows={"ends": ends, "lasts": flow("clinical", "servers", "dns")}))
    text = section(facts, subject)
    rows = dict(re.findall(r'<tr[^>]*><th scope="row">(ends|lasts)</th>(.*?)</tr>', text))
    assert str(until) in rows["ends"]
    assert re.findall(r'<span lang="en">(expir[^<]*)</span>', rows["ends"]) == ([said] if said else [])
    assert "expir" not in rows["lasts"]
    summary = text[text.index("All 2 flows") : text.index("</summary>", text.index("All 2 flows"))]
    assert re.findall(r"</svg> (\d) .*?(expir[^<]*)<", summary) == ([("1", said)] if said else [])


def test_the_first_screen_says_how_the_network_stands(facts: Facts) -> None:
    hospital = dataclasses.replace(facts.hospital, network=SMALL)
    history = dataclasses.replace(facts.history, network_proofs=(proof(reached=("guest", "imaging")),))
    text = page(dataclasses.replace(facts, hospital=hospital, history=history))
    first = text[text.index('<section id="glance"') : text.index('<section id="hospital"')]
    assert "One of 36 pairs of zones is not as intended." in first and 'href="#network"' in first
    assert first.count("One of 36 pairs of zones is not as intended.") == 2  # is everybody served, what failed
    without = dataclasses.replace(facts, hospital=dataclasses.replace(facts.hospital, network=None))
    assert 'id="network"' not in page(without)


def test_nothing_failed_is_not_said_of_a_wrong_network(facts: Facts) -> None:
    hospital = dataclasses.replace(facts.hospital, network=SMALL)
    for reached, said in ((None, 1), (("guest", "imaging"), 0)):
        history = History(network_proofs=(proof(reached=reached),))
        text = page(dataclasses.replace(facts, hospital=hospital, history=history))
        assert text.count("Nothing has failed.") == said


def test_the_last_change_of_each_device_with_its_difference(facts: Facts) -> None:
    long = "".join(f"+line {n}\n" for n in range(60))
    changes = (
        change(1, "acc-01", "-old\n"),
        change(3, "acc-01", "-vlan 1\n+vlan <2>\n vlan 3\n"),
        change(4, "fw-01", long),
    )
    text = section(facts, network_changes=changes)
    assert [one.seq for one in view(changes=changes).changes] == [4, 3]
    assert view(changes=changes).unchanged == ["acc-02", "core-01"]
    assert "<del>-vlan 1</del>\n<ins>+vlan &lt;2&gt;</ins>\n vlan 3\n" in text and "-old" not in text
    assert "<ins>+line 39</ins>" in text and "line 40" not in text and "and 20 more, not shown" in text
    assert text.count('<a href="#network-change-3">') == 2  # in the wide and in the narrow picture
    assert "No change of any of the 4 devices is recorded" in section(facts)


def test_a_change_of_a_device_elsewhere_is_not_of_this_hospital() -> None:
    assert view(changes=(change(1, "sw-other"),)).changes == []


def test_a_large_hospital_stays_light(facts: Facts) -> None:
    riverside = network(load(ROOT / "inventories/riverside"))
    assert riverside is not None
    diff = "".join(f"+ switchport trunk allowed vlan add {n}\n" for n in range(30))
    changes = tuple(change(n, device.key, diff) for n, device in enumerate(riverside.devices))
    hospital = dataclasses.replace(facts.hospital, network=riverside)
    history = dataclasses.replace(facts.history, network_changes=changes)
    text = page(dataclasses.replace(facts, hospital=hospital, history=history))
    start = text.index('<section id="network"')
    assert len(text[start : text.index("</section>", start)].encode()) < 280_000
    assert set(re.findall(r">(sw-[a-z]+-\d\d)</text>", text)) == {
        device.key for device in riverside.devices if device.key.startswith("sw-")
    }


HOSTILE = st.text(max_size=30) | st.sampled_from(
    ["</title><script>x</script>", '"><img src=x>', "{0}", "]]>", "'&<!--"]
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=st.lists(HOSTILE, min_size=5, max_size=5))
def test_nothing_of_the_network_breaks_out_of_the_page(facts: Facts, said: list[str]) -> None:
    good = proof(reached=("guest", "imaging"))
    bad = dataclasses.replace(
        good, who=said[0], command=said[1], revision=said[2],
        faults=tuple(dataclasses.replace(one, sentence=said[3]) for one in good.faults),
    )  # fmt: skip
    named = dataclasses.replace(
        SMALL,
        zones=tuple(dataclasses.replace(one, name=Name(said[0], said[1])) for one in SMALL.zones),
        flows=tuple(dataclasses.replace(one, reason=said[2]) for one in SMALL.flows),
        devices=tuple(dataclasses.replace(one, site=said[4]) for one in SMALL.devices),
    )
    changed = dataclasses.replace(change(1, "acc-01", said[3]), state=said[0], mechanism=said[1], run=said[2])
    shapes = []
    for subject, asked, done in ((SMALL, good, change(1, "acc-01", "x")), (named, bad, changed)):
        hospital = dataclasses.replace(facts.hospital, network=subject)
        history = dataclasses.replace(facts.history, network_proofs=(asked,), network_changes=(done,))
        text = page(dataclasses.replace(facts, hospital=hospital, history=history))
        shapes.append(Counter(re.findall(r"<(/?(?:script|img|svg|section|style|title|details|table|tr|h1))[ >]", text)))
    assert shapes[0] == shapes[1]


def test_zones_without_a_way_out_are_told_so() -> None:
    alone = drawn(small(zones={**_zones(), "island": zone(77, False)}))
    (island,) = [one for one in alone.zones if one.key == "island"]
    assert (island.gateway, island.sockets, island.name) == ("", 0, Name(NAME["en"], NAME["zh"]))


def _zones() -> dict[str, object]:
    return {name: one.model_dump(mode="json") for name, one in small().zones.items()}


@pytest.mark.parametrize("many", [6, 40])
def test_a_matrix_of_many_zones_scrolls(many: int) -> None:
    subject = dataclasses.replace(SMALL, zones=SMALL.zones[:1] * many)
    sheet = view(of=subject).sheet(wide=True)
    assert sheet.cell >= 18 and sheet.width == round(sheet.label + many * sheet.cell + 2)
