"""A switch's configuration and a whole change of it, in every dialect, kept as files and reviewed like code.

After a wished-for change: `UPDATE_GOLDEN=1 python -m pytest tests/golden/test_switches.py`, then read the diff.
"""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from wardround.network.change import steps, target
from wardround.network.device import ALL_VLANS, Access, Port, SwitchModel, TrunkPort
from wardround.network.dialects import DIALECTS

FILES = Path(__file__).parent / "switches"


def switch(vlans: dict[int, str], *ports: Port) -> SwitchModel:
    return SwitchModel("acc-01", "", vlans, {port.name: port for port in ports}, 99, "GigabitEthernet1/0/48")


def ge(number: int, mode: Access | TrunkPort | None, description: str = "", enabled: bool = True) -> Port:
    return Port(f"GigabitEthernet1/0/{number}", mode, description, enabled)


HAVE = switch(
    {10: "CLINICAL", 20: "GUEST", 30: "OLD", 99: "MANAGEMENT"},
    ge(1, Access(30), "reading desk 1"),
    ge(2, Access(10), "reading desk 2"),
    ge(3, Access(20), "waiting hall"),
    ge(4, TrunkPort(frozenset({10, 99})), "old access point"),
    ge(47, TrunkPort(frozenset({10, 20, 30, 99})), "acc-02"),
    ge(48, TrunkPort(ALL_VLANS, 1), "core-01"),
)
WANT = switch(
    {10: "CLINICAL", 20: "GUESTS", 40: "IMAGING", 50: "VOICE", 99: "MANAGEMENT", 999: "parking-vlan"},
    ge(1, Access(40), "MRI 2"),
    ge(2, Access(10, voice=50), "reading desk 2"),
    ge(3, Access(20), "waiting hall", enabled=False),
    ge(4, Access(10), "reading desk 4"),
    ge(47, TrunkPort(frozenset({10, 20, 40, 50, 99}), 999), "acc-02"),
    ge(48, TrunkPort(frozenset({10, 20, 40, 50, 99}), 999), "core-01"),
)


@pytest.mark.parametrize("platform", sorted(DIALECTS))
def test_configuration_and_change_are_as_reviewed(platform: str) -> None:
    dialect = DIALECTS[platform]
    made = target(replace(HAVE, platform=platform), WANT, "overridden", dialect.default)
    texts = {
        FILES / f"{platform}.cfg": dialect.render(made),
        FILES / f"{platform}.change": dialect.commands(steps(HAVE, made)),
    }
    for path, lines in texts.items():
        text = "".join(f"{line}\n" for line in lines)
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, encoding="utf-8")
        assert text == path.read_text(encoding="utf-8"), f"{path.name} differs"
