"""How a switch is made to misbehave, for rehearsals: a JSON file that may be written while it runs."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any


class FaultsError(ValueError):
    """What is written in the file is no fault."""


@dataclass(frozen=True)
class Faults:
    """Faults that hold until they are taken back; a cut happens once.

    reject, hang: regular expressions of lines that are refused with the vendor's error mark, or never answered.
    cut_after: the connection is cut after this many lines in configuration, 0 as soon as it is entered; the last line
    is done, but not answered. slow: milliseconds before each line is looked at.
    """

    reject: str | None = None
    hang: str | None = None
    cut_after: int | None = None
    slow: float = 0

    @classmethod
    def of(cls, data: Any) -> Faults:
        """Faults from plain data; FaultsError says what is wrong."""
        allowed = [field.name for field in fields(cls)]
        if not isinstance(data, dict) or not data.keys() <= set(allowed):
            raise FaultsError(f"faults are a mapping with {', '.join(allowed)}, not {data!r}")
        for name in ("reject", "hang"):
            try:
                re.compile(data.get(name) or "")
            except (re.error, TypeError) as error:
                raise FaultsError(f"{name}: {data[name]!r} is no regular expression: {error}") from None
        for name in ("cut_after", "slow"):
            number = data.get(name)
            if number is not None and (not isinstance(number, int | float) or isinstance(number, bool) or number < 0):
                raise FaultsError(f"{name}: {number!r} is not a number of 0 or more")
        return cls(**data)

    def rejects(self, line: str) -> bool:
        return self.reject is not None and re.search(self.reject, line) is not None

    def hangs(self, line: str) -> bool:
        return self.hang is not None and re.search(self.hang, line) is not None


def read(path: Path) -> Faults:
    """The faults of a file; none where there is no file."""
    try:
        return Faults.of(json.loads(path.read_text()))
    except FileNotFoundError:
        return Faults()
    except ValueError as error:
        raise FaultsError(f"{path}: {error}") from None
