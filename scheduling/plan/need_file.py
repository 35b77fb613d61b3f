"""What a week needs from a CSV file, in the form of `memberline coverage staff --format csv`.

Columns: `queue`, `start`, and `scheduled` (with shrinkage), or where there is none `agents` (on the telephones); others
are passed over. A start without an offset is of the site's zone. Rows of other weeks are passed over, so that one file
serves many. Where an hour comes twice, the higher need of the two counts: the schedule has that hour once.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import Problem
from core.yaml_places import cut, suggestion
from scheduling import csv_lines
from scheduling.plan.clocks import exists
from scheduling.plan.model import STEP

AGENTS = ("scheduled", "agents scheduled", "agents_scheduled", "agents")  # the first that there is
MOST_AGENTS = 5000


class Row(NamedTuple):
    queue: str
    day: date
    start: int
    agents: int


def read(path: Path, days: Sequence[date], zone: ZoneInfo, queues: Collection[str]) -> tuple[Row, ...]:
    """The rows of these days. Raises one `Problem` that names each row that cannot be used."""
    rows: dict[tuple[str, date, int], Row] = {}
    moments: dict[tuple[str, str], str] = {}
    wrong: list[str] = []
    seen: list[date] = []
    lines = csv_lines.lines(csv_lines.text_of(path), str(path), required=("queue", "start"), optional=AGENTS)
    column = next((name for name in AGENTS if lines and name in lines[0].fields), "")
    if lines and not column:
        remedy = "The first line names the columns: queue, start, and scheduled or agents"
        raise Problem("has no column agents", place=str(path), remedy=remedy)
    for line in lines:
        try:
            row = _row(line.fields, column, zone, queues)
            start = line.fields["start"]
            if (before := moments.setdefault((row.queue, start), line.place)) != line.place:
                number = before.rpartition(":")[2]
                raise Problem(f"{row.queue} at {start} is there twice, in line {number} already")
        except Problem as problem:
            wrong.append(f"{line.place}: {problem}")
            continue
        seen.append(row.day)
        place = row.queue, row.day, row.start
        if row.day in days and (place not in rows or rows[place].agents < row.agents):
            rows[place] = row
    csv_lines.refuse(wrong)
    if not rows:
        there = f"it has {min(seen)} to {max(seen)}" if seen else "it has no row"
        raise Problem(f"needs nobody from {days[0]} to {days[-1]}", place=str(path), remedy=f"Of all days {there}")
    return tuple(rows[place] for place in sorted(rows))


def _row(fields: dict[str, str], column: str, zone: ZoneInfo, queues: Collection[str]) -> Row:
    queue, start, agents = fields["queue"], fields["start"], fields[column]
    if queue not in queues:
        near = suggestion(queue, queues)
        meant = f"Did you mean {near!r}?" if near else f"There are {', '.join(queues)}"
        raise Problem(f"the queue {cut(queue)} is not among the week's queues", remedy=meant)
    if not re.fullmatch(r"-?\d{1,9}(\.0+)?", agents):
        remedy = "Write a whole number of agents"
        raise Problem(f"{column} is {cut(agents)}", remedy=remedy)
    if not 0 <= (count := int(float(agents))) <= MOST_AGENTS:
        raise Problem(f"{column} is {agents}", remedy=f"Expected 0 to {MOST_AGENTS} agents")
    wall = _wall(start, zone)
    minute = wall.hour * 60 + wall.minute
    if minute % STEP or wall.second:
        raise Problem(f"start is {cut(start)}", remedy="Intervals begin at 0, 15, 30 and 45 minutes")
    return Row(queue, wall.date(), minute, count)


def _wall(text: str, zone: ZoneInfo) -> datetime:
    """What the site's clocks show then."""
    try:
        found = datetime.fromisoformat(text) if len(text) >= len("2026-03-09 08:15") else None
    except ValueError:
        found = None
    if found is None:
        raise Problem(f"start is {cut(text)}", remedy="Write it as 2026-03-09 08:15, with an offset or none")
    if found.tzinfo is not None:
        return found.astimezone(zone).replace(tzinfo=None)
    if not exists(found.date(), found.hour * 60 + found.minute, zone):
        raise Problem(f"{text} is skipped by the clocks of {zone.key}", remedy="Is the zone another?")
    return found
