"""What every desk has without a release: proved only when all that its settings ask was answered and said yes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from wardround.clinical.answered import EVERY_DESK, judge
from wardround.clinical.verdict import told

ROOT = Path(__file__).parents[3]
ASKED = {"asked": ["queue receipts", "print receipts"]}
GOOD = {"ok": True, "expected": "a printer that answers", "found": "it answers", "seconds": 0.25}
OFF = {**GOOD, "ok": False, "found": "the printer is off"}


def answers(**changes: Any) -> dict[str, Any]:
    """Good answers to both questions; a change is by the first word of the question, None leaves it unanswered."""
    found = {"queue receipts": GOOD, "print receipts": GOOD}
    found |= {f"{word} receipts": answer for word, answer in changes.items()}
    return {name: answer for name, answer in found.items() if answer is not None}


def said(asked: Any = None, **changes: Any) -> str:
    return told(check for check in judge(ASKED if asked is None else asked, answers(**changes)) if not check.ok)


def test_good_answers_to_all_that_is_asked_are_a_proof() -> None:
    checks = judge(ASKED, answers())
    assert [(check.name, check.ok, check.seconds) for check in checks] == [
        ("queue receipts", True, 0.25),
        ("print receipts", True, 0.25),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"print": None}, "print receipts: expected an answer, found not asked: there is no answer"),
        ({"print": {}}, "print receipts: expected an answer, found not asked: there is no answer"),
        ({"queue": "fine"}, "queue receipts: expected an answer, found not asked: there is no answer"),
        ({"queue": OFF}, "queue receipts: expected a printer that answers, found the printer is off"),
        ({"queue": {"error": "no CUPS"}}, "queue receipts: expected an answer, found no CUPS"),
        ({"queue": {**GOOD, "ok": "yes"}}, "queue receipts: expected a printer that answers, found malformed answer"),
        ({"queue": {"ok": True}}, "queue receipts: expected , found malformed answer"),
        ({"scan": GOOD}, "scan receipts: expected a question that the desk's settings ask, found an answer to none"),
    ],
)
def test_what_is_missing_wrong_malformed_or_unasked_for_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert said(**changes).startswith(sentence)


def test_one_fault_that_two_questions_meet_is_one_sentence() -> None:
    printed = {**OFF, "expected": "the printer's own record"}
    assert said(queue=OFF, print=printed) == (
        "queue receipts and print receipts: expected a printer that answers and the printer's own record,"
        " found the printer is off"
    )


@pytest.mark.parametrize("asked", [{}, {"asked": []}, {"asked": None}, {"asked": "chrony"}])
def test_nothing_asked_has_no_check_and_an_answer_to_it_fails(asked: Any) -> None:
    assert judge(asked, {}) == []
    assert [check.ok for check in judge(asked, answers())] == [False, False]


def test_the_playbook_asks_the_same_of_every_desk() -> None:
    (play,) = yaml.safe_load((ROOT / "playbooks/prove_product.yml").read_text(encoding="utf-8"))
    assert play["vars"]["every_desk"] == EVERY_DESK
