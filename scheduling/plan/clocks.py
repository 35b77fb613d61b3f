"""Times of day as moments, on the days too on which the clocks change. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from scheduling.plan.model import DAY, STEP


def moment(day: date, minute: int, zone: ZoneInfo) -> datetime:
    """When the clocks of the site show this (UTC); of an hour that comes twice, the first. A time that they skip is as
    long after midnight as it says."""
    return (datetime.combine(day, time()) + timedelta(minutes=minute)).replace(tzinfo=zone).astimezone(UTC)


def exists(day: date, minute: int, zone: ZoneInfo) -> bool:
    """False where the clocks skip this time."""
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    return wall.replace(tzinfo=zone).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == wall


def changes(days: Iterable[date], zone: ZoneInfo) -> Iterator[str]:
    """A sentence for each day that has not 24 hours."""
    for day in days:
        hours = (moment(day + timedelta(days=1), 0, zone) - moment(day, 0, zone)) / timedelta(hours=1)
        if hours != 24:
            at = next(minute for minute in range(0, DAY, STEP) if _changed(day, minute, zone))
            yield (
                f"{day} has {hours:g} hours: the clocks change at {at // 60}:{at % 60:02}. A shift across it is an "
                f"hour {'shorter' if hours < 24 else 'longer'} than the clock says; the hours planned are the clock's"
            )


def _changed(day: date, minute: int, zone: ZoneInfo) -> bool:
    """Whether the clocks skip this time, or have just gone back to show an hour again."""
    step = timedelta(minutes=STEP)
    return not exists(day, minute, zone) or moment(day, minute, zone) - moment(day, minute - STEP, zone) > step
