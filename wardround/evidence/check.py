"""One question that was asked of the real thing, and what it answered."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class Check:
    """A probe's verdict.

    name: which question (`version`, `page`, `qido`, `frame`, `echo`, `find`); ok: proved or not;
    expected, found: for people, in their terms; seconds: how long the answer took, None where not timed.
    """

    name: str
    ok: bool
    expected: str
    found: str
    seconds: float | None = None

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)
