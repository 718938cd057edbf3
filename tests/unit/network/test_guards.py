"""What a change of a switch is refused for, each with its sentence."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from wardround.network.change import WishError
from wardround.network.device import ALL_VLANS, Access, Port, SwitchModel, TrunkPort
from wardround.network.guards import bare, refusals, uplinks
from wardround.network.steps import (
    AddToTrunk,
    DeleteVlan,
    Describe,
    Enable,
    RemoveFromTrunk,
    SetMode,
    SetNative,
    Step,
)

PORTS = (
    Port("Gi1/0/1", Access(10)),
    Port("Gi1/0/2", None),
    Port("Gi1/0/3", Access(40, voice=30)),
    Port("Gi1/0/47", TrunkPort(frozenset({10, 99}))),
    Port("Gi1/0/48", TrunkPort(ALL_VLANS, 1)),
)
HAVE = SwitchModel(
    "acc-01",
    "cisco_ios",
    {10: "A", 20: "B", 30: "C", 40: "D", 50: "E", 99: "MGMT"},
    {port.name: port for port in PORTS},
    99,
)
TABLE = {20: frozenset({"Gi1/0/2"}), 10: frozenset({"Gi1/0/1"})}


def said(*steps: Step) -> list[str]:
    return refusals(HAVE, steps, frozenset({99}), frozenset({"Gi1/0/48"}), TABLE)


@pytest.mark.parametrize(
    ("step", "sentence"),
    [
        (DeleteVlan(1), "VLAN 1 belongs to the device"),
        (DeleteVlan(1003), "VLAN 1003 belongs to the device"),
        (DeleteVlan(99), "VLAN 99, over which it is managed, would be deleted"),
        (DeleteVlan(10), "VLAN 10 would be deleted while Gi1/0/1, Gi1/0/47 carries it"),
        (DeleteVlan(30), "VLAN 30 would be deleted while Gi1/0/3 carries it"),
        (DeleteVlan(20), "VLAN 20 would be deleted while Gi1/0/2 carries it"),
        (RemoveFromTrunk("Gi1/0/48", frozenset({10, 99})), "VLAN 99, over which it is managed, .* its own uplink"),
        (RemoveFromTrunk("Gi1/0/47", frozenset({99})), "VLAN 99, over which it is managed, .* the trunk Gi1/0/47"),
        (SetMode("Gi1/0/48", PORTS[4].mode, Access(99)), "own uplink .* would become an access port of VLAN 99"),
        (SetMode("Gi1/0/48", PORTS[4].mode, None), "own uplink .* would become a port without configuration"),
        (SetNative("Gi1/0/48", 99), "native VLAN of its own uplink"),
        (Enable("Gi1/0/48", False), "own uplink Gi1/0/48 would be shut down"),
        (
            SetMode("Gi1/0/47", PORTS[3].mode, Access(10)),
            "trunk Gi1/0/47, which .* 99, .* become an access port .* lost",
        ),
        (
            SetMode("Gi1/0/47", PORTS[3].mode, Access(99)),
            "trunk Gi1/0/47, which .* 99, .* become an access port .* lost",
        ),
        (SetMode("Gi1/0/47", PORTS[3].mode, None), "trunk Gi1/0/47, .* become a port without configuration, .* lost"),
        (Enable("Gi1/0/47", False), "trunk Gi1/0/47, which carries VLAN 99, .* would be shut down, .* lost"),
    ],
)
def test_refused(step: Step, sentence: str) -> None:
    (found,) = [text for text in said(step) if re.search(sentence, text)]
    assert found.startswith("acc-01: ")


@pytest.mark.parametrize(
    "step",
    [
        DeleteVlan(50),  # the uplink allows every VLAN, which names none
        AddToTrunk("Gi1/0/48", frozenset({20})),
        RemoveFromTrunk("Gi1/0/48", frozenset({20})),
        Describe("Gi1/0/48", "to core-01"),
        SetNative("Gi1/0/47", 10),
        Enable("Gi1/0/1", False),
    ],
)
def test_not_refused(step: Step) -> None:
    assert said(step) == []


@pytest.mark.parametrize("port", [replace(PORTS[3], enabled=False), replace(PORTS[3], mode=TrunkPort(frozenset({10})))])
def test_a_trunk_that_manages_nothing_behind_it_may_become_what_is_wished(port: Port) -> None:
    have = replace(HAVE, ports={port.name: port})
    planned = Enable(port.name, False), SetMode(port.name, port.mode, Access(10))
    assert refusals(have, planned, frozenset({99}), frozenset(), {}) == []


def test_what_earlier_steps_freed_may_be_deleted() -> None:
    freed = SetMode("Gi1/0/1", Access(10), Access(20)), RemoveFromTrunk("Gi1/0/47", frozenset({10}))
    assert said(*freed, DeleteVlan(10)) == []
    assert said(SetMode("Gi1/0/3", PORTS[2].mode, None), DeleteVlan(40)) == []


def test_the_uplink_is_the_intended_and_the_one_where_the_manager_is_seen() -> None:
    management = frozenset({99})
    assert uplinks(HAVE, management, "Gi1/0/48", learned=["Gi1/0/47"]) == {"Gi1/0/47", "Gi1/0/48"}
    assert uplinks(HAVE, management, None, learned=["Gi1/0/47"]) == {"Gi1/0/47"}
    assert uplinks(HAVE, management, None, learned=["CPU"], neighbours=["Gi1/0/1", "Gi1/0/48"]) == {"Gi1/0/48"}
    assert uplinks(HAVE, management, None) == {"Gi1/0/47", "Gi1/0/48"}
    with pytest.raises(WishError, match=r"acc-01: its uplink by the intent, Te1/1/1, is no switch port"):
        uplinks(HAVE, management, "Te1/1/1")


def test_a_bare_list_of_a_trunk_is_seen() -> None:
    good = [
        "switchport trunk allowed vlan add 10",
        "switchport trunk allowed vlan remove 10",
        "switchport trunk allowed vlan none",
    ]
    bad = [" switchport trunk allowed vlan 10,20", "no switchport trunk allowed vlan"]
    assert bare([*good, *bad]) == bad
