"""When a promise is due, in the plan's working days."""

from __future__ import annotations

import itertools
from datetime import date, timedelta

import holidays
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assist.documentation.deadlines import add_working_days, deadlines, works

TUESDAY = date(2025, 11, 25)  # two days before Thanksgiving
CLOSED = holidays.country_holidays("US", subdiv="GA")


@pytest.mark.parametrize(
    ("said", "when", "due"),
    [
        ("i'll send it today", "today", "2025-11-25"),
        ("tomorrow noon you have it", "tomorrow noon", "2025-11-26"),
        ("it refreshes overnight", "overnight", "2025-11-26"),
        ("i'll call by friday", "by friday", "2025-11-28"),
        ("i'll call tuesday", "tuesday", "2025-12-02"),
        ("next friday", "next friday", "2025-12-05"),
        ("within ten business days", "within ten business days", "2025-12-11"),
        ("in seven to ten days", "in seven to ten days", "2025-12-05"),
        ("two weeks", "two weeks", "2025-12-09"),
        ("in a couple of weeks", "in a couple of weeks", "2025-12-09"),
        ("within forty eight hours", "within forty eight hours", "2025-11-27"),
        ("in two hours", "in two hours", "2025-11-25"),
        (
            "by the end of the week",
            "by the end of the week",
            "2025-11-26",
        ),  # Thursday and Friday are holidays in Georgia
        ("this month", "this month", "2025-11-26"),
        ("next month", "next month", "2025-12-31"),
        ("with the march first deposit", "the march first", "2026-03-01"),
        ("by november thirtieth twenty twenty six", "by november thirtieth twenty twenty six", "2026-11-30"),
        ("by the twentieth", "by the twentieth", "2025-12-20"),
        ("on february twenty ninth", "on february twenty ninth", None),
    ],
)
def test_when_it_is_due(said: str, when: str, due: str | None) -> None:
    words = said.split()
    found = deadlines(words, TUESDAY, CLOSED)
    assert [" ".join(words[each.start : each.end]) for each in found] == [when]
    assert found[0].due == (None if due is None else date.fromisoformat(due))


@pytest.mark.parametrize(
    "said", ["one eighty six a month", "two weeks ago", "thirty hours a week", "twenty years of service", "the week"]
)
def test_what_is_no_deadline(said: str) -> None:
    assert deadlines(said.split(), TUESDAY, CLOSED) == []


def test_without_the_day_of_the_call_nothing_is_due() -> None:
    assert [each.due for each in deadlines(["by", "friday", "or", "within", "ten", "days"], None)] == [None, None]


@given(st.dates(date(1990, 1, 1), date(2090, 1, 1)), st.integers(1, 60))
@settings(max_examples=60, deadline=None)
def test_working_days_are_counted(on: date, days: int) -> None:
    due = add_working_days(on, days, CLOSED)
    between = (on + timedelta(days=each) for each in range(1, (due - on).days + 1))
    assert works(due, CLOSED)
    assert sum(works(day, CLOSED) for day in between) == days


WORDS = [
    "by",
    "the",
    "end",
    "of",
    "week",
    "next",
    "a",
    "ten",
    "thousand",
    "days",
    "business",
    "friday",
    "may",
    "may",
    "first",
]


@given(st.lists(st.sampled_from(WORDS), max_size=14), st.dates(date(1990, 1, 1), date(2090, 12, 31)))
@settings(max_examples=300, deadline=None)
def test_anything_said_is_taken(said: list[str], on: date) -> None:
    found = deadlines(said, on, CLOSED)
    assert all(each.due is None or each.due >= on for each in found)
    assert [each.start for each in found] == sorted(each.start for each in found)
    assert all(first.end <= second.start for first, second in itertools.pairwise(found))
