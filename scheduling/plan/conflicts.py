"""Rules that cannot all be met for one person: which, and what would be enough, cheapest first. Pure.

Nobody makes a week impossible. For a person without any legal week the first of these that is enough is assumed, and
told: fewer hours, another share on the phones, no meeting, a day that is not their own; last of all no shift.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator, Sequence

import numpy as np
from msgspec.structs import replace

from scheduling.plan import grid
from scheduling.plan.candidates import Candidates, worths
from scheduling.plan.grid import NEVER, Grid
from scheduling.plan.model import STEP, Conflict, Person, Relief, Request, days_of
from scheduling.plan.weeks import WeekFinder

_FAR = 3.0  # a price on the share that outweighs everything else


def relieve(request: Request) -> tuple[Request, tuple[Conflict, ...]]:
    """The request with what must give; the same where everybody has a legal week."""
    whole = grid.make(request.week, request.people, request.rules, (), request.published)
    suspects = set(_suspects(whole))
    people, conflicts = [], []
    for number, person in enumerate(request.people):
        if number in suspects and not _legal(request, person):
            conflict, given = next(
                (conflict, given) for conflict, given in _reliefs(request, person) if _legal(request, given)
            )
            conflicts.append(conflict)
            people.append(given)
        else:
            people.append(person)
    return replace(request, people=tuple(people)), tuple(conflicts)


def _suspects(whole: Grid) -> Sequence[int]:
    """Who seems to have no week, or none with the right share: all at once, so that a few are looked at closely."""
    if not whole.people:
        return []
    finder, who = WeekFinder(whole), np.arange(len(whole.people))
    sides = []
    for more in (-_FAR, _FAR):
        weeks = finder.find(worths(whole, who, np.zeros(whole.fixed.shape), np.full(len(who), more)))
        sides.append(Candidates(whole, finder, 0).side(who, weeks))
    low, high = sides
    found: list[int] = np.flatnonzero((low == 9) | (low == 1) | (high == -1)).tolist()
    return found


def _legal(request: Request, person: Person) -> bool:
    alone = grid.make(request.week, (person,), request.rules, ())
    return bool(Candidates(alone, WeekFinder(alone), 0).best(0, np.zeros(alone.fixed.shape[1:])))


def _reliefs(request: Request, person: Person) -> Iterator[tuple[Conflict, Person]]:
    """What could give, and the person as it is then. The last one is always enough."""
    hours = f"{person.hours:g}" if person.least_hours is None else f"{person.least_hours:g} to {person.hours:g}"
    least = person.hours if person.least_hours is None else person.least_hours
    share = f"{person.phone_least:.0%} to {person.phone_most:.0%} on the phones"
    free = replace(person, phone_least=0.0, phone_most=1.0)
    held = [each for each in person.fixed if each.day in days_of(request.week)]
    anytime = replace(person, available=())
    for kind, less in (("fewer_hours", person), ("share", free), ("meeting", replace(person, fixed=()))):
        if kind == "share":
            relief = Relief(kind=kind, person_id=person.person_id)
            yield _conflict(person, "share", "no week that there is has it", share, relief), free
        if kind == "meeting" and held:
            relief = Relief(kind=kind, person_id=person.person_id, minutes=sum(each.end - each.start for each in held))
            titles = ", ".join(each.title or each.activity for each in held)
            yield _conflict(person, "fixed", f"no shift of theirs goes around {titles}", "a shift then", relief), less
        possible = _most_paid(request, less)
        if possible is not None:
            missing = max(0, round(least * 60) - possible)
            relief = Relief(kind="fewer_hours", person_id=person.person_id, minutes=missing)
            found = f"at most {possible / 60:g} hours fit into their days and shifts"
            given = replace(less, least_hours=min(possible / 60, person.hours))
            yield _conflict(person, "hours", found, f"{hours} hours", relief), given
    relief = Relief(kind="extra_day", person_id=person.person_id)
    yield _conflict(person, "availability", "no shift fits into their times", f"{hours} hours", relief), anytime
    relief = Relief(kind="fewer_hours", person_id=person.person_id, minutes=round(person.hours * 60))
    nothing = replace(free, least_hours=0.0, fixed=(), shifts=frozenset({""}))
    yield _conflict(person, "shift", "no kind of shift can be theirs this week", f"{hours} hours", relief), nothing


def _most_paid(request: Request, person: Person) -> int | None:
    """Minutes with credit for leave, at most; None where not even no shift at all is legal."""
    alone = grid.make(request.week, (replace(person, least_hours=0.0),), request.rules, ())
    nothing = np.zeros((1, *alone.fixed.shape[1:]))
    asked = worths(alone, np.array([0]), nothing, np.zeros(1))
    paid = np.broadcast_to(alone.paid.astype(np.float64), asked.shift.shape)
    weeks = WeekFinder(alone).find(dataclasses.replace(asked, shift=paid))
    if weeks.worth[0] < NEVER / 2:
        return None
    option = weeks.option[0]
    credit = sum(off.credit for off in person.time_off if off.day in days_of(request.week))
    return int(alone.paid[option[option >= 0]].sum()) * STEP + credit


def _conflict(person: Person, rule: str, found: str, expected: str, relief: Relief) -> Conflict:
    return Conflict(person_id=person.person_id, rule=rule, found=found, expected=expected, relief=relief)
