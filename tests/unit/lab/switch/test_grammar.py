"""Commands as trees of words."""

import pytest

from lab.switch.grammar import Found, Grammar, Wrong, first


@pytest.fixture
def grammar() -> Grammar:
    made = Grammar({"id": r"\d+"})
    for pattern in ("show version", "show vlan [brief]", "vlan <id>", "vlan batch <list...>", "port (add|remove) <id>"):
        made.add(pattern, lambda *_: None)
    return made


def arguments(found: Found | Wrong) -> tuple[str, ...]:
    assert isinstance(found, Found)
    return found.arguments


@pytest.mark.parametrize("line", ["show version", "sh ver", "  SHOW  Vers", "show vl", "sh vlan br"])
def test_words_may_be_abbreviated(grammar: Grammar, line: str) -> None:
    assert arguments(grammar.find(line)) == ()


def test_values_and_choices_come_in_the_order_they_were_typed(grammar: Grammar) -> None:
    assert arguments(grammar.find("vlan 20")) == ("20",)
    assert arguments(grammar.find("vlan ba 20 to 30 ")) == ("20 to 30",)
    assert arguments(grammar.find("port rem 7")) == ("remove", "7")


@pytest.mark.parametrize(
    ("line", "reason", "column"),
    [
        ("shut", "unrecognized", 0),
        ("show foo", "unrecognized", 5),
        ("show v", "ambiguous", 5),
        ("show", "incomplete", 4),
        ("port add x", "parameter", 9),
        ("vlan 20 x", "unrecognized", 8),
    ],
)
def test_a_mistake_has_a_place(grammar: Grammar, line: str, reason: str, column: int) -> None:
    found = grammar.find(line)
    assert isinstance(found, Wrong) and (found.reason, found.column) == (reason, column)


def test_the_mistake_that_lies_furthest_counts() -> None:
    found = first([Wrong("unrecognized", 0, 0), Wrong("incomplete", 4, 1)])
    assert found == Wrong("incomplete", 4, 1)


def test_help_says_what_may_follow(grammar: Grammar) -> None:
    assert grammar.next_words("show ") == ["version", "vlan"]
    assert grammar.next_words("sh ve") == ["version"]
    assert grammar.next_words("vlan ") == ["WORD", "batch"]
    assert grammar.next_words("nonsense ") == []
