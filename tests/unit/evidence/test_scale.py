"""The time axis: order is kept, everything is on it, idle times are folded, labels do not meet."""

from __future__ import annotations

import datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from wardround.evidence.scale import Scale, seconds_of, span
from wardround.evidence.words import say

UTC8 = datetime.timezone(datetime.timedelta(hours=8))
NINE = datetime.datetime(2026, 11, 20, 9, 0, tzinfo=UTC8).timestamp()
WEEKS = st.lists(st.integers(0, 3_000_000), min_size=1, max_size=40)


@given(WEEKS)
def test_later_is_never_further_left_and_all_is_inside(seconds: list[int]) -> None:
    scale = Scale([NINE + one for one in seconds], UTC8)
    places = [scale.at(NINE + one) for one in sorted(seconds)]
    assert places == sorted(places)
    assert places[0] >= 1.5 and places[-1] <= 98.51
    ends = [place for fold in scale.folds for place in (fold.start, fold.end)]
    assert ends == sorted(ends) and all(0 <= place <= 100 for place in ends)


@given(WEEKS)
def test_labels_never_meet(seconds: list[int]) -> None:
    ticks = Scale([NINE + one for one in seconds], UTC8).ticks()
    assert ticks
    assert all(later.at - earlier.at >= 9.5 for earlier, later in pairwise(ticks))
    small = [tick for tick in ticks if tick.narrow]
    assert all(later.at - earlier.at >= 19 for earlier, later in pairwise(small))


def test_a_night_without_events_is_folded_and_says_how_long() -> None:
    evening = [NINE + minute * 60 for minute in range(10)]
    morning = [one + 14 * 3600 for one in evening]
    (fold,) = Scale(evening + morning, UTC8).folds
    assert fold.seconds == 14 * 3600 - 540
    assert say(span(fold.seconds), "en") == "14 h"
    assert say(span(fold.seconds), "zh") == "14 小时"


def test_minutes_at_even_distances_are_not_folded_and_are_to_scale() -> None:
    scale = Scale([NINE + minute * 60 for minute in range(5)], UTC8)
    assert scale.folds == ()
    assert [scale.at(NINE + minute * 60) for minute in range(5)] == [1.5, 25.75, 50.0, 74.25, 98.5]
    assert [tick.text for tick in scale.ticks()][:3] == ["09:00:00", "09:00:30", "09:01:00"]


def test_a_single_moment_has_an_axis_of_its_own() -> None:
    scale = Scale([NINE], UTC8)
    assert scale.at(NINE) == 1.5
    assert scale.ticks()[0].text == "09:00:00"


def test_each_day_is_named_where_it_begins() -> None:
    ticks = Scale([NINE + hour * 3600 for hour in range(0, 60, 2)], UTC8).ticks()
    assert [tick.date for tick in ticks if tick.date] == ["2026-11-20", "2026-11-21", "2026-11-22"]


@pytest.mark.parametrize(
    ("seconds", "said"), [(2, "2 s"), (119, "119 s"), (300, "5 min"), (7200, "2 h"), (400_000, "5 d")]
)
def test_spans_have_the_unit_people_use(seconds: float, said: str) -> None:
    assert say(span(seconds), "en") == said


@pytest.mark.parametrize("text", [None, "", "yesterday", "9999-99-99T00:00:00Z"])
def test_what_is_no_moment_has_none(text: str | None) -> None:
    assert seconds_of(text) is None
