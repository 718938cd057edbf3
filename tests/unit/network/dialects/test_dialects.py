"""What every dialect promises: it reads what it writes, and it notices a device that contradicts itself."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.unit.network.switches import TABLES, switches
from wardround.network.change import State, steps, target
from wardround.network.device import Access, Port, SwitchModel
from wardround.network.dialects import DIALECTS, dialect_of
from wardround.network.dialects.base import DialectError, chunks, ranges, vlan_set
from wardround.network.guards import bare

PLATFORMS = sorted(DIALECTS)


def existing(switch: SwitchModel) -> SwitchModel:
    """Without ports in VLANs that are not there, which a device's VLAN table cannot list."""
    there = {1, *switch.vlans}
    ports = {
        name: port
        for name, port in switch.ports.items()
        if not isinstance(port.mode, Access) or {port.mode.vlan, port.mode.voice or 1} <= there
    }
    return replace(switch, ports=ports, uplink=None)


@settings(max_examples=60)
@given(st.sampled_from(PLATFORMS), st.data())
def test_it_reads_what_it_writes(platform: str, data: st.DataObject) -> None:
    dialect = DIALECTS[platform]
    common = dialect.default is not None
    switch = replace(existing(data.draw(switches(uncommon=not common))), platform=platform)
    text = "\n".join(dialect.render(switch))
    read = dialect.parse(text, TABLES[platform](switch))
    assert (read.name, read.platform, read.vlans, read.ports) == (
        switch.name,
        platform,
        switch.vlans,
        switch.ports,
    )


@pytest.mark.parametrize("platform", PLATFORMS)
def test_a_port_is_written_as_shut_down_where_that_is_said(platform: str) -> None:
    switch = SwitchModel("acc-01", platform, {}, {}, 1)
    for enabled in (True, None, False):
        ports = {"GigabitEthernet1/0/1": Port("GigabitEthernet1/0/1", Access(1), "MRI", enabled)}
        lines = DIALECTS[platform].render(replace(switch, ports=ports))
        assert (" shutdown" in lines) == (enabled is False)


@settings(max_examples=60)
@given(
    st.sampled_from(PLATFORMS),
    switches(),
    switches(whole=True),
    st.sampled_from(["merged", "replaced", "overridden", "deleted"]),
)
def test_lines_never_replace_a_trunks_vlans(platform: str, have: SwitchModel, want: SwitchModel, state: State) -> None:
    dialect = DIALECTS[platform]
    planned = steps(have, target(have, want, state, dialect.default))
    lines = dialect.commands(planned)
    assert bool(lines) == bool(planned)
    assert bare(lines) == []
    assert all(line.isascii() and len(line) < 200 for line in lines)


@pytest.mark.parametrize("platform", PLATFORMS)
@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("20 ", "21 "), "VLAN 20 is in the running configuration and not in the VLAN table"),
        (lambda text: text.replace("1/0/2", "1/0/3"), "GigabitEthernet1/0/2 is in VLAN 20 by the running"),
        (lambda text: text.replace("1/0/1", "1/0/9"), "GigabitEthernet1/0/1 is in VLAN 10 by the running"),
    ],
)
def test_a_device_that_contradicts_itself_is_not_believed(platform: str, change, said: str) -> None:
    ports = [Port("GigabitEthernet1/0/1", Access(10)), Port("GigabitEthernet1/0/2", Access(20))]
    switch = SwitchModel("acc-01", platform, {10: "A", 20: "B"}, {port.name: port for port in ports}, 1)
    dialect = DIALECTS[platform]
    text, table = "\n".join(dialect.render(switch)), TABLES[platform](switch)
    assert dialect.parse(text, table).ports == switch.ports
    with pytest.raises(DialectError, match=f"^acc-01 contradicts itself: .*{said}"):
        dialect.parse(text, change(table))


@pytest.mark.parametrize("platform", PLATFORMS)
def test_what_no_device_takes_is_not_written(platform: str) -> None:
    dialect = DIALECTS[platform]
    named = SwitchModel("acc-01", platform, {10: "two words"}, {}, 1)
    with pytest.raises(DialectError, match="acc-01: VLAN 10 is named 'two words', allowed"):
        dialect.check(named)
    dialect.check(named, known=named)
    for text in ("放射科", "what?", "line\nreload", " x"):
        port = Port("GigabitEthernet1/0/1", Access(1), text)
        described = replace(named, vlans={}, ports={port.name: port})
        with pytest.raises(DialectError, match=r"GigabitEthernet1/0/1 is described as .*, allowed"):
            dialect.check(described)
        dialect.check(described, known=described)


@pytest.mark.parametrize("platform", PLATFORMS)
def test_the_rollback_and_the_hardware_it_was_not_seen_on_are_named(platform: str) -> None:
    dialect = DIALECTS[platform]
    words = " ".join((type(dialect).__doc__ or "").split())
    assert "ot verified on hardware" in words
    back = dialect.rollback(61, "")
    assert back.mechanism in words
    assert 61 <= back.seconds <= 120
    assert any(back.mechanism in line for line in (*back.arm, *back.seal))


def test_an_unknown_platform_names_the_known_ones() -> None:
    with pytest.raises(ValueError, match="'junos' is unknown, known are cisco_ios, huawei_vrp5"):
        dialect_of("junos")


@given(st.frozensets(st.integers(1, 4094)))
def test_lists_of_vlans_are_read_back(vlans: frozenset[int]) -> None:
    assert frozenset().union(*map(vlan_set, chunks(vlans, "-", ","))) == vlans
    assert frozenset().union(*map(vlan_set, chunks(vlans, " to ", " "))) == vlans
    assert all(part.count(",") < 10 for part in chunks(vlans, "-", ","))
    assert all(first <= last for first, last in ranges(vlans))


def test_a_list_that_is_none_is_refused() -> None:
    assert vlan_set("all") == frozenset(range(1, 4095)) and vlan_set("none") == frozenset()
    with pytest.raises(DialectError, match="'10,x' is no list of VLANs"):
        vlan_set("10,x")
