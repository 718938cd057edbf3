"""Which verdict belongs to a product; `declared` is for those that bring their own answers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wardround.clinical import declared, his, pacs
from wardround.evidence.check import Check

Judge = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Check]]

DECLARED: Final = "declared"
JUDGES: Final[Mapping[str, Judge]] = {
    DECLARED: declared.judge,
    "his_client": his.judge,
    "lis_client": his.judge,
    "pacs_client": pacs.judge,
}
