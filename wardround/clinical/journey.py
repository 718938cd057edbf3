"""The patient's journey: is each step proved, and if not, what is the likely cause? Nothing is asked here."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

from wardround.clinical.journey_question import Question, Visit
from wardround.clinical.journey_steps import REGISTRATION, questions, registered
from wardround.clinical.verdict import NOT_ASKED, NotProved, without_uids

__all__ = ["Step", "Visit", "first_failed", "judge", "registered"]
# What a message says, and what that means for {host} asking {server}; the first that fits counts.
_CAUSES: Final = (
    (r"could not be read: .*No such file", "{host} has no client for this: converge it"),
    (r"(?i)no route to host|network is unreachable|connect to host .* port 22", "{host} or its cable"),
    (r"(?i)transfer syntax", "{server} takes other transfer syntaxes of {host} (modality_link), or its disk is full"),
    (r"(?i)0xA700|out of resources|no space|disk .*full", "the disk of {server} is full"),
    (r"(?i)refused|not running|HTTP 50[234]|bad gateway|is stopped", "the service on {server} is stopped"),
    (r"(?i)called AE|calling AE|AE title|not recognized", "{server} does not know {host} by this AE title"),
    (r"(?i)certificate|TLS|SSL", "the certificate of {server}, or the authority that {host} trusts"),
    (r"(?i)series|is wanted", "client and server are of different series"),
    (r"(?i)password|log in\b|credential|HTTP 401", "the account of {host} at {server}: locked, or another password"),
    (r"(?i)deadline|timed out|within \d|answered nothing|no answer", "{server} is frozen or overloaded"),
)
_DELTA: Final = re.compile(r"(\d+):(\d\d):(\d\d(?:\.\d+)?)")


@dataclass(frozen=True)
class Step:
    """One step of the journey. name, zh: what is done, in English and Chinese; seconds: None where not timed.

    ok: proved or not; expected, found: for people; cause: the likely cause of a failure, else empty.
    """

    key: str
    name: str
    zh: str
    host: str
    ok: bool
    expected: str
    found: str
    seconds: float | None = None
    cause: str = ""

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    def sentence(self) -> str:
        """What a technician is told of a failed step."""
        return f"{self.name} at {self.host} failed: {self.found}; likely cause: {self.cause}"


def judge(visit: Visit, answers: Mapping[str, Any]) -> list[Step]:
    """Every step in order. answers: step key -> what its module returned; a missing one was not reached.

    Nothing raises: a malformed answer is not proved.
    """
    steps: list[Step] = []
    broken: dict[str, Step] = {}  # branch -> the step at which it broke; every branch hangs on the registration
    for question in questions(visit, answers):
        before = broken.get(question.branch) or broken.get(REGISTRATION)
        steps.append(_judge(question, answers.get(question.key), before))
        if not steps[-1].ok:
            broken.setdefault(question.branch, steps[-1])
    return steps


def first_failed(steps: list[Step]) -> Step | None:
    """The step at which the journey broke."""
    return next((step for step in steps if not step.ok), None)


def _judge(question: Question, answer: Any, broken: Step | None) -> Step:
    told = (question.key, question.name, question.zh, question.host)
    if not isinstance(answer, Mapping) or not answer or answer.get("skipped"):
        if broken:
            found, cause = f"not reached: {broken.name} failed before", broken.cause
        else:
            found, cause = NOT_ASKED, "the playbook ended early"
        return Step(*told, False, question.expected, found, None, cause)
    timed = _seconds(answer)
    try:
        if answer.get("failed") or answer.get("unreachable"):
            reason = str(answer.get("stderr") or answer.get("msg") or "the question failed")
            raise NotProved(" ".join(reason.split()))
        return Step(*told, True, question.expected, question.verdict(answer), timed)
    except NotProved as error:
        found = without_uids(str(error))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError) as error:
        found = f"malformed answer: {error!r}"
    return Step(*told, False, question.expected, found, timed, _cause(question, found))


def _seconds(answer: Mapping[str, Any]) -> float | None:
    """How long the question took, as its module says.

    Ours say seconds, postgresql_query the milliseconds of each query, command H:MM:SS.ffffff.
    """
    if isinstance(delta := answer.get("delta"), str) and (parts := _DELTA.fullmatch(delta)):
        hours, minutes, rest = (float(part) for part in parts.groups())
        return round(hours * 3600 + minutes * 60 + rest, 3)
    queries = answer.get("execution_time_ms")
    if isinstance(queries, list) and queries and all(isinstance(one, int | float) for one in queries):
        return round(sum(queries) / 1000, 3)
    seconds = answer.get("seconds")
    return round(float(seconds), 3) if isinstance(seconds, int | float) else None


def _cause(question: Question, found: str) -> str:
    """The likely cause: what other answers tell, what the message says of the connection, what the step depends on."""
    if question.certain:
        return question.certain
    for pattern, cause in _CAUSES:
        if re.search(pattern, found):
            return cause.format(host=question.host, server=question.server)
    return question.depends
