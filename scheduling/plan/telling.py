"""A schedule in sentences and sums: what is covered of the need, what could not be met and what would help. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from itertools import groupby

from core.events import Message
from scheduling.plan.checking import clock
from scheduling.plan.model import (
    RELIEFS,
    RESTS,
    STEP,
    Activity,
    Block,
    Conflict,
    Person,
    Relief,
    Request,
    Schedule,
    Shift,
    Shortage,
)

# One letter for each activity, where a block is drawn; no activity is a dot, a day of leave a circle.
LETTERS = {
    Activity.PHONE: "#",
    Activity.BREAK: "-",
    Activity.LUNCH: "=",
    Activity.MEETING: "M",
    Activity.TRAINING: "T",
    Activity.CORRESPONDENCE: "c",
    Activity.COUNSELLING: "k",
    Activity.REVIEW: "r",
    Activity.OFF: "o",
}


class Covered(Message, frozen=True, kw_only=True):
    """Of a queue, or its calls of a specialty, on a day: agent hours needed, and of them on the phones."""

    queue: str
    day: date
    needed_h: float
    covered_h: float
    specialty: str = ""

    @property
    def share(self) -> float:
        return self.covered_h / self.needed_h


def coverage(request: Request, schedule: Schedule) -> Iterator[Covered]:
    """By queue and day; of days that need somebody."""
    needed: Counter[tuple[str, str, date]] = Counter()
    missing: Counter[tuple[str, str, date]] = Counter()
    for need in request.need:
        needed[need.queue, need.specialty, need.day] += need.agents * STEP
    for short in schedule.short:
        missing[short.queue, short.specialty, short.day] += short.agent_minutes
    for place in sorted(needed):
        if minutes := needed[place]:
            queue, specialty, day = place
            yield Covered(
                queue=queue,
                specialty=specialty,
                day=day,
                needed_h=minutes / 60,
                covered_h=(minutes - missing[place]) / 60,
            )


def paid_hours(request: Request, schedule: Schedule) -> dict[str, float]:
    """By person: what the week pays for shifts, without leave."""
    people = {person.person_id: person for person in request.people}
    hours = dict.fromkeys(people, 0.0)
    blocks = sorted(schedule.blocks, key=lambda each: (each.person_id, each.day, each.start))
    for (person_id, _), of_day in groupby(blocks, key=lambda each: (each.person_id, each.day)):
        hours[person_id] += _paid(request.rules.shifts, people[person_id], list(of_day)) / 60
    return hours


def _paid(shifts: Sequence[Shift], person: Person, blocks: Sequence[Block]) -> int:
    """Minutes, by the kind of shift that a day's blocks are of."""
    begin, minutes = blocks[0].start, blocks[-1].end - blocks[0].start
    rests = [block.activity for block in blocks if block.activity in RESTS]
    return next(
        shift.paid
        for shift in shifts
        if (not person.shifts or shift.name in person.shifts)
        and (shift.minutes, [rest.activity for rest in shift.rests]) == (minutes, rests)
        and begin in shift.starts
    )


def shortage(short: Shortage, names: dict[str, str]) -> str:
    what = f"{short.queue}, {short.specialty}" if short.specialty not in {"", short.queue} else short.queue
    agents = "1 agent" if short.agents == 1 else f"{short.agents} agents"
    return (
        f"{short.day:%a %Y-%m-%d} {clock(short.start)} to {clock(short.end)}, {what}: {agents} too few at the worst, "
        f"{short.agent_minutes / 60:g} agent hours in all. Cheapest relief: {relief(short.relief, names)}"
    )


def conflict(found: Conflict, names: dict[str, str]) -> str:
    return (
        f"{names[found.person_id]}: {found.found}; expected {found.expected}. "
        f"Assumed instead: {relief(found.relief, names)}"
    )


def relief(of: Relief | None, names: dict[str, str]) -> str:
    """What would help, and who could."""
    if of is None:
        return "none that anybody here could give"
    who = f"{names[of.person_id]} could " if of.person_id else ""
    by = f" ({of.minutes / 60:g} hours)" if of.person_id and of.kind in {"fewer_hours", "meeting"} else ""
    return f"{who}{RELIEFS[of.kind]}{by}"


def names(people: Sequence[Person]) -> dict[str, str]:
    return {person.person_id: person.name for person in people}


def away(person: Person, day: date) -> bool:
    """Whether somebody is on leave all day."""
    return any(off.day == day and off.end - off.start >= 12 * 60 for off in person.time_off)
