"""Weeks that one person could work: the best of them when what an interval on the phones is worth is given. Pure.

The share of the week on the phones joins all days, so it is met by a price on being there: the right one is found by
trying several at once, then more between the two that are nearest.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from scheduling.plan.grid import DUTY, NEVER, OUT, PHONE, REST, Flags, Floats, Grid, Ints
from scheduling.plan.weeks import WeekFinder, Weeks, Worths

_AROUND = np.array([-2.0, -0.5, -0.2, -0.08, -0.03, 0.03, 0.08, 0.2, 0.5, 2.0])
_ROUNDS, _MOST_ROUNDS = 3, 8  # when there is a week, and until there is
_EDGE = 1e-9
_NOISE = 0.03  # breaks ties, which would make a person's whole week, or much of a day, flip at one price
_NOISY = (1, 8)  # intervals that share a noise; and a whole day


@dataclass(frozen=True, eq=False)
class Candidate:
    """A legal week: `option[d]` (-1: none), `kind[d, t]`; `cost` is the person's own, without what is short."""

    person: int
    option: Ints
    kind: Ints
    cost: float

    @property
    def phone(self) -> Flags:
        """d, t."""
        phone: Flags = self.kind == PHONE
        return phone


def worths(grid: Grid, who: Ints, phone: Floats, more: Floats) -> Worths:
    """`phone[b, d, t]` is what being on the phones saves; `more[b]` the price on the share: for more of it, or less."""
    stay = grid.stay[who] if grid.stay is not None else np.zeros((*phone.shape, 5))
    share = np.where(more > 0, grid.shares[who, 0], grid.shares[who, 1])
    return Worths(
        who=who,
        phone=phone + more[:, None, None] + stay[..., PHONE],
        duty=stay[..., DUTY],
        rest=stay[..., REST],
        out=stay[..., OUT],
        shift=-grid.cost[who] - (more * share)[:, None, None] * grid.paid,
    )


class Candidates:
    """Finds weeks on one grid. The same seed and the same questions give the same weeks."""

    def __init__(self, grid: Grid, finder: WeekFinder, seed: int) -> None:
        self._grid, self._finder = grid, finder
        self._draw = np.random.default_rng(seed)

    def best(self, person: int, phone: Floats, near: float = 0.0) -> list[Candidate]:
        """Legal weeks, the best first, when an interval on the phones saves `phone[d, t]`; empty where none was found.

        The first is the best there is where its share needs no price, and else the best of those tried, from `near` on.
        """
        tie = self._noise(phone.shape)
        found: list[tuple[float, Candidate]] = []
        more = np.unique(np.append(near + _AROUND, [near, 0.0]))
        for number in range(_MOST_ROUNDS):
            if number >= _ROUNDS and found:
                break
            who = np.full(len(more), person)
            weeks = self._finder.find(worths(self._grid, who, np.repeat((phone + tie)[None], len(more), 0), more))
            side = self.side(who, weeks)
            for row in np.flatnonzero(side == 0).tolist():
                candidate = self.candidate(person, weeks, row)
                found.append((float(phone[candidate.phone].sum()) - candidate.cost, candidate))
            free = np.flatnonzero(more == 0)
            if (weeks.worth < NEVER / 2).all() or (len(free) and side[free[0]] == 0):
                break
            more = _between(more, side)
        return [candidate for _, candidate in sorted(found, key=lambda each: -each[0])]

    def _noise(self, shape: tuple[int, ...]) -> Floats:
        days, size = shape
        noise = np.repeat(self._draw.random((days, 1)), size, axis=1)
        for width in _NOISY:
            noise += np.repeat(self._draw.random((days, -(-size // width))), width, axis=1)[:, :size]
        return noise * _NOISE

    def side(self, who: Ints, weeks: Weeks) -> Ints:
        """Of each week: 0 legal, -1 too little on the phones, 1 too much, 9 no week at all."""
        on = (weeks.kind == PHONE).sum(axis=(1, 2))
        paid = np.where(weeks.option >= 0, self._grid.paid[weeks.option], 0).sum(axis=1)
        low = on < self._grid.shares[who, 0] * paid - _EDGE
        high = on > self._grid.shares[who, 1] * paid + _EDGE
        side: Ints = np.where(weeks.worth < NEVER / 2, 9, np.where(low, -1, np.where(high, 1, 0)))
        return side

    def candidate(self, person: int, weeks: Weeks, row: int) -> Candidate:
        option, kind = weeks.option[row], weeks.kind[row].astype(np.int8)
        return Candidate(person, option, kind, own_cost(self._grid, person, option, kind))


def own_cost(grid: Grid, person: int, option: Ints, kind: Ints) -> float:
    """Wishes, turns and paid hours of a week, and what it changes of the published one."""
    days = np.flatnonzero(option >= 0)
    cost = float(grid.cost[person, days, option[days]].sum())
    if grid.stay is not None:
        stay = grid.stay[person]
        cost += float(stay.sum() - np.take_along_axis(stay, kind[..., None].astype(np.int64), axis=2).sum())
    return cost


def _between(more: Floats, side: Ints) -> Floats:
    """Prices between the highest that is too low and the lowest that is too high, or around those that are right."""
    low, high = np.flatnonzero(side < 0), np.flatnonzero(side == 1)
    begin = more[low.max()] if len(low) else more[0] * 2 if more[0] < 0 else more[0] / 2
    end = more[high.min()] if len(high) else more[-1] * 2 if more[-1] > 0 else more[-1] / 2
    return np.linspace(min(begin, end), max(begin, end), len(more) + 2)[1:-1]
