"""A person's week as blocks that one can read: which rest, which meeting, which duty. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from scheduling.plan.candidates import Candidate
from scheduling.plan.grid import OUT, PHONE, REST, SET, Grid
from scheduling.plan.model import STEP, Activity, Block, days_of


def blocks(grid: Grid, candidate: Candidate) -> Iterator[Block]:
    """In the order of time."""
    person = grid.people[candidate.person]
    worked: dict[Activity, int] = {}
    for d, day in enumerate(days_of(grid.week)):
        if candidate.option[d] < 0:
            continue
        shift = grid.rules.shifts[grid.options[int(candidate.option[d])].shift]
        rests = iter(shift.rests)
        for kind, start, end in _runs(grid, candidate, d):
            if kind == SET:
                for each in sorted(person.fixed, key=lambda fixed: fixed.start):
                    if each.day == day and start <= each.start < end:
                        yield Block(
                            person_id=person.person_id,
                            day=day,
                            start=each.start,
                            end=each.end,
                            activity=each.activity,
                            title=each.title,
                        )
                continue
            if kind == PHONE:
                activity = Activity.PHONE
            elif kind == REST:
                activity = next(rests).activity
            else:
                activity = _duty(grid, candidate.person, end - start, worked)
            yield Block(
                person_id=person.person_id,
                day=day,
                start=start,
                end=end,
                activity=activity,
                queues=frozenset(person.skills) if kind == PHONE else frozenset(),
            )


def _runs(grid: Grid, candidate: Candidate, d: int) -> Iterator[tuple[int, int, int]]:
    kinds = enumerate(candidate.kind[d].tolist())
    for kind, run in groupby(kinds, key=lambda each: each[1]):
        if kind != OUT:
            places = [place for place, _ in run]
            yield kind, grid.first + places[0] * STEP, grid.first + (places[-1] + 1) * STEP


def _duty(grid: Grid, person: int, minutes: int, worked: dict[Activity, int]) -> Activity:
    """The duty of this level that was done least so far this week."""
    own = [duty.activity for duty in grid.rules.duties if grid.people[person].level in duty.levels]
    activity = min(own, key=lambda each: worked.get(each, 0))
    worked[activity] = worked.get(activity, 0) + minutes
    return activity
