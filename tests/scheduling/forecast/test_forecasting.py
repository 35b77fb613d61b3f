"""Weeks ahead from years of calls: what is learnt, what is not, and what cannot be asked."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pytest

from core.errors import Problem
from scheduling.forecast.backtest import backtest, wape
from scheduling.forecast.calendar import Calendar, Days, Effect, Outage
from scheduling.forecast.forecasting import forecast, limits
from scheduling.forecast.model import Forecast, Method, Spread
from scheduling.forecast.past import arrange
from scheduling.forecast.sample import QUEUES, Sample, sample
from scheduling.history.intervals import day_starts
from scheduling.history.model import IntervalRow

NEW_YORK = ZoneInfo("America/New_York")
FIRST, LAST = date(2024, 10, 14), date(2024, 11, 10)
QUICK: tuple[Method, ...] = ("last_week", "four_weeks", "poisson", "regression")
PLAIN = Calendar(zone="America/New_York")


@pytest.fixture(scope="module")
def centre() -> Sample:
    return sample(7, date(2021, 1, 4), date(2024, 12, 1), queues=[each for each in QUEUES if each.name == "health"])


@pytest.fixture(scope="module")
def history(centre: Sample) -> tuple[IntervalRow, ...]:
    return tuple(centre.rows())


@pytest.fixture(scope="module")
def made(centre: Sample, history: tuple[IntervalRow, ...]) -> Forecast:
    return forecast(history, centre.calendar, FIRST, LAST, methods=QUICK)


def rows_of(days: list[date], calls: int = 20, opens: int = 8, closes: int = 17) -> list[IntervalRow]:
    """The same number of calls in every interval that the centre is open in."""
    return [
        IntervalRow(queue="general", start=start, offered=calls)
        for day in days
        for start in day_starts(day, NEW_YORK)
        if opens <= start.astimezone(NEW_YORK).hour < closes
    ]


def weekdays(first: date, last: date) -> list[date]:
    days = (first + timedelta(days=i) for i in range((last - first).days + 1))
    return [day for day in days if day.weekday() < 5]


def by_day(of: Forecast) -> dict[date, float]:
    days: dict[date, float] = {}
    for row in of.rows:
        day = row.start.astimezone(NEW_YORK).date()
        days[day] = days.get(day, 0) + row.calls
    return days


def test_open_enrollment_is_learnt_from_earlier_years(centre: Sample, made: Forecast) -> None:
    (queue,) = made.queues
    assert queue.effects["open enrollment, beginning"] > 1.5
    week_before = centre.came["health"][(date(2024, 10, 9) - centre.first).days].sum()
    assert by_day(made)[date(2024, 10, 16)] > 1.3 * week_before


def test_weeks_with_a_campaign_are_better_than_last_week(
    centre: Sample, history: tuple[IntervalRow, ...], made: Forecast
) -> None:
    came = by_day(
        msgspec.structs.replace(
            made, rows=tuple(msgspec.structs.replace(r, calls=_offered(history, r.start)) for r in made.rows)
        )
    )
    days = sorted(came)
    last = centre.came["health"][[(d - timedelta(days=28) - centre.first).days for d in days]].sum(axis=1)
    actual, mine = (np.array([of[day] for day in days]) for of in (came, by_day(made)))
    assert wape(actual, mine) < 0.6 * wape(actual, last)


def _offered(history: tuple[IntervalRow, ...], start: datetime) -> float:
    return float(next((row.offered for row in history if row.start == start), 0))


def test_the_method_with_the_least_error_is_chosen_and_all_are_shown(made: Forecast) -> None:
    (queue,) = made.queues
    assert [each.method for each in queue.measured] == list(QUICK)
    errors = {each.method: each.interval_wape + each.day_wape for each in queue.measured}
    assert errors[queue.method] <= min(errors.values()) / 0.98
    assert queue.weeks_held_back == 52


def test_four_of_five_intervals_lie_in_the_prediction_interval(
    history: tuple[IntervalRow, ...], made: Forecast
) -> None:
    came = {row.start: row.offered for row in history}
    inside = [row.low <= came.get(row.start, 0) <= row.high for row in made.rows]
    assert 0.7 < sum(inside) / len(inside) < 0.95
    assert all(row.low <= row.calls <= row.high for row in made.rows)


def test_handle_time_and_patience_are_those_of_the_callers(made: Forecast) -> None:
    row = made.rows[0]
    assert row.handle_s == pytest.approx(450 * 1.1, rel=0.1)
    assert row.patience_s == pytest.approx(300, rel=0.15)


def test_nothing_is_expected_on_a_holiday_and_on_weekends() -> None:
    calendar = Calendar(zone="America/New_York", holidays="US", closed={date(2024, 11, 29): "day after Thanksgiving"})
    past = [day for day in weekdays(date(2023, 11, 1), date(2024, 11, 22)) if day != date(2023, 11, 23)]
    holidays = {date(2024, 7, 4), date(2024, 12, 25), date(2023, 12, 25), date(2024, 1, 1)}
    made = forecast(
        rows_of([day for day in past if day not in holidays]),
        calendar,
        date(2024, 11, 25),
        date(2024, 12, 1),
        methods=("last_week",),
    )
    assert sorted(by_day(made)) == [date(2024, 11, 25), date(2024, 11, 26), date(2024, 11, 27)]


def test_an_outage_and_a_special_day_are_not_learnt_from() -> None:
    days = weekdays(date(2024, 1, 1), date(2024, 3, 29))
    flooded = {date(2024, 3, 25), date(2024, 3, 26)}
    rows = rows_of([day for day in days if day not in flooded]) + rows_of(sorted(flooded), calls=400)
    outage = Outage(
        begins=datetime.combine(date(2024, 3, 25), time(9), tzinfo=NEW_YORK).astimezone(UTC),
        ends=datetime.combine(date(2024, 3, 25), time(10), tzinfo=NEW_YORK).astimezone(UTC),
        why="the trunk was down",
    )
    marked = Calendar(zone="America/New_York", outages=(outage,), special={date(2024, 3, 26): "the website was down"})
    span = date(2024, 4, 1), date(2024, 4, 5)
    assert forecast(rows, marked, *span, methods=("last_week",)).rows[0].calls == pytest.approx(20)
    assert forecast(rows, PLAIN, *span, methods=("last_week",)).rows[0].calls == pytest.approx(400)


def test_half_a_year_missing_is_told_and_not_taken_for_quiet() -> None:
    days = weekdays(date(2023, 1, 2), date(2023, 6, 30)) + weekdays(date(2024, 1, 2), date(2024, 6, 28))
    made = forecast(rows_of(days), PLAIN, date(2024, 7, 1), date(2024, 7, 5), methods=QUICK)
    assert [note for note in made.notes if "nothing from 2023-07-01 to 2024-01-01 (185 days)" in note]
    assert list(by_day(made).values()) == pytest.approx([20 * 36] * 5, rel=0.05)


@pytest.mark.parametrize(
    ("sunday", "intervals"), [(date(2024, 3, 10), 92), (date(2024, 11, 3), 100)], ids=["23 hours", "25 hours"]
)
def test_a_day_on_which_the_clocks_change(sunday: date, intervals: int) -> None:
    """A centre that never closes: every hour of that day has its calls, none of them doubled or missing."""
    days = [sunday - timedelta(days=i) for i in range(70, 0, -1)]
    made = forecast(rows_of(days, opens=0, closes=24), PLAIN, sunday, sunday, methods=("last_week",))
    assert len({row.start for row in made.rows}) == intervals
    assert {row.calls for row in made.rows} == {20}


def test_the_hour_that_comes_twice_is_a_rate_like_any_other() -> None:
    days = [date(2024, 11, 3) - timedelta(days=i) for i in range(70, -1, -1)]
    _, (past,) = arrange(rows_of(days, opens=0, closes=24), PLAIN, date(2024, 11, 4))
    assert set(past.calls[-1]) == {20}


def test_a_short_history_is_forecast_by_the_last_week() -> None:
    made = forecast(rows_of(weekdays(date(2024, 1, 1), date(2024, 1, 19))), PLAIN, date(2024, 1, 22), date(2024, 1, 26))
    assert (made.queues[0].method, made.queues[0].measured) == ("last_week", ())


def test_nothing_to_learn_from_and_spans_that_cannot_be() -> None:
    rows = rows_of(weekdays(date(2024, 1, 1), date(2024, 1, 5)))
    with pytest.raises(Problem, match="no queue has a history before 2024-01-08"):
        forecast(rows, PLAIN, date(2024, 1, 8), date(2024, 1, 12))
    with pytest.raises(Problem, match="from 2024-01-08 to 2024-01-07 cannot be forecast"):
        forecast(rows, PLAIN, date(2024, 1, 8), date(2024, 1, 7))


def test_the_same_history_makes_the_same_forecast(history: tuple[IntervalRow, ...], centre: Sample) -> None:
    _, (past,) = arrange(history, centre.calendar, FIRST)
    site, _ = arrange(history, centre.calendar, FIRST)
    first, second = (backtest(past, site, 4, ("boosting",)) for _ in range(2))
    assert first == second
    assert first.measured[0].day_wape < 0.2


def test_limits_widen_with_the_spread() -> None:
    mean = np.array([0.0, 0.1, 10.0, 100.0])
    low, high = limits(mean, Spread(day=0.0, interval=1.0))
    wide_low, wide_high = limits(mean, Spread(day=0.2, interval=1.5))
    assert (low[0], high[0]) == (0, 0)
    assert (low[3], high[3]) == (87, 113)  # Poisson's own quantiles
    assert wide_low[3] < low[3] < high[3] < wide_high[3]


def test_what_is_expected_of_a_campaign_that_never_was() -> None:
    campaign = Effect(
        name="new plan", kind="campaign", days=(Days(first=date(2024, 7, 1), last=date(2024, 7, 31)),), lift=0.5
    )
    calendar = Calendar(zone="America/New_York", effects=(campaign,))
    rows = rows_of(weekdays(date(2023, 1, 2), date(2024, 6, 28)))
    made = forecast(rows, calendar, date(2024, 7, 1), date(2024, 7, 5), methods=("regression",))
    assert by_day(made)[date(2024, 7, 1)] == pytest.approx(1.5 * 20 * 36, rel=0.1)
