"""The calls of days by a regression: weekday, season, trend, closed days, the calendar's effects, and where we are now.

Counts are taken as negative binomial with a logarithmic link, and coefficients as normal around what is expected of
them, so the fit is the most probable value (penalised iteratively reweighted least squares: McCullagh and Nelder,
Generalized Linear Models, 2nd ed., ch. 2 and 11). What the columns do not explain drifts: a local level that comes back
to nought, followed by a Kalman filter (Durbin and Koopman, Time Series Analysis by State Space Methods, 2nd ed., ch. 2
and 4), carries the last weeks' deviation on.

Days that lie far outside (a flood of calls that no calendar knows) count less: Huber's weights. Cost: about ten solves
with some 40 columns, and one pass over the days; 10 ms for three years.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits

from scheduling.forecast import features
from scheduling.forecast.past import Centre, Floats, Past

_ROUNDS = 12
_HUBER = 2.5  # standard deviations from which on a day counts less
_OUTSIDE = 6.0  # and from which on it is told
_RETURNS = np.array([0.95, 0.98, 0.995])  # the share of the drift that is left a day later
_DRIFTS = np.array([0.0, 0.005, 0.015, 0.03, 0.06])  # its daily standard deviation


@dataclass(frozen=True)
class Fit:
    """`effects`: by name, the factor of what was shown. `outside`: days with calls that nothing explains."""

    days: Floats  # the means of the days asked for; 0 where closed
    effects: Mapping[str, float]
    outside: tuple[tuple[date, float], ...]


def fit(past: Past, centre: Centre, ahead: Sequence[date]) -> Fit:
    """Learn from `past` and say the mean of each day `ahead` (in order, all after the past)."""
    days = past.days
    years = len(days) / features.YEAR
    of_all = features.columns(past.queue, [*days, *ahead], centre, ahead[0], years)
    use = past.learn
    x, y = of_all.matrix[: len(days)][use], past.totals[use]
    with threadpool_limits(1):  # as in `scheduling.forecast.learned`
        beta, dispersion, weights = _solve(x, y, of_all)
    mu = np.exp(x @ beta)
    sd = np.sqrt(mu + dispersion * mu**2)
    when = [day for day, used in zip(days, use, strict=True) if used]
    outside = tuple(
        (day, float(count / mean))
        for day, count, mean, score in zip(when, y, mu, (y - mu) / sd, strict=True)
        if abs(score) > _OUTSIDE
    )
    residual = np.full(len(days), np.nan)
    residual[use] = np.log((y + 0.5) / (mu + 0.5))
    noise = np.full(len(days), np.nan)
    noise[use] = (1 / (mu + 0.5) + np.median(residual[use] ** 2)) / weights
    steps = np.arange(len(ahead)) + (ahead[0] - days[-1]).days
    drift = _drift(residual, noise, steps)
    means = np.exp(of_all.matrix[len(days) :] @ beta + drift)
    opens = np.array([centre.is_open(day) for day in ahead])
    effects = {
        name: float(np.exp(value))
        for name, value, column in zip(of_all.names, beta, of_all.matrix.T, strict=True)
        if name in of_all.shown and column.any()
    }
    return Fit(np.where(opens, means, 0.0), effects, outside)


def _solve(x: Floats, y: Floats, of: features.Columns) -> tuple[Floats, float, Floats]:
    """Coefficients, dispersion (variance = m + dispersion·m²), and the weight of each day in 0…1."""
    prior, expected = 1 / of.sd**2, of.mean.copy()
    expected[0] = np.log(max(0.1, float(np.mean(y))))
    dispersion, huber = 0.01, np.ones(len(y))
    beta = expected.copy()
    beta[1:] = 0.0
    for _ in range(_ROUNDS):
        eta = np.clip(x @ beta, -10, 15)
        mu = np.exp(eta)
        weights = huber * mu / (1 + dispersion * mu)
        # Far from the solution a count of many times the mean would throw the step beyond it.
        response = eta + np.clip((y - mu) / mu, -1, 4)
        weighted = x * weights[:, None]
        curvature = weighted.T @ x + np.diag(prior)
        beta = np.asarray(np.linalg.solve(curvature, weighted.T @ response + prior * expected), dtype=np.float64)
        mu = np.exp(np.clip(x @ beta, -10, 15))
        score = np.abs(y - mu) / np.sqrt(mu + dispersion * mu**2)
        huber = np.asarray(np.minimum(1.0, _HUBER / np.maximum(score, 1e-9)))
        excess = huber * ((y - mu) ** 2 - mu) / np.maximum(mu, 1.0) ** 2
        dispersion = float(np.clip(np.mean(excess), 1e-4, 1.0))
    return beta, dispersion, huber


def _drift(residual: Floats, noise: Floats, steps: NDArray[np.int_]) -> Floats:
    """The logarithm by which days are expected to lie off, so many steps after the last.

    `residual` and its variance `noise` of each day, not a number where nothing is known. Of all pairs of drift and
    return the one counts that foretold each day best from those before it.
    """
    returns, drifts = (each.ravel() for each in np.meshgrid(_RETURNS, _DRIFTS))
    level, variance, loss = np.zeros(len(returns)), np.full(len(returns), 1e-4), np.zeros(len(returns))
    for value, of_noise in zip(residual, noise, strict=True):
        level, variance = level * returns, variance * returns**2 + drifts**2
        if not np.isnan(value):
            spread = variance + of_noise
            error = value - level
            loss += np.log(spread) + error**2 / spread
            gain = variance / spread
            level, variance = level + gain * error, variance * (1 - gain)
    best = int(np.argmin(loss))
    return np.asarray(level[best] * returns[best] ** steps)
