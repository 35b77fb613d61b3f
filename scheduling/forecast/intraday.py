"""The rest of a day forecast again, from what came of it so far: pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
import numpy as np

from scheduling.forecast.calendar import Outage
from scheduling.forecast.forecasting import limits
from scheduling.forecast.model import ForecastRow, Spread
from scheduling.history.model import INTERVAL


class Rest(msgspec.Struct, frozen=True, kw_only=True):
    """`factor` is how much higher the rest of the day is expected than it was; `came` of `expected` calls say so."""

    factor: float
    came: float
    expected: float
    rows: tuple[ForecastRow, ...]


def reforecast(
    rows: Sequence[ForecastRow],
    came: Mapping[datetime, int],
    spread: Spread,
    now: datetime,
    outages: Sequence[Outage] = (),
) -> Rest:
    """The rows of one queue and day that begin from the running interval on, forecast again at `now`.

    `came` are calls by interval start, of which an interval that is not there had none. What intervals say that are not
    over, or lie in an outage, does not count.

    A day is higher than its forecast by a factor that is gamma distributed around 1 with the variance `spread.day`²;
    the calls so far, scattered `spread.interval` times as much as Poisson's, make its posterior (Gelman et al.,
    Bayesian Data Analysis, 3rd ed., sec. 2.6). After a few calls little changes; by noon the day itself speaks.
    """
    over = [row for row in rows if row.start + INTERVAL <= now and not _in(row, outages)]
    expected, counted = sum(row.calls for row in over), sum(came.get(row.start, 0) for row in over)
    shape = 1 / max(spread.day, 1e-3) ** 2
    scale = shape + expected / spread.interval
    factor = (shape + counted / spread.interval) / scale
    rest = [row for row in rows if row.start + INTERVAL > now]
    mean = np.array([row.calls * factor for row in rest])
    narrower = Spread(day=float(1 / np.sqrt(scale * factor)), interval=spread.interval)
    low, high = limits(mean, narrower)
    return Rest(
        factor=factor,
        came=counted,
        expected=expected,
        rows=tuple(
            msgspec.structs.replace(
                row, calls=round(float(mean[i]), 3), low=round(float(low[i]), 3), high=round(float(high[i]), 3)
            )
            for i, row in enumerate(rest)
        ),
    )


def _in(row: ForecastRow, outages: Sequence[Outage]) -> bool:
    return any(
        each.concerns(row.queue) and each.begins < row.start + INTERVAL and row.start < each.ends for each in outages
    )
