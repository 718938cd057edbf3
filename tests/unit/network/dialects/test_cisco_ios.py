"""Cisco IOS: what its configurations and tables look like on a switch that nobody tidied."""

from __future__ import annotations

from dataclasses import replace

import pytest

from wardround.network.device import ALL_VLANS, Access, Port, SwitchModel, TrunkPort
from wardround.network.dialects.base import DialectError
from wardround.network.dialects.cisco_ios import CiscoIos
from wardround.network.proposal import RefusedError, Said, check, propose
from wardround.network.steps import AddToTrunk, CreateVlan, RemoveFromTrunk, SetMode

IOS = CiscoIos()
RUNNING = """Building configuration...

Current configuration : 2480 bytes
!
! Last configuration change at 07:12:55 UTC Mon Mar 2 2026 by ops
version 17.9
hostname acc-01
!
archive
 path flash:archive
vtp mode transparent
!
vlan 10
 name IMAGING
!
vlan 20,30-31
!
vlan internal allocation policy ascending
!
interface Port-channel1
 switchport mode trunk
!
interface GigabitEthernet0/0
 vrf forwarding Mgmt-vrf
 no ip address
!
interface GigabitEthernet1/0/1
 description MRI 2
 switchport access vlan 10
 switchport mode access
 switchport voice vlan 20
 spanning-tree portfast
!
interface GigabitEthernet1/0/2
!
interface GigabitEthernet1/0/3
 switchport access vlan 30
 shutdown
!
interface GigabitEthernet1/0/4
 no switchport
 ip address 10.0.0.1 255.255.255.252
!
interface GigabitEthernet1/0/47
 switchport trunk native vlan 999
 switchport trunk allowed vlan 10,20,30-31,40,50,60,70
 switchport trunk allowed vlan add 99,100
 switchport mode trunk
!
interface GigabitEthernet1/0/48
 switchport mode trunk
 channel-group 1 mode active
!
interface Vlan1
 no ip address
!
interface Vlan99
 ip address 10.99.0.11 255.255.255.0
!
banner motd ^C
interface of the hospital
^C
end
"""
TABLE = """
VLAN Name                             Status    Ports
---- -------------------------------- --------- -------------------------------
1    default                          active    Gi1/0/2
10   IMAGING                          active    Gi1/0/1
20   VLAN0020                         active    Gi1/0/1
30   VLAN0030                         active    Gi1/0/3
31   VLAN0031                         active
1002 fddi-default                     act/unsup
1005 trnet-default                    act/unsup
"""


def test_a_switch_as_it_is_found() -> None:
    switch = IOS.parse(RUNNING, TABLE)
    assert (switch.name, switch.platform, switch.management_vlan) == ("acc-01", "cisco_ios", 99)
    assert switch.vlans == {10: "IMAGING", 20: "", 30: "", 31: ""}
    trunk = TrunkPort(frozenset({10, 20, 30, 31, 40, 50, 60, 70, 99, 100}), 999)
    assert switch.ports == {
        "GigabitEthernet1/0/1": Port("GigabitEthernet1/0/1", Access(10, 20), "MRI 2"),
        "GigabitEthernet1/0/2": Port("GigabitEthernet1/0/2", None),
        "GigabitEthernet1/0/3": Port("GigabitEthernet1/0/3", None, enabled=False),
        "GigabitEthernet1/0/47": Port("GigabitEthernet1/0/47", trunk),
        "Port-channel1": Port("Port-channel1", TrunkPort(ALL_VLANS, 1)),
    }
    assert IOS.table(TABLE)[30] == {"GigabitEthernet1/0/3"}
    assert IOS.managed(RUNNING) == {99}


SERVER = RUNNING.replace("vtp mode transparent\n!\nvlan 10\n name IMAGING\n!\nvlan 20,30-31\n", "")
"""A VTP server's: its VLANs are in vlan.dat."""


def test_a_vtp_server_has_its_vlans_in_the_table_alone() -> None:
    assert IOS.parse(SERVER, TABLE).vlans == {10: "IMAGING", 20: "", 30: "", 31: ""}


