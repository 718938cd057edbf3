"""Three vendors' switches are what one intent says, by their own word to a client that is not ours."""

import os
from collections.abc import Iterator
from typing import Any

import pytest
from netmiko import ConnectHandler

SWITCHES = {"cisco_ios": 42201, "huawei": 42202, "hp_comware": 42203}
SHOWS = {
    "cisco_ios": ("show running-config", "show startup-config", "show vlan brief"),
    "huawei": ("display current-configuration", "display saved-configuration", "display vlan"),
    "hp_comware": ("display current-configuration", "display saved-configuration", "display vlan brief"),
}
LINES = {
    "cisco_ios": """
interface GigabitEthernet1/0/1
 description MRI 2
 switchport access vlan 40
 switchport mode access
!
interface GigabitEthernet1/0/2
 description reading desk 1
 switchport access vlan 10
 switchport mode access
 switchport voice vlan 50
!
interface GigabitEthernet1/0/3
 description access point
 switchport trunk native vlan 999
 switchport trunk allowed vlan 20,99
 switchport mode trunk
!
interface GigabitEthernet1/0/4
 shutdown
!
interface GigabitEthernet1/0/48
 description to core-01
 switchport trunk allowed vlan 10,20,40,50,99
 switchport mode trunk
!
""",
    "huawei": """
interface GigabitEthernet1/0/1
 description MRI 2
 port link-type access
 port default vlan 40
#
""",
    "hp_comware": """
 description MRI 2
 port access vlan 40
#
""",
}


@pytest.fixture(params=sorted(SWITCHES))
def switch(request: pytest.FixtureRequest) -> Iterator[tuple[str, Any]]:
    connection = ConnectHandler(
        device_type=request.param,
        host="127.0.0.1",
        port=SWITCHES[request.param],
        username="admin",
        password="admin",
        ssh_strict=True,
        alt_host_keys=True,
        alt_key_file=f"{os.environ['MOLECULE_EPHEMERAL_DIRECTORY']}/known_hosts",
    )
    yield request.param, connection
    connection.disconnect()


def test_ports_are_as_the_intent_says(switch: tuple[str, Any]) -> None:
    kind, connection = switch
    assert LINES[kind].strip() in connection.send_command(SHOWS[kind][0])


def test_the_vlans_are_there_and_the_forgotten_one_is_not(switch: tuple[str, Any]) -> None:
    kind, connection = switch
    rows = {line.split()[0] for line in connection.send_command(SHOWS[kind][2]).splitlines() if line.strip()}
    assert {"10", "20", "40", "50", "99", "999"} <= rows
    assert "30" not in rows


def test_it_is_saved_and_no_timer_runs(switch: tuple[str, Any]) -> None:
    kind, connection = switch
    running, saved = (connection.send_command(command) for command in SHOWS[kind][:2])
    assert [line for line in running.splitlines() if line.startswith((" ", "interface", "vlan"))] == [
        line for line in saved.splitlines() if line.startswith((" ", "interface", "vlan"))
    ]
    timers = {
        "cisco_ios": ("show archive config rollback timer", "No Rollback Confirmed Change pending"),
        "huawei": ("display schedule reboot", "No reboot is scheduled"),
    }
    if kind in timers:
        command, answer = timers[kind]
        assert answer in connection.send_command(command)
