"""A firewall's whole files, kept and reviewed like code; and those that its role's scenario loads.

After a wished-for change: `UPDATE_GOLDEN=1 python -m pytest tests/golden/test_firewalls.py`, then read the diff.
"""

from __future__ import annotations

import dataclasses
import os
from pathlib import Path

import pytest

from tests.unit.network.firewalls import small
from wardround.network.device import ZoneInterface
from wardround.network.exports import FORMATS, export
from wardround.network.nftables import render

GOLDEN = Path(__file__).parent / "network/firewall"
SCENARIO = Path(__file__).parents[2] / "molecule/firewall/files"


def scenario() -> dict[str, str]:
    """The small firewall managed over the scenario's cable; with a port more; and managed from elsewhere."""
    others = tuple(one for one in small().interfaces if one.zone != "management")
    mine = ZoneInterface("management", "mgmt", "10.99.86.2/30")
    right = dataclasses.replace(small(), interfaces=(*others, mine))
    rules = tuple(
        dataclasses.replace(rule, ports=(443, 8443)) if rule.ports == (443,) else rule for rule in small().rules
    )
    return {
        "right": render(right),
        "wider": render(dataclasses.replace(right, rules=rules)),
        "cutting": render(dataclasses.replace(right, management="servers")),
    }


FILES = {
    GOLDEN / "small.nft": render(small()),
    **{SCENARIO / f"{name}.nft": text for name, text in scenario().items()},
    **{GOLDEN / f"small{form.suffix}": export(small(), name) for name, form in FORMATS.items()},
}


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_the_file_is_as_reviewed(path: Path) -> None:
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(FILES[path], encoding="utf-8")
    assert FILES[path] == path.read_text(encoding="utf-8"), f"{path.name} differs"
