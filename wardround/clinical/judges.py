"""Which verdict belongs to a product; `declared` is for those that bring their own answers.

`answered` is for what every desk has without a release. The proof of each client of ours also has the check `clients`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

from wardround.clinical import answered, declared, desk_clients, his, pacs
from wardround.clinical.answered import EVERY_DESK
from wardround.evidence.check import Check

__all__ = ["DECLARED", "EVERY_DESK", "JUDGES", "Judge"]
Judge = Callable[[Mapping[str, Any], Mapping[str, Any]], list[Check]]

DECLARED: Final = "declared"


def _on_a_desk(how: Judge) -> Judge:
    """A client's own checks, and whether its desk has the clients that it should."""
    return lambda expected, answers: [*how(expected, answers), *desk_clients.judge(expected, answers)]


JUDGES: Final[Mapping[str, Judge]] = {
    DECLARED: declared.judge,
    "his_client": _on_a_desk(his.judge),
    "lis_client": _on_a_desk(his.judge),
    "pacs_client": _on_a_desk(pacs.judge),
    **dict.fromkeys(EVERY_DESK, answered.judge),
}
