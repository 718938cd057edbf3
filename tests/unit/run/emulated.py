"""An emulated switch in each dialect, and how to log in to it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import paramiko

from lab.switch import spec
from lab.switch.device import Device
from lab.switch.fleet import Fleet
from lab.switch.spec import Spec
from wardround.network.device import Access, Port, SwitchModel, TrunkPort
from wardround.network.dialects import DIALECTS
from wardround.run.device_session import Login

SECONDS = 60
"""A change's time by the switch's own clock."""
HURRY = 10.0
"""How many seconds the minute of a switch lasts that is to go back."""

DESK, PHONE, SPARE, HALL, ACCESS_POINT = (f"GigabitEthernet1/0/{number}" for number in range(1, 6))
DOWN, UP = "GigabitEthernet1/0/47", "GigabitEthernet1/0/48"
HAVE = SwitchModel(
    "acc-01",
    "",
    {10: "CLINICAL", 20: "GUEST", 30: "OLD", 99: "MANAGEMENT"},
    {
        port.name: port
        for port in (
            Port(DESK, Access(30), "desk 1"),
            Port(PHONE, Access(10), "desk 2"),
            Port(SPARE, Access(10), "spare"),
            Port(HALL, Access(20), "hall"),
            Port(ACCESS_POINT, Access(20), "access point"),
            Port(DOWN, TrunkPort(frozenset({10, 20, 30, 99}), 1), "acc-02"),
            Port(UP, TrunkPort(frozenset({10, 20, 30, 99}), 1), "core-01"),
        )
    },
    99,
    UP,
)
WANT = replace(
    HAVE,
    vlans={10: "CLINICAL", 20: "GUESTS", 40: "IMAGING", 50: "VOICE", 99: "MANAGEMENT"},
    ports=HAVE.ports
    | {
        DESK: Port(DESK, Access(40), "MRI 2"),
        PHONE: Port(PHONE, Access(10, 50), "desk 2"),
        SPARE: Port(SPARE, Access(10), "spare", enabled=False),
        ACCESS_POINT: Port(ACCESS_POINT, TrunkPort(frozenset({20, 99}), 1), "access point"),
        DOWN: Port(DOWN, TrunkPort(frozenset({10, 20, 40, 50, 99}), 1), "acc-02"),
        UP: Port(UP, TrunkPort(frozenset({10, 20, 40, 50, 99}), 1), "core-01"),
    },
)
OWN = {
    "cisco_ios": "interface Vlan99\n ip address 10.9.0.2 255.255.255.0\n!\n",
    "h3c_comware7": "interface Vlan-interface99\n ip address 10.9.0.2 255.255.255.0\n#\n",
    "huawei_vrp5": "interface Vlanif99\n ip address 10.9.0.2 255.255.255.0\n#\n",
    "huawei_vrp8": "interface Vlanif99\n ip address 10.9.0.2 255.255.255.0\n#\n",
}
ARCHIVE = "archive\n path flash:archive\n!\n"


def switch(name: str, platform: str, model: SwitchModel = HAVE, archive: bool = True, minute: float = 60.0) -> Spec:
    """An emulated switch that is what the model says. archive: IOS can put its running configuration back."""
    before = ARCHIVE if platform == "cisco_ios" and archive else ""
    text = "\n".join(DIALECTS[platform].render(replace(model, name=name)))
    data = {"name": name, "dialect": platform, "ports": list(model.ports), "minute": minute}
    return spec.of({**data, "startup": f"{before}{text}\n{OWN[platform]}"})


def login(device: Device, folder: Path, seconds: float = 20.0) -> Login:
    """How to log in, with the key that the switch shows now as the known one."""
    transport = paramiko.Transport(("127.0.0.1", device.port))
    try:
        transport.start_client(timeout=30)
        key = transport.get_remote_server_key()
    finally:
        transport.close()
    known = folder / f"{device.spec.name}.known_hosts"
    known.write_text(f"[127.0.0.1]:{device.port} {key.get_name()} {key.get_base64()}\n")
    return Login("127.0.0.1", "admin", device.port, "admin", known_hosts=str(known), seconds=seconds)


@contextmanager
def running(platform: str, folder: Path, minute: float = 60.0) -> Iterator[tuple[Fleet, Device, Login]]:
    """One switch, `acc-01`, and its login."""
    with Fleet(switch("acc-01", platform, minute=minute)) as fleet:
        yield fleet, fleet["acc-01"], login(fleet["acc-01"], folder)
