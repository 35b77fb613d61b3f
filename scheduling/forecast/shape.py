"""How a day's calls spread over its quarter hours, by weekday."""

from __future__ import annotations

import numpy as np

from scheduling.forecast.past import SLOTS, Floats, Past

HALF_LIFE = 26 * 7  # days after which a day counts half
_ALIKE = 300.0  # calls that a weekday must have had before its own shape counts as much as that of all days
_SMOOTHED_BELOW = 200.0  # calls in a slot; with fewer, chance makes more of its height than the shape
_OPEN_ABOVE = 2e-4  # share of a day's calls below which a slot is none that calls are taken in


def shapes(past: Past) -> Floats:
    """`[weekday, slot]`: the share of a day's calls; each weekday's sum is 1."""
    calls = np.where(past.learn[:, None], past.calls, 0.0)
    weights = 0.5 ** (np.arange(len(calls))[::-1] / HALF_LIFE)
    weighted = calls * weights[:, None]
    weekdays = np.array([day.weekday() for day in past.days])
    of_all = _smooth(weighted.sum(axis=0))
    if not of_all.any():
        return np.full((7, SLOTS), 1.0 / SLOTS)
    of_all = np.where(of_all < _OPEN_ABOVE * of_all.sum(), 0.0, of_all)
    of_all /= of_all.sum()
    made = np.zeros((7, SLOTS))
    for weekday in range(7):
        own = np.where(of_all > 0, _smooth(weighted[weekdays == weekday].sum(axis=0)), 0.0)
        mixed = own + _ALIKE * of_all
        made[weekday] = mixed / mixed.sum()
    return made


def _smooth(calls: Floats) -> Floats:
    """A weighted mean with the neighbours that have calls, too, as far as chance asks for it: 1-2-1."""
    there = calls > 0
    if not there.any() or calls[there].mean() >= _SMOOTHED_BELOW:
        return calls
    kernel = np.array([1.0, 2.0, 1.0])
    sums, weights = (np.convolve(each, kernel, mode="same") for each in (calls, there.astype(float)))
    return np.where(there, sums / np.maximum(weights, 1.0), 0.0)
