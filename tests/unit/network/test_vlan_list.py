from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.network.vlan_list import from_text, spans, to_text


def test_as_people_write_it() -> None:
    assert to_text({24, 20, 21, 22, 23, 30}) == "20-24,30"
    assert from_text("20-24, 30") == {20, 21, 22, 23, 24, 30}
    assert spans([3, 1, 2, 9]) == [(1, 3), (9, 9)]
    assert (to_text([]), from_text("")) == ("", frozenset())


@given(st.frozensets(st.integers(1, 4094), max_size=200))
def test_there_and_back(vlans: frozenset[int]) -> None:
    assert from_text(to_text(vlans)) == vlans


@pytest.mark.parametrize("text", ["0", "4095", "5-3", "a", "1,,2", "1-2-3", "-", "12345"])
def test_what_is_no_list(text: str) -> None:
    with pytest.raises(ValueError, match=r"such a list is 20-24,30"):
        from_text(text)
