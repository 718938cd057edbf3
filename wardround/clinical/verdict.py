"""What every clinical verdict is made with."""

from __future__ import annotations

import re
from typing import Final

NOT_ASKED: Final = "not asked: there is no answer"
_UID: Final = re.compile(r"\d+(\.\d+){6,}")


class NotProved(Exception):
    """Why an answer proves nothing, for people."""


def without_uids(sentence: str) -> str:
    """The sentence with each DICOM UID (PS3.5, section 9) as `…`: they are known, and hide the part that is wrong."""
    return _UID.sub("…", sentence)
