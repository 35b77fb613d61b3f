"""The agents that a forecast needs, interval by interval, and what callers then meet: made, and kept as CSV."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from itertools import groupby
from pathlib import Path

import numpy as np

from core.errors import Problem
from core.events import Message
from core.yaml_places import cut
from scheduling import csv_lines
from scheduling.staffing.answering import speed_of_answer_s
from scheduling.staffing.forecast_file import Expected
from scheduling.staffing.load import Load
from scheduling.staffing.needed import agents_needed
from scheduling.staffing.promise import NONE, Promise, told
from scheduling.staffing.simulation.what_if import percent_in_seconds

REQUIRED = ("queue", "start", "agents")
COLUMNS = (
    "queue", "start", "calls", "handle_s", "patience_s", "target",
    "agents", "scheduled", "service_level", "asa_s", "abandonment", "occupancy",
)  # fmt: skip
_DIGITS = {"calls": 3, "handle_s": 1, "patience_s": 1, "service_level": 4, "asa_s": 1, "abandonment": 4, "occupancy": 4}
MOST_AGENTS = 5000  # on the telephones, in a file
MOST_ERLANGS = 50_000


class Staffed(Message, frozen=True, kw_only=True):
    """An interval of a queue with its agents: `agents` on the telephones, `scheduled` with shrinkage.

    `service_level`, `abandonment` (shares of the calls offered) and `occupancy` (share of the agents' time) are those
    of the long run; `asa_s` is the mean speed of answer. `patience_s` None: callers never give up.
    """

    queue: str
    start: datetime
    calls: float
    handle_s: float
    patience_s: float | None
    target: str
    agents: int
    scheduled: int
    service_level: float
    asa_s: float
    abandonment: float
    occupancy: float


class Total(Message, frozen=True, kw_only=True):
    """Several intervals together: shares by call, occupancy by agents' time. Hours of agents."""

    calls: float
    handle_s: float
    agent_h: float
    scheduled_h: float
    service_level: float
    asa_s: float
    abandonment: float
    occupancy: float


class Counted(Message, frozen=True, kw_only=True):
    """What a staffing file says of an interval that a simulation needs; None where it does not say."""

    queue: str
    start: datetime
    agents: int
    calls: float | None = None
    handle_s: float | None = None
    patience_s: float | None = None
    target: str = ""
    place: str = ""


def staffed(
    rows: Sequence[Expected], promised: Promise, interval: timedelta, shrinkage: float = 0.0
) -> tuple[Staffed, ...]:
    """`rows` by queue; each interval by itself, in steady state. Erlang A where patience is known, else Erlang C.

    Raises `Problem` for a load that cannot be meant.
    """
    made: list[Staffed] = []
    for row in rows:
        if row.calls * row.handle_s > MOST_ERLANGS * interval.total_seconds():
            remedy = f"At most {MOST_ERLANGS} agents busy at once are taken for true"
            raise Problem(f"{row.calls:g} calls of {row.handle_s:g} s", place=row.place, remedy=remedy)
    for queue, group in groupby(rows, key=lambda row: row.queue):
        mine, target = list(group), promised.of(queue)
        load = Load(
            calls=np.array([row.calls for row in mine]),
            handle_s=np.array([row.handle_s for row in mine]),
            patience_s=np.array([row.patience_s or np.inf for row in mine]),
            interval_s=interval.total_seconds(),
        )
        need = agents_needed(load, target, shrinkage)
        met = need.performance
        asa_s = speed_of_answer_s(load, need.agents, met)
        level = met.service_level(target.counting)
        made += [
            Staffed(
                queue=queue,
                start=row.start,
                calls=row.calls,
                handle_s=row.handle_s,
                patience_s=row.patience_s,
                target=told(target),
                agents=int(need.agents[at]),
                scheduled=int(need.scheduled[at]),
                service_level=float(level[at]),
                asa_s=float(asa_s[at]),
                abandonment=float(met.abandoned[at]),
                occupancy=float(met.occupancy[at]),
            )
            for at, row in enumerate(mine)
        ]
    return tuple(made)


def total(rows: Sequence[Staffed], interval: timedelta) -> Total:
    hours = interval / timedelta(hours=1)
    calls = sum(row.calls for row in rows)
    agents = sum(row.agents for row in rows)
    answered = sum(row.calls * (1 - row.abandonment) for row in rows)
    return Total(
        calls=calls,
        handle_s=_share(sum(row.calls * row.handle_s for row in rows), calls),
        agent_h=agents * hours,
        scheduled_h=sum(row.scheduled for row in rows) * hours,
        service_level=_share(sum(row.calls * row.service_level for row in rows), calls, none=1.0),
        asa_s=_share(sum(row.calls * (1 - row.abandonment) * row.asa_s for row in rows), answered),
        abandonment=_share(sum(row.calls * row.abandonment for row in rows), calls),
        occupancy=_share(sum(row.agents * row.occupancy for row in rows), agents),
    )


def written(rows: Iterable[Staffed]) -> str:
    """As CSV, which `read` understands, and `memberline coverage plan` and `simulate` by it."""
    out = io.StringIO()
    table = csv.writer(out, lineterminator="\n")
    table.writerow(COLUMNS)
    for row in rows:
        table.writerow([_field(row, name) for name in COLUMNS])
    return out.getvalue()


def read(path: Path) -> tuple[Counted, ...]:
    """By queue and time. Raises one `Problem` that names each row that cannot be used."""
    return csv_lines.read(path, _counted, required=REQUIRED, known=COLUMNS)


def _counted(line: csv_lines.Line) -> Counted:
    agents = line.number("agents")
    if agents is None:
        raise Problem("agents is empty", remedy="Write 0 where nobody is on the telephones")
    if agents != int(agents) or agents > MOST_AGENTS:
        remedy = f"Expected a whole number up to {MOST_AGENTS}"
        raise Problem(f"agents is {cut(line.fields['agents'])}", remedy=remedy)
    target = line.fields.get("target", "")
    if target and target != NONE:
        percent_in_seconds(target)
    return Counted(
        queue=line.queue(),
        start=line.start(),
        agents=int(agents),
        calls=line.number("calls"),
        handle_s=line.number("handle_s", above=True),
        patience_s=line.number("patience_s", above=True),
        target=target,
        place=line.place,
    )


def _share(part: float, whole: float, none: float = 0.0) -> float:
    return part / whole if whole else none


def _field(row: Staffed, name: str) -> object:
    value = getattr(row, name)
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    return round(value, _DIGITS[name]) if isinstance(value, float) else value
