"""H3C Comware 7: ports are access ports of VLAN 1 unless told otherwise; a table whose names may hold blanks."""

from __future__ import annotations

from wardround.network.device import Access, Port, TrunkPort
from wardround.network.dialects.h3c_comware import Comware7
from wardround.network.steps import SetMode

COMWARE = Comware7()
RUNNING = """#
 version 7.1.070, Release 3507P02
#
 sysname acc-03
#
 lldp global enable
#
vlan 1
#
vlan 10
 name IMAGING
 description Radiology
#
vlan 20 to 21
#
vlan 99
#
interface Bridge-Aggregation1
 port link-type trunk
 undo port trunk permit vlan 1
 port trunk permit vlan 10 99
#
interface NULL0
#
interface Vlan-interface99
 ip address 10.99.0.13 255.255.255.0
#
interface GigabitEthernet1/0/1
 port link-mode bridge
 description MRI 2
 port access vlan 10
#
interface GigabitEthernet1/0/2
 port link-mode bridge
 port link-type hybrid
 undo port hybrid vlan 1
 port hybrid vlan 20 tagged
 port hybrid vlan 10 untagged
 port hybrid pvid vlan 10
 voice-vlan 20 enable
#
interface GigabitEthernet1/0/3
 port link-mode bridge
 shutdown
#
interface GigabitEthernet1/0/4
 port link-mode route
#
interface Ten-GigabitEthernet1/0/49
 port link-mode bridge
 port link-type trunk
 port trunk permit vlan 1 10 20 to 21
 port trunk pvid vlan 10
#
interface Ten-GigabitEthernet1/0/50
 port link-mode bridge
 port link-aggregation group 1
#
 scheduler logfile size 16
#
return
"""
TABLE = """Brief information about all VLANs:
Supported Minimum VLAN ID: 1
Supported Maximum VLAN ID: 4094
Default VLAN ID: 1
VLAN ID   Name                             Port
1         VLAN 0001                        GE1/0/3  XGE1/0/49
10        IMAGING                          BAGG1  GE1/0/1  GE1/0/2
                                           XGE1/0/49
20        VLAN 0020                        GE1/0/2  XGE1/0/49
21        VLAN 0021                        XGE1/0/49
99        VLAN 0099                        BAGG1
"""


def test_a_switch_as_it_is_found() -> None:
    switch = COMWARE.parse(RUNNING, TABLE)
    assert (switch.name, switch.platform, switch.management_vlan) == ("acc-03", "h3c_comware7", 99)
    assert switch.vlans == {10: "IMAGING", 20: "", 21: "", 99: ""}
    assert switch.ports == {
        "Bridge-Aggregation1": Port("Bridge-Aggregation1", TrunkPort(frozenset({10, 99}), 1)),
        "GigabitEthernet1/0/1": Port("GigabitEthernet1/0/1", Access(10), "MRI 2"),
        "GigabitEthernet1/0/2": Port("GigabitEthernet1/0/2", Access(10, 20)),
        "GigabitEthernet1/0/3": Port("GigabitEthernet1/0/3", Access(1), enabled=False),
        "Ten-GigabitEthernet1/0/49": Port("Ten-GigabitEthernet1/0/49", TrunkPort(frozenset({1, 10, 20, 21}), 10)),
    }


def test_the_way_from_trunk_to_hybrid_leads_by_access() -> None:
    trunk = TrunkPort(frozenset({10, 20}), 10)
    assert COMWARE.commands([SetMode("GigabitEthernet1/0/1", trunk, Access(10, 20))])[1:-1] == [
        "port link-type access",
        "port link-type hybrid",
        "undo port hybrid vlan 1",
        "port hybrid vlan 20 tagged",
        "port hybrid vlan 10 untagged",
        "port hybrid pvid vlan 10",
        "voice-vlan 20 enable",
    ]
    assert COMWARE.commands([SetMode("GigabitEthernet1/0/1", Access(10, 20), Access(20))])[1:-1] == [
        "undo voice-vlan enable",
        "port link-type access",
        "port access vlan 20",
    ]
    assert COMWARE.commands([SetMode("GigabitEthernet1/0/1", Access(10), Access(1))])[1:-1] == ["port access vlan 1"]


def test_a_telephones_vlan_goes_from_a_hybrid_port_that_is_not_ours() -> None:
    running = RUNNING.replace("hybrid vlan 20 tagged", "hybrid vlan 20 to 21 tagged")
    assert COMWARE.commands([SetMode("GigabitEthernet1/0/2", None, Access(10))], running)[1:-1] == [
        "undo voice-vlan enable",
        "port link-type access",
        "port access vlan 10",
    ]


def test_a_change_is_kept_by_a_commit() -> None:
    back = COMWARE.rollback(120, RUNNING)
    assert back.arm == ("system-view", "configuration commit delay 2")
    assert back.confirm == ("system-view", "configuration commit", "return")


def test_only_settings_count_as_unsaved() -> None:
    assert COMWARE.unsaved(RUNNING, RUNNING.replace("Release 3507P02", "Release 3506")) == []
    assert "- name IMAGING" in COMWARE.unsaved(RUNNING.replace("name IMAGING", "name CT"), RUNNING)
