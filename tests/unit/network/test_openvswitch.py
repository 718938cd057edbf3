"""A port's row carries what the port's model does."""

from __future__ import annotations

import pytest

from wardround.network.device import ALL_VLANS, Access, Port, SwitchModel, TrunkPort
from wardround.network.openvswitch import CLOSED, PortRow, port_row


@pytest.mark.parametrize(
    ("mode", "row"),
    [
        (Access(10), PortRow("access", 10, ())),
        (Access(10, 20), PortRow("native-untagged", 10, (10, 20))),
        (Access(10, 99), PortRow("access", 10, ())),
        (Access(99), CLOSED),
        (TrunkPort(frozenset({10, 20, 99}), 999), PortRow("trunk", None, (10, 20))),
        (TrunkPort(frozenset({10, 20}), 20), PortRow("native-untagged", 20, (10, 20))),
        (TrunkPort(ALL_VLANS), PortRow("trunk", None, (10, 20, 999))),
        (TrunkPort(frozenset()), CLOSED),
        (None, CLOSED),
    ],
)
def test_a_port_carries_what_its_model_says(mode: Access | TrunkPort | None, row: PortRow) -> None:
    def switch(enabled: bool) -> SwitchModel:
        ports = {"Gi1": Port("Gi1", mode, enabled=enabled)}
        return SwitchModel("acc", "cisco_ios", {10: "a", 20: "b", 999: "parking"}, ports, 10)

    assert port_row(switch(True), "Gi1") == row
    assert port_row(switch(False), "Gi1") == CLOSED
    assert port_row(switch(True), "Gi2") == CLOSED
