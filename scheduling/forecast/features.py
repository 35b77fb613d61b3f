"""What of a day moves its calls, as columns for the regression, each with what is expected of it before it was seen.

A coefficient is a difference of logarithms: 0.1 is some 10 % more calls. It is expected at `mean` and within `sd` of it
in two of three cases; the more a history tells, the less that counts.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from scheduling.forecast.past import Centre, Floats

YEAR = 365.25
_DAY = timedelta(days=1)
_SEASONS = 4  # harmonics of the year, once it was seen twice
_ONCE, _TWICE = 1.15, 1.9  # years of history
_TOLD_SD, _UNTOLD_SD = 0.5, 0.7  # of an effect whose lift is expected, and of one of which nobody has an idea


@dataclass(frozen=True)
class Columns:
    """`matrix[i, j]` of day i and column j. `shown` are those that people want to see."""

    names: tuple[str, ...]
    matrix: Floats
    mean: Floats
    sd: Floats
    shown: frozenset[str]


class _Building:
    def __init__(self, days: Sequence[date]) -> None:
        self.days = days
        self.index = {day: i for i, day in enumerate(days)}
        self.names: list[str] = []
        self.columns: list[Floats] = []
        self.mean: list[float] = []
        self.sd: list[float] = []
        self.shown: set[str] = set()

    def add(self, name: str, values: Floats, *, sd: float, mean: float = 0.0, shown: bool = False) -> None:
        self.names.append(name)
        self.columns.append(values)
        self.mean.append(mean)
        self.sd.append(sd)
        if shown:
            self.shown.add(name)

    def flags(self, days: Sequence[date]) -> Floats:
        values = np.zeros(len(self.days))
        for day in days:
            if day in self.index:
                values[self.index[day]] = 1.0
        return values


def columns(queue: str, days: Sequence[date], centre: Centre, origin: date, years: float) -> Columns:
    """Of `days` (in order). `origin` is the day before which the history ends, `years` how much of it there is."""
    made = _Building(days)
    ages = np.array([(day - origin).days for day in days], dtype=float) / YEAR
    made.add("level", np.ones(len(days)), sd=20.0)
    made.add("trend", np.maximum(ages, -3.0).clip(max=0.25), sd=0.1 if years > _ONCE else 0.03)
    for weekday in sorted(centre.weekdays):
        made.add(f"weekday {weekday}", np.array([day.weekday() == weekday for day in days], dtype=float), sd=0.7)
    _season(made, years)
    _around_closed_days(made, centre)
    _month(made, centre)
    _effects(made, queue, centre)
    return Columns(
        tuple(made.names),
        np.column_stack(made.columns),
        np.array(made.mean),
        np.array(made.sd),
        frozenset(made.shown),
    )


def _season(made: _Building, years: float) -> None:
    harmonics = _SEASONS if years >= _TWICE else 2 if years >= _ONCE else 0
    angle = np.array([day.timetuple().tm_yday for day in made.days], dtype=float) * 2 * math.pi / YEAR
    for k in range(1, harmonics + 1):
        made.add(f"year sin {k}", np.sin(k * angle), sd=0.25 / k)
        made.add(f"year cos {k}", np.cos(k * angle), sd=0.25 / k)


def _around_closed_days(made: _Building, centre: Centre) -> None:
    """Who could not call on a day that is usually open calls on the next one."""
    opens = centre.openings(made.days[0], made.days[-1])
    usual = [day for day in opens if day.weekday() in centre.weekdays]
    shut = [day for day in usual if not opens[day]]
    after = [nearest for day in shut if (nearest := _nearest(day, opens, 1))]
    before = [nearest for day in shut if (nearest := _nearest(day, opens, -1))]
    made.add("after a closed day", made.flags(after), sd=0.25, shown=True)
    made.add("before a closed day", made.flags(before), sd=0.15, shown=True)
    # A holiday Monday makes Tuesday the first day of the week: what a Monday has is then a Tuesday's, in part.
    late = [day for day in after if all(opens.get(day - i * _DAY) is False for i in range(1, day.weekday() + 1))]
    made.add("a week that begins late", made.flags(late), sd=0.2)
    for name in sorted(centre.open_holidays):
        days = [day for day, of in centre.holidays.items() if of == name]
        made.add(name, made.flags(days), sd=0.5, mean=-0.3, shown=True)
    between = [day for day in made.days if (day.month, day.day) >= (12, 23) or (day.month, day.day) <= (1, 1)]
    made.add("Christmas to New Year", made.flags(between), sd=0.4, shown=True)


def _nearest(day: date, opens: dict[date, bool], step: int) -> date | None:
    for i in range(1, 11):
        if opens.get(day + step * i * _DAY):
            return day + step * i * _DAY
    return None


def _month(made: _Building, centre: Centre) -> None:
    """Business days from the month's beginning and end: benefits, salaries and bills go by them."""
    opens = centre.openings(made.days[0], made.days[-1])
    months: dict[tuple[int, int], list[date]] = {}
    for day in opens:
        if opens[day]:
            months.setdefault((day.year, day.month), []).append(day)
    for place in (0, 1, 2, -2, -1):
        days = [of[place] for of in months.values() if len(of) > 10]
        made.add(f"business day {place + 1 if place >= 0 else place} of the month", made.flags(days), sd=0.12)


def _effects(made: _Building, queue: str, centre: Centre) -> None:
    first, last = made.days[0], made.days[-1]
    opens = centre.openings(first, last)
    for effect in centre.calendar.effects:
        if not effect.concerns(queue):
            continue
        found: dict[str, list[date]] = {}
        for day, phase in effect.phase_days(first, last, opens):
            found.setdefault(phase, []).append(day)
        for phase, share in effect.phases().items():
            expected = math.log1p(max(-0.95, (effect.lift or 0.0) * share))
            sd = _UNTOLD_SD if effect.lift is None else _TOLD_SD
            made.add(phase, made.flags(found.get(phase, [])), sd=sd, mean=expected, shown=True)
