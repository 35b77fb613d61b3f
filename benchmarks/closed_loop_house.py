"""A small centre for the closed loop, with calls that the forecaster's formulas did not make. Seeded.

Expected calls of a quarter hour: a level that grows and bends, a smooth course of the year, the weekday, a shape of the
day that is another on each weekday, fewer before and more behind a holiday, and after each mailing a wave of which
nobody knows the strength. Real calls scatter about them: each day is as a whole higher or lower, each quarter hour once
more, and then the callers come by chance (gamma and gamma, then Poisson). `variance` 2 doubles the variance of both the
day and of the quarter hour's calls about what is expected.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from scheduling.forecast.calendar import Calendar, Days, Effect, holiday_names
from scheduling.forecast.past import Floats
from scheduling.history.model import INTERVAL_S, IntervalRow
from scheduling.plan.model import Activity, Person, Prices, Rest, Rules, Shift

ZONE = ZoneInfo("America/New_York")
OPENS, SLOTS = 8 * 60, 40  # minutes after midnight; quarter hours, to 18:00
HANDLE_CV = 0.7
_DAY = timedelta(days=1)
_DAY_SPREAD, _SLOT_SPREAD = 0.05, 0.06  # standard deviation by mean
_HOLIDAYS = "US-GA"


class Queue(NamedTuple):
    name: str
    daily: float
    handle_s: float
    patience_s: float
    mailing: float  # how much a usual mailing lifts its best day


QUEUES = (Queue("general", 420, 290, 200, 0.45), Queue("retirement", 170, 470, 320, 0.60))


@dataclass(frozen=True)
class House:
    """`expected[queue][day, slot]` are known to the planner who knows; `rate` is what that day's callers come by."""

    first: date
    calendar: Calendar
    expected: dict[str, Floats] = field(repr=False)
    rate: dict[str, Floats] = field(repr=False)
    rows: tuple[IntervalRow, ...] = field(repr=False)


def house(seed: int, first: date, last: date, variance: float) -> House:
    """The days from `first` to `last`. What is expected is the same for every `variance`."""
    days = [first + i * _DAY for i in range((last - first).days + 1)]
    random = np.random.default_rng([seed, 1])
    holidays = holiday_names(_HOLIDAYS, range(first.year, last.year + 2))
    opens = np.array([day.weekday() < 5 and day not in holidays for day in days])
    mailed = _mailings(random, first, last)
    expected = {queue.name: _expected(queue, days, opens, mailed, random) for queue in QUEUES}
    chance = np.random.default_rng([seed, 2])
    rate = {name: _scattered(calls, variance, chance) for name, calls in expected.items()}
    rows = tuple(row for queue in QUEUES for row in _rows(queue, days, rate[queue.name], chance))
    told = Effect(name="mailing", kind="mailing", days=tuple(Days(first=day, last=day) for day in mailed))
    calendar = Calendar(zone=ZONE.key, holidays=_HOLIDAYS, effects=(told,))
    return House(first, calendar, expected, rate, rows)


def _mailings(random: np.random.Generator, first: date, last: date) -> list[date]:
    """Every seven to eleven weeks, on a day from Monday to Thursday."""
    found, day = [], first + int(random.integers(14, 40)) * _DAY
    while day < last:
        found.append(day - max(0, day.weekday() - 3) * _DAY)
        day += int(random.integers(49, 78)) * _DAY
    return found


def _expected(
    queue: Queue, days: list[date], opens: np.ndarray, mailed: list[date], random: np.random.Generator
) -> Floats:
    count = np.arange(len(days))
    bend = random.uniform(0.3, 0.7) * len(days)
    level = 1 + random.uniform(0.00005, 0.0002) * count + random.uniform(-0.0004, 0.0004) * np.maximum(0, count - bend)
    year = np.array([day.timetuple().tm_yday for day in days]) * 2 * np.pi / 365.25
    level *= 1 + 0.09 * np.cos(year - random.uniform(0, 1)) + 0.04 * np.sin(2 * year + random.uniform(0, 6))
    by_weekday = np.array([1.2, 1.05, 0.98, 0.95, 0.85, 0, 0]) + np.append(random.normal(0, 0.02, 5), [0, 0])
    level *= by_weekday[[day.weekday() for day in days]]
    for i, j in pairwise(np.flatnonzero(opens).tolist()):
        if any(day.weekday() < 5 for day in days[i + 1 : j]):
            level[i] *= 0.88
            level[j] *= 1.18
    for day in mailed:
        since = count - (day - days[0]).days
        strength = queue.mailing * random.lognormal(-0.02, 0.2)
        level *= 1 + strength * np.where((since >= 1) & (since <= 10), 1 - np.abs(since - 2.5) / 8, 0).clip(0)
    shapes = np.array([_shape(weekday, random) for weekday in range(7)])
    calls = queue.daily * np.where(opens, level, 0)[:, None] * shapes[[day.weekday() for day in days]]
    return np.asarray(calls, np.float64)


