"""Methods on weeks that are held back from them: which is best for a queue, and how far off it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import get_args

import numpy as np

from scheduling.forecast.methods import METHODS
from scheduling.forecast.model import Measured, Method, Spread
from scheduling.forecast.past import Centre, Floats, Past

MOST_BLOCKS = 13  # a year in blocks of four weeks
LEAST_WEEKS = 8  # to learn from before the first block that is held back
BETTER = 0.98  # of two that are nearly as good the simpler one is taken: methods stand from simple to not
_DAY = timedelta(days=1)
_LEAST_DAYS = 10  # held back, before their errors say how wide to be
_WORST = 9.0  # squared standard errors that one day or interval adds at most


@dataclass(frozen=True)
class Tested:
    """`method` is the best one. `errors` are its forecasts beside what came, of all days held back."""

    method: Method
    measured: tuple[Measured, ...]
    weeks: int
    spread: Spread


def backtest(past: Past, centre: Centre, weeks: int, methods: Sequence[Method] = get_args(Method)) -> Tested:
    """Each method forecasts blocks of `weeks` weeks from what was known before them, up to a year of them."""
    forecasts: dict[Method, list[Floats]] = {method: [] for method in methods}
    came: list[Floats] = []
    blocks = _blocks(past, weeks)
    for first in blocks:
        known = past.until(first)
        ahead = [first + i * _DAY for i in range(7 * weeks)]
        held = past.since(first)
        count = min(len(ahead), len(held.calls))
        use = held.learn[:count]
        if not use.any() or not known.learn.any():
            continue
        came.append(held.calls[:count][use])
        for method in methods:
            forecasts[method].append(METHODS[method](known, centre, ahead)[:count][use])
    if not came:
        return Tested(_untested(past), (), 0, Spread(day=0.15, interval=1.2))
    actual = np.concatenate(came)
    made = {method: np.concatenate(of) for method, of in forecasts.items()}
    measured = tuple(
        Measured(method=method, interval_wape=wape(actual, of), day_wape=wape(actual.sum(axis=1), of.sum(axis=1)))
        for method, of in made.items()
    )
    best = measured[0]
    for each in measured[1:]:
        if _error(each) < BETTER * _error(best):
            best = each
    return Tested(best.method, measured, weeks * len(came), scatter(actual, made[best.method]))


def _error(of: Measured) -> float:
    """Staffing suffers from both: a whole day that is off, and a shape that is."""
    return of.interval_wape + of.day_wape


def wape(actual: Floats, forecast: Floats) -> float:
    """The sum of absolute errors as a share of what came."""
    return float(np.abs(actual - forecast).sum() / max(1.0, actual.sum()))


def scatter(actual: Floats, forecast: Floats) -> Spread:
    """What a forecast's errors say of `Spread`: `[day, slot]` both. Single floods widen it only so far."""
    came, mean = actual.sum(axis=1), forecast.sum(axis=1)
    days = mean > 1
    if days.sum() < _LEAST_DAYS:
        return Spread(day=0.15, interval=1.2)
    ratio = np.maximum(came[days], 0.5) / mean[days]
    within = forecast[days] * ratio[:, None]
    slots = within > 0.2
    scores = (actual[days][slots] - within[slots]) ** 2 / within[slots]
    interval = max(1.0, float(np.mean(np.minimum(scores, _WORST * max(1.0, float(np.median(scores)) / 0.455)))))
    excess = (ratio - 1) ** 2
    excess = np.minimum(excess, _WORST * np.median(excess) / 0.455) - interval / mean[days]
    return Spread(day=float(np.sqrt(max(1e-4, float(np.mean(excess))))), interval=interval)


def _blocks(past: Past, weeks: int) -> list[date]:
    """Where blocks begin, the latest first one step before the end."""
    found: list[date] = []
    end = past.first + len(past.calls) * _DAY
    while len(found) < MOST_BLOCKS:
        end -= 7 * weeks * _DAY
        if (end - past.first).days < 7 * LEAST_WEEKS:
            break
        found.append(end)
    return found[::-1]


def _untested(past: Past) -> Method:
    return (
        "regression" if len(past.calls) >= 7 * LEAST_WEEKS else "four_weeks" if len(past.calls) >= 28 else "last_week"
    )
