"""A centre that never was: years of calls with a calendar, for the demo, benchmarks and tests. Seeded: always the same.

It is not made by the formulas that forecast it. Calls follow weekday, month and a growth that bends; whole days are
higher or lower than they should be, and stay so for days (Avramidis, Deslauriers and L'Ecuyer, 2004: real arrivals are
more variable than Poisson's and correlated within the day); mailings, paydays and open enrollment have another strength
each time; once a year something in the news doubles a day, and a line is cut for half of one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import numpy as np

from scheduling.forecast.calendar import LAST_BUSINESS_DAY, Calendar, Days, Effect, Outage, holiday_names
from scheduling.forecast.past import SLOTS, Floats
from scheduling.history.model import INTERVAL_S, IntervalRow

ZONE = "America/New_York"
OPENS, CLOSES = 32, 68  # slots: 8:00 to 17:00
_DAY = timedelta(days=1)
_WEEKDAYS = np.array([1.24, 1.07, 0.98, 0.93, 0.80])
_MONTHS = np.array([1.22, 1.10, 1.00, 0.97, 1.03, 1.14, 1.07, 0.96, 0.95, 1.00, 0.95, 0.84])


class SampleQueue(NamedTuple):
    """`daily`: calls of an ordinary day. `enrollment`, `mailing` and `payday`: the usual lift of each."""

    name: str
    daily: float
    handle_s: float
    patience_s: float
    enrollment: float
    mailing: float
    payday: float


QUEUES = (
    SampleQueue("general", 780, 330, 240, 0.25, 0.45, 0.25),
    SampleQueue("retirement", 340, 560, 420, 0.10, 0.50, 0.12),
    SampleQueue("health", 230, 450, 300, 1.30, 0.10, 0.05),
    SampleQueue("spanish", 46, 390, 300, 0.30, 0.35, 0.25),
)


class Callers(NamedTuple):
    """The callers of a queue on a day, in order: seconds since the day's opening, of the work and of the patience."""

    arrive_s: Floats
    handle_s: Floats
    patience_s: Floats


