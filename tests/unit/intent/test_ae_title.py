"""AE titles by PS3.5 section 6.2: 1 to 16 characters of the default repertoire, no backslash, not only spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.intent import ae_title

REPERTOIRE = "".join(chr(code) for code in range(0x20, 0x7F) if chr(code) != "\\")


@given(st.text(REPERTOIRE, min_size=1, max_size=16).filter(str.strip))
def test_whole_repertoire_is_accepted(title: str) -> None:
    assert ae_title.check(title) == title.strip(" ")


@given(st.text(max_size=40))
def test_anything_else_is_refused(title: str) -> None:
    right = 1 <= len(title) <= 16 and set(title) <= set(REPERTOIRE) and bool(title.strip(" "))
    try:
        ae_title.check(title)
    except ValueError:
        assert not right
    else:
        assert right


@pytest.mark.parametrize("title", ["", " ", "A" * 17, "A\\B", "A\n", "A\x7f", "影像", "A\x00"])
def test_named_faults(title: str) -> None:
    with pytest.raises(ValueError, match="1 to 16 ASCII characters"):
        ae_title.check(title)


@given(st.integers(0, 10**6), st.integers(0, 3))
def test_number_loses_leading_zeros(number: int, zeros: int) -> None:
    assert ae_title.derive("RAD_{n}", f"rad-2-ws-{'0' * zeros}{number}") == f"RAD_{number}"


@given(st.text(max_size=20), st.text(max_size=20))
def test_derived_title_is_valid_or_refused(pattern: str, host_name: str) -> None:
    try:
        title = ae_title.derive(pattern, host_name)
    except ValueError:
        return
    assert ae_title.check(title) == title


def test_pattern_without_placeholder_is_the_title() -> None:
    assert ae_title.derive("FRONT", "reg-ws") == "FRONT"


def test_name_without_number() -> None:
    with pytest.raises(ValueError, match="ends in a number"):
        ae_title.derive("RAD_{n}", "rad-ws")


def test_title_too_long() -> None:
    with pytest.raises(ValueError, match="1 to 16"):
        ae_title.derive("RADIOLOGY_WEST_{n}", "rad-ws-10")


@pytest.mark.parametrize("pattern", ["RAD_{number}", "RAD_{n", "RAD_{}", "{n}}"])
def test_unknown_placeholder(pattern: str) -> None:
    with pytest.raises(ValueError, match="only placeholder"):
        ae_title.check_pattern(pattern)
