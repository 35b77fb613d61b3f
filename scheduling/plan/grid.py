"""People, rules and need as arrays: what every calculation of a week shares.

Axes: `p` people, `d` the seven days, `t` intervals of `STEP` minutes from `first`, `o` options (a kind of shift at a
start), `k` needs (queue and specialty), `g` groups (people who can take the same calls).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from scheduling.plan.model import DAY, FIXED, RESTS, STEP, Activity, Block, Need, Person, Rules, days_of

Floats = NDArray[np.float64]
Ints = NDArray[np.integer[Any]]
Flags = NDArray[np.bool_]

DAYS = 7
NEVER = -1e6  # the worth of what must not be

# What fills an interval of a person's day.
OUT, PHONE, DUTY, REST, SET = range(5)


@dataclass(frozen=True)
class Option:
    """A kind of shift at one start, in intervals from `Grid.first`."""

    shift: int
    start: int
    end: int
    paid: int


@dataclass(frozen=True, eq=False)
class Grid:
    """`allowed[p, d, o]`: shifts that availability, leave and what is fixed permit; `bound_in[p, d]`: must come in.

    `cost[p, d, o]` is what wishes, turns and paid hours make a shift cost; `worth[g, k]` what a call of `k` is worth
    less for group `g` (`-inf`: cannot take it). `stay[p, d, t, kind]` is the price of an interval that is as published.
    """

    week: str
    people: tuple[Person, ...]
    rules: Rules
    first: int
    size: int
    options: tuple[Option, ...]
    keys: tuple[tuple[str, str], ...]
    need: Ints  # k, d, t
    price: Floats  # k, d, t
    beyond: Ints  # k, d, t: needed, but more than anybody could ever cover
    group: Ints  # p
    less: Floats  # g, k: the price of the penalty; inf where the group cannot take it
    allowed: Flags
    bound_in: Flags
    fixed: Flags  # p, d, t
    cost: Floats
    stay: Floats | None
    hours: Ints  # p, 2: least and most paid intervals
    shares: Floats  # p, 2
    duty_least: Ints  # p: intervals; more than a stretch where there is no duty for them

    @cached_property
    def groups(self) -> int:
        return len(self.less)

    @cached_property
    def paid(self) -> Ints:
        return np.array([option.paid for option in self.options], dtype=np.int64)

    @cached_property
    def phone_least(self) -> int:
        return max(1, self.rules.phone_least // STEP)


def make(
    week: str,
    people: Sequence[Person],
    rules: Rules,
    need: Sequence[Need],
    published: Sequence[Block] = (),
) -> Grid:
    """The arrays of one week. Need outside the week is left out; see `scheduling.plan.reading` for what is refused."""
    days = {day: number for number, day in enumerate(days_of(week))}
    needed = [each for each in need if each.day in days]
    first, size = _span(rules, needed)
    options = tuple(
        Option(number, (start - first) // STEP, (start + shift.minutes - first) // STEP, shift.paid // STEP)
        for number, shift in enumerate(rules.shifts)
        for start in shift.starts
    )
    keys = tuple(sorted({(each.queue, each.specialty) for each in needed}))
    less_of = [_less(person, keys, rules.prices.penalty) for person in people]
    rows = sorted(set(less_of))
    group = np.array([rows.index(each) for each in less_of], dtype=np.int64)
    less = np.array(rows, dtype=np.float64).reshape(len(rows), len(keys))
    fixed, allowed, bound_in = _possible(people, rules, options, days, first=first, size=size)
    wanted, price = np.zeros((len(keys), DAYS, size), dtype=np.int64), np.zeros((len(keys), DAYS, size))
    for each in needed:
        place = keys.index((each.queue, each.specialty)), days[each.day], (each.start - first) // STEP
        wanted[place] += each.agents
        price[place] = max(price[place], each.price)
    most = _reach(allowed, options, fixed, np.isfinite(less)[group] if len(people) else np.zeros((0, len(keys)), bool))
    served = np.minimum(wanted, most)
    return Grid(
        week=week,
        people=tuple(people),
        rules=rules,
        first=first,
        size=size,
        options=options,
        keys=keys,
        need=served,
        price=price,
        beyond=wanted - served,
        group=group,
        less=less,
        allowed=allowed,
        bound_in=bound_in,
        fixed=fixed,
        cost=_cost(people, rules, options, first),
        stay=_stay(people, published, days, first=first, size=size, price=rules.prices.change) if published else None,
        hours=np.array([_hours(person, days) for person in people], dtype=np.int64).reshape(-1, 2),
        shares=np.array([(person.phone_least, person.phone_most) for person in people]).reshape(-1, 2),
        duty_least=np.array([_duty_least(person, rules) for person in people], dtype=np.int64),
    )


def _span(rules: Rules, need: Sequence[Need]) -> tuple[int, int]:
    begins = [start for shift in rules.shifts for start in shift.starts] + [each.start for each in need]
    ends = [start + shift.minutes for shift in rules.shifts for start in shift.starts]
    ends += [each.start + STEP for each in need]
    first = min(begins, default=0)
    return first, (max(ends, default=STEP) - first) // STEP


def _less(person: Person, keys: Sequence[tuple[str, str]], penalty: float) -> tuple[float, ...]:
    return tuple(
        person.skills[queue] * penalty
        if queue in person.skills and (not specialty or specialty in person.specialties)
        else np.inf
        for queue, specialty in keys
    )


def _possible(
    people: Sequence[Person],
    rules: Rules,
    options: Sequence[Option],
    days: Mapping[date, int],
    *,
    first: int,
    size: int,
) -> tuple[Flags, Flags, Flags]:
    fixed = np.zeros((len(people), DAYS, size), dtype=np.bool_)
    allowed = np.zeros((len(people), DAYS, len(options)), dtype=np.bool_)
    bound_in = np.zeros((len(people), DAYS), dtype=np.bool_)
    spans = [(first + option.start * STEP, first + option.end * STEP) for option in options]
    for p, person in enumerate(people):
        names = [not person.shifts or rules.shifts[option.shift].name in person.shifts for option in options]
        for d in range(DAYS):
            windows = [(each.start, each.end) for each in person.available if each.weekday == d]
            if not person.available:
                windows = [(0, DAY)]
            allowed[p, d] = [
                named and any(begin <= start and end <= until for begin, until in windows)
                for named, (start, end) in zip(names, spans, strict=True)
            ]
        for off in person.time_off:
            if off.day in days:
                allowed[p, days[off.day]] &= [end <= off.start or off.end <= start for start, end in spans]
        for each in person.fixed:
            if each.day in days:
                d = days[each.day]
                fixed[p, d, max(0, (each.start - first) // STEP) : max(0, (each.end - first) // STEP)] = True
                allowed[p, d] &= [start <= each.start and each.end <= end for start, end in spans]
                bound_in[p, d] = True
    return fixed, allowed, bound_in


def _reach(allowed: Flags, options: Sequence[Option], fixed: Flags, able: Flags) -> Ints:
    """How many people could be on the phones for each need, d, t."""
    there = np.zeros(fixed.shape, dtype=np.bool_)
    for number, option in enumerate(options):
        there[:, :, option.start : option.end] |= allowed[:, :, number, None]
    there &= ~fixed
    reach: Ints = np.einsum("pk,pdt->kdt", able.astype(np.int64), there.astype(np.int64))
    return reach


def _cost(people: Sequence[Person], rules: Rules, options: Sequence[Option], first: int) -> Floats:
    prices = rules.prices
    cost = np.zeros((len(people), DAYS, len(options)))
    if not people:
        return cost
    usual = {name: sum(getattr(p.turns, name) for p in people) / len(people) for name in ("early", "late", "friday")}
    begin = np.array([first + option.start * STEP for option in options])
    end = np.array([first + option.end * STEP for option in options])
    early, late = begin < rules.early_before, end > rules.late_after
    paid_hours = np.array([option.paid * STEP / 60 for option in options])
    for p, person in enumerate(people):
        more = {name: max(0.0, getattr(person.turns, name) - mean) for name, mean in usual.items()}
        cost[p] = prices.turn * (more["early"] * early + more["late"] * late) + prices.hour * paid_hours
        cost[p, 4] += prices.turn * more["friday"] * late
        wish = prices.wish * (1 + min(person.seniority, 30.0) / 30)
        against = (begin < person.wishes.earliest) | (end > person.wishes.latest)
        for d in range(DAYS):
            cost[p, d] += wish * (against if d not in person.wishes.free else 1.0)
    return cost


def _stay(
    people: Sequence[Person],
    published: Sequence[Block],
    days: Mapping[date, int],
    *,
    first: int,
    size: int,
    price: float,
) -> Floats:
    numbers = {person.person_id: p for p, person in enumerate(people)}
    was = np.zeros((len(people), DAYS, size), dtype=np.int64)
    for block in published:
        p, d = numbers.get(block.person_id), days.get(block.day)
        if p is not None and d is not None and block.activity is not Activity.OFF:
            was[p, d, max(0, (block.start - first) // STEP) : max(0, (block.end - first) // STEP)] = kind_of(block)
    stay: Floats = price * np.eye(5)[was]
    return stay


def kind_of(block: Block) -> int:
    """What fills the intervals of a block."""
    if block.activity is Activity.PHONE:
        return PHONE
    if block.activity in RESTS:
        return REST
    return SET if block.activity in FIXED else DUTY


def _hours(person: Person, days: Mapping[date, int]) -> tuple[int, int]:
    credit = sum(off.credit for off in person.time_off if off.day in days)
    least = person.hours if person.least_hours is None else person.least_hours
    return tuple(max(0, int(hours * 60 - credit)) // STEP for hours in (least, person.hours))  # type: ignore[return-value]


def _duty_least(person: Person, rules: Rules) -> int:
    own = [duty.least_minutes // STEP for duty in rules.duties if person.level in duty.levels]
    return max(1, *own) if own else rules.stretch_most // STEP + 1
