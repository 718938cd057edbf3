"""What every clinical verdict is made with."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Final

from wardround.evidence.check import Check

NOT_ASKED: Final = "not asked: there is no answer"
_UID: Final = re.compile(r"\d+(\.\d+){6,}")


class NotProved(Exception):
    """Why an answer proves nothing, for people."""


def without_uids(sentence: str) -> str:
    """The sentence with each DICOM UID (PS3.5, section 9) as `…`: they are known, and hide the part that is wrong."""
    return _UID.sub("…", sentence)


def told(failures: Iterable[Check]) -> str:
    """What is not proved, in a sentence for each fault: checks that found the same are told together."""
    alike: dict[str, list[Check]] = {}
    for check in failures:
        alike.setdefault(check.found, []).append(check)
    return "; ".join(
        f"{_listed(one.name for one in checks)}: expected {_listed(one.expected for one in checks)}, found {found}"
        for found, checks in alike.items()
    )


def _listed(words: Iterable[str]) -> str:
    return " and ".join(dict.fromkeys(words))