def _shape(weekday: int, random: np.random.Generator) -> Floats:
    """Shares of the day's quarter hours: a steep rise, a hollow at noon, a long fall; earlier on Mondays."""
    hour = OPENS / 60 + (np.arange(SLOTS) + 0.5) / 4
    rise = 1 / (1 + np.exp(-(hour - 8.6 + 0.2 * (weekday == 0)) * 2.5))
    fall = 1 / (1 + np.exp((hour - 16.3 + 0.5 * (weekday == 4)) * 1.6))
    hollow = 1 - random.uniform(0.18, 0.26) * np.exp(-(((hour - 12.4 + random.normal(0, 0.1)) / 0.6) ** 2))
    shape = rise * fall * hollow * (1 + 0.03 * (10 - hour))
    return np.asarray(shape / shape.sum(), np.float64)


def _scattered(expected: Floats, variance: float, random: np.random.Generator) -> Floats:
    """Rates such that calls which are Poisson about them have `variance` times their usual variance."""
    day = _gamma(np.full(len(expected), variance * _DAY_SPREAD**2), random)
    more = np.divide(variance - 1, expected, out=np.zeros_like(expected), where=expected > 0)
    return expected * day[:, None] * _gamma(more + variance * _SLOT_SPREAD**2, random)


def _gamma(variance: Floats, random: np.random.Generator) -> Floats:
    """Of mean 1."""
    return np.asarray(random.gamma(1 / variance, variance), np.float64)


def _rows(queue: Queue, days: list[date], rate: Floats, random: np.random.Generator) -> Iterator[IntervalRow]:
    """The past as its telephone system tells it: some wait, those whose patience is shorter give up."""
    for i, day in enumerate(days):
        counts = random.poisson(rate[i])
        slots = np.repeat(np.arange(SLOTS), counts)
        handle_s = queue.handle_s * random.lognormal(
            -0.5 * np.log1p(HANDLE_CV**2), np.log1p(HANDLE_CV**2) ** 0.5, slots.size
        )
        patience_s = random.exponential(queue.patience_s, slots.size)
        wait_s = random.exponential(40.0, slots.size) * (random.random(slots.size) < 0.35)
        gone = patience_s < wait_s
        for slot in np.flatnonzero(counts):
            here = slots == slot
            served = here & ~gone
            start = datetime.combine(day, time(), tzinfo=ZONE) + timedelta(minutes=OPENS + 15 * int(slot))
            yield IntervalRow(
                queue=queue.name,
                start=start.astimezone(UTC),
                offered=int(counts[slot]),
                answered=int(served.sum()),
                abandoned=int((here & gone).sum()),
                handled=int(served.sum()),
                handle_s=float(handle_s[served].sum()),
                wait_s=float(np.minimum(wait_s, patience_s)[here].sum()),
                answered_wait_s=float(wait_s[served].sum()),
            )


# --- who works there --------------------------------------------------------------------------------


def people(pooled: bool) -> tuple[Person, ...]:
    """Twenty-eight. `pooled`: most know both queues; else nobody does. Hours are as the weeks need them, up to the
    contract's."""
    general, retirement = {"general": 0}, {"retirement": 0}
    both = ({"general": 0, "retirement": 1}, {"general": 1, "retirement": 0})
    skills = [general] * 10 + [both[0]] * 10 + [both[1]] * 8 if pooled else [general] * 16 + [retirement] * 12
    return tuple(
        Person(
            person_id=f"p{number:02}",
            name=f"Agent {number:02}",
            level=1,
            hours=24.0 if number % 4 == 3 else 40.0,
            least_hours=8.0 if number % 4 == 3 else 16.0,
            skills=skills[number],
        )
        for number in range(28)
    )


def rules() -> Rules:
    """All work is on the phones; a paid hour has its price, and an agent missing for an interval costs far more."""
    rest = Rest(activity=Activity.BREAK, minutes=15, earliest=75, latest=150)
    second = Rest(activity=Activity.BREAK, minutes=15, earliest=210, latest=285)
    lunch = Rest(activity=Activity.LUNCH, minutes=30, earliest=210, latest=285, paid=False)
    late = Rest(activity=Activity.BREAK, minutes=15, earliest=345, latest=435)
    return Rules(
        shifts=(
            Shift(name="full", minutes=510, starts=tuple(range(480, 571, 30)), rests=(rest, lunch, late)),
            Shift(name="six", minutes=375, starts=tuple(range(480, 706, 30)), rests=(rest, second)),
            Shift(name="half", minutes=240, starts=tuple(range(480, 841, 30)), rests=(rest,)),
        ),
        duties=(),
        prices=Prices(hour=1.0, penalty=0.01),
    )


def seconds_of(minute: int) -> float:
    """Of the day that is simulated, which begins with the centre's."""
    return (minute - OPENS) * INTERVAL_S / 15
