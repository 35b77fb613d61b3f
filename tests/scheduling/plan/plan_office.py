"""A small office to plan for: one kind of shift, two queues, and people made as a test wants them."""

from __future__ import annotations

from datetime import date
from typing import Any

from scheduling.plan.model import Activity, Duty, Need, Person, Request, Rest, Rules, Shift, days_of

WEEK = "2026-W49"
MONDAY, TUESDAY, FRIDAY = date(2026, 11, 30), date(2026, 12, 1), date(2026, 12, 4)

DAY = Shift(
    name="day",
    minutes=510,
    starts=(480, 510, 540),
    rests=(
        Rest(activity=Activity.BREAK, minutes=15, earliest=90, latest=150),
        Rest(activity=Activity.LUNCH, minutes=30, earliest=210, latest=285, paid=False),
        Rest(activity=Activity.BREAK, minutes=15, earliest=345, latest=435),
    ),
)
HALF = Shift(
    name="half",
    minutes=240,
    starts=(480, 780),
    rests=(Rest(activity=Activity.BREAK, minutes=15, earliest=75, latest=150),),
)
RULES = Rules(
    shifts=(DAY, HALF),
    duties=(
        Duty(activity=Activity.CORRESPONDENCE, levels=frozenset({1, 2})),
        Duty(activity=Activity.REVIEW, levels=frozenset({3, 4})),
    ),
)


def person(name: str, **other: Any) -> Person:
    given = {"level": 1, "hours": 40.0, "skills": {"general": 0}, "shifts": frozenset({"day"}), **other}
    return Person(person_id=name.lower(), name=name, **given)


def needed(agents: int, queue: str = "general", **other: Any) -> tuple[Need, ...]:
    """The same from 8:00 to 17:30 on Monday to Friday."""
    return tuple(
        Need(queue=queue, day=day, start=start, agents=agents, **other)
        for day in days_of(WEEK)[:5]
        for start in range(480, 1050, 15)
    )


def request(*people: Person, need: tuple[Need, ...] = (), rules: Rules = RULES, **other: Any) -> Request:
    return Request(week=WEEK, people=people, rules=rules, need=need, **other)
