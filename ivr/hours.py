"""When hours are open: pure, over a document's `Hours`, its time zone and an instant.

Opening times are wall-clock times of the zone, so a day of 23 or 25 hours is as long as it is. A `special` day wins
over a holiday, a holiday over the weekday. A stretch that closes at or before the time at which it opens closes on the
next day (00:00 is the end of the day); it belongs to the day on which it opens. A time that the clocks skip counts as
the moment of the change; of a time that comes twice, opening takes the first and closing the second.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from itertools import islice
from zoneinfo import ZoneInfo

from ivr.document.model import Hours, Stretch, Weekday

_WEEKDAYS: tuple[Weekday, ...] = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_AHEAD_DAYS = 400  # whoever does not open within a year and a month does not open
_DAY = timedelta(days=1)

Span = tuple[datetime, datetime]  # from, up to and not including; UTC


def is_open(hours: Hours, zone: str, now: datetime) -> bool:
    """Whether it is open at `now` (timezone-aware)."""
    return any(opens <= now < closes for opens, closes in islice(_spans(hours, zone, now), 1))


def next_opening(hours: Hours, zone: str, now: datetime) -> datetime | None:
    """The first instant after `now` at which it opens, having been closed, in UTC; None when it never does."""
    return next((opens for opens, _ in _spans(hours, zone, now) if opens > now), None)


def closing(hours: Hours, zone: str, now: datetime) -> datetime | None:
    """When the stretch in which `now` lies ends, in UTC; None when it is closed now, or never closes."""
    opens, closes = next(_spans(hours, zone, now), (now, now))
    return closes if opens <= now < closes < now + _AHEAD_DAYS * _DAY else None


def _spans(hours: Hours, zone: str, now: datetime) -> Iterator[Span]:
    """What ends after `now`, in order; stretches that touch or overlap are one."""
    place = ZoneInfo(zone)
    today = now.astimezone(place).date()
    current: Span | None = None
    for ahead in range(-1, _AHEAD_DAYS + 2):
        for opens, closes in sorted(_of_day(hours, today + ahead * _DAY, place)):
            if current is not None and opens <= current[1]:
                current = (current[0], max(current[1], closes))
                continue
            if current is not None and current[1] > now:
                yield current
            current = (opens, closes)
    if current is not None and current[1] > now:
        yield current


def _of_day(hours: Hours, day: date, place: ZoneInfo) -> Iterator[Span]:
    for stretch in _stretches(hours, day):
        until = day if stretch.closes > stretch.opens else day + _DAY
        opens = _instant(day, stretch.opens, place, fold=0)
        closes = _instant(until, stretch.closes, place, fold=1)
        if opens < closes:
            yield opens, closes


def _stretches(hours: Hours, day: date) -> tuple[Stretch, ...]:
    if day in hours.special:
        return hours.special[day]
    if day in hours.holidays:
        return ()
    return hours.days.get(_WEEKDAYS[day.weekday()], ())


def _instant(day: date, clock: time, place: ZoneInfo, *, fold: int) -> datetime:
    """UTC of a wall-clock time. One that the clocks skip is the moment at which they do."""
    wall = datetime.combine(day, clock)
    first, second = (wall.replace(tzinfo=place, fold=each).astimezone(UTC) for each in (0, 1))
    if first > second:  # skipped: fold 0 counts on past the change, fold 1 from before it
        return _change(second, first, place)
    return second if fold else first


def _change(before: datetime, after: datetime, place: ZoneInfo) -> datetime:
    """The instant between the two at which the zone's offset changes, to the second."""
    old = before.astimezone(place).utcoffset()
    while after - before > timedelta(seconds=1):
        middle = before + (after - before) // 2
        before, after = (middle, after) if middle.astimezone(place).utcoffset() == old else (before, middle)
    return after.replace(microsecond=0)