@dataclass(frozen=True)
class Sample:
    """`expected[queue][i, s]`: the mean number of calls of day i and slot s, before chance; `came` those that did."""

    seed: int
    first: date
    last: date
    calendar: Calendar
    queues: Sequence[SampleQueue]
    expected: dict[str, Floats] = field(repr=False)
    came: dict[str, Floats] = field(repr=False)

    def callers(self, queue: str, day: date) -> Callers:
        """Those who came, drawn one by one; `rows` are their sums."""
        place = [each.name for each in self.queues].index(queue)
        of, random = self.queues[place], np.random.default_rng([self.seed, place, day.toordinal()])
        counts = self.came[queue][(day - self.first).days].astype(int)
        slots = np.repeat(np.arange(SLOTS), counts)
        arrive_s = np.sort(slots * INTERVAL_S + random.uniform(0, INTERVAL_S, len(slots))) - OPENS * INTERVAL_S
        # Work takes longer early in the week and late in the day; its distribution is lognormal, as everywhere.
        usual = of.handle_s * (1.03 - 0.015 * day.weekday()) * (1 + 0.08 * (slots - OPENS) / (CLOSES - OPENS))
        usual *= 1 + 0.03 * (day - self.first).days / 365
        handle_s = usual * random.lognormal(-0.5 * 0.7**2, 0.7, len(slots))
        return Callers(arrive_s, handle_s, random.exponential(of.patience_s, len(slots)))

    def rows(self) -> Iterator[IntervalRow]:
        """The history as a centre would have it that answers within about 50 seconds."""
        zone = ZoneInfo(self.calendar.zone)
        for queue in self.queues:
            for i in range((self.last - self.first).days + 1):
                if self.came[queue.name][i].any():
                    yield from self._day_rows(queue, self.first + i * _DAY, zone)

    def _day_rows(self, queue: SampleQueue, day: date, zone: ZoneInfo) -> Iterator[IntervalRow]:
        callers = self.callers(queue.name, day)
        random = np.random.default_rng([self.seed, 99, day.toordinal()])
        busy = random.gamma(1.5, 1 / 1.5, SLOTS)
        slots = (callers.arrive_s // INTERVAL_S).astype(int) + OPENS
        wait_s = np.round(random.exponential(50.0, len(slots)) * busy[slots])
        gone = callers.patience_s < wait_s
        waited = np.where(gone, callers.patience_s, wait_s)
        for slot in np.unique(slots):
            here, begins = slots == slot, time(int(slot) // 4, int(slot) % 4 * 15)
            served = here & ~gone
            yield IntervalRow(
                queue=queue.name,
                start=datetime.combine(day, begins, tzinfo=zone).astimezone(UTC),
                offered=int(here.sum()),
                answered=int(served.sum()),
                abandoned=int((here & gone).sum()),
                handled=int(served.sum()),
                handle_s=round(float(callers.handle_s[served].sum()), 1),
                wait_s=round(float(waited[here].sum()), 1),
                answered_wait_s=round(float(waited[served].sum()), 1),
            )


def sample(seed: int, first: date, last: date, *, size: float = 1.0, queues: Sequence[SampleQueue] = QUEUES) -> Sample:
    """A centre's calls from `first` to `last`; `size` 1 takes some 1,400 a day."""
    random = np.random.default_rng(seed)
    days = [first + i * _DAY for i in range((last - first).days + 1)]
    years = range(first.year, last.year + 1)
    holidays = holiday_names("US-GA", list(years))
    around = [first + i * _DAY for i in range(-40, len(days) + 40)]
    opens = {day: day.weekday() < 5 and day not in holidays for day in around}
    calendar = _calendar(random, years, days, opens)
    together = _wander(random, len(days), 0.8, 0.045)
    news = {int(random.integers(len(days))): random.uniform(0.6, 1.4) for _ in years}
    made = Sample(seed, first, last, calendar, queues, {}, {})
    for queue in queues:
        level = np.log(queue.daily * size) + together + _wander(random, len(days), 0.7, 0.06)
        level += _growth(random, len(days)) + _known(random, days, opens)
        for effect in calendar.effects:
            lift = {"campaign": queue.enrollment, "mailing": queue.mailing, "payday": queue.payday}[effect.kind]
            level += _lifted(random, effect, lift, days, opens)
        for place, extra in news.items():
            level[place] += np.log1p(extra)
        totals = np.where([opens[day] for day in days], np.exp(level), 0.0)
        profiles = _profiles(random)
        expected = totals[:, None] * profiles[[day.weekday() % 5 for day in days]]
        _cut_off(expected, calendar, first)
        made.expected[queue.name] = expected
        scattered = random.gamma(1 / 0.08**2, 0.08**2, expected.shape)
        made.came[queue.name] = random.poisson(expected * scattered).astype(float)
    return made


def _wander(random: np.random.Generator, length: int, stays: float, sd: float) -> Floats:
    """A first-order autoregression with this standard deviation."""
    steps = random.normal(0, sd * np.sqrt(1 - stays**2), length)
    values = np.zeros(length)
    for i in range(1, length):
        values[i] = stays * values[i - 1] + steps[i]
    return values


def _growth(random: np.random.Generator, length: int) -> Floats:
    """A few per cent a year; now and then the level changes for good."""
    growth = random.uniform(-0.03, 0.08) * np.arange(length) / 365
    shifts = np.where(random.uniform(size=length) < 0.7 / 365, random.normal(0, 0.06, length), 0)
    return np.asarray(growth + np.cumsum(shifts))


def _known(random: np.random.Generator, days: Sequence[date], opens: dict[date, bool]) -> Floats:
    """Weekday, month, and the day after a closed one."""
    weekdays = np.log(_WEEKDAYS * random.normal(1, 0.03, 5))
    months = np.log(_MONTHS * random.normal(1, 0.04, 12))
    values = np.zeros(len(days))
    for i, day in enumerate(days):
        share = (day.day - 15) / 30
        other = (day.month - 1 + (1 if share > 0 else -1)) % 12
        values[i] = (1 - abs(share)) * months[day.month - 1] + abs(share) * months[other]
        values[i] += weekdays[day.weekday()] if day.weekday() < 5 else 0
        yesterday = day - _DAY * (3 if day.weekday() == 0 else 1)
        values[i] += 0.17 if opens.get(day) and not opens.get(yesterday, True) else 0
        values[i] -= 0.35 if (day.month, day.day) >= (12, 24) else 0
    return values


def _profiles(random: np.random.Generator) -> Floats:
    """The share of each slot, by weekday: a peak in the morning and a lower one after lunch."""
    slots = np.arange(SLOTS) + 0.5
    shares = np.zeros((5, SLOTS))
    for weekday in range(5):
        morning = 41 + random.normal(0, 0.7) - (1.2 if weekday == 0 else 0)
        afternoon = 55 + random.normal(0, 0.7)
        curve = np.exp(-(((slots - morning) / 6) ** 2))
        curve += random.uniform(0.6, 0.8) * np.exp(-(((slots - afternoon) / 6) ** 2))
        shares[weekday, OPENS:CLOSES] = curve[OPENS:CLOSES] + 0.08
    return np.asarray(shares / shares.sum(axis=1, keepdims=True))


def _lifted(
    random: np.random.Generator, effect: Effect, lift: float, days: Sequence[date], opens: dict[date, bool]
) -> Floats:
    values = np.zeros(len(days))
    index = {day: i for i, day in enumerate(days)}
    for begins, ends in effect.times(days[0] - 30 * _DAY, days[-1], opens):
        strength = lift * random.normal(1, 0.2)
        length = (ends - begins).days
        for ahead in range(length + 1 if effect.kind == "campaign" else 14):
            if (i := index.get(begins + ahead * _DAY)) is None:
                continue
            if effect.kind == "campaign":
                shape = 0.7 + 0.6 * abs(2 * ahead / max(1, length) - 1) ** 2
            else:
                shape = np.exp(-ahead / (3.0 if effect.kind == "mailing" else 0.9))
            values[i] += np.log1p(max(-0.9, strength * shape))
    return values


def _calendar(
    random: np.random.Generator, years: Sequence[int], days: Sequence[date], opens: dict[date, bool]
) -> Calendar:
    ends = [date(year, 11, int(random.integers(3, 8))) for year in years]
    enrollment = tuple(Days(first=date(last.year, 10, 15), last=last) for last in ends)
    mailed = [date(year, month, int(random.integers(10, 20))) for year in years for month in (2, 5, 8, 11)]
    zone = ZoneInfo(ZONE)
    cut = [days[int(place)] for place in random.integers(0, len(days), len(years))]
    outages = tuple(
        Outage(
            begins=datetime.combine(day, time(8), tzinfo=zone).astimezone(UTC),
            ends=datetime.combine(day, time(12, 30), tzinfo=zone).astimezone(UTC),
            why="the trunk was down",
        )
        for day in sorted(cut)
        if opens[day]
    )
    return Calendar(
        zone=ZONE,
        holidays="US-GA",
        outages=outages,
        effects=(
            Effect(name="open enrollment", kind="campaign", days=enrollment, lift=0.5),
            Effect(
                name="statements", kind="mailing", days=tuple(Days(first=day, last=day) for day in mailed), lift=0.3
            ),
            Effect(name="benefits paid", kind="payday", days_of_month=(LAST_BUSINESS_DAY,), lift=0.2),
        ),
    )


def _cut_off(expected: Floats, calendar: Calendar, first: date) -> None:
    zone = ZoneInfo(calendar.zone)
    for outage in calendar.outages:
        day = (outage.begins.astimezone(zone).date() - first).days
        expected[day, OPENS : OPENS + 18] *= 0.1
