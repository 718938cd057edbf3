"""Huawei VRP: additive `allow-pass`, VLAN 1 allowed by default, telephones on hybrid ports."""

from __future__ import annotations

from wardround.network.device import Access, Port, TrunkPort
from wardround.network.dialects.huawei_vrp import Vrp5, Vrp8
from wardround.network.steps import CreateVlan, RemoveFromTrunk, SetMode, SetNative

RUNNING = """!Software Version V200R019C10SPC500
#
sysname acc-02
#
vlan batch 10 20 30 to 31 99
#
vlan 10
 description Radiology
 name IMAGING
#
interface Vlanif99
 ip address 10.99.0.12 255.255.255.0
#
interface MEth0/0/1
#
interface Eth-Trunk1
 port link-type trunk
 undo port trunk allow-pass vlan 1
 port trunk allow-pass vlan 10 99
#
interface GigabitEthernet0/0/1
 description MRI 2
 port link-type access
 port default vlan 10
#
interface GigabitEthernet0/0/2
 port link-type hybrid
 voice-vlan 20 enable
 port hybrid pvid vlan 10
 undo port hybrid vlan 1
 port hybrid tagged vlan 20
 port hybrid untagged vlan 10
#
interface GigabitEthernet0/0/3
 shutdown
#
interface GigabitEthernet0/0/4
 port link-type hybrid
 port hybrid tagged vlan 10 20
#
interface GigabitEthernet0/0/23
 port link-type trunk
 port trunk pvid vlan 10
 port trunk allow-pass vlan 10 20
 port trunk allow-pass vlan 30 to 31
#
interface GigabitEthernet0/0/24
 eth-trunk 1
#
interface NULL0
#
return
"""
TABLE = """The total number of vlans is : 6
--------------------------------------------------------------------------------
U: Up;         D: Down;         TG: Tagged;         UT: Untagged;
MP: Vlan-mapping;               ST: Vlan-stacking;
#: ProtocolTransparent-vlan;    *: Management-vlan;
--------------------------------------------------------------------------------

VID  Type    Ports
--------------------------------------------------------------------------------
1    common  UT:GE0/0/3(D)      GE0/0/4(D)      GE0/0/23(U)
10   common  UT:GE0/0/1(U)      GE0/0/2(U)      GE0/0/23(U)
             TG:GE0/0/4(D)      Eth-Trunk1(U)
20   common  TG:GE0/0/2(U)      GE0/0/4(D)
                GE0/0/23(U)
30   common  TG:GE0/0/23(U)
31   common  TG:GE0/0/23(U)
99   *common TG:Eth-Trunk1(U)

VID  Status  Property      MAC-LRN Statistics Description
--------------------------------------------------------------------------------
1    enable  default       enable  disable    VLAN 0001
10   enable  default       enable  disable    Radiology
"""


def test_a_switch_as_it_is_found() -> None:
    switch = Vrp5().parse(RUNNING, TABLE)
    assert (switch.name, switch.platform, switch.management_vlan) == ("acc-02", "huawei_vrp5", 99)
    assert switch.vlans == {10: "IMAGING", 20: "", 30: "", 31: "", 99: ""}
    assert switch.ports == {
        "Eth-Trunk1": Port("Eth-Trunk1", TrunkPort(frozenset({10, 99}), 1)),
        "GigabitEthernet0/0/1": Port("GigabitEthernet0/0/1", Access(10), "MRI 2"),
        "GigabitEthernet0/0/2": Port("GigabitEthernet0/0/2", Access(10, 20)),
        "GigabitEthernet0/0/3": Port("GigabitEthernet0/0/3", None, enabled=False),
        "GigabitEthernet0/0/4": Port("GigabitEthernet0/0/4", None),
        "GigabitEthernet0/0/23": Port("GigabitEthernet0/0/23", TrunkPort(frozenset({1, 10, 20, 30, 31}), 10)),
    }
    eight = Vrp8().parse(RUNNING.replace("GigabitEthernet", "GE"), TABLE)  # VRP8 has the short name in both
    assert eight.ports["GE0/0/3"].mode == Access(1)


