"""A queue's history as arrays: the calls of each local day and quarter hour, and which days may be learnt from.

Slots are wall-clock quarter hours, 0 to 95, because callers live by the clock. On the day that has an hour twice its
calls count half, so that they are a rate like any other's; the hour that is skipped is not there, and the day before
dawn it lies in is none that centres are open in.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from scheduling.forecast.calendar import Calendar, holiday_names
from scheduling.history.intervals import day_starts
from scheduling.history.model import IntervalRow

SLOTS = 96
_DAY = timedelta(days=1)
_USUALLY = 0.3  # share of weeks with calls from which on a weekday is one that the centre is open on
_CUT_SHORT = 6  # slots that the last day ends before the usual end

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]


@dataclass(frozen=True)
class Past:
    """One queue. `calls[i, s]` of day `first` + i; `learn[i]` says whether the day tells what days are like."""

    queue: str
    first: date
    calls: Floats
    learn: Bools

    @property
    def days(self) -> list[date]:
        return [self.first + i * _DAY for i in range(len(self.calls))]

    @property
    def totals(self) -> Floats:
        return np.asarray(self.calls.sum(axis=1))

    def until(self, day: date) -> Past:
        """What was known before `day`."""
        length = max(0, (day - self.first).days)
        return Past(self.queue, self.first, self.calls[:length], self.learn[:length])

    def since(self, day: date) -> Past:
        skip = max(0, (day - self.first).days)
        return Past(self.queue, self.first + skip * _DAY, self.calls[skip:], self.learn[skip:])


@dataclass(frozen=True)
class Centre:
    """What all queues have in common: when calls are taken. `notes` say what was found odd."""

    zone: ZoneInfo
    calendar: Calendar
    weekdays: frozenset[int]
    holidays: Mapping[date, str]
    open_holidays: frozenset[str]  # by name: on them calls came
    notes: tuple[str, ...]

    def is_open(self, day: date) -> bool:
        if day in self.calendar.closed or day.weekday() not in self.weekdays:
            return False
        return day not in self.holidays or self.holidays[day] in self.open_holidays

    def openings(self, first: date, last: date) -> dict[date, bool]:
        """By day; some days before and after `first` and `last`, too."""
        length = (last - first).days + 1
        return {day: self.is_open(day) for day in (first + i * _DAY for i in range(-30, length + 30))}


def arrange(rows: Sequence[IntervalRow], calendar: Calendar, until: date) -> tuple[Centre, tuple[Past, ...]]:
    """The centre and its queues, of the rows before local day `until`."""
    zone = ZoneInfo(calendar.zone)
    by_queue: dict[str, dict[date, Floats]] = defaultdict(dict)
    cache: dict[datetime, tuple[date, int]] = {}
    for row in rows:
        place = cache.get(row.start)
        if place is None:
            local = row.start.astimezone(zone)
            place = cache[row.start] = local.date(), local.hour * 4 + local.minute // 15
        day, slot = place
        if day < until:
            by_queue[row.queue].setdefault(day, np.zeros(SLOTS))[slot] += row.offered
    totals: dict[date, Floats] = {}
    for days in by_queue.values():
        for day, calls in days.items():
            totals[day] = totals.get(day, 0) + calls
    centre = _centre(totals, calendar, zone, until)
    cut = _cut_short(totals)
    if cut is not None:
        note = f"{cut} ends earlier than such days do: it is not learnt from"
        centre = replace(centre, notes=(*centre.notes, note))
    came = {day for day, calls in totals.items() if calls.any()} - {cut}
    pasts = (_past(queue, days, came, centre, until) for queue, days in sorted(by_queue.items()))
    return centre, tuple(past for past in pasts if past.learn.any())


def _centre(totals: Mapping[date, Floats], calendar: Calendar, zone: ZoneInfo, until: date) -> Centre:
    came = {day for day, calls in totals.items() if calls.any()}
    if not came:
        return Centre(zone, calendar, frozenset(), {}, frozenset(), ())
    weeks: dict[int, set[date]] = defaultdict(set)
    all_weeks: set[date] = set()
    for day in came:
        monday = day - day.weekday() * _DAY
        weeks[day.weekday()].add(monday)
        all_weeks.add(monday)
    weekdays = frozenset(day for day, of in weeks.items() if len(of) >= _USUALLY * len(all_weeks))
    holidays = holiday_names(calendar.holidays, range(min(came).year, until.year + 3))
    usual = float(np.median([totals[day].sum() for day in came]))
    kept: dict[str, list[bool]] = defaultdict(list)
    for day, name in holidays.items():
        if min(came) <= day <= max(came) and day.weekday() in weekdays:
            kept[name].append(day in came and totals[day].sum() > 0.1 * usual)
    open_holidays = frozenset(name for name, were in kept.items() if sum(were) * 2 >= len(were))
    return Centre(zone, calendar, weekdays, holidays, open_holidays, ())


def _past(queue: str, days: Mapping[date, Floats], came: set[date], centre: Centre, until: date) -> Past:
    first = min(days)
    calls = np.zeros(((until - first).days, SLOTS))
    learn = np.zeros(len(calls), dtype=bool)
    out = outage_days(queue, centre)
    for i in range(len(calls)):
        day = first + i * _DAY
        if day in days:
            calls[i] = days[day]
        learn[i] = day in came and day not in out and day not in centre.calendar.special and centre.is_open(day)
        if day in days and len(day_starts(day, centre.zone)) > SLOTS:
            _halve(calls[i], day, centre.zone)
    return Past(queue, first, calls, learn)


def _halve(calls: Floats, day: date, zone: ZoneInfo) -> None:
    seen: set[int] = set()
    for start in day_starts(day, zone):
        local = start.astimezone(zone)
        slot = local.hour * 4 + local.minute // 15
        if slot in seen:
            calls[slot] /= 2
        seen.add(slot)


def outage_days(queue: str, centre: Centre) -> set[date]:
    """The local days of which a queue lost a part."""
    found: set[date] = set()
    for outage in centre.calendar.outages:
        if outage.concerns(queue):
            day, last = (moment.astimezone(centre.zone).date() for moment in (outage.begins, outage.ends))
            while day <= last:
                found.add(day)
                day += _DAY
    return found


def _cut_short(totals: Mapping[date, Floats]) -> date | None:
    """The last day, where calls stop well before they do on such days."""
    ordered = sorted(day for day, calls in totals.items() if calls.any())
    if len(ordered) < 11:
        return None
    ends = [int(np.flatnonzero(totals[day])[-1]) for day in ordered[-11:]]
    return ordered[-1] if ends[-1] < np.median(ends[:-1]) - _CUT_SHORT else None
