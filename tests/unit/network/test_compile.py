"""What holds for every device of Riverside hospital, and on the small network line by line."""

from __future__ import annotations

import random
from pathlib import Path
from typing import Any

import pytest

from tests.unit.intent.cases import write_good_network
from wardround.intent import Intent, load
from wardround.intent.network import Network
from wardround.intent.topology import gateways, reached, sockets, trunk_zones
from wardround.network.compile import PARKING_NAME, compile_network, described, parking_vlan
from wardround.network.device import (
    Access,
    FirewallModel,
    Port,
    Rule,
    SwitchModel,
    TrunkPort,
    ZoneInterface,
    carried,
    port_order,
)
from wardround.network.model_file import to_text
from wardround.network.render import FIREWALLS, SWITCHES, render

ROOT = Path(__file__).parents[3]
Models = dict[str, SwitchModel | FirewallModel]


@pytest.fixture(scope="module")
def riverside() -> Intent:
    return load(ROOT / "inventories/riverside")


@pytest.fixture(scope="module")
def models(riverside: Intent) -> Models:
    assert riverside.network
    return compile_network(riverside.network, riverside.hosts)


@pytest.fixture
def small(tmp_path: Path) -> Intent:
    return load(write_good_network(tmp_path))


def switches(models: Models) -> dict[str, SwitchModel]:
    return {name: model for name, model in models.items() if isinstance(model, SwitchModel)}


def of(intent: Intent) -> Network:
    assert intent.network
    return intent.network


def test_every_device_has_a_model_and_every_port_is_in_it(riverside: Intent, models: Models) -> None:
    network = of(riverside)
    assert list(models) == sorted([*network.switches, *network.firewalls])
    for name, model in switches(models).items():
        assert sorted(model.ports) == sorted(network.switches[name].port_names())
        assert list(model.ports) == sorted(model.ports, key=port_order)
        assert all(port == model.ports[port].name for port in model.ports)


def test_a_socket_carries_exactly_what_its_profile_says(riverside: Intent, models: Models) -> None:
    network = of(riverside)
    seen = 0
    for placed in sockets(network):
        profile = network.profiles[placed.socket.profile]
        wanted = {network.zones[zone].vlan for zone in (profile.zone, profile.voice) if zone}
        port = switches(models)[placed.socket.switch].ports[placed.socket.port]
        assert isinstance(port.mode, Access) and port.enabled
        assert port.mode.vlan == network.zones[profile.zone].vlan
        assert carried(port) == wanted
        assert port.description.startswith(f"{placed.name} ")
        seen += 1
    assert seen == 2000


def test_a_trunk_carries_management_and_the_same_at_both_ends(riverside: Intent, models: Models) -> None:
    network, found = of(riverside), switches(models)
    parking = parking_vlan(network)
    for trunk in network.trunks.values():
        ports = [found[end.device].ports[end.port] for end in (trunk.a, trunk.b) if end.device in found]
        modes = [port.mode for port in ports]
        assert modes == modes[:1] * len(modes)
        wanted = frozenset(network.zones[zone].vlan for zone in trunk_zones(network, trunk))
        assert modes[0] == TrunkPort(wanted, parking)
        assert network.zones[network.management].vlan in wanted


def test_a_switch_has_the_vlans_it_carries_and_no_others(riverside: Intent, models: Models) -> None:
    parking = parking_vlan(of(riverside))
    for model in switches(models).values():
        used = frozenset[int]().union(*(carried(port) for port in model.ports.values())) | {model.management_vlan}
        assert set(model.vlans) == used | {parking}  # every switch here has a trunk
        assert model.vlans[parking] == PARKING_NAME
        assert model.members(parking) == frozenset()
        assert len(set(model.vlans.values())) == len(model.vlans)


def test_what_nobody_asked_for_is_shut_down(riverside: Intent, models: Models) -> None:
    network = of(riverside)
    asked = {(placed.socket.switch, placed.socket.port) for placed in sockets(network)}
    asked |= {(end.device, end.port) for trunk in network.trunks.values() for end in (trunk.a, trunk.b)}
    asked |= {
        (interface.switch or "", interface.port or "")
        for firewall in network.firewalls.values()
        for interface in firewall.interfaces.values()
    }
    for name, model in switches(models).items():
        for port in model.ports.values():
            if (name, port.name) not in asked:
                assert port == Port(port.name, None, enabled=False)
            else:
                assert port.enabled and port.mode is not None


def test_every_zone_of_a_socket_comes_to_its_gateway(riverside: Intent, models: Models) -> None:
    network = of(riverside)
    for zone, firewall in gateways(network).items():
        there = reached(network, zone, network.firewalls[firewall].interfaces[zone].switch or firewall)
        vlan = network.zones[zone].vlan
        for name, model in switches(models).items():
            if any(isinstance(port.mode, Access) and vlan in carried(port) for port in model.ports.values()):
                assert name in there, (zone, name)


