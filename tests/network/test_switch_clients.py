"""Clients that nobody here wrote work with the emulated switches: netmiko, ntc-templates, cisco.ios; no packets."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from netmiko import BaseConnection, ConnectHandler
from netmiko.huawei.huawei import HuaweiVrpv8SSH
from ntc_templates.parse import parse_output

from lab.switch.config import Learned, Neighbour
from lab.switch.fleet import Fleet
from lab.switch.spec import Spec, port_range

HEARD = Neighbour("core-01", "GigabitEthernet1/0/9", "02:57:0a:57:00:01")
MAC = "02:57:0a:57:00:07"
PORTS = {
    "cisco_ios": port_range("GigabitEthernet1/0/1-4"),
    "huawei_vrp5": port_range("GigabitEthernet0/0/1-4"),
    "huawei_vrp8": port_range("GE1/0/1-4"),
    "h3c_comware7": port_range("GigabitEthernet1/0/1-4"),
}
STARTUP = {
    "cisco_ios": "lldp run\ninterface GigabitEthernet1/0/4\n switchport mode trunk\n",
    "huawei_vrp5": "lldp enable\n",
    "huawei_vrp8": "lldp enable\n",
    "h3c_comware7": "lldp global enable\n",
}
DRIVERS = {
    "cisco_ios": "cisco_ios",
    "huawei_vrp5": "huawei",
    "huawei_vrp8": "huawei_vrpv8",
    "h3c_comware7": "hp_comware",
}
TEMPLATES = {
    "cisco_ios": "cisco_ios",
    "huawei_vrp5": "huawei_vrp",
    "huawei_vrp8": "huawei_vrp",
    "h3c_comware7": "hp_comware",
}
CHANGE = {
    "cisco_ios": [
        "vlan 20",
        "name imaging",
        "interface Gi1/0/1",
        "switchport mode access",
        "switchport access vlan 20",
    ],
    "huawei_vrp5": ["vlan batch 20", "interface GigabitEthernet0/0/1", "port link-type access", "port default vlan 20"],
    "huawei_vrp8": ["vlan batch 20", "interface GE1/0/1", "port default vlan 20"],
    "h3c_comware7": ["vlan 20", "name imaging", "interface GigabitEthernet1/0/1", "port access vlan 20"],
}
# What a report must hold once parsed: command, a key and its value, another key and its value in the same row.
REPORTS: dict[str, list[tuple[str, dict[str, Any]]]] = {
    "cisco_ios": [
        ("show vlan brief", {"vlan_id": "20", "vlan_name": "imaging", "interfaces": ["Gi1/0/1"]}),
        ("show interfaces status", {"port": "Gi1/0/4", "vlan_id": "trunk", "status": "connected"}),
        ("show interfaces switchport", {"interface": "Gi1/0/1", "access_vlan": "20", "mode": "static access"}),
        ("show lldp neighbors", {"neighbor_name": "core-01", "local_interface": "Gi1/0/4"}),
        ("show mac address-table", {"vlan_id": "20", "destination_address": "0257.0a57.0007"}),
        ("show ip interface brief", {"interface": "GigabitEthernet1/0/1", "status": "up"}),
        ("show version", {"hostname": "cisco-ios", "software_image": "CAT9K_IOSXE"}),
    ],
    "huawei_vrp5": [
        ("display vlan brief", {"vlan_id": "20", "mode": "UT", "interface": ["GE0/0/1"]}),
        ("display port vlan", {"interface": "GigabitEthernet0/0/1", "link_type": "access", "vlan_id": "20"}),
        ("display interface brief", {"interface": "GigabitEthernet0/0/1", "phy": "up"}),
        ("display interface description", {"interface": "GigabitEthernet0/0/1", "protocol": "up"}),
        ("display lldp neighbor", {"neighbor_name": "core-01", "local_interface": "GigabitEthernet0/0/4"}),
        ("display mac-address", {"vlan_id": "20", "destination_address": "0257-0a57-0007"}),
        ("display version", {"vrp_version": "5.170"}),
    ],
    "huawei_vrp8": [
        ("display port vlan", {"interface": "GE1/0/1", "link_type": "access", "vlan_id": "20"}),
        ("display vlan", {"vlan_id": "20", "vlan_status": "enable", "vlan_description": "VLAN 0020"}),
        ("display version", {"vrp_version": "8.220"}),
    ],
    "h3c_comware7": [
        ("display vlan brief", {"vlan_id": "20", "vlan_name": "imaging"}),
        ("display vlan all", {"vlan_id": "20", "vlan_name": "imaging", "type": "Static"}),
        ("display interface brief", {"interface": "GE1/0/1", "type": "A", "vlan_id": "20"}),
        ("display mac-address", {"mac_address": "0257-0a57-0007", "vlan_id": "20", "interface": "GE1/0/1"}),
        ("display lldp neighbor-information list", {"local_interface": "GE1/0/4", "neighbor_name": "core-01"}),
    ],
}


def name_of(dialect: str) -> str:
    return dialect.replace("_", "-")


def spec(dialect: str, **more: Any) -> Spec:
    ports = PORTS[dialect]
    return Spec(
        name_of(dialect),
        dialect,
        ports,
        STARTUP[dialect],
        neighbours={ports[3]: HEARD},
        learned=(Learned(20, MAC, ports[0]),),
        **more,
    )


@pytest.fixture(scope="module")
def fleet() -> Iterator[Fleet]:
    with Fleet(*map(spec, PORTS)) as made:
        yield made


def connect(fleet: Fleet, dialect: str) -> BaseConnection:
    where = {"host": "127.0.0.1", "port": fleet[name_of(dialect)].port}
    return ConnectHandler(device_type=DRIVERS[dialect], username="admin", password="admin", **where)


@pytest.mark.parametrize("dialect", list(PORTS))
def test_netmiko_configures_saves_and_its_templates_parse(fleet: Fleet, dialect: str) -> None:
    device = fleet[name_of(dialect)]
    with connect(fleet, dialect) as at:
        said = at.send_config_set(CHANGE[dialect])
        assert "%" not in said and "Error" not in said
        if isinstance(at, HuaweiVrpv8SSH):
            assert "20" not in device.text().partition("interface")[0]
            at.commit()
        assert not at.check_config_mode()
        for command, wanted in REPORTS[dialect]:
            rows = parse_output(TEMPLATES[dialect], command, at.send_command(command))
            assert any(wanted.items() <= row.items() for row in rows), f"{command}: {wanted} is in none of {rows}"
        at.save_config()
    assert device.switch.saved and "vlan 20" in device.text().replace("vlan batch", "vlan")


def test_netmiko_finds_its_own_errors(fleet: Fleet) -> None:
    with connect(fleet, "cisco_ios") as at, pytest.raises(Exception, match="Invalid input"):
        at.send_config_set(["frobnicate"], error_pattern=r"% Invalid input")


PLAY = """
- hosts: access
  gather_facts: false
  tasks:
    - cisco.ios.ios_vlans: &vlans
        state: merged
        config: [{vlan_id: 20, name: imaging, state: active}, {vlan_id: 30, name: surgery, state: active}]
      register: vlans
    - cisco.ios.ios_vlans: *vlans
      register: vlans_again
    - cisco.ios.ios_l2_interfaces: &ports
        state: merged
        config:
          - {name: GigabitEthernet1/0/1, mode: access, access: {vlan: 20}}
          - {name: GigabitEthernet1/0/4, mode: trunk, trunk: {allowed_vlans: ["20", "30-32"], native_vlan: 99}}
      register: ports
    - cisco.ios.ios_l2_interfaces: *ports
      register: ports_again
    - cisco.ios.ios_config: {parents: interface GigabitEthernet1/0/1, lines: [description Bed 7], save_when: modified}
      register: line
    - cisco.ios.ios_vlans: {state: gathered}
      register: gathered
    - ansible.builtin.copy:
        dest: "{{ result }}"
        content: "{{ [vlans, vlans_again, ports, ports_again, line, gathered] | to_json }}"
      delegate_to: localhost
      vars: {ansible_connection: local}
