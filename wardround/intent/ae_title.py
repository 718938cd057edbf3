"""AE titles, by which DICOM devices know each other (PS3.5 section 6.2, value representation AE)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any

_TITLE = re.compile(r"[\x20-\x5b\x5d-\x7e]{1,16}")
_TRAILING_NUMBER = re.compile(r"[0-9]+\Z")


def check(title: str) -> str:
    """The title without leading and trailing spaces, which mean nothing. Raises ValueError saying what is allowed."""
    if not _TITLE.fullmatch(title) or not title.strip(" "):
        raise ValueError("1 to 16 ASCII characters, no backslash, no control characters, not only spaces")
    return title.strip(" ")


def check_pattern(pattern: str) -> str:
    """A department's pattern, unchanged. Raises ValueError saying what is allowed."""
    if "{" in pattern.replace("{n}", "") or "}" in pattern.replace("{n}", ""):
        raise ValueError("{n} as the only placeholder")
    check(pattern.replace("{n}", "1"))
    return pattern


def derive(pattern: str, host_name: str) -> str:
    """The AE title of a host: {n} becomes the number its name ends in, so RAD_{n} and rad-ws-01 make RAD_1.

    Raises ValueError with half a sentence on what would be right: a name without a number, a title that is too long.
    """
    if "{n}" not in pattern:
        return check(pattern)
    number = _TRAILING_NUMBER.search(host_name)
    if not number:
        raise ValueError("a host name that ends in a number, or the host's own ae_title")
    return check(pattern.replace("{n}", str(int(number[0]))))


def of_host(name: str, variables: Mapping[str, Any], groups: Iterable[str]) -> str:
    """The AE title of a host: its own, or the one that its department's pattern gives it.

    variables: the host's, with the section `hospital`. Raises ValueError, a sentence that names the host.
    """
    if title := variables.get("ae_title"):
        return str(title)
    departments = [group.removeprefix("dept_") for group in groups if group.startswith("dept_")]
    if len(departments) != 1:
        raise ValueError(f"{name} has no ae_title and is in {len(departments)} departments")
    known = (variables.get("hospital") or {}).get("departments") or {}
    pattern = (known.get(departments[0]) or {}).get("ae_title_pattern")
    if not pattern:
        raise ValueError(
            f"{name} has no ae_title, and hospital.departments.{departments[0]} no ae_title_pattern to derive one from"
        )
    try:
        return derive(pattern, name)
    except ValueError as error:
        raise ValueError(f"{name} gets no AE title by the pattern {pattern}: allowed is {error}") from error
