"""Is a product proved that answers its own health checks? A verdict over its answers; nothing is asked here."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wardround.clinical.verdict import NOT_ASKED
from wardround.evidence.check import Check

VERSION: Final = "version"


def judge(expected: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Check]:
    """One check for each health check of the expected release, `version` first; one more for each answer to none.

    expected: `version`, and `health_checks`: version -> names of the checks that the release lists. `version` is
    always asked, for nothing else shows which release the others speak of.
    answers: name -> {`ok`: bool, `expected`: str, `found`: str, `seconds`: float}, all four of the product's own
    making; only of `version` we compare `found` ourselves. Nothing raises.
    """
    version = str(expected.get(VERSION))
    listed = expected.get("health_checks")
    names = listed.get(version) if isinstance(listed, Mapping) else None
    if not isinstance(names, list | tuple):
        names = ()
        strange = [Check("release", False, f"{version} in releases.yml", "no such version", None)]
    else:
        strange = []
    asked = [VERSION, *(str(name) for name in names if name != VERSION)]
    checks = [_check(name, version, answers.get(name)) for name in asked]
    unasked = [str(name) for name in answers if name not in asked]
    strange += [Check(name, False, "a health check that the release lists", "an answer to none") for name in unasked]
    return checks + strange


def _check(name: str, version: str, answer: Any) -> Check:
    if not isinstance(answer, Mapping) or not answer:
        return Check(name, False, version if name == VERSION else "an answer", NOT_ASKED)
    found, seconds = str(answer.get("found", "")), answer.get("seconds")
    timed = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    if name == VERSION:
        return Check(name, found == version, version, found or "unknown", timed)
    wanted = str(answer.get("expected", ""))
    if not isinstance(answer.get("ok"), bool) or not found:
        return Check(name, False, wanted, f"malformed answer: {dict(answer)!r}"[:200], timed)
    return Check(name, answer["ok"], wanted, found, timed)