def test_every_flow_is_one_rule_of_one_firewall(riverside: Intent, models: Models) -> None:
    network = of(riverside)
    rules = [rule for model in models.values() if isinstance(model, FirewallModel) for rule in model.rules]
    assert sorted(rule.flow for rule in rules) == sorted(network.flows)
    for model in models.values():
        if isinstance(model, FirewallModel):
            zones = {interface.zone for interface in model.interfaces}
            assert all({rule.source, rule.destination} <= zones for rule in model.rules)
            assert [rule.flow for rule in model.rules] == sorted(rule.flow for rule in model.rules)


@pytest.mark.parametrize("seed", range(3))
def test_the_order_of_the_intent_does_not_matter(riverside: Intent, models: Models, seed: int) -> None:
    shuffled = Network.model_validate(_shuffled(of(riverside).model_dump(by_alias=True), random.Random(seed)))
    hosts = list(riverside.hosts.items())
    random.Random(seed).shuffle(hosts)
    again = compile_network(shuffled, dict(hosts))
    assert [to_text(model) for model in again.values()] == [to_text(model) for model in models.values()]


def _shuffled(data: Any, rng: random.Random) -> Any:
    if isinstance(data, dict):
        items = list(data.items())
        rng.shuffle(items)
        return {key: _shuffled(value, rng) for key, value in items}
    return data


def test_the_small_network(small: Intent) -> None:
    models = compile_network(of(small), small.hosts)
    ports = switches(models)["sw-01"].ports
    every = frozenset({20, 30, 40, 90, 99})
    assert ports["GigabitEthernet1/0/1"] == Port("GigabitEthernet1/0/1", Access(30), "RAD-004 Server room")
    assert ports["GigabitEthernet1/0/6"] == Port("GigabitEthernet1/0/6", Access(90), "fw-01 eth1 guest")
    assert ports["GigabitEthernet1/0/7"] == Port(
        "GigabitEthernet1/0/7", TrunkPort(every, 999), "to sw-02 GigabitEthernet1/0/8"
    )
    assert ports["GigabitEthernet1/0/8"].mode == TrunkPort(every - {90}, 999)
    firewall = models["fw-01"]
    assert isinstance(firewall, FirewallModel)
    assert firewall.interfaces[0] == ZoneInterface("clinical", "eth0.20", "10.2.0.1/24", "fd02::1/64")
    assert firewall.interfaces[1] == ZoneInterface("guest", "eth1", "10.8.0.1/24", None)
    to_pacs = Rule("desks_pacs", "clinical", "servers", "tcp", (104, 11112), (), ("10.3.0.11", "fd03::11"))
    from_imaging = Rule("imaging_pacs", "imaging", "servers", "tcp", (104, 11112), (), ("10.3.0.11",))  # IPv4 only
    assert firewall.rules == (to_pacs, from_imaging, Rule("ping", "management", "clinical", "icmp"))


def test_a_native_zone_and_a_zone_with_the_usual_parking_vlan(small: Intent) -> None:
    network = of(small)
    zones = network.zones | {"guest": network.zones["guest"].model_copy(update={"vlan": 999})}
    trunks = network.trunks | {"floors": network.trunks["floors"].model_copy(update={"native": "guest"})}
    changed = network.model_copy(update={"zones": zones, "trunks": trunks})
    models = switches(compile_network(changed, small.hosts))
    native = models["sw-02"].ports["GigabitEthernet1/0/8"].mode
    assert isinstance(native, TrunkPort) and native.native == 999 and 999 in native.allowed
    assert PARKING_NAME not in models["sw-02"].vlans.values()  # its one trunk has a native zone
    parked = models["sw-01"].ports["GigabitEthernet1/0/8"].mode
    assert isinstance(parked, TrunkPort) and parked.native == 998


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Café 阅片室 1", "Cafe 1"),
        ("Nurses' station? #3!", "Nurses station 3"),
        ("x" * 100, "x" * 60),
        ("  two   spaces ", "two spaces"),
    ],
)
def test_descriptions_that_every_vendor_keeps(text: str, said: str) -> None:
    assert described(text) == said


def test_a_dialect_is_asked_for_its_own_devices(small: Intent, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(SWITCHES, "cisco_ios", (".cfg", lambda model: f"hostname {model.name}\n"))
    monkeypatch.setitem(FIREWALLS, ".nft", lambda model: f"# {model.name}\n")
    models = compile_network(of(small), small.hosts)
    assert render(models["sw-01"]) == {".cfg": "hostname sw-01\n"}
    assert render(models["fw-01"])[".nft"] == "# fw-01\n"
