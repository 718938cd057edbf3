"""Steps of a change: they reach what is wished, are safe one by one, and there are none where nothing is to do."""

from __future__ import annotations

from dataclasses import replace
from functools import reduce

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from tests.unit.network.switches import MANAGEMENT, UPLINK, switches
from wardround.network import guards
from wardround.network.change import State, WishError, steps, target
from wardround.network.device import Access, Port, SwitchModel, TrunkPort
from wardround.network.steps import (
    RESERVED,
    AddToTrunk,
    CreateVlan,
    DeleteVlan,
    Describe,
    Enable,
    RemoveFromTrunk,
    SetMode,
    SetNative,
    Step,
    apply,
    needed,
)

states = st.sampled_from(["merged", "replaced", "overridden", "deleted"])
defaults = st.sampled_from([None, Access(1)])


@settings(max_examples=60)
@given(switches(), switches(whole=True), states, defaults)
def test_steps_reach_the_target_and_a_second_run_has_none(
    have: SwitchModel, want: SwitchModel, state: State, default: Access | None
) -> None:
    made = target(have, want, state, default)
    reached = reduce(lambda switch, step: apply(step, switch), steps(have, made), have)
    assert (reached.vlans, reached.ports) == (made.vlans, made.ports)
    assert steps(reached, target(reached, want, state, default)) == []


def missing(switch: SwitchModel) -> set[tuple[str, int]]:
    """Ports with a VLAN that they need and the switch does not have."""
    there = switch.vlans.keys() | RESERVED
    return {(name, vlan) for name, port in switch.ports.items() for vlan in needed(port) - there}


def untagged(port: Port) -> int | None:
    """The VLAN that what comes untagged on a trunk gets into."""
    return port.mode.native if isinstance(port.mode, TrunkPort) and port.mode.native in port.mode.allowed else None


def managed_behind(switch: SwitchModel) -> set[str]:
    """Trunks over which this switch, or one behind it, is managed."""
    return {
        name
        for name, port in switch.ports.items()
        if isinstance(port.mode, TrunkPort) and port.enabled and MANAGEMENT in port.mode.allowed
    }


def kept_up(want: SwitchModel, have: SwitchModel) -> SwitchModel:
    """A wish that keeps the uplink's native VLAN, and every trunk with the management VLAN: others are refused."""
    ports = dict(want.ports)
    for name in managed_behind(have):
        was, port = have.ports[name].mode, ports.get(name, have.ports[name])
        mode = port.mode if isinstance(port.mode, TrunkPort) else was
        assert isinstance(was, TrunkPort) and isinstance(mode, TrunkPort)
        native = was.native if name == UPLINK else mode.native
        ports[name] = replace(port, mode=TrunkPort(mode.allowed | {MANAGEMENT}, native), enabled=True)
    vlans = {vlan: want.vlans.get(vlan, "") for vlan in frozenset().union(*map(needed, ports.values())) - {1}}
    return replace(want, vlans=want.vlans | vlans, ports=ports)


@settings(max_examples=60)
@given(switches(), switches(whole=True), states)
def test_after_every_step_this_switch_and_those_behind_are_managed_and_no_port_lacks_its_vlan(
    have: SwitchModel, want: SwitchModel, state: State
) -> None:
    want = kept_up(want, have)
    planned = steps(have, target(have, want, state))
    assume(not guards.refusals(have, planned, frozenset({MANAGEMENT}), frozenset({UPLINK}), {}))
    way = have.ports[UPLINK].mode
    assert isinstance(way, TrunkPort)
    current = have
    for step in planned:
        current = apply(step, current)
        assert managed_behind(have) <= managed_behind(current)
        assert (untagged(current.ports[UPLINK]) == MANAGEMENT) == (way.native == MANAGEMENT)
        assert MANAGEMENT in current.vlans
        assert missing(current) <= missing(have)


@settings(max_examples=60)
@given(switches(), switches(whole=True), states, defaults)
def test_a_shut_port_is_opened_where_that_is_said_and_nowhere_else(
    have: SwitchModel, want: SwitchModel, state: State, default: Access | None
) -> None:
    made = target(have, want, state, default)
    planned = {step for step in steps(have, made) if isinstance(step, Enable)}
    said = {name: port.enabled for name, port in want.ports.items() if state != "deleted"}
    assert planned == {
        Enable(name, now) for name, now in said.items() if now is not None and now != have.ports[name].enabled
    }


