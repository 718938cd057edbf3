"""What a configuration means for packets."""

import pytest

from lab.switch.config import ALL_VLANS, Config, Forwarding, Port, Vlan, expand, forwarding, ranges


def ports(port: Port, *vlans: int) -> Forwarding | None:
    return forwarding(Config("acc-01", {"p1": port}, {vlan: Vlan() for vlan in (1, *vlans)}), "p1")


def test_an_access_port_carries_its_vlan_untagged_and_the_telephones_tagged() -> None:
    assert ports(Port("access", access=20, voice=40), 20, 40) == Forwarding(20, frozenset({40}))


def test_a_port_that_nobody_configured_is_an_access_port_of_vlan_1() -> None:
    assert ports(Port()) == Forwarding(1, frozenset())


def test_an_access_port_in_a_missing_vlan_is_dead_and_so_is_its_voice_vlan() -> None:
    assert ports(Port("access", access=20, voice=40), 40) is None


def test_a_trunk_carries_what_is_allowed_and_exists() -> None:
    port = Port("trunk", native=99, allowed=frozenset({20, 30, 99}))
    assert ports(port, 20, 99) == Forwarding(99, frozenset({20}))
    assert ports(Port("trunk", allowed=ALL_VLANS), 20) == Forwarding(1, frozenset({20}))


def test_untagged_frames_are_dropped_where_the_native_vlan_is_not_allowed() -> None:
    assert ports(Port("trunk", native=99, allowed=frozenset({20})), 20, 99) == Forwarding(None, frozenset({20}))


@pytest.mark.parametrize("port", [Port("trunk", allowed=frozenset()), Port("access", enabled=False)])
def test_a_trunk_that_allows_nothing_and_a_shut_port_are_dead(port: Port) -> None:
    assert ports(port, 20) is None


def test_a_hybrid_port_tags_what_it_was_told_to() -> None:
    port = Port("hybrid", native=20, untagged=frozenset({20}), allowed=frozenset({40}))
    assert ports(port, 20, 40) == Forwarding(20, frozenset({40}))


def test_ranges_are_unbroken_runs() -> None:
    assert ranges([7, 1, 2, 3, 9, 8]) == [(1, 3), (7, 9)]
    with pytest.raises(ValueError, match="no range of VLANs"):
        expand(4000, 4095)


def test_a_copy_does_not_follow_the_original() -> None:
    config = Config("acc-01", {"p1": Port()})
    before = config.copy()
    config.ports["p1"].access = 20
    assert before.ports["p1"].access == 1 and before != config
