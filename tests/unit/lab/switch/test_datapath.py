"""Which commands lead Open vSwitch from one state to the next."""

from __future__ import annotations

import ipaddress

from lab.switch.config import Config, Forwarding, Port, Svi, Vlan
from lab.switch.datapath import Wanted, addresses, transaction, wanted

LINKS = {"Gi1/0/1": "p1", "Gi1/0/2": "p2"}
NOTHING = Wanted({}, {}, frozenset())


def config(one: Port, two: Port) -> Config:
    return Config("acc-01", {"Gi1/0/1": one, "Gi1/0/2": two, "Gi1/0/3": Port()}, {1: Vlan(), 20: Vlan(), 99: Vlan()})


def test_only_plugged_ports_that_live_are_on_the_bridge() -> None:
    found = wanted(config(Port("access", access=20), Port("access", access=30)), LINKS)
    assert found == Wanted({"p1": Forwarding(20, frozenset())}, {}, frozenset())


def test_a_shut_port_has_no_carrier_and_a_booting_switch_has_none_at_all() -> None:
    assert wanted(config(Port(enabled=False), Port()), LINKS).down == {"p1"}
    assert wanted(None, LINKS) == Wanted({}, {}, frozenset({"p1", "p2"}))


def test_ports_are_added_changed_and_taken_off_in_one_transaction() -> None:
    before = Wanted({"p1": Forwarding(20, frozenset()), "p2": Forwarding(1, frozenset())}, {}, frozenset())
    after = Wanted({"p1": Forwarding(None, frozenset({30, 20})), "p3": Forwarding(1, frozenset({20}))}, {}, frozenset())
    assert [" ".join(command) for command in transaction(before, after)] == [
        "del-port br0 p2",
        "set port p1 vlan_mode=trunk tag=[] trunks=[20,30]",
        "add-port br0 p3",
        "set port p3 vlan_mode=native-untagged tag=[1] trunks=[20]",
    ]
    assert transaction(after, after) == []


def test_a_trunk_without_vlans_is_taken_off_because_an_empty_list_would_be_all() -> None:
    empty = wanted(config(Port("trunk", allowed=frozenset()), Port()), LINKS)
    assert "p1" not in empty.ports
    assert all("trunks=[]" not in command or "vlan_mode=access" in command for command in transaction(NOTHING, empty))


def test_the_switch_itself_is_in_its_vlans_that_exist() -> None:
    given = config(Port(), Port())
    given.svis = {number: Svi(ipaddress.IPv4Interface(f"10.{number}.0.1/24")) for number in (20, 50, 99)}
    given.svis[20].enabled = False
    found = wanted(given, LINKS)
    assert found.own == {99: "10.99.0.1/24"}
    assert ["add-port", "br0", "vlan99", "tag=99", "--", "set", "interface", "vlan99", "type=internal"] in transaction(
        NOTHING, found
    )
    assert addresses(NOTHING, found) == ["link set vlan99 up", "addr add 10.99.0.1/24 dev vlan99"]
    moved = Wanted(found.ports, {99: "10.99.0.2/24"}, frozenset())
    assert addresses(found, moved) == ["addr flush dev vlan99", "addr add 10.99.0.2/24 dev vlan99"]
    assert ["del-port", "br0", "vlan99"] in transaction(found, NOTHING)