"""


def test_ciscos_own_collection_changes_it_once(tmp_path: Path) -> None:
    """Over enable with a password. Port 4 is a trunk, so that the ports of VLAN 1 fit on one line of `show vlan`.

    The collection loses the VLAN after a row that goes on with one or two ports on a second line.
    """
    (tmp_path / "ansible.cfg").write_text("")
    (tmp_path / "play.yml").write_text(PLAY)
    with Fleet(spec("cisco_ios", secret="s3cret", privilege=1)) as fleet:
        device = fleet["cisco-ios"]
        host = {
            "ansible_host": "127.0.0.1",
            "ansible_port": device.port,
            "ansible_user": "admin",
            "ansible_password": "admin",
            "ansible_connection": "ansible.netcommon.network_cli",
            "ansible_network_cli_ssh_type": "paramiko",
            "ansible_network_os": "cisco.ios.ios",
            "ansible_become": True,
            "ansible_become_method": "ansible.netcommon.enable",
            "ansible_become_password": "s3cret",
            "ansible_host_key_checking": False,  # a switch that lives for this test has a new key
            "ansible_python_interpreter": sys.executable,
            "result": str(tmp_path / "result.json"),
        }
        (tmp_path / "hosts.yml").write_text(json.dumps({"all": {"hosts": {"access": host}}}))
        kept = {name: value for name, value in os.environ.items() if not name.startswith("ANSIBLE_")}
        done = subprocess.run(
            [Path(sys.executable).parent / "ansible-playbook", "-i", tmp_path / "hosts.yml", tmp_path / "play.yml"],
            env=kept | {"ANSIBLE_CONFIG": str(tmp_path / "ansible.cfg"), "ANSIBLE_HOME": str(tmp_path / "home")},
            capture_output=True,
            text=True,
            timeout=600,
            check=False,
        )
        assert done.returncode == 0, done.stdout + done.stderr
        text, saved = device.text(), device.switch.saved
    results = json.loads((tmp_path / "result.json").read_text())
    assert [result["changed"] for result in results] == [True, False, True, False, True, False]
    assert {(vlan["vlan_id"], vlan["name"]) for vlan in results[5]["gathered"]} > {(20, "imaging"), (30, "surgery")}
    assert " description Bed 7\n switchport access vlan 20\n switchport mode access\n" in text
    assert " switchport trunk native vlan 99\n switchport trunk allowed vlan 20,30-32\n switchport mode trunk\n" in text
    assert saved
