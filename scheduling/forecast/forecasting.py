"""A forecast from a history and a calendar: each queue by the method that its own weeks choose."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, timedelta
from typing import get_args

import numpy as np
from scipy.stats import nbinom, poisson

from core.errors import Problem
from scheduling.forecast.backtest import Tested, backtest
from scheduling.forecast.calendar import Calendar
from scheduling.forecast.checking import check
from scheduling.forecast.methods import METHODS
from scheduling.forecast.model import COVERED, Forecast, ForecastRow, Method, QueueForecast, Spread
from scheduling.forecast.past import Centre, Floats, Past, arrange, outage_days
from scheduling.forecast.regression import fit
from scheduling.forecast.work import Work, work
from scheduling.history.intervals import day_starts, gaps
from scheduling.history.model import IntervalRow

WEEKS = 4  # held back at a time: as far ahead as schedules are usually published
MOST_DAYS = 400
_LEAST_DAYS = 14  # that a queue must have to learn from
_TOLD = 10  # odd days told of a queue


def forecast(
    rows: Sequence[IntervalRow],
    calendar: Calendar,
    first: date,
    last: date,
    *,
    methods: Sequence[Method] = get_args(Method),
) -> Forecast:
    """What is expected from local day `first` to `last`, of the rows before `first`.

    Raises `Problem` for a calendar or a span that cannot be, and where no queue has two weeks to learn from.
    """
    check(calendar)
    if not 0 <= (last - first).days < MOST_DAYS:
        raise Problem(f"from {first} to {last} cannot be forecast", remedy=f"Ask for 1 to {MOST_DAYS} days, in order")
    centre, pasts = arrange(rows, calendar, first)
    known = [past for past in pasts if past.learn.sum() >= _LEAST_DAYS]
    if not known:
        remedy = f"Give it at least {_LEAST_DAYS} days with calls, of a day when nothing was amiss each"
        raise Problem(f"no queue has a history before {first} to learn from", remedy=remedy)
    notes = [*centre.notes, *(str(gap) for gap in gaps(rows, centre.zone))]
    notes += [
        f"{past.queue}: {past.learn.sum()} days to learn from are too few; it is not forecast"
        for past in pasts
        if past not in known
    ]
    by_queue: dict[str, list[IntervalRow]] = defaultdict(list)
    for row in rows:
        by_queue[row.queue].append(row)
    ahead = [first + timedelta(days=i) for i in range((last - first).days + 1)]
    made: list[ForecastRow] = []
    queues: list[QueueForecast] = []
    for past in known:
        tested = backtest(past, centre, WEEKS, methods)
        explained = fit(past, centre, ahead)
        notes += _odd(past, explained.outside)
        calls = METHODS[tested.method](past, centre, ahead)
        odd = frozenset({*outage_days(past.queue, centre), *calendar.special})
        of_work = work(by_queue[past.queue], centre.zone, first, odd)
        made += _rows(past.queue, centre, ahead, calls, spread=tested.spread, of=of_work)
        queues.append(_queue(past, tested, explained.effects))
    return Forecast(
        zone=calendar.zone, first=first, last=last, rows=tuple(made), queues=tuple(queues), notes=tuple(notes)
    )


def limits(mean: Floats, spread: Spread) -> tuple[Floats, Floats]:
    """What calls of these means lie between in `COVERED` of all cases: negative binomial, Poisson where no wider."""
    tail = (1 - COVERED) / 2
    variance = spread.interval * mean + spread.day**2 * mean**2
    wider = variance > mean * (1 + 1e-6)
    size = np.where(wider, mean**2 / np.where(wider, variance - mean, 1.0), 1.0)
    share = np.where(mean > 0, size / (size + mean), 1.0)
    found = (np.where(wider, nbinom.ppf(at, size, share), poisson.ppf(at, mean)) for at in (tail, 1 - tail))
    low, high = (np.where(mean > 0, each, 0.0) for each in found)
    # A mean well below one call lies above both quantiles.
    return np.minimum(low, mean), np.maximum(high, mean)


def _rows(
    queue: str, centre: Centre, ahead: Sequence[date], calls: Floats, *, spread: Spread, of: Work
) -> Iterator[ForecastRow]:
    low, high = limits(calls, spread)
    for i, day in enumerate(ahead):
        if not calls[i].any():
            continue
        for start in day_starts(day, centre.zone):
            local = start.astimezone(centre.zone)
            slot = local.hour * 4 + local.minute // 15
            if calls[i, slot] > 0:
                yield ForecastRow(
                    queue=queue,
                    start=start,
                    calls=round(float(calls[i, slot]), 3),
                    low=round(float(low[i, slot]), 3),
                    high=round(float(high[i, slot]), 3),
                    handle_s=None if of.handle_s is None else round(float(of.handle_s[slot]), 1),
                    patience_s=None if of.patience_s is None else round(of.patience_s, 1),
                )


def _queue(past: Past, tested: Tested, effects: Mapping[str, float]) -> QueueForecast:
    return QueueForecast(
        queue=past.queue,
        method=tested.method,
        measured=tested.measured,
        weeks_held_back=tested.weeks,
        spread=tested.spread,
        effects=effects,
    )


def _odd(past: Past, outside: Sequence[tuple[date, float]]) -> Iterator[str]:
    for day, ratio in outside[-_TOLD:]:
        yield (
            f"{past.queue}: {day} had {ratio:.1f} times the calls that anything explains;"
            " name it in the calendar if you know why"
        )
