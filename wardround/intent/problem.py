"""What is wrong with a hospital's data, where, and what would be right."""

from __future__ import annotations

import bisect
import datetime
import difflib
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, order=True)
class Problem:
    """One thing to mend. Sorts by file and line.

    file: as the user would open it; line: from 1; key: dotted path, empty for the whole file;
    found, allowed: for people, half a sentence each.
    """

    file: str
    line: int
    key: str
    found: str
    allowed: str

    def __str__(self) -> str:
        return f"{self.place}found {self.found}, allowed {self.allowed}"

    @property
    def place(self) -> str:
        """`file:line: key: `, on one line whatever the key holds."""
        key = self.key if self.key.isprintable() else json.dumps(self.key, ensure_ascii=False)
        return f"{self.file}:{self.line}: {key}: " if key else f"{self.file}:{self.line}: "


class IntentError(Exception):
    """The hospital's data cannot be used. `problems` holds every problem, sorted by file and line."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(problem) for problem in self.problems))


def shown(value: Any) -> str:
    """A value as a person would recognise it: short, quoted where it is text, its type named where it may surprise."""
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return f"{str(value).lower()} (a truth value)"
    if isinstance(value, int | float):
        return f"{value} (a number)"
    if isinstance(value, datetime.date):
        return f"{value} (a date)"
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list | tuple):
        return "a list"
    if isinstance(value, str):
        return json.dumps(value if len(value) <= 60 else value[:57] + "...", ensure_ascii=False)
    return "an encrypted value"


def one_of(found: object, names: Iterable[str]) -> str:
    """The names that are allowed, no more than eight of them, and the likeliest as a question."""
    ordered = sorted(names)
    if not ordered:
        return "none here"
    at = bisect.bisect(ordered, str(found))  # of thousands of hosts only the neighbours are compared
    nearby = ordered if len(ordered) <= 200 else ordered[max(0, at - 100) : at + 100]
    near = difflib.get_close_matches(str(found), nearby, n=1)
    listed = ", ".join(ordered[:8]) + (f" and {len(ordered) - 8} more" if len(ordered) > 8 else "")
    return f"{listed} (did you mean {near[0]}?)" if near else listed
