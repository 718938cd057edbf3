"""A switch as plain data: read back as it was written, and what is wrong in it is said."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from hypothesis import given, settings

from tests.unit.network.switches import switches
from wardround.network.device import Access, Port, SwitchModel
from wardround.network.model_file import from_text, to_text
from wardround.network.switch_data import DataError, from_data, to_data


@settings(max_examples=30)
@given(switches(whole=True))
def test_a_model_is_read_back_from_its_data(switch: SwitchModel) -> None:
    assert from_data(json.loads(json.dumps(to_data(switch)))) == switch


def test_a_compiled_file_is_such_data() -> None:
    ports = {
        "10GE1/0/1": Port("10GE1/0/1", Access(10, 20), "to: a 'desk'"),
        "Gi1/0/2": Port("Gi1/0/2", None, "", False),
    }
    switch = SwitchModel("acc-01", "huawei_vrp8", {10: "clinical", 20: "no"}, ports, 99, "10GE1/0/1")
    assert from_data(yaml.safe_load(to_text(switch))) == switch == from_text(to_text(switch))


def test_what_is_left_out_comes_from_where_it_is_used() -> None:
    switch = from_data({"vlans": {"10": None}}, "acc-01", "cisco_ios")
    assert switch == SwitchModel("acc-01", "cisco_ios", {10: ""}, {}, 1)
    assert from_data({"ports": {"Gi1": {"description": "MRI"}}}).ports == {"Gi1": Port("Gi1", None, "MRI", None)}


@pytest.mark.parametrize(
    ("data", "said"),
    [
        ({"vlan": {}}, "config: found 'vlan', allowed are switch, platform, management_vlan, uplink, vlans, ports"),
        ({"vlans": {4095: "x"}}, "vlans: found 4095, allowed are VLANs 1 to 4094"),
        ({"vlans": {10: 5}}, "vlans: 10: found 5, allowed is text"),
        ({"vlans": [10]}, "vlans: found [10], allowed is a mapping"),
        ({"management_vlan": True}, "management_vlan: found True, allowed are VLANs 1 to 4094"),
        ({"ports": {"Gi1": {"acess": 10}}}, "ports: Gi1: found 'acess', allowed are access, voice, trunk"),
        ({"ports": {"Gi1": {"access": 10, "trunk": "1"}}}, "ports: Gi1: found access and trunk, allowed is one"),
        ({"ports": {"Gi1": {"voice": 10}}}, "ports: Gi1: found voice without access"),
        ({"ports": {"Gi1": {"native": 10}}}, "ports: Gi1: found native without trunk"),
        ({"ports": {"Gi1": {"trunk": "10-x"}}}, "ports: Gi1: trunk: '10-x' in a list of VLANs"),
        ({"ports": {"Gi1": {"access": "ten"}}}, "ports: Gi1: access: found 'ten', allowed are VLANs"),
        ({"ports": {"Gi1": {"enabled": "no"}}}, "ports: Gi1: enabled: found 'no', allowed are true and false"),
    ],
)
def test_what_is_wrong_is_said(data: dict[str, Any], said: str) -> None:
    with pytest.raises(DataError) as error:
        from_data(data)
    assert str(error.value).startswith(said)
