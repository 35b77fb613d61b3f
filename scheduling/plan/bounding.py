"""What no schedule can cost less than, and what an agent in an interval is worth: Lagrangian relaxation. Pure.

Needs and shares of the week get prices instead of being kept. Each person then has a best week of their own, found
exactly, and what all of these cost together is a bound on every schedule. The prices are found in two stages: first
averages of everybody's weeks follow smooth prices, some people at a time (block-coordinate Frank-Wolfe, Lacoste-Julien
and others 2013), then the exact bound climbs along its subgradient, smoothed (Camerini, Fratta and Maffioli 1975).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduling.plan.candidates import worths
from scheduling.plan.grid import PHONE, Floats, Grid, Ints
from scheduling.plan.smoothing import Smooth
from scheduling.plan.weeks import WeekFinder, Weeks

PASSES = 80
_WIDE, _NARROW = 1.0, 0.25  # of the smooth prices at the first pass and at the last
_AT_ONCE = 10  # parts of a pass
_LEAST_WEIGHT = 0.02
_SHARE_NOW, _SHARE_KEPT = 0.02, 0.005  # of a share's price: for an interval amiss, and kept after each pass
_AVERAGE = 0.1  # of the prices over the passes
_LOOK = 5  # passes between two looks at the exact bound

_SMOOTH = 0.3
_PATIENCE = 8
_SHRINK = 0.7
_SCALE = 0.3
_SHARES = 0.02  # the scale of the shares' prices against those of the needs


@dataclass(frozen=True, eq=False)
class Prices:
    """`need[k, d, t]` of an agent for a need, 0 to the price of one missing; `more[p]` of the share on the phones."""

    need: Floats
    more: Floats


class Bound:
    """The best bound so far, and the prices that give it. People without a legal week must not be on the grid."""

    def __init__(self, grid: Grid, finder: WeekFinder, seed: int) -> None:
        self._grid, self._finder = grid, finder
        self._who = np.arange(len(grid.people))
        self._draw = np.random.default_rng(seed)
        self._smooth = Smooth(grid)
        self._stay = 0.0 if grid.stay is None else float(grid.stay.sum())
        nothing = np.zeros(len(grid.people))
        self.prices, self._best = Prices(np.zeros(grid.need.shape), nothing), -np.inf
        self._pass = 0
        self._average = self.prices
        self._kept, self._low, self._high, self._own = nothing.copy(), nothing.copy(), nothing.copy(), nothing.copy()
        self._now = self.prices
        self._need_slope, self._share_slope = np.zeros(grid.need.shape), nothing.copy()
        self._scale, self._stalled = _SCALE, 0

    @property
    def value(self) -> float:
        """No schedule has a lower objective."""
        return max(0.0, self._best)

    @property
    def estimate(self) -> float:
        """About what the best schedule costs: that of the averages."""
        return self._smooth.short() + float(self._own.sum())

    def constant(self) -> float:
        """What everybody's own week costs at least, on whatever phones."""
        nothing = np.zeros((len(self._who), *self._grid.need.shape[1:]))
        weeks = self._finder.find(worths(self._grid, self._who, nothing, np.zeros(len(self._who))))
        return self._stay - float(weeks.worth.sum())

    def worth(self) -> Floats:
        """What an interval on the phones is worth to each group, at the best prices: g, d, t."""
        return self._smooth.worth(self.prices.need)[0]

    # --- first stage ------------------------------------------------------------------------------

    def approach(self) -> None:
        """One pass of `PASSES`."""
        width = _WIDE * (_NARROW / _WIDE) ** (self._pass / (PASSES - 1))
        weight = max(2 / (self._pass + 2), _LEAST_WEIGHT)
        for who in np.array_split(self._draw.permutation(self._who), min(_AT_ONCE, len(self._who))):
            self._move(who, self._smooth.prices(width), weight)
        now = Prices(self._smooth.prices(width), self._more(self._who))
        keep = 1.0 - _AVERAGE if self._pass else 0.0
        self._average = Prices(
            keep * self._average.need + (1 - keep) * now.need, keep * self._average.more + (1 - keep) * now.more
        )
        self._pass += 1
        if self._pass % _LOOK == 0:
            for prices in (now, self._average):
                self._try(prices)
            self._now = self.prices

    def _more(self, who: Ints) -> Floats:
        amiss: Floats = np.maximum(self._low[who], 0.0) + np.minimum(self._high[who], 0.0)
        return self._kept[who] + _SHARE_NOW * amiss

    def _move(self, who: Ints, prices: Floats, weight: float) -> None:
        grid = self._grid
        worth, key = self._smooth.worth(prices)
        weeks = self._finder.find(worths(grid, who, worth[grid.group[who]], self._more(who)))
        answering = self._smooth.answering(who, weeks.kind, worth, key)
        self._smooth.put(who, answering, weight)
        low, high = self._amiss(who, weeks)
        own = self._own_costs(who, weeks) + self._smooth.less(who, answering)
        for kept, new in ((self._low, low), (self._high, high), (self._own, own)):
            kept[who] += weight * (new - kept[who])
        self._kept[who] += _SHARE_KEPT * _slope(self._kept[who], self._low[who], self._high[who])

    def _own_costs(self, who: Ints, weeks: Weeks) -> Floats:
        grid = self._grid
        costs = np.zeros(len(who))
        row, day = np.nonzero(weeks.option >= 0)
        np.add.at(costs, row, grid.cost[who[row], day, weeks.option[row, day]])
        if grid.stay is not None:
            stay = grid.stay[who]
            kept = np.take_along_axis(stay, weeks.kind[..., None].astype(np.int64), axis=3)
            costs += stay.sum(axis=(1, 2, 3)) - kept.sum(axis=(1, 2, 3))
        return costs

    def _amiss(self, who: Ints, weeks: Weeks) -> tuple[Floats, Floats]:
        """Intervals on the phones up to the least share, and to the most (negative: beyond it)."""
        on = (weeks.kind == PHONE).sum(axis=(1, 2))
        paid = np.where(weeks.option >= 0, self._grid.paid[weeks.option], 0).sum(axis=1)
        return self._grid.shares[who, 0] * paid - on, self._grid.shares[who, 1] * paid - on

    # --- second stage -----------------------------------------------------------------------------

    def climb(self, target: float) -> Weeks:
        """One step; the best week of everybody at the prices before it. `target` is about the best objective."""
        now = self._now
        weeks, value, worth, key = self._try(now)
        if value < self._best:
            self._stalled += 1
            if self._stalled >= _PATIENCE:
                self._scale, self._stalled, now = self._scale * _SHRINK, 0, self.prices
        else:
            self._stalled = 0
        answering = self._smooth.answering(self._who, weeks.kind, worth, key)
        keep = 1 - _SMOOTH if self._need_slope.any() else 0.0
        self._need_slope = keep * self._need_slope + (1 - keep) * (self._grid.need - answering.sum(axis=0))
        share = _slope(now.more, *self._amiss(self._who, weeks))
        self._share_slope = keep * self._share_slope + (1 - keep) * share
        norm = float((self._need_slope**2).sum() + _SHARES * (self._share_slope**2).sum())
        step = self._scale * max(target - value, 0.0) / max(norm, 1e-9)
        self._now = Prices(
            np.clip(now.need + step * self._need_slope, 0.0, self._grid.price),
            now.more + step * _SHARES * self._share_slope,
        )
        return weeks

    def _try(self, prices: Prices) -> tuple[Weeks, float, Floats, Ints]:
        """The exact bound at these prices; kept where it is the best."""
        worth, key = self._smooth.worth(prices.need)
        weeks = self._finder.find(worths(self._grid, self._who, worth[self._grid.group], prices.more))
        value = float((self._grid.need * prices.need).sum() - weeks.worth.sum()) + self._stay
        if value > self._best:
            self._best, self.prices = value, prices
        return weeks, value, worth, key


def _slope(more: Floats, low: Floats, high: Floats) -> Floats:
    """Of the bound in the price of a share: what is amiss on the side that the price is for."""
    slope: Floats = np.where(more > 0, low, np.where(more < 0, high, np.clip(0.0, low, high)))
    return slope
