"""A week's schedule as text: a row for each person, what is covered, and what could not be met. Pure."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from datetime import date

from scheduling.plan import telling
from scheduling.plan.model import STEP, Activity, Block, Person, Schedule, days_of
from scheduling.plan.reading import Week
from scheduling.plan.telling import LETTERS

_CELL = 2 * STEP  # a character
_MOST_NAMED = 40  # shortages; the rest is added up
_NAME = 22  # characters


def text(week: Week, schedule: Schedule, width: int) -> str:
    """Lines of about `width` characters: days stand beside each other as far as that goes."""
    parts = [
        *_head(week, schedule),
        "",
        *_rows(week, schedule, width),
        "",
        *_coverage(week, schedule),
        "",
        *_unmet(week, schedule),
        *(f"note: {note}" for note in week.notes),
    ]
    return "\n".join(part.rstrip() for part in parts)


def _head(week: Week, schedule: Schedule) -> Iterator[str]:
    days = days_of(schedule.week)
    hours = sum(telling.paid_hours(week.request, schedule).values())
    yield f"{schedule.week}, {days[0]} to {days[-1]} ({week.zone})"
    yield (
        f"{len(week.request.people)} people, {hours:,.1f} paid hours at work; the best there can be is at most "
        f"{schedule.gap:.1%} better"
    )


# --- the people -------------------------------------------------------------------------------------


def _rows(week: Week, schedule: Schedule, width: int) -> Iterator[str]:
    blocks: dict[tuple[str, date], list[Block]] = defaultdict(list)
    for block in schedule.blocks:
        blocks[block.person_id, block.day].append(block)
    if not blocks:
        yield "nobody works"
        return
    first = min(block.start for block in schedule.blocks) // 60 * 60
    last = -(-max(block.end for block in schedule.blocks) // 60) * 60
    worked = {block.day for block in schedule.blocks}
    days = [day for day in days_of(schedule.week) if day in worked]
    cells = (last - first) // _CELL
    at_once = max(1, (width - _NAME - 8) // (cells + 1))
    for begin in range(0, len(days), at_once):
        shown = days[begin : begin + at_once]
        if begin:
            yield ""
        yield f"{'':{_NAME}} " + " ".join(f"{day:%a %d %b}"[:cells].ljust(cells) for day in shown) + " paid h"
        yield f"{'':{_NAME}} " + " ".join(_hours(first, last) for _ in shown)
        hours = telling.paid_hours(week.request, schedule)
        for person in week.request.people:
            row = " ".join(_day(person, day, blocks[person.person_id, day], (first, last)) for day in shown)
            yield f"{person.name[:_NAME]:{_NAME}} {row} {hours[person.person_id]:6.1f}"
    used = sorted({block.activity for block in schedule.blocks}, key=list(Activity).index)
    yield "   ".join([*(f"{LETTERS[each]} {each}" for each in used), "o leave", "(a character is half an hour)"])


def _hours(first: int, last: int) -> str:
    return "".join(f"{minute // 60:<4}" for minute in range(first, last, 2 * 60))[: (last - first) // _CELL].ljust(
        (last - first) // _CELL
    )


def _day(person: Person, day: date, blocks: Sequence[Block], span: tuple[int, int]) -> str:
    if not blocks and telling.away(person, day):
        return LETTERS[Activity.OFF] * ((span[1] - span[0]) // _CELL)
    return "".join(_cell(blocks, minute) for minute in range(*span, _CELL))


def _cell(blocks: Sequence[Block], minute: int) -> str:
    """What is there in most of the half hour; of two things equally long the rarer, which one would miss."""
    lasts: dict[Activity, int] = {}
    for block in blocks:
        inside = min(block.end, minute + _CELL) - max(block.start, minute)
        if inside > 0:
            lasts[block.activity] = lasts.get(block.activity, 0) + inside
    if not lasts:
        return "."
    return LETTERS[max(lasts, key=lambda each: (lasts[each], each is not Activity.PHONE))]


# --- the need ---------------------------------------------------------------------------------------


def _coverage(week: Week, schedule: Schedule) -> Iterator[str]:
    found = list(telling.coverage(week.request, schedule))
    if not found:
        yield "nobody is needed"
        return
    days = sorted({each.day for each in found})
    by_place = {(each.queue, each.specialty, each.day): each for each in found}
    yield f"{'agent hours covered, of those needed':{_NAME + 14}}" + "".join(
        f"{day:%a %d %b}".rjust(19) for day in days
    )
    for queue, specialty in sorted({(each.queue, each.specialty) for each in found}):
        name = f"{queue} ({specialty})" if specialty not in {"", queue} else queue
        cells = [by_place.get((queue, specialty, day)) for day in days]
        told = (f"{each.covered_h:g} of {each.needed_h:g} {each.share:4.0%}" if each else "" for each in cells)
        yield f"{name:{_NAME + 14}}" + "".join(each.rjust(19) for each in told)


def _unmet(week: Week, schedule: Schedule) -> Iterator[str]:
    names = telling.names(week.request.people)
    if schedule.conflicts:
        yield "Rules that cannot all be met:"
        yield from (f"  {telling.conflict(each, names)}" for each in schedule.conflicts)
    if not schedule.short:
        yield "All of the need is met."
        return
    hours = sum(short.agent_minutes for short in schedule.short) / 60
    yield f"Could not be met, the dearest first ({hours:g} agent hours in all):"
    yield from (f"  {telling.shortage(short, names)}" for short in schedule.short[:_MOST_NAMED])
    if rest := schedule.short[_MOST_NAMED:]:
        yield f"  and {len(rest)} more, {sum(short.agent_minutes for short in rest) / 60:g} agent hours"
