"""A history as CSV: read, with every row that cannot be used named and why, and written.

Columns: `queue`, `start`, `offered`; optional `answered`, `abandoned`, `handled`, `handle_s` (the sum) or
`mean_handle_s`, `wait_s`, `answered_wait_s`. Semicolons and tabs are understood, a decimal comma where the fields are
not parted by commas, and dates as 2026-03-09, 9.3.2026 and, once it is clear which number is the month, 3/9/2026.
A time without an offset is of the site's zone; where the clocks go back, the second row with the same time is the hour
that comes again.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo

import msgspec

from core.errors import Problem
from core.yaml_places import cut
from scheduling import csv_lines
from scheduling.history.model import INTERVAL_S, IntervalRow

Order = Literal["dmy", "mdy"]

REQUIRED = ("queue", "start", "offered")
COUNTS = ("offered", "answered", "abandoned", "handled")
SECONDS = ("handle_s", "mean_handle_s", "wait_s", "answered_wait_s")
COLUMNS = ("queue", "start", *COUNTS, "handle_s", "wait_s", "answered_wait_s")
MOST_ROWS = 5_000_000
MOST_CALLS = 100_000  # in 15 minutes: more is a slip of the keyboard

_SLASHED = re.compile(r"(\d{1,2})/(\d{1,2})/(\d{4})[ T](.+)")
_DOTTED = re.compile(r"(\d{1,2})\.(\d{1,2})\.(\d{4})[ T](.+)")


def read(path: Path, zone: ZoneInfo, order: Order | None = None) -> tuple[IntervalRow, ...]:
    """The rows of a file, by queue and time. Raises one `Problem` that names each row that cannot be used."""
    return parse(csv_lines.text_of(path), zone, place=str(path), order=order)


def parse(text: str, zone: ZoneInfo, *, place: str, order: Order | None = None) -> tuple[IntervalRow, ...]:
    """As `read`, of a text; `place` is what messages call it."""
    lines = csv_lines.lines(text, place, required=REQUIRED, optional=(*COUNTS[1:], *SECONDS), most=MOST_ROWS)
    order = order or _order(lines)
    rows: dict[tuple[str, datetime], IntervalRow] = {}
    wrong: list[str] = []
    again: set[tuple[str, datetime]] = set()  # wall-clock times that were there already
    for line in lines:
        try:
            row = _row(line, zone, order, again)
            if (row.queue, row.start) in rows:
                raise Problem(f"{row.queue} at {line.fields['start']} is there twice", remedy="Leave one of them out")
            rows[row.queue, row.start] = row
        except Problem as problem:
            wrong.append(f"{line.place}: {problem}")
    csv_lines.refuse(wrong, f"{place}: nothing was taken from it")
    if rows and all(start.minute % 30 == 0 for _, start in rows) and len(rows) > 20:
        remedy = "Export it in intervals of 15 minutes"
        raise Problem("all its times are full or half hours", place=place, remedy=remedy)
    return tuple(rows[key] for key in sorted(rows))


# --- one row ----------------------------------------------------------------------------------------


def _row(line: csv_lines.Line, zone: ZoneInfo, order: Order | None, again: set[tuple[str, datetime]]) -> IntervalRow:
    fields, comma = line.fields, line.comma
    queue = fields["queue"]
    if not 0 < len(queue) <= 80:
        raise Problem(f"queue has {len(queue)} characters", remedy="Write 1 to 80")
    if not fields["offered"]:
        raise Problem("offered is empty", remedy="Write 0 where nobody called")
    start = _start(queue, fields["start"], zone, order, again)
    counts = {name: _count(name, fields[name], comma) for name in COUNTS if fields.get(name)}
    seconds = {name: _number(name, fields[name], comma) for name in SECONDS if fields.get(name)}
    for name in COUNTS[1:]:
        if counts.get(name, 0) > counts["offered"]:
            raise Problem(f"{name} is {counts[name]}, more than the {counts['offered']} offered")
    if counts.get("answered", 0) + counts.get("abandoned", 0) > counts["offered"]:
        raise Problem(f"answered and abandoned together are more than the {counts['offered']} offered")
    handled = counts.get("handled", counts.get("answered", counts["offered"]))
    if (mean := seconds.pop("mean_handle_s", None)) is not None:
        seconds.setdefault("handle_s", mean * handled)
    counts["handled"] = handled if "handle_s" in seconds else 0
    counts.setdefault("answered", max(0, counts["offered"] - counts.get("abandoned", 0)))
    return IntervalRow(queue=queue, start=start, **counts, **seconds)  # type: ignore[arg-type] # names as above


def _number(name: str, text: str, comma: bool) -> float:
    """A decimal comma is one where it cannot part fields."""
    plain = text.replace(",", ".") if comma and "." not in text else text
    if not re.fullmatch(r"[-+]?\d{1,12}(\.\d{1,12})?", plain):
        raise Problem(f"{name} is {cut(text)}", remedy="Write a number without separators for thousands")
    if (number := float(plain)) < 0:
        raise Problem(f"{name} is {text}, less than nothing", remedy="Write 0 or more")
    return number


def _count(name: str, text: str, comma: bool) -> int:
    number = _number(name, text, comma)
    if number != int(number):
        raise Problem(f"{name} is {cut(text)}", remedy="Write a whole number, without separators for thousands")
    if number > MOST_CALLS:
        raise Problem(f"{name} is {text} in 15 minutes", remedy=f"At most {MOST_CALLS} are taken for true")
    return int(number)


# --- its time ---------------------------------------------------------------------------------------


def _order(lines: Sequence[csv_lines.Line]) -> Order | None:
    """Which number of 3/9/2026 is the month, where the file itself says so."""
    first, second, at = 0, 0, ""
    for line in lines:
        if found := _SLASHED.fullmatch(line.fields["start"]):
            first, second, at = max(first, int(found[1])), max(second, int(found[2])), at or line.place
    if not at:
        return None
    if (first > 12) == (second > 12):
        raise Problem(
            "a date like 3/9/2026 can be of March or of September, and no row tells",
            place=at,
            remedy="Say which: --dates mdy (the month first) or --dates dmy",
        )
    return "dmy" if first > 12 else "mdy"


def _start(queue: str, text: str, zone: ZoneInfo, order: Order | None, again: set[tuple[str, datetime]]) -> datetime:
    try:
        moment = _moment(text, order)
    except ValueError:
        raise Problem(f"start is {cut(text)}", remedy="Write it as 2026-03-09 08:15, with an offset or none") from None
    if moment.tzinfo is None:
        moment = _of_zone(moment, zone, (queue, moment) in again)
        again.add((queue, moment.replace(tzinfo=None, fold=0)))
    utc = moment.astimezone(UTC)
    if (utc - datetime(1970, 1, 1, tzinfo=UTC)) % timedelta(seconds=INTERVAL_S):
        raise Problem(f"start is {cut(text)}", remedy="Intervals begin at 0, 15, 30 and 45 minutes")
    if not 1990 <= utc.year <= 2100:
        raise Problem(f"start is {cut(text)}", remedy="A year from 1990 to 2100 is expected")
    return utc


def _moment(text: str, order: Order | None) -> datetime:
    if found := _DOTTED.fullmatch(text):
        text = f"{found[3]}-{found[2]:0>2}-{found[1]:0>2} {_clock(found[4])}"
    elif found := _SLASHED.fullmatch(text):
        day, month = (found[1], found[2]) if order == "dmy" else (found[2], found[1])
        text = f"{found[3]}-{month:0>2}-{day:0>2} {_clock(found[4])}"
    elif len(text) < len("2026-03-09 8:15"):
        raise ValueError  # a day alone, which fromisoformat takes for its midnight
    return datetime.fromisoformat(text)


def _clock(text: str) -> str:
    """8:15, 08:15:00 and 8:15 AM."""
    found = re.fullmatch(r"(\d{1,2}):(\d{2})(?::(\d{2}))?(?: ?([AaPp])[Mm])?", text)
    if not found:
        raise ValueError
    hour = int(found[1])
    if found[4]:
        if not 1 <= hour <= 12:
            raise ValueError
        hour = hour % 12 + (12 if found[4] in "Pp" else 0)
    return f"{hour:02}:{found[2]}:{found[3] or '00'}"


def _of_zone(wall: datetime, zone: ZoneInfo, again: bool) -> datetime:
    first, second = (wall.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if first.astimezone(UTC) > second.astimezone(UTC):
        raise Problem(f"{wall:%Y-%m-%d %H:%M} is skipped by the clocks of {zone.key}", remedy="Is the zone another?")
    return second if again and first.utcoffset() != second.utcoffset() else first


# --- written ----------------------------------------------------------------------------------------


def written(rows: Iterable[IntervalRow]) -> str:
    """The rows as CSV that `parse` reads back the same; times are UTC and say so."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        facts = msgspec.structs.asdict(row) | {"start": f"{row.start:%Y-%m-%d %H:%M}+00:00"}
        table.writerow([facts[name] for name in COLUMNS])
    return out.getvalue()
