"""What the scheduler changes, and what a morning says of the afternoon."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from core.errors import Problem
from scheduling.forecast.adjusting import adjusted
from scheduling.forecast.calendar import Outage
from scheduling.forecast.intraday import reforecast
from scheduling.forecast.model import Adjustment, ForecastRow, Spread

OPENS = datetime(2026, 3, 9, 12, tzinfo=UTC)  # 8:00 in New York
ROWS = tuple(
    ForecastRow(queue="general", start=OPENS + timedelta(minutes=15 * i), calls=20, low=14, high=26) for i in range(36)
)
USUAL = Spread(day=0.1, interval=1.2)


def came(each: int, until: datetime) -> dict[datetime, int]:
    return {row.start: each for row in ROWS if row.start < until}


def at(hours: float) -> datetime:
    return OPENS + timedelta(hours=hours)


def change(
    factor: float | None = None, calls: float | None = None, *, begins: float = 1, ends: float = 2
) -> Adjustment:
    return Adjustment(
        queue="general",
        begins=at(begins),
        ends=at(ends),
        factor=factor,
        calls=calls,
        by="dana",
        why="letters went out late",
        at=at(-24) + timedelta(minutes=factor or 0),
    )


def test_by_ten_a_busy_morning_makes_the_rest_higher() -> None:
    rest = reforecast(ROWS, came(26, at(2)), USUAL, at(2))
    assert (rest.came, rest.expected) == (208, 160)
    assert rest.factor == pytest.approx((100 + 208 / 1.2) / (100 + 160 / 1.2))
    assert len(rest.rows) == 28
    assert rest.rows[0].start == at(2)
    assert all(row.calls == pytest.approx(20 * rest.factor, abs=0.001) for row in rest.rows)


def test_an_interval_that_is_not_over_says_nothing() -> None:
    now = at(2) + timedelta(minutes=5)
    rest = reforecast(ROWS, came(20, at(2)) | {at(2): 1}, USUAL, now)
    assert rest.factor == pytest.approx(1)
    assert rest.rows[0].start == at(2)


def test_before_the_first_call_nothing_changes_and_a_silent_morning_counts() -> None:
    assert reforecast(ROWS, {}, USUAL, at(0)).factor == 1
    assert reforecast(ROWS, {}, USUAL, at(2)).factor < 0.5


def test_an_outage_in_the_morning_is_not_taken_for_few_callers() -> None:
    outage = Outage(begins=at(1), ends=at(2), why="the trunk was down")
    counts = came(20, at(1))
    assert reforecast(ROWS, counts, USUAL, at(2), (outage,)).factor == pytest.approx(1)
    assert reforecast(ROWS, counts, USUAL, at(2)).factor < 0.9


def test_the_later_the_narrower() -> None:
    early, late = (reforecast(ROWS, came(20, at(hours)), USUAL, at(hours)).rows[-1] for hours in (1, 8))
    assert late.high - late.low <= early.high - early.low


def test_a_change_by_hand_stands_beside_what_was_forecast() -> None:
    rows = adjusted(ROWS, [change(1.5, begins=0, ends=2), change(calls=120, begins=1, ends=2)])
    assert [row.forecast for row in rows] == list(ROWS)
    assert [round(row.adjusted.calls, 3) for row in rows[:9]] == [30] * 4 + [45] * 4 + [20]
    assert (rows[0].adjusted.low, rows[0].adjusted.high) == (21, 39)
    assert [len(row.by) for row in rows[:9]] == [1] * 4 + [2] * 4 + [0]


def test_calls_together_are_spread_as_they_were_forecast() -> None:
    rows = adjusted(ROWS, [change(calls=120)])
    assert sum(row.adjusted.calls for row in rows[4:8]) == pytest.approx(120)


@pytest.mark.parametrize(
    ("wrong", "told"),
    [
        (change(), "either a factor or a number of calls"),
        (change(1.2, 30), "either a factor or a number of calls"),
        (change(1.2, begins=2, ends=2), "not after it begins"),
        (change(1.2, begins=50, ends=51), "no interval in which calls are expected"),
    ],
    ids=["neither", "both", "no time", "another day"],
)
def test_a_change_that_cannot_be(wrong: Adjustment, told: str) -> None:
    with pytest.raises(Problem, match=f"general by dana .*{told}"):
        adjusted(ROWS, [wrong])
