"""What a change is refused for by what a switch says of itself: its own uplink is found where it is an aggregation."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.unit.network.switches import TABLES
from wardround.network.device import Access, Port, SwitchModel, TrunkPort
from wardround.network.dialects import DIALECTS
from wardround.network.proposal import RefusedError, Said, check, propose

DESK, DOWN, MEMBER = (f"GigabitEthernet1/0/{number}" for number in (1, 47, 48))
MANAGER, HARDWARE = "10.99.0.5", "0257-0000-0005"
# Aggregation, as a table names it, and the line of its member.
AGGREGATIONS = {
    "cisco_ios": ("Port-channel1", "Po1", "channel-group 1 mode active"),
    "h3c_comware7": ("Bridge-Aggregation1", "BAGG1", "port link-aggregation group 1"),
    "huawei_vrp5": ("Eth-Trunk1", "Eth-Trunk1", "eth-trunk 1"),
    "huawei_vrp8": ("Eth-Trunk1", "Eth-Trunk1", "eth-trunk 1"),
}


def refused(platform: str, change: Port, arp: str = "", macs: str = "", lldp: str = "") -> None:
    """Ask for a change of a switch whose uplink is an aggregation, and which has a switch behind it too."""
    uplink, _unused, member = AGGREGATIONS[platform]
    modes = {DESK: Access(10), DOWN: TrunkPort(frozenset({10, 99}), 1), uplink: Access(99)}
    ports = {name: Port(name, mode) for name, mode in modes.items()}
    switch = SwitchModel("acc-01", platform, {10: "CLINICAL", 99: "MANAGEMENT"}, ports, 99)
    dialect = DIALECTS[platform]
    running = "\n".join([*dialect.render(switch), f"interface {MEMBER}", f" {member}", "#"])
    table = TABLES[platform](switch)
    want = replace(switch, ports={change.name: change})
    check(dialect, propose(dialect, running, table, want, "merged"), Said(running, table, arp, macs, lldp), [MANAGER])


@pytest.mark.parametrize("platform", sorted(AGGREGATIONS))
def test_an_aggregation_behind_which_the_manager_is_seen_is_the_uplink(platform: str) -> None:
    uplink, short, _unused = AGGREGATIONS[platform]
    seen = {"arp": f"{MANAGER} {HARDWARE} Vlan99", "macs": f"99 {HARDWARE} dynamic {short}"}
    with pytest.raises(RefusedError, match=f"^acc-01: its own uplink {uplink} would be shut down$"):
        refused(platform, Port(uplink, None, enabled=False), **seen, lldp=f"{DOWN} acc-02")
    with pytest.raises(RefusedError, match=f"^acc-01: its own uplink {uplink} would become an access port of VLAN 10"):
        refused(platform, Port(uplink, Access(10)), **seen)
    refused(platform, Port(DESK, None, enabled=False), **seen)


@pytest.mark.parametrize("platform", sorted(AGGREGATIONS))
def test_a_neighbour_of_a_member_is_one_of_its_aggregation(platform: str) -> None:
    uplink = AGGREGATIONS[platform][0]
    heard = f"{DOWN}  acc-02\n{MEMBER}  core-01"
    with pytest.raises(RefusedError, match=f"^acc-01: its own uplink {uplink} would be shut down$"):
        refused(platform, Port(uplink, None, enabled=False), lldp=heard)
