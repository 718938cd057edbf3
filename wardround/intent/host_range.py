"""Host ranges of Ansible's inventory: `ws[01:20]`, `ws[a:f]`, `ws[1:9:2]`, several in one name."""

from __future__ import annotations

import re
import string
from typing import Final

MAX_HOSTS: Final = 100_000

_RANGE: Final = re.compile(r"([^\[\]]*)\[([^\[\]]*)\](.*)", re.DOTALL)


def expand(pattern: str) -> list[str]:
    """The host names a pattern stands for, in order; [pattern] where it holds no range.

    A leading zero in the first bound fixes the width, and a missing first bound is 0, as in Ansible's
    `expand_hostname_range`. Raises ValueError with half a sentence on what is allowed.
    """
    if "[" not in pattern and "]" not in pattern:
        return [pattern]
    match = _RANGE.fullmatch(pattern)
    if not match:
        raise ValueError("a range such as ws[01:20]")
    head, bounds, tail = match.groups()
    tails = expand(tail)
    names = _bounds(bounds)
    if len(names) * len(tails) > MAX_HOSTS:
        raise ValueError(f"at most {MAX_HOSTS} hosts in a range")
    return [head + name + rest for name in names for rest in tails]


def _bounds(text: str) -> list[str]:
    first, *others = text.split(":")
    if len(others) not in (1, 2):
        raise ValueError("first:last or first:last:step in a range")
    last = others[0]
    step = others[1] if len(others) == 2 else "1"
    if not _number(step) or int(step) < 1:
        raise ValueError("a step of 1 or more in a range")
    if len(first) == len(last) == 1 and first in string.ascii_letters and last in string.ascii_letters:
        letters = string.ascii_letters
        chosen = letters[letters.index(first) : letters.index(last) + 1 : int(step)]
        if not chosen:
            raise ValueError("a range that goes up")
        return list(chosen)
    first = first or "0"
    if not (_number(first) and _number(last)):
        raise ValueError("two numbers or two letters as the bounds of a range")
    width = len(first) if first[0] == "0" and len(first) > 1 else 0
    if width and width != len(last):
        raise ValueError("bounds of equal length where the first starts with 0")
    numbers = range(int(first), int(last) + 1, int(step))
    if not numbers:
        raise ValueError("a range that goes up")
    if len(numbers) > MAX_HOSTS:
        raise ValueError(f"at most {MAX_HOSTS} hosts in a range")
    return [str(number).zfill(width) for number in numbers]


def _number(text: str) -> bool:
    return re.fullmatch(r"[0-9]{1,9}", text) is not None
