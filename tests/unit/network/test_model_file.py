from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from wardround.network.device import Access, FirewallModel, Port, Rule, SwitchModel, TrunkPort, ZoneInterface
from wardround.network.model_file import ModelFileError, from_text, to_text

VLANS = st.integers(2, 4094)
NAMES = st.one_of(
    st.sampled_from(["no", "on", "null", "1e3", "0x1f", "2026-01-01", "10GE1/0/1", "a: b", "x #y", "null-1"]),
    st.from_regex(r"[A-Za-z0-9][A-Za-z0-9/._:-]{0,20}", fullmatch=True),
)
DESCRIPTIONS = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=60)
MODES = st.one_of(
    st.none(),
    st.builds(Access, VLANS, st.none() | VLANS),
    st.builds(TrunkPort, st.frozensets(VLANS, max_size=30), st.none() | VLANS),
)
SWITCHES = st.builds(
    SwitchModel,
    NAMES,
    NAMES,
    st.dictionaries(VLANS, NAMES, max_size=5),
    st.dictionaries(NAMES, st.tuples(MODES, DESCRIPTIONS, st.booleans()), max_size=5).map(
        lambda ports: {name: Port(name, *rest) for name, rest in ports.items()}
    ),
    VLANS,
    st.none() | NAMES,
)
RULES = st.builds(
    Rule,
    NAMES,
    NAMES,
    NAMES,
    st.sampled_from(["tcp", "udp", "icmp"]),
    st.lists(st.integers(1, 65535), max_size=3).map(tuple),
    st.lists(NAMES, max_size=2).map(tuple),
    st.lists(NAMES, max_size=2).map(tuple),
)
FIREWALLS = st.builds(
    FirewallModel,
    NAMES,
    NAMES,
    st.lists(st.builds(ZoneInterface, NAMES, NAMES, NAMES, st.none() | NAMES), unique_by=lambda one: one.zone).map(
        tuple
    ),
    st.lists(RULES, unique_by=lambda rule: rule.flow).map(tuple),
)


@settings(max_examples=60)
@given(st.one_of(SWITCHES, FIREWALLS))
def test_there_and_back(model: SwitchModel | FirewallModel) -> None:
    text = to_text(model)
    assert from_text(text) == model
    assert to_text(from_text(text)) == text


def test_as_people_read_it() -> None:
    switch = SwitchModel(
        "sw-01",
        "huawei_vrp8",
        {20: "clinical", 99: "management"},
        {
            "10GE1/0/1": Port("10GE1/0/1", TrunkPort(frozenset({20, 21, 22, 99}), 999), "to sw-02 10GE1/0/1"),
            "GE1/0/1": Port("GE1/0/1", Access(20, 70), "OPD-001 Outpatient hall"),
            "GE1/0/2": Port("GE1/0/2", None, enabled=False),
            "GE1/0/3": Port("GE1/0/3", TrunkPort(frozenset({20}), 999), "y" * 90),
        },
        99,
        "10GE1/0/1",
    )
    assert to_text(switch).splitlines()[2:] == [
        "switch: sw-01",
        "platform: huawei_vrp8",
        "management_vlan: 99",
        'uplink: "10GE1/0/1"',
        "vlans:",
        "  20: clinical",
        "  99: management",
        "ports:",
        '  "10GE1/0/1": {trunk: "20-22,99", native: 999, description: "to sw-02 10GE1/0/1", enabled: true}',
        '  GE1/0/1: {access: 20, voice: 70, description: "OPD-001 Outpatient hall", enabled: true}',
        "  GE1/0/2: {enabled: false}",
        "  GE1/0/3:",
        '    trunk: "20"',
        "    native: 999",
        f"    description: {'y' * 90}",
        "    enabled: true",
    ]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("ports: {", "broken YAML"),
        ("[]", "no model"),
        ("firewall: a\nswitch: b", "no model"),
        ("switch: sw-01\nports: {}", "sw-01: not as it is written"),
        (
            'switch: sw-01\nplatform: x\nmanagement_vlan: 9\nvlans: {}\nports: {a: {trunk: "9-1"}}',
            "sw-01: not as it is written",
        ),
        ("firewall: fw-01\nmanagement: m\ninterfaces: []\nrules: {}", "fw-01: not as it is written"),
    ],
)
def test_what_is_no_model(text: str, why: str) -> None:
    with pytest.raises(ModelFileError, match=why):
        from_text(text)
