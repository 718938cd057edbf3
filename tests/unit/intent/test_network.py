from __future__ import annotations

import ipaddress

import pytest

from tests.unit.intent.cases import write_good_network
from wardround.intent import load
from wardround.intent.network import Network, expand
from wardround.intent.topology import (
    gateways,
    reached,
    sockets,
    trunk_zones,
    zone_at,
    zones_by_socket,
    zones_by_switch,
)


@pytest.fixture(scope="module")
def network(tmp_path_factory: pytest.TempPathFactory) -> Network:
    network = load(write_good_network(tmp_path_factory.mktemp("good"))).network
    assert network is not None
    return network


@pytest.mark.parametrize(
    ("text", "ports"),
    [
        ("GE1/0/7", ["GE1/0/7"]),
        ("10GE1/0/1-3", ["10GE1/0/1", "10GE1/0/2", "10GE1/0/3"]),
        ("Ten-GigabitEthernet1/0/49-50", ["Ten-GigabitEthernet1/0/49", "Ten-GigabitEthernet1/0/50"]),
        ("eth0", ["eth0"]),
    ],
)
def test_ranges_of_ports(text: str, ports: list[str]) -> None:
    assert list(expand(text)) == ports


@pytest.mark.parametrize("text", ["GE1/0/3-1", "GE1/0/01-4", "GE1/0/1-1025", "48", "GE", "", "GE1/0/1-2-3", "GE 1"])
def test_what_is_no_range_of_ports(text: str) -> None:
    with pytest.raises(ValueError):
        expand(text)


def test_who_is_where(network: Network) -> None:
    assert zones_by_socket(network) == {
        "rad-ws-01": "clinical",
        "rad-ws-02": "clinical",
        "ct-01": "imaging",
        "pacs-01": "servers",
    }
    assert [placed.name for placed in sockets(network)][-1] == "OPD-007"
    assert zone_at(network, ipaddress.ip_address("10.4.0.77")) == "imaging"
    assert zone_at(network, ipaddress.ip_address("fd03::11")) == "servers"
    assert zone_at(network, ipaddress.ip_address("192.0.2.1")) is None


def test_a_switch_carries_the_zones_of_its_ports_and_management(network: Network) -> None:
    assert zones_by_switch(network) == dict.fromkeys(network.switches, frozenset(network.zones))
    floors = network.trunks["floors"].model_copy(update={"zones": ("clinical", "management")})
    apart = network.model_copy(update={"trunks": network.trunks | {"floors": floors}, "firewalls": {}})
    assert zones_by_switch(apart)["sw-02"] == {"clinical", "guest", "imaging", "management"}
    del apart.trunks["firewall"]
    assert zones_by_switch(apart)["sw-01"] == {"clinical", "management", "servers"}
    alone = apart.model_copy(update={"trunks": {}, "departments": {}, "firewalls": network.firewalls})
    assert zones_by_switch(alone) == {"sw-01": {"guest", "management"}, "sw-02": {"management"}}


def test_zones_on_trunks_reach_their_gateway(network: Network) -> None:
    assert gateways(network) == dict.fromkeys(network.zones, "fw-01")
    assert trunk_zones(network, network.trunks["floors"]) == tuple(network.zones)  # "all", by VLAN
    assert reached(network, "clinical", "fw-01") == {"fw-01", "sw-01", "sw-02"}
    assert reached(network, "guest", "fw-01") == {"fw-01"}  # not on the firewall's trunk: it has a port of its own
    assert reached(network, "guest", "sw-01") == {"sw-01", "sw-02"}
