"""Lists of VLAN ids as people and switches write them: `20-24,30`."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

_PART: Final = re.compile(r"([0-9]{1,4})(?:-([0-9]{1,4}))?")


def to_text(vlans: Iterable[int]) -> str:
    """`20-24,30` for {20, 21, 22, 23, 24, 30}, in ascending order; empty for none."""
    return ",".join(str(first) if first == last else f"{first}-{last}" for first, last in spans(vlans))


def spans(vlans: Iterable[int]) -> list[tuple[int, int]]:
    """First and last of each unbroken run, ascending."""
    runs: list[tuple[int, int]] = []
    for vlan in sorted(set(vlans)):
        if runs and runs[-1][1] == vlan - 1:
            runs[-1] = (runs[-1][0], vlan)
        else:
            runs.append((vlan, vlan))
    return runs


def from_text(text: str) -> frozenset[int]:
    """{20, 21, 22, 23, 24, 30} for `20-24,30`. Raises ValueError for anything else, ids outside 1 to 4094 included."""
    vlans: set[int] = set()
    for part in text.split(",") if text else ():
        match = _PART.fullmatch(part.strip())
        first, last = (int(match[1]), int(match[2] or match[1])) if match else (0, 0)
        if not 1 <= first <= last <= 4094:
            raise ValueError(f"{part!r} in a list of VLANs; such a list is 20-24,30 with ids of 1 to 4094")
        vlans |= set(range(first, last + 1))
    return frozenset(vlans)