@settings(max_examples=60)
@given(switches(), switches(whole=True), states)
def test_an_untagged_vlan_is_never_let_into_a_trunk_by_the_way(
    have: SwitchModel, want: SwitchModel, state: State
) -> None:
    made = target(have, want, state)
    current = have
    for step in steps(have, made):
        current = apply(step, current)
        for name, port in current.ports.items():
            assert untagged(port) in {None, untagged(have.ports[name]), untagged(made.ports[name])}


ACCESS = Port("Gi1/0/1", Access(10), "desk 1")
TRUNK = Port("Gi1/0/2", TrunkPort(frozenset({10, 20, 99}), 1))
HAVE = SwitchModel("sw", "cisco_ios", {10: "A", 20: "B", 99: "MGMT"}, {"Gi1/0/1": ACCESS, "Gi1/0/2": TRUNK}, 99)


def wish(vlans: dict[int, str], *ports: Port) -> SwitchModel:
    return SwitchModel("sw", "cisco_ios", vlans, {port.name: port for port in ports}, 99)


def test_merged_adds_and_keeps() -> None:
    want = wish({10: "", 30: "C"}, Port("Gi1/0/1", Access(10, voice=30)), Port("Gi1/0/2", TrunkPort(frozenset({30}))))
    made = target(HAVE, want, "merged")
    assert made.vlans == {10: "A", 20: "B", 30: "C", 99: "MGMT"}
    assert made.ports["Gi1/0/1"] == Port("Gi1/0/1", Access(10, 30), "desk 1")
    assert made.ports["Gi1/0/2"].mode == TrunkPort(frozenset({10, 20, 30, 99}), 1)


def test_replaced_replaces_what_is_named_only() -> None:
    made = target(HAVE, wish({10: "X"}, Port("Gi1/0/2", TrunkPort(frozenset({10, 99})))), "replaced")
    assert made.vlans == {10: "X", 20: "B", 99: "MGMT"}
    assert made.ports == {"Gi1/0/1": ACCESS, "Gi1/0/2": Port("Gi1/0/2", TrunkPort(frozenset({10, 99}), 1))}


def test_overridden_makes_the_whole_switch_so() -> None:
    made = target(HAVE, wish({99: "MGMT"}, Port("Gi1/0/2", TrunkPort(frozenset({99})))), "overridden")
    assert made.vlans == {99: "MGMT"}
    assert made.ports["Gi1/0/1"] == Port("Gi1/0/1", None)
    assert steps(HAVE, made) == [
        Describe("Gi1/0/1", ""),
        SetMode("Gi1/0/1", Access(10), None),
        RemoveFromTrunk("Gi1/0/2", frozenset({10, 20})),
        DeleteVlan(10),
        DeleteVlan(20),
    ]


def test_overridden_leaves_the_device_its_own_vlans() -> None:
    have = replace(HAVE, vlans={**HAVE.vlans, 1: "default", 1002: "fddi-default"})
    made = target(have, wish({1: "default", 10: "A", 99: "MGMT"}, Port("Gi1/0/1", None)), "overridden")
    assert [step for step in steps(have, made) if isinstance(step, DeleteVlan)] == [DeleteVlan(20)]


def test_of_a_port_whose_mode_is_not_said_it_stays() -> None:
    for state in ("merged", "replaced", "overridden"):
        closed = target(HAVE, wish(HAVE.vlans, Port("Gi1/0/1", None, "desk 1", enabled=False)), state)
        assert closed.ports["Gi1/0/1"] == replace(ACCESS, enabled=False)


@pytest.mark.parametrize("state", ["merged", "replaced", "overridden"])
def test_a_shut_port_stays_shut_when_it_is_described(state: State) -> None:
    have = replace(HAVE, ports={"Gi1/0/1": replace(ACCESS, enabled=False)})
    described = SwitchModel("sw", "cisco_ios", HAVE.vlans, {"Gi1/0/1": Port("Gi1/0/1", None, "MRI", None)}, 99)
    assert steps(have, target(have, described, state)) == [Describe("Gi1/0/1", "MRI")]


