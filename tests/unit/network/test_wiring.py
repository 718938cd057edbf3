"""Where the machines of a proof are, and what is left out of a twin."""

from __future__ import annotations

import itertools

import pytest

from tests.unit.network.intents import HOSTS, Host, small, trunk, zone
from wardround.network.wiring import End, wire


def test_each_zone_asks_from_a_free_socket_of_its_own_else_from_a_port_of_the_twin() -> None:
    machines = wire(small(), HOSTS).machines
    assert machines["imaging"].at == End("acc-01", "Gi1/0/3")  # 1 and 2 are the modalities'
    assert machines["guest"].at == End("acc-02", "Gi1/0/1")
    assert machines["telephones"].at == End("core-01", None)  # has no socket that is not tagged
    assert machines["ct-01"].at == End("acc-01", "Gi1/0/1")
    assert machines["ct-01"].zone == "imaging"


def test_no_two_machines_share_a_port_or_an_address() -> None:
    machines = wire(small(), HOSTS).machines.values()
    ends = [machine.at for machine in machines if machine.at and machine.at.port]
    addresses = [address for machine in machines for address in machine.addresses.values()]
    assert len(ends) == len(set(ends))
    assert len(addresses) == len(set(addresses))


def test_a_zone_machine_takes_no_address_of_a_host() -> None:
    taken = {f"h{n}": Host(f"10.30.0.{n}") for n in range(200, 255)}
    assert wire(small(), {**HOSTS, **taken}).machines["imaging"].addresses[4] == "10.30.0.199"


def test_a_zone_without_a_free_address_is_named() -> None:
    zones = {**small().model_dump(by_alias=True)["zones"], "imaging": {**zone(30, False), "ipv4": "10.30.0.0/30"}}
    with pytest.raises(ValueError, match=r"zone imaging: every address of 10\.30\.0\.0/30 is taken"):
        wire(small(zones=zones), {**HOSTS, "ct-01": Host("10.30.0.2")})


def test_frames_are_listened_for_close_to_the_gateway() -> None:
    assert set(wire(small(), HOSTS).listeners.values()) == {End("core-01", None)}


def test_a_limit_leaves_out_other_zones() -> None:
    wiring = wire(small(), HOSTS, ("guest", "servers"))
    assert {machine.zone for machine in wiring.machines.values()} == {"guest", "servers"} == set(wiring.listeners)
    assert {outlet.zone for outlet in wiring.outlets} == {"guest", "servers"}


def test_a_trunk_that_closes_a_loop_is_left_out_by_name() -> None:
    trunks = small().model_dump(by_alias=True)["trunks"]
    ring = {**trunks, "t9": trunk(("acc-01", "Gi1/0/15"), ("acc-02", "Gi1/0/15"))}
    assert wire(small(trunks=ring), HOSTS).blocked == ("t9",)
    assert wire(small(), HOSTS).blocked == ()


def test_a_zone_that_no_switch_carries_is_named() -> None:
    network = small()
    lone = {**network.model_dump(by_alias=True)["zones"], "island": zone(77, False)}
    narrow = {
        name: trunk((one.a.device, one.a.port), (one.b.device, one.b.port), [*network.zones])
        for name, one in network.trunks.items()
    }
    with pytest.raises(ValueError, match="zone island: no switch carries it"):
        wire(small(zones=lone, trunks=narrow), HOSTS)


def test_the_wiring_is_the_same_whatever_the_order_of_trunks() -> None:
    trunks = small().model_dump(by_alias=True)["trunks"]
    wirings = {
        str(wire(small(trunks={name: trunks[name] for name in order}), HOSTS).cables)
        for order in itertools.permutations(trunks)
    }
    assert len(wirings) == 1
