"""Which verdict belongs to a product; `declared` is for those that bring their own answers.

`answered` is for what every desk has without a release.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wardround.clinical import answered, declared, his, pacs
from wardround.clinical.answered import EVERY_DESK
from wardround.evidence.check import Check

__all__ = ["DECLARED", "EVERY_DESK", "JUDGES", "Judge"]
Judge = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Check]]

DECLARED: Final = "declared"
JUDGES: Final[Mapping[str, Judge]] = {
    DECLARED: declared.judge,
    "his_client": his.judge,
    "lis_client": his.judge,
    "pacs_client": pacs.judge,
    **dict.fromkeys(EVERY_DESK, answered.judge),
}
