"""What a day brought so far, as CSV: `queue`, `start`, `offered`, `in_target`, and if wanted `abandoned`.

A time without an offset is of the site's zone. Every line that cannot be used is named, with the reason.
"""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from core.errors import Problem
from core.events import Message
from scheduling import csv_lines
from scheduling.history.model import INTERVAL
from scheduling.intraday.model import Met

REQUIRED = ("queue", "start", "offered", "in_target")
COLUMNS = (*REQUIRED, "abandoned")


class _Row(Message, frozen=True, kw_only=True):
    queue: str
    start: datetime
    place: str
    met: Met


def read(path: Path, zone: ZoneInfo) -> tuple[Met, ...]:
    """By queue and time, all of one day. Raises one `Problem` that names each row that cannot be used."""

    def row(line: csv_lines.Line) -> _Row:
        offered, in_target, abandoned = (_count(line, name) for name in ("offered", "in_target", "abandoned"))
        if in_target + abandoned > offered:
            what = f"{in_target} answered in time and {abandoned} given up of {offered} offered"
            raise Problem(what, remedy="Expected no more than were offered")
        given = line.start()
        start = (given if given.tzinfo else given.replace(tzinfo=zone)).astimezone(UTC)
        if (start - datetime.min.replace(tzinfo=UTC)) % INTERVAL:
            raise Problem(f"start is {line.fields['start']}", remedy="Expected full quarter hours")
        met = Met(queue=line.queue(), start=start, offered=offered, in_target=in_target, abandoned=abandoned)
        return _Row(queue=met.queue, start=given, place=line.place, met=met)

    rows = csv_lines.read(path, row, required=REQUIRED, known=COLUMNS)
    first = rows[0].met.start.astimezone(zone).date()
    for each in rows:
        if (day := each.met.start.astimezone(zone).date()) != first:
            raise Problem(f"is of {day}, others of {first}", place=each.place, remedy="Give one day")
    return tuple(each.met for each in rows)


def until(met: tuple[Met, ...]) -> datetime:
    """The end of the last interval: up to there the file is taken to be complete."""
    return max(each.start for each in met) + INTERVAL


def _count(line: csv_lines.Line, name: str) -> int:
    value = line.number(name)
    if value is None:
        if name in REQUIRED:
            raise Problem(f"{name} is empty", remedy="Write 0 where there was none")
        return 0
    if value != int(value) or value > 100_000:
        raise Problem(f"{name} is {line.fields[name]}", remedy="Expected a number of calls")
    return int(value)
