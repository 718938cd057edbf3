"""Who is plugged in where: from the lab's own inventory."""

from __future__ import annotations

import dataclasses
from urllib.parse import urlsplit

import pytest

from lab import cabling, switches
from lab.machines import machines
from lab.paths import INVENTORY
from lab.podman import LabError
from lab.switch import spec
from lab.switch.device import Device, NoPackets
from wardround.intent import load
from wardround.network.compile import compile_network
from wardround.network.device import SwitchModel
from wardround.network.dialects import DIALECTS

EVERYONE = machines()
NETWORK, HOSTS = switches.intent(INVENTORY)
PLUGS = cabling.plugs(NETWORK, EVERYONE)


def test_every_machine_has_one_cable_and_the_firewall_one_a_zone() -> None:
    plugged = [plug.machine for plug in PLUGS]
    assert sorted(plugged) == sorted(
        [*(machine.container for machine in EVERYONE if machine.name != "fw-01"), *["wr-fw-01"] * 9, cabling.HERE]
    )
    assert len({(plug.switch, plug.port) for plug in PLUGS}) == len(PLUGS)


def test_a_desk_has_its_addresses_and_its_zones_gateway() -> None:
    desk = next(plug for plug in PLUGS if plug.machine == "wr-reg-ws-01")
    assert (desk.switch, desk.port, desk.interface) == ("acc-01", "GigabitEthernet1/0/1", "clinical")
    assert desk.addresses == ("10.87.22.31/24", "fd87:22::31/64")
    assert desk.routes == (("default", "10.87.22.1"), ("default", "fd87:22::1"))


def test_this_computer_keeps_its_default_route() -> None:
    here = next(plug for plug in PLUGS if plug.machine == cabling.HERE)
    assert here.addresses == ("10.87.19.250/24", "fd87:19::fa/64")
    assert ("10.87.20.0/24", "10.87.19.1") in here.routes
    assert len(here.routes) == 2 * 8
    assert "default" not in {to for to, _gateway in here.routes}


def test_the_sensor_sees_what_comes_over_the_cores_trunks() -> None:
    (mirror,) = cabling.mirrors(NETWORK, EVERYONE)
    trunks = tuple(f"GigabitEthernet1/0/{number}" for number in (21, 22, 23))
    assert mirror == cabling.Mirror("core-01", trunks, "wr-mon-01")


def test_a_machine_without_a_socket_is_named() -> None:
    lost = dataclasses.replace(EVERYONE[0], name="new-01")
    with pytest.raises(LabError, match="new-01 is at no socket"):
        cabling.plugs(NETWORK, [lost])


def test_no_step_of_the_journey_stays_in_one_zone() -> None:
    """Who talks to whom, out of the hospital's own data: each crosses the firewall."""
    hospital = load(INVENTORY)
    journey = hospital.journey
    assert journey and journey.messages
    engine = journey.messages.host
    talks = {(engine, one) for one in (journey.his, journey.lis, journey.pacs, "ana-01")}
    talks |= {(one.device, journey.pacs) for one in journey.examinations} | {(journey.reading_desk, journey.pacs)}
    for name, host in hospital.hosts.items():
        talks |= {(name, host.vars[f"{client}_server"]) for client in host.clients if client != "pacs_client"}
        talks |= {(name, archive) for archive in host.vars.get("pacs_client_peers", ())}
        talks |= {(name, host_of(queue["uri"])) for queue in host.vars.get("print_client_queues", ())}
    zone = {plug.machine: plug.addresses[0].rpartition(".")[0] for plug in PLUGS if plug.interface == "clinical"}
    assert {end for pair in talks for end in pair} > {*journey.hosts().values(), "prn-01", "med-ws-01"}
    assert [pair for pair in talks if zone[f"wr-{pair[0]}"] == zone[f"wr-{pair[1]}"]] == []


def host_of(uri: str) -> str:
    """The machine at the address of a URI."""
    return next(machine.name for machine in EVERYONE if machine.clinical == urlsplit(uri).hostname)


@pytest.mark.parametrize("name", sorted(NETWORK.switches))
def test_a_switch_comes_with_management_alone(name: str) -> None:
    model = compile_network(NETWORK, HOSTS)[name]
    assert isinstance(model, SwitchModel)
    delivered = switches.as_delivered(model)
    assert set(delivered.vlans) == {19, 999}
    assert all(port.mode is not None for port in delivered.ports.values())
    assert delivered.uplink is None or delivered.uplink in delivered.ports
    # What the emulator makes of it is what was meant.
    dialect = DIALECTS[NETWORK.switches[name].platform]
    own = switches.OWN_ADDRESS[dialect.platform].format(vlan=19, address=HOSTS[name].address)
    written = "\n".join(dialect.render(delivered)) + f"\n{own}"
    data = {"name": name, "dialect": dialect.platform, "ports": list(NETWORK.switches[name].ports)}
    made = spec.of({**data, "startup": written})
    started = Device(made, NoPackets(made)).switch.running
    assert set(started.vlans) >= {19, 999}
    assert str(started.svis[19].address) == f"{HOSTS[name].address}/24"
