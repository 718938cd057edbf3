"""Names of interfaces and lists of VLANs as Cisco writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from lab.switch.config import ALL_VLANS, expand, ranges

SHORT = {
    "FastEthernet": "Fa",
    "GigabitEthernet": "Gi",
    "TwoGigabitEthernet": "Tw",
    "FiveGigabitEthernet": "Fi",
    "TenGigabitEthernet": "Te",
    "TwentyFiveGigE": "Twe",
    "Vlan": "Vl",
}
RESERVED = {1002: "fddi-default", 1003: "token-ring-default", 1004: "fddinet-default", 1005: "trnet-default"}


class BadName(ValueError):
    """No interface of this switch, or no list of VLANs."""


def full(text: str) -> str:
    """GigabitEthernet1/0/1 for Gi1/0/1, `gi 1/0/1` and the like; BadName for a type that Cisco has not."""
    match = re.fullmatch(r"([A-Za-z-]+)\s*(\d[\d/.]*)", text.strip())
    kinds = [kind for kind in SHORT if match and kind.lower().startswith(match[1].lower())]
    if match and len(kinds) > 1:
        kinds = [kind for kind in kinds if SHORT[kind].lower() == match[1].lower()] or kinds
    if not match or len(kinds) != 1:
        raise BadName(text)
    return f"{kinds[0]}{match[2]}"


def short(name: str) -> str:
    kind = name.rstrip("0123456789/.")
    return f"{SHORT.get(kind, kind)}{name[len(kind) :]}"


def several(text: str) -> list[str]:
    """Names of an `interface range`: `Gi1/0/1-4 , Gi1/0/7`."""
    names: list[str] = []
    for part in text.split(","):
        match = re.fullmatch(r"\s*(.*?)(\d+)(?:\s*-\s*(\d+))?\s*", part)
        if not match:
            raise BadName(part)
        last = int(match[3] or match[2])
        names += [full(f"{match[1]}{number}") for number in range(int(match[2]), last + 1)]
    return names


def vlans(text: str) -> frozenset[int]:
    """1,5-7 as ids; BadName with IOS's own words."""
    found: set[int] = set()
    for part in text.replace(" ", "").split(","):
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", part)
        if not match:
            raise BadName(f"Command rejected: Bad VLAN list - '{part}' is no VLAN number.")
        try:
            found |= expand(int(match[1]), int(match[2] or match[1]))
        except ValueError:
            raise BadName(
                f"Command rejected: Bad VLAN list - '{part}' is out of the range 1..4094 or descends."
            ) from None
    return frozenset(found)


def listed(found: Iterable[int], comma: str = ",") -> str:
    """Ids as IOS prints them: 1,5-7; `none` and `1-4094` for the two ends."""
    runs = ranges(found)
    if not runs:
        return "none"
    return comma.join(
        str(a) if a == b else f"{a}{comma}{b}" if b == a + 1 and comma == "," else f"{a}-{b}" for a, b in runs
    )


def allowed_lines(allowed: frozenset[int], width: int = 80) -> list[str]:
    """The allowed list in the configuration: none where all are; a long one goes on with `add` on further lines."""
    if allowed == ALL_VLANS:
        return []
    start = "switchport trunk allowed vlan "
    lines = [start]
    for part in listed(allowed).split(","):
        if len(lines[-1]) + len(part) + 1 > width:
            lines.append(f"{start}add ")
        lines[-1] += part if lines[-1].endswith(" ") else f",{part}"
    return lines