def test_vlans_that_no_rollback_puts_back_are_not_changed_and_ports_are() -> None:
    ports = {"GigabitEthernet1/0/2": Port("GigabitEthernet1/0/2", Access(20), "CT", None)}
    moved = SwitchModel("", "", {}, ports, 99)
    added = replace(moved, vlans={30: "GUEST", 40: ""})

    def proposed(running: str, want: SwitchModel) -> None:
        check(IOS, propose(IOS, running, TABLE, want, "merged"), Said(running, TABLE), [])

    for running in (RUNNING, SERVER.replace("version 17.9", "vtp mode off")):
        proposed(running, added)
    proposed(SERVER, moved)
    with pytest.raises(RefusedError, match=r"^acc-01: VLAN 30, 40 would be .* vlan\.dat, .* `vtp mode transparent`"):
        proposed(SERVER, added)


@pytest.mark.parametrize(
    ("line", "refused"), [("", True), ("vtp mode server\n", True), ("vtp mode transparent\n", False)]
)
def test_without_any_vlan_only_its_word_tells_whether_a_switch_is_a_vtp_server(line: str, refused: bool) -> None:
    running = f"hostname acc-01\n{line}vlan internal allocation policy ascending\n"
    assert bool(IOS.lasting(running, [CreateVlan(40)])) == refused


def test_two_names_of_one_vlan_are_a_contradiction() -> None:
    with pytest.raises(DialectError, match="VLAN 10 is named IMAGING in the running configuration, GUEST in the VLAN"):
        IOS.parse(RUNNING, TABLE.replace("IMAGING ", "GUEST   "))


def test_an_archive_gives_the_gentler_rollback() -> None:
    gentle, hard = IOS.rollback(300, RUNNING), IOS.rollback(300, RUNNING.replace(" path flash:archive\n", ""))
    assert gentle.arm == ("configure terminal revert timer 5",) and not gentle.reboots
    assert gentle.confirm == ("configure confirm",)
    assert hard.arm == ("reload in 5", "configure terminal") and hard.reboots
    assert hard.confirm == ("reload cancel",)


def test_only_settings_count_as_unsaved() -> None:
    saved = RUNNING.replace("Current configuration : 2480 bytes", "Using 2480 out of 1048576 bytes")
    saved = saved.replace("Building configuration...", "").replace("07:12:55", "06:00:00")
    assert IOS.unsaved(RUNNING, saved) == []
    assert IOS.unsaved(RUNNING.replace("description MRI 2", "description CT"), saved)[-2:] == [
        "- description MRI 2",
        "+ description CT",
    ]


RUNS = """crypto pki certificate chain SLA-TrustPoint
 certificate ca 01
  30820321 30820209 A0030201 02020101 300D0609 2A864886 F70D0101 0B050030
  32310E30 0C060355 040A1305 43697363
  \tquit
crypto pki certificate chain TP-self-signed-1433622344
 certificate self-signed 01
  30820330 30820218 A0030201 02020101 300D0609
  \tquit
 certificate 4D2A
  30820445 3082032D
  \tquit
!
"""
SAVED = """crypto pki certificate chain SLA-TrustPoint
 certificate ca 01 nvram:CiscoLicensi#1CA.cer
crypto pki certificate chain TP-self-signed-1433622344
 certificate self-signed 01 nvram:IOS-Self-Sig#1.cer
 certificate 4D2A nvram:hospitalCA#4D2A.cer
!
"""


def certified(chains: str) -> str:
    return RUNNING.replace("vtp mode", f"{chains}vtp mode")


def test_a_certificate_is_the_same_in_full_and_as_a_file_of_its_name() -> None:
    assert IOS.unsaved(certified(RUNS), certified(SAVED)) == []
    assert IOS.settings(certified(RUNS))[-1] == "end"


@pytest.mark.parametrize(
    ("was", "is_now", "lines"),
    [
        (" certificate 4D2A nvram:hospitalCA#4D2A.cer\n", "", ["+ certificate 4D2A"]),
        ("4D2A nvram", "4D2B nvram", ["- certificate 4D2B", "+ certificate 4D2A"]),
        ("certificate self-signed 01", "certificate ca 01", ["- certificate ca 01", "+ certificate self-signed 01"]),
        (
            "TP-self-signed-1433622344",
            "TP-1",
            ["-crypto pki certificate chain TP-1", "+crypto pki certificate chain TP-self-signed-1433622344"],
        ),
    ],
)
def test_another_certificate_is_unsaved_work(was: str, is_now: str, lines: list[str]) -> None:
    found = IOS.unsaved(certified(RUNS), certified(SAVED.replace(was, is_now)))
    assert [line for line in found[2:] if not line.startswith("@@")] == lines


