"""What of the need a schedule leaves open, as spans that one can read, each with what would help. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import timedelta
from itertools import groupby

import numpy as np

from scheduling.plan.candidates import Candidate
from scheduling.plan.grid import DAYS, DUTY, PHONE, Grid, Ints
from scheduling.plan.model import STEP, Relief, Shortage, monday


def shortages(grid: Grid, short: Ints, weeks: Sequence[Candidate]) -> tuple[Shortage, ...]:
    """The dearest first. `short[k, d, t]` are agents missing; what nobody here could ever cover comes on top."""
    missing = short + grid.beyond
    first = monday(grid.week)
    found = []
    for k, (queue, specialty) in enumerate(grid.keys):
        for d in range(DAYS):
            for begin, end in _spans(missing[k, d]):
                agents = missing[k, d, begin:end]
                start, until, day = grid.first + begin * STEP, grid.first + end * STEP, first + timedelta(days=d)
                kind, person = _relief(grid, weeks, k, d, (begin, end))
                relief = Relief(
                    kind=kind, person_id=person, day=day, start=start, end=until, minutes=int(agents.sum()) * STEP
                )
                found.append(
                    Shortage(
                        queue=queue,
                        specialty=specialty,
                        day=day,
                        start=start,
                        end=until,
                        agents=int(agents.max()),
                        agent_minutes=int(agents.sum()) * STEP,
                        price=float((agents * grid.price[k, d, begin:end]).sum()),
                        relief=relief,
                    )
                )
    return tuple(sorted(found, key=lambda each: (-each.price, each.day, each.start, each.queue)))


def _spans(missing: Ints) -> Iterator[tuple[int, int]]:
    for some, run in groupby(enumerate((missing > 0).tolist()), key=lambda each: each[1]):
        places = [place for place, _ in run]
        if some:
            yield places[0], places[-1] + 1


def _relief(grid: Grid, weeks: Sequence[Candidate], k: int, d: int, span: tuple[int, int]) -> tuple[str, str]:
    """The cheapest that would help with some of it, and who: a colleague's duty, overtime, a day off, one more."""
    begin, end = span
    able = [week for week in weeks if np.isfinite(grid.less[grid.group[week.person], k])]
    for week in able:
        if (week.kind[d, begin:end] == DUTY).any() and _may_more(grid, week):
            return "colleague", grid.people[week.person].person_id
    for week in able:
        option = int(week.option[d])
        if option >= 0 and (begin <= grid.options[option].end < end or begin < grid.options[option].start <= end):
            return "overtime", grid.people[week.person].person_id
    for week in able:
        if week.option[d] < 0 and grid.allowed[week.person, d].any():
            return "extra_day", grid.people[week.person].person_id
    return "hire", ""


def _may_more(grid: Grid, week: Candidate) -> bool:
    """Whether the share of the week leaves room for an hour more on the phones."""
    paid = int(grid.paid[week.option[week.option >= 0]].sum())
    return int(np.count_nonzero(week.kind == PHONE)) + 60 // STEP <= float(grid.shares[week.person, 1]) * paid