def test_removing_takes_out_what_allow_pass_would_only_add_to() -> None:
    step = RemoveFromTrunk("GigabitEthernet0/0/23", frozenset({1, 20, 30, 31}))
    assert Vrp5().commands([CreateVlan(40, "LAB"), step, SetNative("GigabitEthernet0/0/23", 1)]) == [
        "vlan 40",
        "name LAB",
        "quit",
        "interface GigabitEthernet0/0/23",
        "undo port trunk allow-pass vlan 1 20 30 to 31",
        "port trunk pvid vlan 1",
        "quit",
    ]


def test_a_links_type_changes_only_after_its_vlans_are_the_default_ones() -> None:
    trunk = TrunkPort(frozenset({10, 20}), 10)
    assert Vrp5().commands([SetMode("GigabitEthernet0/0/1", trunk, Access(10, 20))])[1:-1] == [
        "undo port trunk pvid vlan",
        "undo port trunk allow-pass vlan 10 20",
        "port trunk allow-pass vlan 1",
        "port link-type hybrid",
        "port hybrid pvid vlan 10",
        "undo port hybrid vlan 1",
        "port hybrid tagged vlan 20",
        "port hybrid untagged vlan 10",
        "voice-vlan 20 enable",
    ]
    assert Vrp5().commands([SetMode("GigabitEthernet0/0/1", Access(10), TrunkPort(frozenset({20})))])[1:-1] == [
        "undo port default vlan",
        "port link-type trunk",
        "undo port trunk allow-pass vlan 1",
        "port trunk allow-pass vlan 20",
    ]
    assert Vrp5().commands([SetMode("GigabitEthernet0/0/1", Access(10), None)])[1:-1] == [
        "undo port default vlan",
        "undo port link-type",
    ]


def test_a_hybrid_port_that_is_not_ours_is_the_default_one_again_before_its_link_type_changes() -> None:
    step = SetMode("GigabitEthernet0/0/4", None, Access(10))
    assert Vrp5().commands([step], RUNNING)[1:-1] == [
        "undo port hybrid vlan 10 20",
        "port link-type access",
        "port default vlan 10",
    ]
    left = (
        "voice-vlan 20 enable",
        "port hybrid pvid vlan 10",
        "undo port hybrid vlan 1",
        "port hybrid tagged vlan 20 30 to 31",
        "port hybrid untagged vlan 10",
    )
    for kind in ([], ["port link-type hybrid"]):  # where every port is hybrid from the start, none says so
        text = "\n ".join([f"interface {step.port}", *kind, *left])
        assert Vrp5().commands([step], text)[1:-1] == [
            "undo voice-vlan enable",
            "undo port hybrid pvid vlan",
            "undo port hybrid vlan 10 20 30 to 31",
            "port hybrid untagged vlan 1",
            "port link-type access",
            "port default vlan 10",
        ]


def test_vrp5_reboots_and_vrp8_tries() -> None:
    hard, trial = Vrp5().rollback(90, RUNNING), Vrp8().rollback(5, RUNNING)
    assert hard.arm == ("schedule reboot delay 2", "system-view") and hard.reboots and hard.seconds == 120
    assert trial.seal[0] == "commit trial 60 persist wardround" and not trial.reboots
    assert trial.confirm[1] == "commit persist wardround"


def test_the_port_where_the_manager_is_seen() -> None:
    arp = "10.99.0.5       0257-0000-0005  19        D-0         GE0/0/23"
    macs = "0257-0000-0005 99/-         GE0/0/23            dynamic"
    assert Vrp5().learned(arp, macs, ["10.99.0.5"]) == {"GigabitEthernet0/0/23"}
    assert Vrp5().neighbours("GE0/0/23     core-01     GE1/0/2       97") == {"GigabitEthernet0/0/23"}
    assert Vrp8().learned("10.99.0.5 0257-0000-0005", "0257-0000-0005 99/- GE1/0/4 dynamic", ["10.99.0.5"]) == {
        "GE1/0/4"
    }
    assert Vrp8().neighbours("GE1/0/4      core-01     GE1/0/2       97") == {"GE1/0/4"}
    assert Vrp8().neighbours("10GE1/0/1    core-01     10GE1/0/2     97") == {"10GE1/0/1"}