def test_a_new_trunk_is_told_what_it_may_carry_before_it_is_one() -> None:
    wide = TrunkPort(frozenset(range(10, 40, 2)))
    assert IOS.commands([SetMode("Gi1/0/1", Access(10, 20), wide)]) == [
        "interface Gi1/0/1",
        "no switchport voice vlan",
        "switchport trunk allowed vlan none",
        "switchport trunk allowed vlan add 10,12,14,16,18,20,22,24,26,28",
        "switchport trunk allowed vlan add 30,32,34,36,38",
        "switchport trunk native vlan 1",
        "switchport mode trunk",
        "no switchport access vlan",
        "exit",
    ]
    assert IOS.commands([AddToTrunk("Gi1/0/1", frozenset({5})), RemoveFromTrunk("Gi1/0/1", frozenset({6, 7}))]) == [
        "interface Gi1/0/1",
        "switchport trunk allowed vlan add 5",
        "switchport trunk allowed vlan remove 6-7",
        "exit",
    ]


def test_a_telephones_vlan_does_not_outlive_the_mode_that_did_not_say_it() -> None:
    left = "interface Gi1/0/1\n switchport trunk native vlan 20\n switchport voice vlan 50\n"
    assert IOS.commands([SetMode("Gi1/0/1", None, Access(10))], left)[1:-1] == [
        "no switchport voice vlan",
        "switchport access vlan 10",
        "switchport mode access",
    ]
    trunk = TrunkPort(frozenset({20}), 20)
    assert IOS.commands([SetMode("Gi1/0/1", trunk, None)], left)[1:3] == [
        "no switchport voice vlan",
        "no switchport trunk native vlan",
    ]
    assert "no switchport voice vlan" not in IOS.commands([SetMode("Gi1/0/2", None, Access(10))], left)


@pytest.mark.parametrize("line", ["% Invalid input detected at '^' marker.", "Command rejected: Bad VLAN list"])
def test_a_refusal_is_seen(line: str) -> None:
    assert IOS.errors.search(f"\n{line}\nacc-01(config)#")
    assert not IOS.errors.search("switchport access vlan 10\nacc-01(config-if)#")
    assert not IOS.errors.search("%LINEPROTO-5-UPDOWN: Line protocol on Interface Vlan10, changed state to up")


def test_a_catalyst_that_must_be_told_what_a_trunk_is_says_so() -> None:
    said = 'Command rejected: An interface whose trunk encapsulation is "Auto" can not be configured to "trunk" mode.'
    refusal = IOS.refusal(f"switchport mode trunk\r\n{said}\r\nacc-01(config-if)#")
    assert refusal.startswith(f"{said[:-1]}; type `switchport trunk encapsulation dot1q` at this port")
    assert IOS.refusal("switchport mode trunk\r\nacc-01(config-if)#") == ""


def test_the_port_where_the_manager_is_seen() -> None:
    arp = """Protocol  Address          Age (min)  Hardware Addr   Type   Interface
Internet  10.99.0.5               0   0257.0000.0005  ARPA   Vlan99
Internet  10.99.0.50              0   0257.0000.0050  ARPA   Vlan99"""
    macs = """  99    0257.0000.0005    DYNAMIC     Gi1/0/47
  99    0257.0000.0050    DYNAMIC     Gi1/0/2"""
    assert IOS.learned(arp, macs, ["10.99.0.5"]) == {"GigabitEthernet1/0/47"}
    assert IOS.learned(arp, macs, ["10.99.0.77"]) == frozenset()
    lldp = "Device ID           Local Intf     Hold-time  Capability\ncore-01-with-long-naGi1/0/48   120  B  Gi1/0/2"
    assert IOS.neighbours(lldp) == {"GigabitEthernet1/0/48"}
