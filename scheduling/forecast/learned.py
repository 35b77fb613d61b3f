"""The calls of days by two of scikit-learn's methods, from the same columns as our own regression.

`poisson`: a penalised Poisson regression (PoissonRegressor). `boosting`: trees (HistGradientBoostingRegressor), which
find by themselves what goes together, and need more history for it. Neither follows what drifts. Both give the mean of
each day `ahead`, 0 where closed. Cost: 10 ms, and a quarter of a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
from threadpoolctl import threadpool_limits

from scheduling.forecast import features
from scheduling.forecast.past import Bools, Centre, Floats, Past

_OVERDISPERSED = 0.01  # variance = m + this·m², what whole days usually have


@dataclass(frozen=True)
class _Table:
    """Columns, scaled to what each is expected to do, of the days to learn from (`x`, `y`) and of those ahead."""

    x: Floats
    y: Floats
    ahead: Floats
    opens: Bools


def poisson(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    from sklearn.linear_model import PoissonRegressor  # noqa: PLC0415 - a second, for those who use it

    table = _table(past, centre, ahead)
    mean = max(0.1, float(table.y.mean()))
    # The penalty that normal coefficients of standard deviation 1 ask for, of a mean over days of y / mean.
    alpha = (1 + _OVERDISPERSED * mean) / (mean * len(table.y))
    model = PoissonRegressor(alpha=alpha, solver="newton-cholesky", max_iter=200)
    return _said(model, table, mean)


def boosting(past: Past, centre: Centre, ahead: Sequence[date]) -> Floats:
    from sklearn.ensemble import HistGradientBoostingRegressor  # noqa: PLC0415 - as above

    table = _table(past, centre, ahead)
    model = HistGradientBoostingRegressor(
        loss="poisson", learning_rate=0.08, max_iter=150, min_samples_leaf=8, l2_regularization=1.0, random_state=0
    )
    return _said(model, table, max(0.1, float(table.y.mean())))


def _said(model: Any, table: _Table, mean: float) -> Floats:
    if not table.y.any():
        return np.zeros(len(table.ahead))
    # Tables this small are done before threads have met; on a busy machine their spinning takes ten times as long.
    with threadpool_limits(1):
        model.fit(table.x, table.y / mean)
        return np.where(table.opens, mean * model.predict(table.ahead), 0.0)


def _table(past: Past, centre: Centre, ahead: Sequence[date]) -> _Table:
    days = past.days
    made = features.columns(past.queue, [*days, *ahead], centre, ahead[0], len(days) / features.YEAR)
    scaled = (made.matrix * made.sd)[:, 1:]  # the level is the methods' own
    return _Table(
        x=scaled[: len(days)][past.learn],
        y=past.totals[past.learn],
        ahead=scaled[len(days) :],
        opens=np.array([centre.is_open(day) for day in ahead]),
    )
