from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.intent.host_range import MAX_HOSTS, expand


@pytest.mark.parametrize(
    ("pattern", "hosts"),
    [
        ("rad-ws-01", ["rad-ws-01"]),
        ("ws[01:03]", ["ws01", "ws02", "ws03"]),
        ("ws[8:10]x", ["ws8x", "ws9x", "ws10x"]),
        ("ws[1:6:2]", ["ws1", "ws3", "ws5"]),
        ("ws[:2]", ["ws0", "ws1", "ws2"]),
        ("w[a:c]", ["wa", "wb", "wc"]),
        ("[a:b][1:2]", ["a1", "a2", "b1", "b2"]),
    ],
)
def test_ranges(pattern: str, hosts: list[str]) -> None:
    assert expand(pattern) == hosts


@pytest.mark.parametrize(
    ("pattern", "allowed"),
    [
        ("ws[1:]", "two numbers"),
        ("ws[1]", "first:last"),
        ("ws[01:100]", "equal length"),
        ("ws[5:1]", "goes up"),
        ("ws[c:a]", "goes up"),
        ("ws[1:5:0]", "step of 1"),
        ("ws[1:999999999]", "at most"),
        ("[1:1000][1:1000]", "at most"),
        ("ws]1:2[", "a range such as"),
    ],
)
def test_refused(pattern: str, allowed: str) -> None:
    with pytest.raises(ValueError, match=allowed):
        expand(pattern)


@given(st.text("ab019[]:-", max_size=24))
def test_any_pattern_expands_or_is_refused(pattern: str) -> None:
    try:
        assert 1 <= len(expand(pattern)) <= MAX_HOSTS
    except ValueError as error:
        assert str(error)
