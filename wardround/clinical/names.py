"""Person names as DICOM writes them."""

from __future__ import annotations

from typing import Any


def same_name(found: Any, wanted: Any) -> bool:
    """Equal person names; trailing empty components and groups mean nothing (PS3.5, section 6.2.1)."""
    return bool(wanted) and _groups(found) == _groups(wanted)


def _groups(name: Any) -> list[str]:
    groups = [group.rstrip("^ ") for group in str(name or "").split("=")]
    while groups and not groups[-1]:
        groups.pop()
    return groups
