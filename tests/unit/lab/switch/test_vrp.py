"""The command lines of Huawei VRP."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.switch import timers
from lab.switch.config import ALL_VLANS, Forwarding, Learned, Neighbour, Resolved, forwarding
from lab.switch.views import lists, vlans
from lab.switch.vrp import Vrp5, Vrp8
from tests.unit.lab.switch.terminal import VRP5_PORTS, VRP8_PORTS, Terminal

P1, P2, *_unused = VRP5_PORTS
ACCESS = f"interface {P1}\nport link-type access\nport default vlan 20"
TRUNK = f"interface {P2}\nport link-type trunk\nport trunk allow-pass vlan 20 30"


@pytest.fixture
def five() -> Terminal:
    return Terminal(Vrp5(), VRP5_PORTS)


@pytest.fixture
def eight() -> Terminal:
    return Terminal(Vrp8(), VRP8_PORTS)


def configured(at: Terminal, text: str) -> Terminal:
    at.type("system-view")
    at.set(text)
    at.type("return")
    return at


def test_prompts_follow_the_view(five: Terminal) -> None:
    seen = [five.prompt]
    for line in ("sys", "vlan 20", f"interface {P1}", "quit", "interface Vlanif 20", "return"):
        five.type(line)
        seen.append(five.prompt)
    assert seen == [
        "<acc-01>",
        "[acc-01]",
        "[acc-01-vlan20]",
        f"[acc-01-{P1}]",
        "[acc-01]",
        "[acc-01-Vlanif20]",
        "<acc-01>",
    ]


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("show vlan", "Error: Unrecognized command found at '^' position."),
        ("display", "Error: Incomplete command found at '^' position."),
        ("display vlan 20 x", "Error: Unrecognized command found at '^' position."),
        ("screen-length x", "Error: Wrong parameter found at '^' position."),
    ],
)
def test_a_mistake_is_marked(five: Terminal, line: str, words: str) -> None:
    caret, error = five.type(line).splitlines()
    assert caret.strip() == "^" and error == words


def test_who_may_only_look_cannot_enter_the_system_view(five: Terminal) -> None:
    five.session.privilege = 1
    assert "Error" in five.type("system-view") and five.prompt == "<acc-01>"
    assert "VID" in five.type("display vlan")


def test_an_access_port_needs_an_existing_vlan(five: Terminal) -> None:
    five.type("system-view", f"interface {P1}")
    assert "link-type is not access" in five.type("port default vlan 20")
    five.type("port link-type access")
    assert five.type("port default vlan 20") == "Error: The VLAN does not exist."
    configured(five, f"vlan batch 20\n{ACCESS}")
    assert forwarding(five.switch.running, P1) == Forwarding(20, frozenset())


def test_allow_pass_adds_and_only_undo_takes_away(five: Terminal) -> None:
    configured(five, f"vlan batch 20 30 40\n{TRUNK}\nport trunk allow-pass vlan 40")
    port = five.switch.running.ports[P2]
    assert port.allowed == {1, 20, 30, 40}
    configured(five, f"interface {P2}\nundo port trunk allow-pass vlan 1 30 to 40")
    assert port.allowed == {20}
    assert " undo port trunk allow-pass vlan 1\n port trunk allow-pass vlan 20\n" in five.running
    configured(five, f"interface {P2}\nport trunk allow-pass vlan all")
    assert port.allowed == ALL_VLANS and "port trunk allow-pass vlan 2 to 4094" in five.running


def test_a_link_type_changes_only_from_the_defaults(five: Terminal) -> None:
    configured(five, f"vlan batch 20 30\n{ACCESS}")
    five.type("system-view", f"interface {P1}")
    assert five.type("port link-type trunk") == "Error: Please renew the default configurations."
    five.set("undo port default vlan\nport link-type trunk")
    assert five.switch.running.ports[P1].allowed == {1}


def test_a_hybrid_port_serves_a_telephone(five: Terminal) -> None:
    configured(
        five,
        f"vlan batch 20 40\ninterface {P1}\nport link-type hybrid\nport hybrid pvid vlan 20\nundo port hybrid vlan 1\n"
        "port hybrid untagged vlan 20\nport hybrid tagged vlan 40\nvoice-vlan 40 enable",
    )
    assert forwarding(five.switch.running, P1) == Forwarding(20, frozenset({40}))
    assert five.again() == five.switch.running


def test_a_deleted_vlan_puts_its_access_ports_back_into_vlan_1(five: Terminal) -> None:
    configured(five, f"vlan batch 20 30\n{ACCESS}\n{TRUNK}")
    configured(five, "undo vlan batch 20 30")
    assert five.switch.running.ports[P1].access == 1
    assert five.switch.running.ports[P2].allowed == {1, 20, 30}
    assert forwarding(five.switch.running, P2) == Forwarding(1, frozenset())


def test_vlans_that_are_needed_stay(five: Terminal) -> None:
    configured(five, "vlan batch 99\ninterface Vlanif 99\nip address 10.99.0.12 24")
    five.type("system-view")
    assert "has a L3 interface" in five.type("undo vlan 99")
    assert "cannot be deleted" in five.type("undo vlan batch 1 to 3")
    assert five.type("undo vlan 50") == "Error: The VLAN does not exist."


def test_a_list_has_at_most_ten_entries(five: Terminal) -> None:
    five.type("system-view")
    assert "Wrong parameter" in five.type("vlan batch " + " ".join(map(str, range(2, 24, 2))))
    five.set("vlan batch 100 200 300 to 305 400 500 600 700 800 900 1000\nvlan batch 1100")
    assert "vlan batch 100 200 300 to 305 400 500 600 700 800 900 1000\n#\nvlan batch 1100\n" in five.running


def test_several_ports_at_once(five: Terminal) -> None:
    configured(five, f"vlan batch 20\nport-group group-member {VRP5_PORTS[0]} to {VRP5_PORTS[2]}\nshutdown")
    assert [port.enabled for port in five.switch.running.ports.values()] == [False, False, False, True]


def test_saving_asks(five: Terminal) -> None:
    configured(five, "vlan batch 20")
    assert "continue?[Y/N]" in five.type("save")
    assert "continue?[Y/N]" in five.type("perhaps")
    five.type("n")
    assert not five.switch.saved
    assert "successfully" in five.type("save", "y")
    assert five.switch.saved


def test_a_scheduled_reboot_brings_back_what_was_saved(five: Terminal) -> None:
    configured(five, "vlan batch 20")
    five.type("save", "y")
    before = five.running
    assert "confirm? [Y/N]:" in five.type("schedule reboot delay 5")
    five.type("y")
    configured(five, "vlan batch 30")
    assert "5 minutes" in five.type("display schedule reboot")
    assert five.switch.reload and timers.expire(five.switch, five.switch.reload)
    assert five.running == before


def test_a_scheduled_reboot_asks_to_save_unsaved_work_and_yes_saves_it(five: Terminal) -> None:
    configured(five, "vlan batch 20")
    assert "Save it to the startup file?" in five.type("schedule reboot delay 0:30")
    assert "confirm?" in five.type("n")
    five.type("y")
    assert five.switch.reload and five.switch.reload.seconds == 1800 and not five.switch.saved
    assert "cancelled" in five.type("undo schedule reboot")
    five.type("schedule reboot delay 5", "y", "y")
    assert five.switch.saved


def test_what_the_switch_sees(five: Terminal) -> None:
    five.switch.live.neighbours = {P1: Neighbour("core-01", "GigabitEthernet1/0/9")}
    five.switch.live.learned = (Learned(20, "02:57:00:00:00:07", P2),)
    five.switch.live.resolved = (Resolved("10.99.0.1", "02:57:00:00:00:07", 99),)
    configured(five, "lldp enable")
    assert "GE0/0/1      core-01" in five.type("display lldp neighbor brief")
    assert "0257-0000-0007 20/-/-" in five.type("display mac-address")
    assert "GE0/0/2" in five.type("display arp") and "99/-" in five.type("display arp")


def test_this_is_where_one_is(five: Terminal) -> None:
    five.type("system-view", "vlan batch 20", *ACCESS.splitlines())
    assert five.type("display this") == f"#\ninterface {P1}\n port link-type access\n port default vlan 20\n#\nreturn"
    assert five.type("display current-configuration interface gi0/0/2") == f"#\ninterface {P2}\n#\nreturn"


# VRP 8


def test_nothing_happens_before_the_commit(eight: Terminal) -> None:
    eight.type("system-view")
    assert eight.prompt == "[~acc-01]"
    eight.set("vlan batch 20\ninterface GE1/0/1\nport default vlan 20")
    assert eight.prompt == "[*acc-01-GE1/0/1]" and "vlan batch" not in eight.running
    assert "vlan batch 20" in eight.type("display configuration candidate")
    assert eight.type("commit") == "" and eight.prompt == "[~acc-01-GE1/0/1]"
    assert forwarding(eight.switch.running, "GE1/0/1") == Forwarding(20, frozenset())


def test_an_access_port_says_nothing_of_its_type(eight: Terminal) -> None:
    eight.type(
        "system-view", "vlan batch 20", "interface GE1/0/1", "port link-type access", "port default vlan 20", "commit"
    )
    assert "interface GE1/0/1\n port default vlan 20\n#" in eight.running
    assert "GE1/0/1                 access       20" in eight.type("display port vlan GE1/0/1")


def test_leaving_asks_what_becomes_of_the_candidate(eight: Terminal) -> None:
    eight.type("system-view", "vlan batch 20")
    assert "[Y(yes)/N(no)/C(cancel)]" in eight.type("return")
    eight.type("c")
    assert eight.prompt == "[*acc-01]"
    eight.type("quit", "n")
    assert eight.prompt == "<acc-01>" and "vlan batch" not in eight.running
    eight.type("system-view", "vlan batch 20", "quit", "y")
    assert eight.prompt == "<acc-01>" and "vlan batch 20" in eight.running


def test_the_candidate_can_be_thrown_away(eight: Terminal) -> None:
    eight.type("system-view", "vlan batch 20", "clear configuration candidate")
    assert eight.prompt == "[~acc-01]"


def test_a_trial_reverts_every_byte(eight: Terminal) -> None:
    before = eight.running
    eight.type("system-view", "vlan batch 20")
    assert "in 60 seconds" in eight.type("commit trial 60")
    assert "vlan batch 20" in eight.running
    assert eight.switch.rollback and eight.switch.rollback.seconds == 60
    timers.expire(eight.switch, eight.switch.rollback)
    assert eight.running == before and eight.prompt == "[~acc-01]"


def test_a_trial_is_confirmed_by_its_own_session(eight: Terminal) -> None:
    eight.type("system-view", "vlan batch 20", "commit trial")
    assert eight.switch.rollback and eight.switch.rollback.seconds == 600
    other = eight.beside()
    other.type("system-view")
    assert "Another session" in other.type("commit")
    assert eight.type("commit") == "" and eight.switch.rollback is None
    assert "vlan batch 20" in eight.running


def test_a_named_trial_is_confirmed_from_another_session(eight: Terminal) -> None:
    eight.type("system-view", "vlan batch 20", "commit trial 60 persist change-7")
    other = eight.beside()
    other.type("system-view")
    assert "Error" in other.type("commit persist change-8")
    assert other.type("commit persist change-7") == ""
    assert eight.switch.rollback is None and "vlan batch 20" in eight.running


def test_a_trial_is_aborted(eight: Terminal) -> None:
    before = eight.running
    eight.type("system-view")
    assert "not in the trial" in eight.type("abort trial")
    eight.type("vlan batch 20", "commit trial 60", "abort trial", "y")
    assert eight.running == before and eight.switch.rollback is None


@pytest.mark.parametrize("line", ["commit trial 59", "commit trial 70000"])
def test_a_trial_lasts_one_minute_or_longer(eight: Terminal, line: str) -> None:
    eight.type("system-view", "vlan batch 20")
    assert "Wrong parameter" in eight.type(line)


def test_two_candidates_do_not_overwrite_each_other(eight: Terminal) -> None:
    other = eight.beside()
    eight.type("system-view", "vlan batch 20")
    other.type("system-view", "vlan batch 30", "commit")
    assert "Failed to generate committed config" in eight.type("commit")
    assert "vlan batch 30" in eight.running and "20" not in eight.type("display vlan 30 | include common")


def test_the_user_view_has_no_commit(eight: Terminal) -> None:
    assert "Error" in eight.type("commit")


@settings(max_examples=40)
@given(st.frozensets(st.integers(1, 4094), max_size=200))
def test_lists_read_as_they_were_written(found: frozenset[int]) -> None:
    assert frozenset().union(*map(vlans, lists(found))) == found


VLAN = st.integers(1, 4094)
LISTED = st.lists(VLAN, min_size=1, max_size=9).map(lambda found: " ".join(map(str, found)))
LINES = st.one_of(
    st.sampled_from([f"port link-type {kind}" for kind in ("access", "trunk", "hybrid")]),
    st.sampled_from(["shutdown", "undo shutdown", "description Bed 7", "undo description", "stp edged-port enable"]),
    st.sampled_from(["undo port default vlan", "undo port trunk pvid vlan", "undo port link-type"]),
    LISTED.map("vlan batch {}".format),
    LISTED.map("undo vlan batch {}".format),
    LISTED.map("port trunk allow-pass vlan {}".format),
    LISTED.map("undo port trunk allow-pass vlan {}".format),
    LISTED.map("port hybrid tagged vlan {}".format),
    LISTED.map("port hybrid untagged vlan {}".format),
    LISTED.map("undo port hybrid vlan {}".format),
    VLAN.map("port default vlan {}".format),
    VLAN.map("port trunk pvid vlan {}".format),
    VLAN.map("port hybrid pvid vlan {}".format),
    VLAN.map("interface Vlanif {}".format),
)


@settings(max_examples=40)
@given(st.lists(st.one_of(LINES, st.sampled_from([f"interface {name}" for name in VRP5_PORTS])), max_size=25))
def test_a_printed_configuration_reads_as_the_same(lines: list[str]) -> None:
    at = Terminal(Vrp5(), VRP5_PORTS)
    at.type("system-view", *lines)
    assert at.again() == at.switch.running


@settings(max_examples=40)
@given(st.lists(st.one_of(LINES, st.sampled_from([f"interface {name}" for name in VRP8_PORTS])), max_size=25))
def test_a_committed_configuration_reads_as_the_same(lines: list[str]) -> None:
    at = Terminal(Vrp8(), VRP8_PORTS)
    at.type("system-view", *lines, "commit")
    assert at.again() == at.switch.running
