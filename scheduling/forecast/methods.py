"""The ways to forecast among which each queue's own weeks decide: pure, from a past to the calls of days ahead.

`last_week`: as on the same weekday last week (seasonal-naive). `last_year`: as 52 weeks before. `four_weeks`: the mean
of the last four. `regression`: see `scheduling.forecast.regression`. `poisson` and `boosting`: scikit-learn's, see
`scheduling.forecast.learned`. These three say whole days, which `scheduling.forecast.shape` spreads over their slots.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, timedelta

import numpy as np

from scheduling.forecast import learned
from scheduling.forecast.model import Method
from scheduling.forecast.past import SLOTS, Centre, Floats, Past
from scheduling.forecast.regression import fit
from scheduling.forecast.shape import shapes

_WEEK = timedelta(weeks=1)
_LOOK_BACK = 26  # weeks in which a weekday like the one ahead must be found

Forecasting = Callable[[Past, Centre, Sequence[date]], Floats]


def last_week(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    return _mean_of(past, centre, ahead, 1)


def four_weeks(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    return _mean_of(past, centre, ahead, 4)


def last_year(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    """Where that day was closed or is not known: as last week."""
    made = last_week(past, centre, ahead)
    for i, day in enumerate(ahead):
        before = (day - 52 * _WEEK - past.first).days
        if centre.is_open(day) and 0 <= before < len(past.calls) and past.learn[before]:
            made[i] = past.calls[before]
    return made


def regression(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    return _spread(past, fit(past, centre, ahead).days, ahead)


def poisson(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    return _spread(past, learned.poisson(past, centre, ahead), ahead)


def boosting(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    return _spread(past, learned.boosting(past, centre, ahead), ahead)


def _spread(past: Past, totals: Floats, ahead: Sequence[date]) -> Floats:
    """The calls of whole days over their slots."""
    return np.asarray(totals[:, None] * shapes(past)[[day.weekday() for day in ahead]])


METHODS: dict[Method, Forecasting] = {
    "last_week": last_week,
    "last_year": last_year,
    "four_weeks": four_weeks,
    "poisson": poisson,
    "regression": regression,
    "boosting": boosting,
}


def _mean_of(past: Past, centre: Centre, ahead: Sequence[date], weeks: int) -> Floats:
    """Each day as the last so many like it that can be learnt from; 0 where closed."""
    made = np.zeros((len(ahead), SLOTS))
    by_weekday: dict[int, Floats] = {}
    for weekday in {day.weekday() for day in ahead}:
        last = (weekday - past.first.weekday()) % 7
        places = [i for i in range(last, len(past.calls), 7) if past.learn[i]]
        recent = [i for i in places[-weeks:] if i >= len(past.calls) - 7 * _LOOK_BACK]
        by_weekday[weekday] = past.calls[recent].mean(axis=0) if recent else np.zeros(SLOTS)
    for i, day in enumerate(ahead):
        if centre.is_open(day):
            made[i] = by_weekday[day.weekday()]
    return made
