"""The text that a vendor's device takes, made from its model. One entry for each dialect."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final

from wardround.network import nftables
from wardround.network.device import FirewallModel, SwitchModel
from wardround.network.dialects import DIALECTS
from wardround.network.dialects.base import Dialect
from wardround.network.exports import FORMATS, export


def _writes(dialect: Dialect) -> Callable[[SwitchModel], str]:
    return lambda model: "\n".join([*dialect.render(model), ""])


SWITCHES: Final[dict[str, tuple[str, Callable[[SwitchModel], str]]]] = {
    platform: (f".{platform}.cfg", _writes(dialect)) for platform, dialect in DIALECTS.items()
}
"""Platform to the file suffix of its configuration, such as `.cisco_ios.cfg`, and what writes it."""

FIREWALLS: Final[dict[str, Callable[[FirewallModel], str]]] = {".nft": nftables.render}
"""File suffix, such as `.nft`, to what writes it."""


def render(model: SwitchModel | FirewallModel, exported: Iterable[str] = ()) -> dict[str, str]:
    """Suffix to text for every dialect that knows the device; {} where none does.

    exported: names of `exports.FORMATS` that a firewall is wanted in too. Raises ExportError where it cannot be.
    """
    if isinstance(model, FirewallModel):
        texts = {suffix: write(model) for suffix, write in sorted(FIREWALLS.items())}
        return texts | {FORMATS[name].suffix: export(model, name) for name in exported}
    if model.platform not in SWITCHES:
        return {}
    suffix, write_switch = SWITCHES[model.platform]
    return {suffix: write_switch(model)}


def suffixes() -> frozenset[str]:
    """Every suffix that some device's text may have."""
    exported = {form.suffix for form in FORMATS.values()}
    return frozenset(FIREWALLS) | {suffix for suffix, _write in SWITCHES.values()} | exported
