"""Vendors' command lines for switches: read a configuration, write a change, and let the device undo it by itself."""

from __future__ import annotations

from wardround.network.dialects.base import Dialect
from wardround.network.dialects.cisco_ios import CiscoIos
from wardround.network.dialects.h3c_comware import Comware7
from wardround.network.dialects.huawei_vrp import Vrp5, Vrp8

DIALECTS: dict[str, Dialect] = {dialect.platform: dialect for dialect in (CiscoIos(), Vrp5(), Vrp8(), Comware7())}


def dialect_of(platform: str) -> Dialect:
    """The dialect of a platform of the intent. Raises ValueError naming those that there are."""
    if platform not in DIALECTS:
        raise ValueError(f"platform {platform!r} is unknown, known are {', '.join(DIALECTS)}")
    return DIALECTS[platform]