def test_a_reset_port_is_as_open_or_shut_as_it_was() -> None:
    have = replace(HAVE, ports=HAVE.ports | {"Gi1/0/3": Port("Gi1/0/3", Access(20), enabled=False)})
    made = target(have, wish(HAVE.vlans, Port("Gi1/0/1", None), Port("Gi1/0/3", None)), "deleted")
    assert made.ports["Gi1/0/1"].enabled and not made.ports["Gi1/0/3"].enabled
    assert target(have, wish(HAVE.vlans, TRUNK), "overridden").ports["Gi1/0/3"] == Port("Gi1/0/3", None, enabled=False)


def test_deleted_takes_away_what_is_named_and_trunks_lose_it_first() -> None:
    made = target(HAVE, wish({20: ""}), "deleted")
    assert steps(HAVE, made) == [RemoveFromTrunk("Gi1/0/2", frozenset({20})), DeleteVlan(20)]
    assert target(HAVE, wish({}, Port("Gi1/0/1", None)), "deleted").ports["Gi1/0/1"] == Port("Gi1/0/1", None)
    with pytest.raises(WishError, match="by name"):
        target(HAVE, wish({}), "deleted")


def test_the_order_is_safe() -> None:
    want = wish(
        {30: "C", 99: "MGMT"},
        Port("Gi1/0/1", Access(30), "desk 1", enabled=False),
        Port("Gi1/0/2", TrunkPort(frozenset({30, 99}))),
    )
    assert steps(HAVE, target(HAVE, want, "overridden")) == [
        CreateVlan(30, "C"),
        AddToTrunk("Gi1/0/2", frozenset({30})),
        Enable("Gi1/0/1", False),
        SetMode("Gi1/0/1", Access(10), Access(30)),
        RemoveFromTrunk("Gi1/0/2", frozenset({10, 20})),
        DeleteVlan(10),
        DeleteVlan(20),
    ]


def test_a_native_vlan_changes_when_nothing_untagged_gets_where_it_should_not() -> None:
    def planned(was: TrunkPort, mode: TrunkPort) -> list[Step]:
        have = replace(HAVE, ports={"Gi1/0/2": Port("Gi1/0/2", was)})
        return steps(have, target(have, wish({}, Port("Gi1/0/2", mode)), "replaced"))

    def among(*vlans: int) -> frozenset[int]:
        return frozenset(vlans)

    assert planned(TrunkPort(among(10, 99), 20), TrunkPort(among(10, 20, 99), 1)) == [
        SetNative("Gi1/0/2", 1),
        AddToTrunk("Gi1/0/2", among(20)),
    ]
    assert planned(TrunkPort(among(10, 99), 1), TrunkPort(among(99), 10)) == [
        RemoveFromTrunk("Gi1/0/2", among(10)),
        SetNative("Gi1/0/2", 10),
    ]
    assert planned(TrunkPort(among(10, 99), 20), TrunkPort(among(20, 99), 10)) == [
        RemoveFromTrunk("Gi1/0/2", among(10)),
        SetNative("Gi1/0/2", 10),
        AddToTrunk("Gi1/0/2", among(20)),
    ]
    assert planned(TrunkPort(among(10, 99), 10), TrunkPort(among(20, 99), 20)) == [
        AddToTrunk("Gi1/0/2", among(20)),
        SetNative("Gi1/0/2", 20),
        RemoveFromTrunk("Gi1/0/2", among(10)),
    ]


def test_what_cannot_be_wished() -> None:
    with pytest.raises(WishError, match="sw: Gi9/0/9 is no switch port of it"):
        target(HAVE, wish({}, Port("Gi9/0/9", Access(10))), "merged")
    with pytest.raises(WishError, match="Gi1/0/1 should carry VLAN 50, which the switch would not have"):
        target(HAVE, wish({}, Port("Gi1/0/1", Access(50))), "merged")
    with pytest.raises(WishError, match="Gi1/0/2 should carry VLAN 999, which the switch would not have"):
        target(HAVE, wish({}, Port("Gi1/0/2", TrunkPort(frozenset({10, 99}), 999))), "replaced")
