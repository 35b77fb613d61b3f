"""Ways to spend a day, collected from weeks that were good at some prices, and which of them fit into a week. Pure."""

from __future__ import annotations

import math

import numpy as np

from scheduling.plan.candidates import Candidate, own_cost, worths
from scheduling.plan.choosing import Choice, DayWay
from scheduling.plan.grid import DAYS, PHONE, Floats, Grid, Ints
from scheduling.plan.model import DAY, STEP
from scheduling.plan.weeks import WeekFinder, Weeks

_MOST = 24  # ways of a person's day


class Ways:
    """The newest ways of each person's days."""

    def __init__(self, grid: Grid, finder: WeekFinder) -> None:
        self._grid, self._finder = grid, finder
        self._of: list[list[dict[bytes, DayWay]]] = [[{} for _ in range(DAYS)] for _ in grid.people]

    def collect(self, worth: Floats, more: Floats) -> None:
        """The best weeks of everybody at these prices: `worth[p, d, t]` on the phones, `more[p]` for the share."""
        who = np.arange(len(self._grid.people))
        self.keep(self._finder.find(worths(self._grid, who, worth, more)))

    def keep(self, weeks: Weeks) -> None:
        for person, days in enumerate(self._of):
            for day, ways in enumerate(days):
                kind, option = weeks.kind[person, day], int(weeks.option[person, day])
                ways[kind.tobytes()] = DayWay(option, kind, _cost(self._grid, person, day, option, kind))
                if len(ways) > _MOST:
                    ways.pop(next(iter(ways)))

    def choice(self, now: Candidate, day: int) -> Choice:
        """What a person can do on a day while the others stay as they are."""
        grid, person, options = self._grid, now.person, now.option
        standing = DayWay(int(options[day]), now.kind[day], _cost(grid, person, day, int(options[day]), now.kind[day]))
        other = int(np.count_nonzero(now.kind == PHONE)) - standing.phone
        paid = int(grid.paid[options[options >= 0]].sum())
        least, most = grid.shares[person]
        ways = [
            way
            for way in self._of[person][day].values()
            if self._same_hours(way.option, standing.option)
            and self._rested(options, day, way.option)
            and not np.array_equal(way.kind, standing.kind)
        ]
        return Choice(
            person,
            [standing, *ways],
            (math.ceil(least * paid - 1e-9) - other, math.floor(most * paid + 1e-9) - other),
        )

    def _same_hours(self, one: int, other: int) -> bool:
        if one < 0 or other < 0:
            return one == other
        return bool(self._grid.paid[one] == self._grid.paid[other])

    def _rested(self, options: Ints, day: int, option: int) -> bool:
        """Whether there is rest enough since the day before and until the day after."""
        before = int(options[day - 1]) if day else -1
        after = int(options[day + 1]) if day + 1 < DAYS else -1
        return self._apart(before, option) and self._apart(option, after)

    def _apart(self, one: int, next_day: int) -> bool:
        if one < 0 or next_day < 0:
            return True
        free = DAY + (self._grid.options[next_day].start - self._grid.options[one].end) * STEP
        return free >= self._grid.rules.rest_between_days


def changed(grid: Grid, now: Candidate, day: int, way: DayWay) -> Candidate:
    """The week with another way to spend one of its days."""
    option, kind = now.option.copy(), now.kind.copy()
    option[day], kind[day] = way.option, way.kind
    return Candidate(now.person, option, kind, own_cost(grid, now.person, option, kind))


def _cost(grid: Grid, person: int, day: int, option: int, kind: Ints) -> float:
    cost = float(grid.cost[person, day, option]) if option >= 0 else 0.0
    if grid.stay is not None:
        stay = grid.stay[person, day]
        cost += float(stay.sum() - stay[np.arange(len(kind)), kind].sum())
    return cost
