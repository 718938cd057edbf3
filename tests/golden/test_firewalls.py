"""A firewall's whole file, kept and reviewed like code.

After a wished-for change: `UPDATE_GOLDEN=1 python -m pytest tests/golden/test_firewalls.py`, then read the diff.
"""

from __future__ import annotations

import os
from pathlib import Path

from tests.unit.network.firewalls import small
from wardround.network.nftables import render

FILE = Path(__file__).parent / "network/firewall/small.nft"


def test_the_file_is_as_reviewed() -> None:
    text = render(small())
    if os.environ.get("UPDATE_GOLDEN"):
        FILE.write_text(text, encoding="utf-8")
    assert text == FILE.read_text(encoding="utf-8"), f"{FILE.name} differs"
