"""A product's own answers: proved only when every health check of its release was asked and said yes."""

from __future__ import annotations

from typing import Any

import pytest

from wardround.clinical.declared import judge

EXPECTED = {"version": "2.0", "health_checks": {"1.0": ["version"], "2.0": ["version", "login", "print"]}}


def answers(**changes: Any) -> dict[str, Any]:
    good = {"ok": True, "expected": "a session", "found": "a session", "seconds": 0.25}
    found = {"version": {**good, "found": "2.0"}, "login": good, "print": good}
    return {name: answer for name, answer in {**found, **changes}.items() if answer is not None}


def said(**changes: Any) -> list[str]:
    """What is not proved, as people read it."""
    return [
        f"{c.name}: expected {c.expected}, found {c.found}" for c in judge(EXPECTED, answers(**changes)) if not c.ok
    ]


def test_all_checks_of_the_release_answered_well_are_a_proof() -> None:
    checks = judge(EXPECTED, answers())
    assert [(check.name, check.ok, check.seconds) for check in checks] == [
        ("version", True, 0.25),
        ("login", True, 0.25),
        ("print", True, 0.25),
    ]


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"print": None}, "print: expected an answer, found not asked: there is no answer"),
        ({"version": None}, "version: expected 2.0, found not asked: there is no answer"),
        ({"login": {}}, "login: expected an answer, found not asked: there is no answer"),
        ({"login": {"ok": False, "expected": "a session", "found": "401"}}, "login: expected a session, found 401"),
        ({"login": {"ok": "yes", "expected": "a session", "found": "?"}}, "login: expected a session, found malformed"),
        ({"login": {"ok": True, "expected": "a session"}}, "login: expected a session, found malformed answer"),
        ({"login": "fine"}, "login: expected an answer, found not asked"),
        ({"scan": {"ok": True}}, "scan: expected a health check that the release lists, found an answer to none"),
    ],
)
def test_what_is_missing_wrong_malformed_or_unasked_for_is_named(changes: dict[str, Any], sentence: str) -> None:
    assert len(said(**changes)) == 1
    assert said(**changes)[0].startswith(sentence)


def test_the_products_own_word_on_its_version_does_not_count() -> None:
    claim = {"ok": True, "expected": "1.0", "found": "1.0", "seconds": 0.1}
    assert said(version=claim) == ["version: expected 2.0, found 1.0"]
    assert said(version={**claim, "ok": False, "found": "2.0"}) == []


def test_the_version_is_asked_although_no_release_lists_it() -> None:
    expected = {"version": "2.0", "health_checks": {"2.0": ["login"]}}
    assert [check.name for check in judge(expected, answers())] == ["version", "login", "print"]
    assert [check.name for check in judge(expected, answers()) if not check.ok] == ["print"]


@pytest.mark.parametrize("listed", [None, {}, {"2.0": "version"}, {"1.0": ["version"]}])
def test_a_release_that_nobody_lists_is_not_proved(listed: Any) -> None:
    checks = judge({"version": "2.0", "health_checks": listed}, {"version": {"ok": True, "found": "2.0"}})
    assert [check.name for check in checks if not check.ok] == ["release"]
