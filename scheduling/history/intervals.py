"""Visits added up to intervals, the intervals of a local day, and what is missing of a history: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import msgspec

from scheduling.history.model import INTERVAL, IntervalRow, QueueVisit, interval_of

GAP_DAYS = 8  # days in a row without a call: more than any centre closes for


@dataclass(slots=True)
class _Sums:
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    handled: int = 0
    handle_s: float = 0.0
    wait_s: float = 0.0
    answered_wait_s: float = 0.0


def intervals(visits: Iterable[QueueVisit]) -> tuple[IntervalRow, ...]:
    """The rows of all intervals in which somebody came, by queue and time. A visit that is there twice counts once."""
    seen: set[tuple[str, str, datetime]] = set()
    sums: dict[tuple[str, datetime], _Sums] = {}
    for visit in visits:
        key = (visit.call_id, visit.queue, visit.offered_at)
        if key in seen:
            continue
        seen.add(key)
        _add(sums.setdefault((visit.queue, interval_of(visit.offered_at)), _Sums()), visit)
    return tuple(
        IntervalRow(
            queue=queue,
            start=start,
            offered=of.offered,
            answered=of.answered,
            abandoned=of.abandoned,
            handled=of.handled,
            handle_s=round(of.handle_s, 3),
            wait_s=round(of.wait_s, 3),
            answered_wait_s=round(of.answered_wait_s, 3),
        )
        for (queue, start), of in sorted(sums.items())
    )


def _add(of: _Sums, visit: QueueVisit) -> None:
    of.offered += 1
    wait_s = visit.wait_s or 0.0
    of.wait_s += wait_s
    if visit.outcome == "answered":
        of.answered += 1
        of.answered_wait_s += wait_s
    elif visit.outcome == "abandoned":
        of.abandoned += 1
    if (handle_s := visit.handle_s) is not None:
        of.handled += 1
        of.handle_s += handle_s


def merged(*histories: Iterable[IntervalRow]) -> tuple[IntervalRow, ...]:
    """One history of several, by queue and time; of an interval that more than one has, the last one's row counts."""
    rows = {(row.queue, row.start): row for history in histories for row in history}
    return tuple(rows[key] for key in sorted(rows))


def day_starts(day: date, zone: ZoneInfo) -> tuple[datetime, ...]:
    """The starts, in UTC, of the intervals of a local day: 96; 92 and 100 where the clocks change."""
    begins, ends = (
        datetime.combine(each, time(), tzinfo=zone).astimezone(UTC) for each in (day, day + timedelta(days=1))
    )
    return tuple(_from(begins, ends))


def _from(begins: datetime, ends: datetime) -> Iterator[datetime]:
    while begins < ends:
        yield begins
        begins += INTERVAL


class Gap(msgspec.Struct, frozen=True, kw_only=True):
    """Days (local, both included) of which a queue's history has nothing."""

    queue: str
    first: date
    last: date

    @property
    def days(self) -> int:
        return (self.last - self.first).days + 1

    def __str__(self) -> str:
        return f"{self.queue}: nothing from {self.first} to {self.last} ({self.days} days); nothing is learnt of them"


def gaps(rows: Sequence[IntervalRow], zone: ZoneInfo) -> tuple[Gap, ...]:
    """Stretches of `GAP_DAYS` and more without a row, between the first and the last row of each queue."""
    days: dict[str, set[date]] = {}
    for row in rows:
        days.setdefault(row.queue, set()).add(row.start.astimezone(zone).date())
    found: list[Gap] = []
    for queue, there in sorted(days.items()):
        ordered = sorted(there)
        for before, after in pairwise(ordered):
            gap = Gap(queue=queue, first=before + timedelta(days=1), last=after - timedelta(days=1))
            if gap.days >= GAP_DAYS:
                found.append(gap)
    return tuple(found)
