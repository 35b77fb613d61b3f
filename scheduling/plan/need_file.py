"""What a week needs from a CSV file, in the form of `memberline coverage staff --format csv`.

Columns: `queue`, `start`, and `scheduled` (with shrinkage), or where there is none `agents` (on the telephones); others
are passed over. A start without an offset is of the site's zone. Rows of other weeks are passed over, so that one file
serves many. Where an hour comes twice, the higher need of the two counts: the schedule has that hour once.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Collection, Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.errors import Problem
from core.yaml_places import cut, suggestion
from scheduling.plan.clocks import exists
from scheduling.plan.model import STEP

AGENTS = ("scheduled", "agents scheduled", "agents_scheduled", "agents")  # the first that there is
MOST_AGENTS, MOST_ROWS, MOST_TOLD = 5000, 1_000_000, 20


class Row(NamedTuple):
    queue: str
    day: date
    start: int
    agents: int


def read(path: Path, days: Sequence[date], zone: ZoneInfo, queues: Collection[str]) -> tuple[Row, ...]:
    """The rows of these days. Raises one `Problem` that names each row that cannot be used."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a CSV file") from None
    except UnicodeDecodeError as error:
        remedy = "Save it as CSV UTF-8"
        raise Problem(f"holds a byte that is not UTF-8 at {error.start}", place=str(path), remedy=remedy) from None
    rows: dict[tuple[str, date, int], Row] = {}
    moments: dict[tuple[str, str], int] = {}
    wrong: list[str] = []
    seen: list[date] = []
    for number, fields in _lines(text, str(path)):
        try:
            row = _row(fields, zone, queues)
            if before := moments.setdefault((row.queue, fields["start"]), number) - number:
                raise Problem(f"{row.queue} at {fields['start']} is there twice, in line {before + number} already")
        except Problem as problem:
            wrong.append(f"{path}:{number}: {problem}")
            continue
        seen.append(row.day)
        place = row.queue, row.day, row.start
        if row.day in days and (place not in rows or rows[place].agents < row.agents):
            rows[place] = row
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} rows more"] if len(wrong) > MOST_TOLD else []
        raise Problem("\n".join([*wrong[:MOST_TOLD], *more]))
    if not rows:
        there = f"it has {min(seen)} to {max(seen)}" if seen else "it has no row"
        raise Problem(f"needs nobody from {days[0]} to {days[-1]}", place=str(path), remedy=f"Of all days {there}")
    return tuple(rows[place] for place in sorted(rows))


def _lines(text: str, place: str) -> Iterator[tuple[int, dict[str, str]]]:
    head = text.partition("\n")[0]
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=max(",;\t", key=head.count), strict=True)
    try:
        names = [name.strip().casefold() for name in table.fieldnames or ()]
        table.fieldnames = names
        agents = next((name for name in AGENTS if name in names), "")
        expected = "The first line names the columns: queue, start, and scheduled or agents"
        if missing := [name for name in ("queue", "start", agents or "agents") if name not in names]:
            raise Problem(f"has no column {missing[0]}", place=place, remedy=expected)
        for row in table:
            if table.line_num > MOST_ROWS:
                raise Problem(f"has more than {MOST_ROWS} lines", place=place, remedy="Give it in parts")
            fields = {"queue": row["queue"], "start": row["start"], "agents": row[agents], "column": agents}
            yield table.line_num, {name: (value or "").strip() for name, value in fields.items()}
    except csv.Error as error:
        raise Problem(f"is no CSV ({error})", place=f"{place}:{table.line_num}") from None


def _row(fields: dict[str, str], zone: ZoneInfo, queues: Collection[str]) -> Row:
    queue, start, agents = fields["queue"], fields["start"], fields["agents"]
    if queue not in queues:
        near = suggestion(queue, queues)
        meant = f"Did you mean {near!r}?" if near else f"There are {', '.join(queues)}"
        raise Problem(f"the queue {cut(queue)} is not among the week's queues", remedy=meant)
    if not re.fullmatch(r"-?\d{1,9}(\.0+)?", agents):
        remedy = "Write a whole number of agents"
        raise Problem(f"{fields['column']} is {cut(agents)}", remedy=remedy)
    if not 0 <= (count := int(float(agents))) <= MOST_AGENTS:
        raise Problem(f"{fields['column']} is {agents}", remedy=f"Expected 0 to {MOST_AGENTS} agents")
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
