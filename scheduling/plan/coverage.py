"""Who on the phones answers which calls, in every interval: the cheapest way, kept as people come and go. Pure.

Of every interval this is a transport problem: groups of people with equal skills, needs with their prices. It is never
solved anew: one person more or less moves others along one path, from need to need, that is found as a longest path. So
what one more or one less is worth (`gains`, `losses`) is exact, and costs 1 to 3 ms for a whole week.
"""

from __future__ import annotations

import numpy as np

from scheduling.plan.grid import Flags, Floats, Grid, Ints


class Coverage:
    """Intervals are counted through the week, n = d * size + t. Need `keys` (one more than there are) is being idle."""

    def __init__(self, grid: Grid) -> None:
        need = grid.need.reshape(len(grid.keys), -1).T
        price = grid.price.reshape(len(grid.keys), -1).T
        self._idle = len(grid.keys)
        value = price[:, None, :] - grid.less[None, :, :]
        value = np.where(value > 0, value, -np.inf)  # nobody takes a call that costs more than leaving it
        self._value = np.concatenate([value, np.zeros((*value.shape[:2], 1))], axis=2)  # n, g, k
        self._price = price
        self.short = need.copy()  # n, k
        self._at = np.zeros(self._value.shape, dtype=np.int64)  # n, g, k
        self._moves = np.full((len(need), self._idle + 1, self._idle + 1), -np.inf)
        self._open = need.any(axis=1)

    @property
    def cost(self) -> float:
        """Of missing agents, and of calls taken by those who would rather not."""
        taken = self._at[..., : self._idle]
        less = np.where(taken > 0, self._price[:, None, :] - self._value[..., : self._idle], 0.0)
        return float((self.short * self._price).sum() + (taken * less).sum())

    @property
    def short_cost(self) -> float:
        return float((self.short * self._price).sum())

    def taken(self) -> Ints:
        """Agents on each need: n, k."""
        taken: Ints = self._at[..., : self._idle].sum(axis=1)
        return taken

    def gains(self, group: int) -> Floats:
        """What one more of the group on the phones saves, for each interval."""
        arrive, _ = self._arriving(slice(None))
        gains: Floats = (self._value[:, group] + arrive).max(axis=1)
        return gains

    def losses(self, group: int) -> Floats:
        """What one less costs; `inf` where there is none."""
        leave, _ = self._leaving(slice(None))
        loss = np.where(self._at[:, group] > 0, self._value[:, group] - leave, np.inf)
        losses: Floats = loss.min(axis=1)
        return losses

    def add(self, group: int, where: Flags) -> None:
        """One of the group comes to the phones in these intervals."""
        n = np.flatnonzero(where)
        arrive, after = self._arriving(n)
        who = np.full(len(n), group)
        to = (self._value[n, group] + arrive).argmax(axis=1)
        row = np.arange(len(n))
        while len(row):
            at = n[row]
            self._at[at, who, to] += 1
            nxt = after[row, to]
            ends = nxt < 0
            done, need = at[ends], to[ends]
            counted = need < self._idle
            self.short[done[counted], need[counted]] -= 1
            row, at, to, nxt, who = row[~ends], at[~ends], to[~ends], nxt[~ends], who[~ends]
            # Who came displaces the one who is worth most where the path goes on.
            who = self._best_mover(at, to, nxt)
            self._at[at, who, to] -= 1
            to = nxt
        self._refresh(n)

    def remove(self, group: int, where: Flags) -> None:
        """One of the group leaves the phones in these intervals."""
        n = np.flatnonzero(where)
        leave, before = self._leaving(n)
        value = np.where(self._at[n, group] > 0, self._value[n, group] - leave, np.inf)
        free = value.argmin(axis=1)
        self._at[n, group, free] -= 1
        row = np.arange(len(n))
        while len(row):
            source = before[row, free]
            ends = source < 0
            done, need = n[row[ends]], free[ends]
            counted = need < self._idle
            self.short[done[counted], need[counted]] += 1
            row, source, free = row[~ends], source[~ends], free[~ends]
            at = n[row]
            who = self._best_mover(at, source, free)
            self._at[at, who, source] -= 1
            self._at[at, who, free] += 1
            free = source
        self._refresh(n)

    # --- paths ------------------------------------------------------------------------------------

    def _arriving(self, n: slice | Ints) -> tuple[Floats, Ints]:
        """What one arriving at each need is worth to the others, and where the one displaced goes (-1: nobody is)."""
        moves = self._moves[n]
        sink = np.concatenate([self.short[n] > 0, np.ones((len(moves), 1), dtype=np.bool_)], axis=1)
        worth = np.where(sink, 0.0, -np.inf)
        after = np.full(worth.shape, -1, dtype=np.int64)
        for _ in range(self._idle + 1):
            through = moves + worth[:, None, :]
            best = through.argmax(axis=2)
            value = np.take_along_axis(through, best[..., None], axis=2)[..., 0]
            better = value > worth + 1e-9
            if not better.any():
                break
            worth, after = np.where(better, value, worth), np.where(better, best, after)
        return worth, after

    def _leaving(self, n: slice | Ints) -> tuple[Floats, Ints]:
        """What a vacancy at each need is worth to the others, and from where it is filled (-1: it is left open)."""
        moves = self._moves[n]
        worth = np.zeros(moves.shape[:2])
        before = np.full(worth.shape, -1, dtype=np.int64)
        for _ in range(self._idle + 1):
            through = moves + worth[:, :, None]
            best = through.argmax(axis=1)
            value = np.take_along_axis(through, best[:, None, :], axis=1)[:, 0]
            better = value > worth + 1e-9
            better[:, self._idle] = False
            if not better.any():
                break
            worth, before = np.where(better, value, worth), np.where(better, best, before)
        return worth, before

    def _best_mover(self, at: Ints, source: Ints, to: Ints) -> Ints:
        """Of those at `source` the group that is worth most at `to`."""
        there = self._at[at, :, source]
        with np.errstate(invalid="ignore"):
            value = np.where(there > 0, self._value[at, :, to] - self._value[at, :, source], -np.inf)
        mover: Ints = value.argmax(axis=1)
        return mover

    def _refresh(self, n: Ints) -> None:
        """What moving the best one from need to need is worth, where people changed."""
        value, there = self._value[n], self._at[n] > 0
        own = np.where(there, value, np.inf)
        self._moves[n] = (value[:, :, None, :] - own[:, :, :, None]).max(axis=1)
