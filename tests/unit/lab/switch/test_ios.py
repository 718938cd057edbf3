"""The command line of Cisco IOS."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.switch import timers
from lab.switch.config import ALL_VLANS, Learned, Neighbour, Resolved, forwarding
from lab.switch.ios import Ios
from lab.switch.ios.names import full, listed, several, short, vlans
from tests.unit.lab.switch.terminal import IOS_PORTS, Terminal

P1, P2, *_unused = IOS_PORTS
TRUNK = f"interface {P1}\nswitchport mode trunk"


@pytest.fixture
def at() -> Terminal:
    return Terminal(Ios(), IOS_PORTS)


def configured(at: Terminal, text: str) -> Terminal:
    at.type("configure terminal")
    at.set(text)
    at.type("end")
    return at


def test_prompts_follow_the_mode(at: Terminal) -> None:
    seen = [at.prompt]
    for line in ("conf t", "vlan 20", "int gi1/0/1", "int range gi1/0/1 - 2", "archive", "exit", "end"):
        at.type(line)
        seen.append(at.prompt)
    assert seen == [
        "acc-01#",
        "acc-01(config)#",
        "acc-01(config-vlan)#",
        "acc-01(config-if)#",
        "acc-01(config-if-range)#",
        "acc-01(config-archive)#",
        "acc-01(config)#",
        "acc-01#",
    ]


def test_a_mistake_is_marked_below_the_word(at: Terminal) -> None:
    assert at.type("show vlam") == f"{' ' * len('acc-01#show ')}^\n% Invalid input detected at '^' marker.\n"
    assert at.type("show i") == '% Ambiguous command:  "show i"'
    assert at.type("show ip") == "% Incomplete command.\n"


def test_a_mistake_below_an_interface_leaves_one_there(at: Terminal) -> None:
    at.type("configure terminal", f"interface {P1}")
    assert "Invalid input" in at.type("interface GigabitEthernet9/0/1")
    assert at.prompt == "acc-01(config-if)#"


def test_without_privilege_little_is_allowed() -> None:
    at = Terminal(Ios("s3cret"), IOS_PORTS)
    at.session.privilege = 1
    assert at.prompt == "acc-01>"
    assert "Invalid input" in at.type("show running-config")
    assert "Invalid input" in at.type("configure terminal")
    assert at.type("enable") == "Password: "
    assert at.type("wrong") == "% Access denied"
    at.type("enable", "s3cret")
    assert at.prompt == "acc-01#" and "15" in at.type("show privilege")


def test_a_new_access_vlan_is_created_with_a_word(at: Terminal) -> None:
    at.type("configure terminal", f"interface {P1}")
    assert at.type("switchport access vlan 20") == "% Access VLAN does not exist. Creating vlan 20"
    assert at.type("switchport access vlan 20") == ""


def test_a_port_in_a_deleted_vlan_is_dead_and_inactive(at: Terminal) -> None:
    configured(at, f"vlan 20\ninterface {P1}\nswitchport mode access\nswitchport access vlan 20\nno vlan 20")
    assert forwarding(at.switch.running, P1) is None
    assert "Gi1/0/1" not in at.type("show vlan brief")
    assert "inactive     20" in at.type("show interfaces status | include Gi1/0/1")
    assert "Access Mode VLAN: 20 (Inactive)" in at.type(f"show interfaces {P1} switchport")


def test_the_allowed_list_is_replaced_added_to_and_taken_from(at: Terminal) -> None:
    configured(at, TRUNK)
    port = at.switch.running.ports[P1]
    at.type("configure terminal", f"interface {P1}")
    for line, wanted in (
        ("switchport trunk allowed vlan 20,30-32", {20, 30, 31, 32}),
        ("switchport trunk allowed vlan add 40,99", {20, 30, 31, 32, 40, 99}),
        ("switchport trunk allowed vlan remove 30-40", {20, 99}),
        ("switchport trunk allowed vlan 40", {40}),
        ("switchport trunk allowed vlan none", set()),
        ("switchport trunk allowed vlan except 2-4094", {1}),
        ("no switchport trunk allowed vlan", ALL_VLANS),
        ("switchport trunk allowed vlan except 99", ALL_VLANS - {99}),
        ("switchport trunk allowed vlan all", ALL_VLANS),
    ):
        assert at.type(line) == ""
        assert port.allowed == wanted, line
    assert "Bad VLAN list" in at.type("switchport trunk allowed vlan 5000")
    assert port.allowed == ALL_VLANS


def test_a_long_allowed_list_goes_on_with_add(at: Terminal) -> None:
    many = ",".join(str(number) for number in range(100, 200, 2))
    configured(at, f"{TRUNK}\nswitchport trunk allowed vlan {many}")
    lines = [line for line in at.running.splitlines() if "allowed vlan" in line]
    assert len(lines) > 2 and all(len(line) <= 81 for line in lines)
    assert all("allowed vlan add " in line for line in lines[1:])
    assert at.again() == at.switch.running


def test_default_vlans_stay(at: Terminal) -> None:
    at.type("configure terminal")
    assert "may not be deleted" in at.type("no vlan 1")
    assert "reserved" in at.type("vlan 1002")
    assert "out of the range" in at.type("vlan 4095")


def test_two_vlans_cannot_have_one_name(at: Terminal) -> None:
    configured(at, "vlan 20\nname imaging\nvlan 30")
    at.type("configure terminal", "vlan 30")
    assert "identical name" in at.type("name imaging")
    at.type("vlan 20")
    assert "identical name" in at.type("name VLAN0030")  # what a VLAN is called that nobody named
    assert {number: vlan.name for number, vlan in at.switch.running.vlans.items()} == {1: "", 20: "imaging", 30: ""}


def test_do_looks_from_inside_configuration(at: Terminal) -> None:
    at.type("configure terminal", "vlan 20")
    assert "VLAN0020" in at.type("do show vlan brief")
    assert at.prompt == "acc-01(config-vlan)#"
    assert "Invalid input" in at.type("show vlan brief")


@pytest.mark.parametrize(
    ("pipe", "kept"),
    [
        ("include ^ switchport", " switchport access vlan 20\n switchport mode access"),
        (
            "section interface GigabitEthernet1/0/1",
            f"interface {P1}\n switchport access vlan 20\n switchport mode access",
        ),
        ("count ^vlan", "Number of lines which match regexp = 1"),
        ("begin GigabitEthernet1/0/4", "interface GigabitEthernet1/0/4\n!\nend"),
    ],
)
def test_pipes(at: Terminal, pipe: str, kept: str) -> None:
    configured(at, f"vlan 20\ninterface {P1}\nswitchport mode access\nswitchport access vlan 20")
    assert at.type(f"show running-config | {pipe}") == kept


def test_exclude_and_abbreviated_and_wrong_pipes(at: Terminal) -> None:
    assert "interface" not in at.type("show run | ex interface")
    assert "Invalid input" in at.type("show run | foo x")
    assert "Invalid input" in at.type("show run | include (")


def test_saving_is_what_survives_a_reboot(at: Terminal) -> None:
    configured(at, "vlan 20")
    assert "[OK]" in at.type("write memory")
    saved = at.running
    configured(at, "vlan 30")
    assert "vlan 30" in at.running and "vlan 30" not in at.type("show startup-config")
    timers.reboot(at.switch)
    assert at.running == saved


def test_copy_asks_for_the_name(at: Terminal) -> None:
    configured(at, "vlan 20")
    assert at.type("copy running-config startup-config") == "Destination filename [startup-config]? "
    assert "[OK]" in at.type("")
    assert at.switch.saved


def test_a_reload_asks_whether_to_save_and_no_keeps_the_way_back(at: Terminal) -> None:
    configured(at, "vlan 20")
    assert "Save? [yes/no]" in at.type("reload in 5")
    assert "Please answer" in at.type("maybe")
    assert "Proceed with reload? [confirm]" in at.type("no")
    at.type("\n")
    assert at.switch.reload and at.switch.reload.seconds == 300 and not at.switch.saved
    assert "in 5 minutes" in at.type("show reload")
    assert timers.expire(at.switch, at.switch.reload)
    assert "vlan 20" not in at.running and at.switch.reload is None


def test_a_reload_that_saved_first_keeps_everything(at: Terminal) -> None:
    configured(at, "vlan 20")
    at.type("reload in 5", "yes", "y")
    assert at.switch.saved


def test_a_reload_is_cancelled(at: Terminal) -> None:
    at.type("reload in 5", "\n")
    assert "SHUTDOWN ABORTED" in at.type("reload cancel")
    assert at.switch.reload is None and "No reload" in at.type("show reload")
    at.type("reload in 5", "n")
    assert at.switch.reload is None


def test_the_revert_timer_needs_an_archive(at: Terminal) -> None:
    assert at.type("configure terminal revert timer 5").startswith("%Turn config archive on")
    assert at.prompt == "acc-01#" and at.switch.rollback is None
    assert "not enabled" in at.type("show archive")


def test_the_revert_timer_brings_back_every_byte(at: Terminal) -> None:
    configured(at, f"archive\npath flash:before\nexit\nvlan 20\n{TRUNK}")
    before = at.running
    at.type("configure terminal revert timer 5")
    at.set(f"vlan 30\ninterface {P1}\nswitchport trunk allowed vlan 30\nend")
    assert "5 min" in at.type("show archive config rollback timer") and at.running != before
    assert "already pending" in at.type("configure terminal revert timer 5")
    assert at.switch.rollback and not timers.expire(at.switch, at.switch.rollback)
    assert at.running == before
    assert at.type("configure confirm") == "%No Rollback Confirmed Change pending"


def test_a_confirmed_change_stays(at: Terminal) -> None:
    configured(at, "archive\npath flash:before")
    at.type("configure terminal revert timer 5", "vlan 30", "end")
    assert at.type("configure confirm") == ""
    assert at.switch.rollback is None and "vlan 30" in at.running


def test_a_change_is_reverted_at_once(at: Terminal) -> None:
    configured(at, "archive\npath flash:before")
    at.type("configure terminal revert timer 5", "vlan 30", "end")
    assert "Rollback Done" in at.type("configure revert now")
    assert "vlan 30" not in at.running and at.switch.rollback is None


def test_a_configuration_is_replaced_by_a_file(at: Terminal) -> None:
    at.type("copy running-config flash:golden", "")
    configured(at, "vlan 20")
    assert "Rollback Done" in at.type("configure replace flash:golden force")
    assert "vlan 20" not in at.running
    assert "No such file" in at.type("configure replace flash:other force")
    configured(at, "vlan 20")
    at.type("configure replace nvram:startup-config", "no")
    assert "vlan 20" in at.running
    at.type("configure replace nvram:startup-config", "y")
    assert "vlan 20" not in at.running


def test_what_the_switch_sees(at: Terminal) -> None:
    at.switch.live.neighbours = {P1: Neighbour("core-01", "Gi1/0/9")}
    at.switch.live.learned = (Learned(20, "02:57:00:00:00:07", P2),)
    at.switch.live.resolved = (Resolved("10.99.0.1", "02:57:00:00:00:07", 99),)
    assert at.type("show lldp neighbors") == "% LLDP is not enabled"
    configured(at, "lldp run")
    assert "core-01             Gi1/0/1" in at.type("show lldp neighbors")
    assert "0257.0000.0007    DYNAMIC     Gi1/0/2" in at.type("show mac address-table")
    assert "0257" not in at.type("show mac address-table interface Gi1/0/1")
    assert "10.99.0.1" in at.type("show ip arp") and "Vlan99" in at.type("show ip arp")


def test_the_switch_has_an_address_in_its_management_vlan(at: Terminal) -> None:
    configured(at, "vlan 99\ninterface Vlan99\nip address 10.99.0.11 255.255.255.0")
    assert str(at.switch.running.svis[99].address) == "10.99.0.11/24"
    assert "Vlan99                 10.99.0.11      YES manual up" in at.type("show ip interface brief")
    configured(at, "no vlan 99")
    assert "down                  down" in at.type("show ip interface brief | include Vlan99")


def test_a_trunk_is_in_no_row_of_the_table_and_a_dead_trunk_is(at: Terminal) -> None:
    configured(at, TRUNK)
    assert "Gi1/0/1" not in at.type("show vlan brief")
    assert "Gi1/0/1     on" in at.type("show interfaces trunk")
    at.switch.live.plugged = frozenset()
    assert "Gi1/0/1" in at.type("show vlan brief") and at.type("show interfaces trunk") == ""


def test_names() -> None:
    assert full("gi 1/0/1") == full("GigabitEthernet1/0/1") == "GigabitEthernet1/0/1"
    assert short("TenGigabitEthernet1/1/1") == "Te1/1/1" and full("te1/1/1") == "TenGigabitEthernet1/1/1"
    assert several("Gi1/0/1-2 , Gi1/0/9") == [full(f"gi1/0/{number}") for number in (1, 2, 9)]


@settings(max_examples=40)
@given(st.frozensets(st.integers(1, 4094)))
def test_a_list_of_vlans_reads_as_it_was_written(found: frozenset[int]) -> None:
    assert (vlans(listed(found)) if found else frozenset()) == found


VLAN = st.integers(1, 4094).filter(lambda number: number not in range(1002, 1006))
LINES = st.one_of(
    st.sampled_from(
        ["shutdown", "no shutdown", "switchport mode access", "switchport mode trunk", "no switchport mode"]
    ),
    st.sampled_from(
        ["description Bed 7", "no description", "spanning-tree portfast", "switchport trunk allowed vlan none"]
    ),
    VLAN.map("switchport access vlan {}".format),
    VLAN.map("switchport voice vlan {}".format),
    VLAN.map("switchport trunk native vlan {}".format),
    st.frozensets(VLAN, min_size=1, max_size=60).map(lambda found: f"switchport trunk allowed vlan {listed(found)}"),
    st.frozensets(VLAN, min_size=1, max_size=9).map(
        lambda found: f"switchport trunk allowed vlan remove {listed(found)}"
    ),
    VLAN.map("vlan {}".format),
    VLAN.filter(lambda number: number != 1).map("no vlan {}".format),
    st.sampled_from([f"interface {name}" for name in IOS_PORTS]),
    VLAN.map("interface Vlan{}".format),
)


@settings(max_examples=40)
@given(st.lists(LINES, max_size=25))
def test_a_printed_configuration_reads_as_the_same(lines: list[str]) -> None:
    at = Terminal(Ios(), IOS_PORTS)
    at.type("configure terminal", *lines)
    assert at.again() == at.switch.running
