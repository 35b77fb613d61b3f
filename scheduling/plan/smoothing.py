"""What agents are worth when a need is never quite met nor quite missed: smooth prices of an assumed coverage. Pure.

The price of a missing agent becomes a slope around the need, `width` agents wide, in place of a step. With it an
average of weeks, or weeks that are exchanged one by one, find their way where exact prices would jump to and fro.
"""

from __future__ import annotations

import numpy as np

from scheduling.plan.grid import PHONE, Floats, Grid, Ints


class Smooth:
    """How many are assumed to answer each need, k, d, t: the sum over people of a weighted average of their weeks."""

    def __init__(self, grid: Grid) -> None:
        self._grid = grid
        self._able = np.isfinite(grid.less)[:, :, None, None]
        self._less = np.where(np.isfinite(grid.less), grid.less, 0.0)
        self._of = np.zeros((len(grid.people), *grid.need.shape), dtype=np.float32)
        self._total = np.zeros(grid.need.shape)

    def prices(self, width: float, more: float = 0.0) -> Floats:
        """Of one agent for each need, k, d, t, when `more` come besides those assumed."""
        over = np.clip((self._total + more - self._grid.need) / width, -40, 40)
        prices: Floats = self._grid.price / (1 + np.exp(over)) * (self._grid.need > 0)
        return prices

    def worth(self, prices: Floats) -> tuple[Floats, Ints]:
        """What an interval on the phones is worth to each group, g, d, t; and which need it answers then."""
        value = np.where(self._able, prices[None] - self._less[:, :, None, None], -1.0)
        key = value.argmax(axis=1)
        return np.maximum(np.take_along_axis(value, key[:, None], axis=1)[:, 0], 0.0), key

    def answering(self, who: Ints, kind: Ints, worth: Floats, key: Ints) -> Floats:
        """What these people answer in these weeks, b, k, d, t."""
        group = self._grid.group[who]
        on = (kind == PHONE) & (worth[group] > 0)
        return np.stack([on & (key[group] == k) for k in range(len(self._grid.keys))], axis=1).astype(np.float32)

    def put(self, who: Ints, answering: Floats, weight: float = 1.0) -> None:
        """Their average moves towards these weeks."""
        change = weight * (answering - self._of[who])
        self._of[who] += change
        self._total += change.sum(axis=0)

    def short(self) -> float:
        """What is missing, at its price."""
        return float((self._grid.price * np.maximum(self._grid.need - self._total, 0.0)).sum())

    def less(self, who: Ints, answering: Floats) -> Floats:
        """What the penalties of these weeks cost."""
        lesser: Floats = np.einsum("bkdt,bk->b", answering, self._less[self._grid.group[who]])
        return lesser
