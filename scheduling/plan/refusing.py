"""What no week can be made of: all of it at once, each with the place and what was expected. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np

from core.errors import Problem
from scheduling.plan import grid
from scheduling.plan.candidates import worths
from scheduling.plan.grid import NEVER
from scheduling.plan.model import Fixed, Person, Request, Rules, Shift, TimeOff, monday
from scheduling.plan.weeks import WeekFinder


def refuse(request: Request) -> None:
    """Raises `Problem` with every fault, a line each; says nothing of a request that can be planned."""
    faults = list(_faults(request))
    if faults:
        raise Problem("\n".join(faults))


def _faults(request: Request) -> Iterator[str]:
    try:
        monday(request.week)
    except ValueError:
        yield f"week: there is no week {request.week}; expected one such as 2026-W49"
        return
    if not request.people:
        yield "people: nobody is there to be planned; expected one person or more"
    if not any(shift.starts for shift in request.rules.shifts):
        yield "rules.shifts: no shift has a start; expected one kind of shift or more, with its starts"
        return
    for name, count in Counter(person.person_id for person in request.people).items():
        if count > 1:
            yield f"people: {name} is there {count} times; expected once"
    for number, person in enumerate(request.people, 1):
        for fault in _of_person(person, request.rules):
            yield f"people, row {number} ({person.name}): {fault}"
    yield from _of_rules(request.week, request.rules)


def _of_person(person: Person, rules: Rules) -> Iterator[str]:
    if person.hours <= 0:
        yield f"has {person.hours:g} hours; expected the paid hours of the week, or not to be in the list"
    if person.least_hours is not None and person.least_hours > person.hours:
        yield f"has at least {person.least_hours:g} hours and at most {person.hours:g}; expected no more at least"
    if person.phone_least > person.phone_most:
        yield (
            f"is on the phones for at least {person.phone_least:.0%} and at most {person.phone_most:.0%}; "
            "expected no more at least"
        )
    if unknown := sorted(person.shifts - {shift.name for shift in rules.shifts}):
        yield f"works shifts {', '.join(unknown)}; expected some of {', '.join(shift.name for shift in rules.shifts)}"
    for window in person.available:
        if window.start >= window.end:
            yield f"has weekday {window.weekday} from minute {window.start} to {window.end}; expected a later end"
    spans: tuple[TimeOff | Fixed, ...] = (*person.time_off, *person.fixed)
    for each in spans:
        if each.start >= each.end:
            yield f"has {each.day} from minute {each.start} to {each.end}; expected a later end"


def _of_rules(week: str, rules: Rules) -> Iterator[str]:
    if rules.stretch_least > rules.stretch_most:
        yield (
            f"rules: stretch_least {rules.stretch_least} is more than stretch_most {rules.stretch_most}; "
            "expected no more"
        )
        return
    for shift in rules.shifts:
        late = [rest.activity for rest in shift.rests if rest.earliest > rest.latest]
        if late:
            yield f"rules, shift {shift.name}: {', '.join(late)} begins earliest after latest; expected no later"
        elif shift.starts and not _possible(week, rules, shift):
            yield (
                f"rules, shift {shift.name}: its rests leave no day on which every stretch of work lasts "
                f"{rules.stretch_least} to {rules.stretch_most} minutes; expected rests that do"
            )


def _possible(week: str, rules: Rules, shift: Shift) -> bool:
    """Whether somebody could work this shift on one day."""
    hours = shift.paid / 60
    one = Person(person_id="", name="", level=1, hours=hours)
    alone = grid.make(week, (one,), _only(rules, shift), ())
    nothing = np.zeros((1, *alone.fixed.shape[1:]))
    weeks = WeekFinder(alone).find(worths(alone, np.array([0]), nothing, np.zeros(1)))
    return bool(weeks.worth[0] > NEVER / 2)


def _only(rules: Rules, shift: Shift) -> Rules:
    return Rules(
        shifts=(shift,),
        duties=(),
        stretch_least=rules.stretch_least,
        stretch_most=rules.stretch_most,
        phone_least=rules.phone_least,
    )
