"""The command line of H3C Comware 7."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lab.switch import timers
from lab.switch.comware import Comware
from lab.switch.config import ALL_VLANS, Forwarding, Learned, Neighbour, Resolved, forwarding
from tests.unit.lab.switch.terminal import H3C_PORTS, Terminal

P1, P2, *_unused = H3C_PORTS


@pytest.fixture
def at() -> Terminal:
    return Terminal(Comware(), H3C_PORTS)


def configured(at: Terminal, text: str) -> Terminal:
    at.type("system-view")
    at.set(text)
    at.type("return")
    return at


def test_prompts_follow_the_view(at: Terminal) -> None:
    seen = [at.prompt]
    for line in ("sys", "vlan 20", "interface g1/0/1", "interface Vlan-interface 20", "quit", "return"):
        at.type(line)
        seen.append(at.prompt)
    assert seen == [
        "<acc-01>",
        "[acc-01]",
        "[acc-01-vlan20]",
        f"[acc-01-{P1}]",
        "[acc-01-Vlan-interface20]",
        "[acc-01]",
        "<acc-01>",
    ]
    at.type("system-view", "interface range g1/0/1 to g1/0/3")
    assert at.prompt == "[acc-01-if-range]"


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("show vlan", " % Unrecognized command found at '^' position."),
        ("display", " % Incomplete command found at '^' position."),
        ("s", " % Ambiguous command found at '^' position."),
        ("scheduler reboot delay x", " % Wrong parameter found at '^' position."),
    ],
)
def test_a_mistake_is_marked(at: Terminal, line: str, words: str) -> None:
    caret, error = at.type(line).splitlines()
    assert caret.strip() == "^" and error == words


def test_who_may_only_look_is_refused(at: Terminal) -> None:
    at.session.privilege = 1
    assert at.type("system-view") == "Permission denied." and at.prompt == "<acc-01>"


def test_an_access_port_needs_an_existing_vlan(at: Terminal) -> None:
    at.type("system-view", f"interface {P1}")
    assert at.type("port access vlan 20") == "The VLAN does not exist."
    configured(at, f"vlan 20\ninterface {P1}\nport access vlan 20")
    assert forwarding(at.switch.running, P1) == Forwarding(20, frozenset())
    at.type("system-view", "undo vlan 20")
    assert at.switch.running.ports[P1].access == 1


def test_permit_adds_and_only_undo_takes_away(at: Terminal) -> None:
    configured(at, f"vlan 20 30 to 32\ninterface {P1}\nport link-type trunk\nport trunk permit vlan 20 30")
    port = at.switch.running.ports[P1]
    assert port.allowed == {1, 20, 30} and " port trunk permit vlan 1 20 30\n" in at.running
    configured(at, f"interface {P1}\nundo port trunk permit vlan 1 30\nport trunk permit vlan 31")
    assert port.allowed == {20, 31}
    assert " undo port trunk permit vlan 1\n port trunk permit vlan 20 31\n" in at.running
    assert "GE1/0/1              1     20, 31," in at.type("display port trunk")
    configured(at, f"interface {P1}\nport trunk permit vlan all")
    assert port.allowed == ALL_VLANS and at.again() == at.switch.running


def test_another_link_type_forgets_the_old_ones_settings(at: Terminal) -> None:
    configured(at, f"vlan 20\ninterface {P1}\nport access vlan 20\nport link-type trunk\nport trunk pvid vlan 20")
    at.type("system-view", f"interface {P1}")
    assert "access first" in at.type("port link-type hybrid")
    at.set("port link-type access")
    assert forwarding(at.switch.running, P1) == Forwarding(1, frozenset())


def test_a_hybrid_port_serves_a_telephone(at: Terminal) -> None:
    configured(
        at,
        f"vlan 20 40\ninterface {P1}\nport link-type hybrid\nundo port hybrid vlan 1\nport hybrid pvid vlan 20\n"
        "port hybrid vlan 20 untagged\nport hybrid vlan 40 tagged",
    )
    assert forwarding(at.switch.running, P1) == Forwarding(20, frozenset({40}))
    assert at.again() == at.switch.running
    assert "Wrong parameter" in at.type("system-view", f"interface {P1}", "port hybrid vlan 20")


def test_an_uncommitted_change_goes_back_to_where_the_delay_began(at: Terminal) -> None:
    configured(at, "vlan 20")
    before = at.running
    configured(at, "configuration commit delay 5\nvlan 30\nconfiguration commit delay 2\nvlan 40")
    assert at.switch.rollback and at.switch.rollback.seconds == 120
    timers.expire(at.switch, at.switch.rollback)
    assert at.running == before


def test_a_committed_change_stays(at: Terminal) -> None:
    configured(at, "configuration commit delay 5\nvlan 30")
    configured(at.beside(), "configuration commit")
    assert at.switch.rollback is None and "vlan 30" in at.running


def test_saving_asks_for_a_file(at: Terminal) -> None:
    configured(at, "vlan 20")
    assert "Are you sure? [Y/N]" in at.type("save")
    assert "file name" in at.type("y")
    assert "overwrite? [Y/N]" in at.type("")
    assert "successfully" in at.type("y") and at.switch.saved
    configured(at, "vlan 30")
    assert "successfully" in at.type("system-view", "save force") and at.switch.saved


def test_a_scheduled_reboot_loses_what_was_not_saved(at: Terminal) -> None:
    before = at.running
    at.type("scheduler reboot delay 5", "y")
    configured(at, "vlan 20")
    assert at.switch.reload and timers.expire(at.switch, at.switch.reload)
    assert at.running == before
    at.type("scheduler reboot delay 5", "y", "undo scheduler reboot")
    assert at.switch.reload is None


def test_a_reboot_asks_to_save_and_then_whether_one_is_sure(at: Terminal) -> None:
    configured(at, "vlan 20")
    assert "save current configuration? [Y/N]" in at.type("reboot")
    assert "Continue? [Y/N]" in at.type("n")
    assert at.type("n") == "" and not at.switch.saved


def test_the_vlan_interface_goes_with_its_vlan(at: Terminal) -> None:
    configured(at, "vlan 99\ninterface Vlan-interface99\nip address 10.99.0.13 24")
    assert "10.99.0.13" in at.type("display ip interface brief")
    configured(at, "undo vlan 99")
    assert not at.switch.running.svis


def test_what_the_switch_sees(at: Terminal) -> None:
    at.switch.live.neighbours = {P1: Neighbour("core-01", "GigabitEthernet1/0/9")}
    at.switch.live.learned = (Learned(20, "02:57:00:00:00:07", P2),)
    at.switch.live.resolved = (Resolved("10.99.0.1", "02:57:00:00:00:07", 99),)
    configured(at, "lldp global enable")
    assert "GE1/0/1         0257-0000-0000" in at.type("display lldp neighbor-information list")
    assert "0257-0000-0007   20" in at.type("display mac-address")
    assert "10.99.0.1       0257-0000-0007 99            GE1/0/2" in at.type("display arp")


VLAN = st.integers(1, 4094)
LISTED = st.lists(VLAN, min_size=1, max_size=9).map(lambda found: " ".join(map(str, found)))
LINES = st.one_of(
    st.sampled_from([f"port link-type {kind}" for kind in ("access", "trunk", "hybrid")]),
    st.sampled_from(["shutdown", "undo shutdown", "description Bed 7", "undo description", "stp edged-port"]),
    st.sampled_from(["undo port access vlan", "undo port trunk pvid", "undo port hybrid pvid"]),
    st.sampled_from([f"interface {name}" for name in H3C_PORTS]),
    LISTED.map("vlan {}".format),
    LISTED.map("undo vlan {}".format),
    LISTED.map("port trunk permit vlan {}".format),
    LISTED.map("undo port trunk permit vlan {}".format),
    LISTED.map("port hybrid vlan {} tagged".format),
    LISTED.map("port hybrid vlan {} untagged".format),
    LISTED.map("undo port hybrid vlan {}".format),
    VLAN.map("port access vlan {}".format),
    VLAN.map("port trunk pvid vlan {}".format),
    VLAN.map("port hybrid pvid vlan {}".format),
    VLAN.map("interface Vlan-interface {}".format),
)


@settings(max_examples=40)
@given(st.lists(LINES, max_size=25))
def test_a_printed_configuration_reads_as_the_same(lines: list[str]) -> None:
    at = Terminal(Comware(), H3C_PORTS)
    at.type("system-view", *lines)
    assert at.again() == at.switch.running
