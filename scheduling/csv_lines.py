"""The CSV files of coverage, line by line: every line that cannot be used is named, with the reason."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Protocol, TypeVar

from core.errors import Problem
from core.yaml_places import cut, suggestion

MOST_ROWS, MOST_TOLD = 1_000_000, 20
_NUMBER = re.compile(r"[-+]?\d{1,15}(\.\d{0,20})?([eE][-+]?\d{1,3})?")


class Row(Protocol):
    """What a line says of an interval of a queue; `place` is the file and the line."""

    @property
    def queue(self) -> str: ...
    @property
    def start(self) -> datetime: ...
    @property
    def place(self) -> str: ...


R = TypeVar("R", bound=Row)


@dataclass(frozen=True)
class Line:
    """`fields` by the names of the columns; `comma`: a decimal comma is one, since commas part no fields."""

    place: str
    fields: dict[str, str]
    comma: bool

    def number(self, name: str, *, least: float = 0.0, above: bool = False) -> float | None:
        """None where the field is empty or there is no such column. `above`: `least` itself will not do."""
        text = self.fields.get(name, "")
        if not text:
            return None
        plain = text.replace(",", ".") if self.comma and "." not in text else text
        if not _NUMBER.fullmatch(plain) or not math.isfinite(float(plain)):
            raise Problem(f"{name} is {cut(text)}", remedy="Write a number without separators for thousands")
        value = float(plain)
        if value < least or (above and value == least):
            expected = f"more than {least:g}" if above else f"{least:g} or more"
            raise Problem(f"{name} is {text}", remedy=f"Expected {expected}")
        return value

    def queue(self) -> str:
        queue = self.fields["queue"]
        if not 0 < len(queue) <= 80:
            raise Problem(f"queue has {len(queue)} characters", remedy="Write 1 to 80")
        return queue

    def start(self) -> datetime:
        text = self.fields["start"]
        try:
            if len(text) < len("2026-03-09 08:15"):  # a day alone would be taken for its midnight
                raise ValueError
            return datetime.fromisoformat(text)
        except ValueError:
            remedy = "Write it as 2026-03-09 08:15, with an offset or without"
            raise Problem(f"start is {cut(text)}", remedy=remedy) from None


def read(path: Path, make: Callable[[Line], R], *, required: Collection[str], known: Collection[str]) -> tuple[R, ...]:
    """What `make` makes of each line, by queue and time. Raises one `Problem` that names all that is wrong."""
    rows: dict[tuple[str, datetime], R] = {}
    wrong: list[str] = []
    for line in lines(text_of(path), str(path), required=required, known=known):
        try:
            row = make(line)
            if rows and (next(iter(rows))[1].tzinfo is None) != (row.start.tzinfo is None):
                raise Problem("some starts have an offset and some have none", remedy="Write all in one way")
            if (row.queue, row.start) in rows:
                raise Problem(f"{row.queue} at {line.fields['start']} is there twice", remedy="Leave one of them out")
            rows[row.queue, row.start] = row
        except Problem as problem:
            wrong.append(f"{line.place}: {problem}")
    refuse(wrong)
    if not rows:
        raise Problem("has no row", place=str(path))
    return tuple(rows[key] for key in sorted(rows))


def interval_of(rows: Sequence[Row], asked: timedelta | None = None) -> timedelta:
    """How long the intervals are: what is `asked`, or the least between two starts of a queue, else 15 minutes.

    Raises `Problem` where intervals would overlap.
    """
    gaps = [(later.start - sooner.start, later) for sooner, later in pairwise(rows) if sooner.queue == later.queue]
    least, at = min(gaps, key=lambda gap: gap[0], default=(asked or timedelta(minutes=15), None))
    if asked is None:
        return min(least, timedelta(hours=1))
    if at is not None and least < asked:
        remedy = f"Expected {least.total_seconds() / 60:g} minutes or less"
        raise Problem(
            f"comes {least.total_seconds() / 60:g} minutes after the one before", place=at.place, remedy=remedy
        )
    return asked


def text_of(path: Path) -> str:
    """The file's text. Raises `Problem` where it cannot be read, or is not UTF-8."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise Problem(f"cannot be read ({error.strerror})", place=str(path), remedy="Name a CSV file") from None
    except UnicodeDecodeError as error:
        remedy = "Save it as CSV UTF-8"
        raise Problem(f"holds a byte that is not UTF-8 at {error.start}", place=str(path), remedy=remedy) from None


def lines(
    text: str,
    place: str,
    *,
    required: Collection[str],
    known: Collection[str] = (),
    optional: Collection[str] = (),
    also: Mapping[str, str] | None = None,
    most: int = MOST_ROWS,
) -> list[Line]:
    """The lines under the names of the columns, their fields trimmed.

    Without `known` other columns are passed over; `optional` are those that one would want to hear of. `also` are other
    names of columns that are `known`. Raises `Problem` for a table that is none.
    """
    head = text.partition("\n")[0]
    delimiter = max(",;\t", key=head.count)
    table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        names = [name.strip().casefold() for name in table.fieldnames or ()]
        names = [also[name] if also and also.get(name) in known else name for name in names]
        table.fieldnames = names
        expected = f"The first line names the columns: {', '.join(known or required)}"
        expected += f", and any of {', '.join(optional)}" if optional else ""
        if missing := [name for name in required if name not in names]:
            raise Problem(f"has no column {missing[0]}", place=place, remedy=expected)
        if known and (unknown := [name for name in names if name not in known]):
            meant = suggestion(unknown[0], known)
            remedy = f"Did you mean {meant}?" if meant else expected
            raise Problem(f"the column {cut(unknown[0])} is not known", place=f"{place}:1", remedy=remedy)
        if known and len(set(names)) < len(names):
            raise Problem("has a column twice", place=f"{place}:1", remedy="Leave one of them out")
        found = []
        for row in table:
            if table.line_num > most:
                raise Problem(f"has more than {most} lines", place=place, remedy="Give it in parts")
            at = f"{place}:{table.line_num}"
            if known and None in row:
                raise Problem(f"has more fields than the {len(names)} columns", place=at)
            fields = {name: (value or "").strip() for name, value in row.items() if name in names}
            found.append(Line(at, fields, delimiter != ","))
        return found
    except csv.Error as error:
        raise Problem(f"is no CSV ({error})", place=f"{place}:{table.line_num}") from None


def refuse(wrong: Sequence[str], *before: str) -> None:
    """Raise one `Problem` of all that is wrong, the first of them in full, after the sentences `before`."""
    if wrong:
        more = [f"and {len(wrong) - MOST_TOLD} rows more"] if len(wrong) > MOST_TOLD else []
        raise Problem("\n".join([*before, *wrong[:MOST_TOLD], *more]))
