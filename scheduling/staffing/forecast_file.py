"""A forecast as CSV, in the form of `memberline coverage forecast --format csv`, as loads to staff for."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from core.errors import Problem
from core.events import Message
from scheduling import csv_lines

REQUIRED = ("queue", "start")
COLUMNS = (*REQUIRED, "calls", "low", "high", "planned", "handle_s", "patience_s")
MOST_CALLS = 100_000  # in an interval: more is a slip of the keyboard


class Expected(Message, frozen=True, kw_only=True):
    """What an interval of a queue is expected to bring; `patience_s` None: not known. `place`: file and line."""

    queue: str
    start: datetime
    calls: float
    handle_s: float
    patience_s: float | None = None
    place: str = ""


def read(
    path: Path, *, upper: bool = False, handle_s: float | None = None, patience_s: float | None = None
) -> tuple[Expected, ...]:
    """By queue and time. Calls are `planned`, or `calls` where nothing is planned; with `upper` they are `high`.

    `handle_s` and `patience_s` stand for what the file says. Raises one `Problem` that names each row that cannot be
    used.
    """

    def row(line: csv_lines.Line) -> Expected:
        seconds = handle_s if handle_s is not None else line.number("handle_s", above=True)
        if seconds is None:
            raise Problem("handle_s is empty", remedy="Write the seconds that a call takes, or give --handle")
        patience = line.number("patience_s", above=True)
        return Expected(
            queue=line.queue(),
            start=line.start(),
            calls=_calls(line, ("high",) if upper else ("planned", "calls")),
            handle_s=seconds,
            patience_s=patience if patience_s is None else patience_s,
            place=line.place,
        )

    of_calls = ["high"] if upper else []
    of_handling = ["handle_s"] if handle_s is None else []
    return csv_lines.read(path, row, required=(*REQUIRED, *of_calls, *of_handling), known=COLUMNS)


def _calls(line: csv_lines.Line, names: tuple[str, ...]) -> float:
    numbers = {name: line.number(name) for name in (*names, "low", "high")}
    for name in names:
        if (calls := numbers[name]) is not None:
            if calls > MOST_CALLS:
                raise Problem(f"{name} is {calls:g}", remedy=f"At most {MOST_CALLS} are taken for true")
            return calls
    raise Problem(f"{names[-1]} is empty", remedy="Write 0 where nobody will call")
