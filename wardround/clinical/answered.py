"""Is proved what every desk has without a release, such as its printers and its clock? A verdict over its answers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from wardround.clinical.verdict import NOT_ASKED
from wardround.evidence.check import Check

# Role on every desk -> its variable that names whom a desk asks; a desk that names nobody has nothing to prove.
EVERY_DESK: Final[Mapping[str, str]] = {"print_client": "print_client_queues", "time_client": "time_client_servers"}


def judge(expected: Mapping[str, Any], answers: Mapping[str, Any]) -> list[Check]:
    """One check for each name in `asked`, in order; one more for each answer to none. None where nothing is asked.

    expected: `asked`, the names of the questions, such as `queue receipts`.
    answers: name -> {`ok`: bool, `expected`: str, `found`: str, `seconds`: float}, as the modules `print_probe` and
    `time_probe` return them, or {`error`: str} where the module could not ask. Nothing raises.
    """
    asked = expected.get("asked")
    names = [str(name) for name in asked] if isinstance(asked, list | tuple) else []
    unasked = [str(name) for name in answers if name not in names]
    return [
        *(_check(name, answers.get(name)) for name in names),
        *(Check(name, False, "a question that the desk's settings ask", "an answer to none") for name in unasked),
    ]


def _check(name: str, answer: Any) -> Check:
    if not isinstance(answer, Mapping) or not answer:
        return Check(name, False, "an answer", NOT_ASKED)
    seconds = answer.get("seconds")
    timed = float(seconds) if isinstance(seconds, int | float) and not isinstance(seconds, bool) else None
    if answer.get("error"):
        return Check(name, False, "an answer", str(answer["error"]), timed)
    wanted, found = str(answer.get("expected", "")), str(answer.get("found", ""))
    if not isinstance(answer.get("ok"), bool) or not found:
        return Check(name, False, wanted, f"malformed answer: {dict(answer)!r}"[:200], timed)
    return Check(name, answer["ok"], wanted, found, timed)
