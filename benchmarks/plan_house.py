"""A centre of any size with the need of one week, the same for a size and seed: what `plan` is measured with.

Eight queues, Monday to Friday 8:00 to 18:00 and Saturday 9:00 to 13:00. Full and part time, two shapes of the full
week, four levels with their shares on the phones, leave, meetings, trainings, windows, wishes and turns taken before.
What is needed is scaled so that the whole week's need is `load` of what these people can be on the phones.
"""

from __future__ import annotations

import math
import random

from scheduling.plan.model import (
    STEP,
    Activity,
    Duty,
    Fixed,
    Need,
    Person,
    Rest,
    Rules,
    Shift,
    TimeOff,
    Turns,
    Window,
    Wishes,
    days_of,
)

WEEK = "2026-W49"

# Share of the calls, what a missing agent costs in an interval, and the specialty that answers.
QUEUES = {
    "general": (0.30, 1.0, ""),
    "retirement": (0.20, 1.2, ""),
    "health": (0.14, 1.4, "health"),
    "refunds": (0.09, 1.2, "refunds"),
    "survivors": (0.08, 2.0, "survivors"),
    "employers": (0.08, 1.0, ""),
    "spanish": (0.06, 1.6, "spanish"),
    "savings": (0.05, 1.2, "savings"),
}
_SPECIALTIES = ("health", "refunds", "survivors", "savings")
_BY_DAY = (1.15, 1.05, 1.0, 0.97, 0.92, 0.35)
_PEAKS = ((10.25, 1.3, 1.0), (14.0, 1.6, 0.85))  # hour, width, height

BREAK, LUNCH = Activity.BREAK, Activity.LUNCH


def rules() -> Rules:
    """Eight, ten, six and four paid hours; half an hour of unpaid lunch; a break before and behind it."""
    return Rules(
        shifts=(
            Shift(
                name="full",
                minutes=510,
                starts=tuple(range(450, 571, 30)),
                rests=(
                    Rest(activity=BREAK, minutes=15, earliest=90, latest=150),
                    Rest(activity=LUNCH, minutes=30, earliest=210, latest=285, paid=False),
                    Rest(activity=BREAK, minutes=15, earliest=345, latest=435),
                ),
            ),
            Shift(
                name="long",
                minutes=630,
                starts=(420, 450),
                rests=(
                    Rest(activity=BREAK, minutes=15, earliest=105, latest=165),
                    Rest(activity=LUNCH, minutes=30, earliest=240, latest=330, paid=False),
                    Rest(activity=BREAK, minutes=15, earliest=420, latest=510),
                ),
            ),
            Shift(
                name="six",
                minutes=390,
                starts=tuple(range(480, 691, 30)),
                rests=(
                    Rest(activity=BREAK, minutes=15, earliest=75, latest=120),
                    Rest(activity=LUNCH, minutes=30, earliest=180, latest=255, paid=False),
                ),
            ),
            Shift(
                name="half",
                minutes=240,
                starts=tuple(range(480, 841, 30)),
                rests=(Rest(activity=BREAK, minutes=15, earliest=75, latest=150),),
            ),
        ),
        duties=(
            Duty(activity=Activity.CORRESPONDENCE, levels=frozenset({1, 2}), least_minutes=60),
            Duty(activity=Activity.COUNSELLING, levels=frozenset({2}), least_minutes=60),
            Duty(activity=Activity.REVIEW, levels=frozenset({3, 4}), least_minutes=60),
        ),
    )


def people(count: int, seed: int = 1) -> tuple[Person, ...]:
    draw = random.Random(f"people {count} {seed}")
    return tuple(_person(f"p{number:03}", number, draw) for number in range(count))


def _person(person_id: str, number: int, draw: random.Random) -> Person:
    days = days_of(WEEK)
    level = (1, 1, 2, 1, 1, 3, 2, 1, 1, 2, 1, 1, 2, 1, 3, 1, 1, 2, 1, 4)[number % 20]
    hours, shifts = draw.choices(
        ((40, {"full"}), (40, {"long"}), (32, {"full"}), (30, {"six"}), (20, {"half"}), (24, {"half", "full"})),
        (60, 8, 10, 10, 8, 4),
    )[0]
    least, most = {1: (0.7, 1.0), 2: (0.35, 0.6), 3: (0.35, 0.45), 4: (0.0, 0.15)}[level]
    specialties = {_SPECIALTIES[(number // 20 + level) % 4]} if level == 3 or draw.random() < 0.45 else set()
    if draw.random() < 0.2:
        specialties.add("spanish")
    skills = {"general": 0 if level == 1 else 2, "employers": 1}
    if level > 1 or draw.random() < 0.6:
        skills["retirement"] = 0
    skills |= {name: 0 for name, (_, _, specialty) in QUEUES.items() if specialty in specialties}
    time_off: tuple[TimeOff, ...] = ()
    if draw.random() < 0.12:
        paid = {"full": 480, "long": 600, "six": 360, "half": 240}[min(shifts)]
        time_off = (TimeOff(day=days[draw.randrange(5)], credit=paid),)
    away = {each.day for each in time_off}
    fixed = [Fixed(day=days[1], start=540 + 60 * (number % 3), end=600 + 60 * (number % 3), title="Team")]
    if draw.random() < 0.15:
        at = draw.choice((600, 780))
        fixed.append(Fixed(day=days[3], start=at, end=at + 120, activity=Activity.TRAINING, title="Plan handbook"))
    windows: tuple[Window, ...] = ()
    if draw.random() < 0.15 and "long" not in shifts:
        begin, end = draw.choice(((0, 1050), (510, 1440), (480, 1080)))
        windows = tuple(Window(weekday=each, start=begin, end=end) for each in range(6))
    elif draw.random() < 0.7:
        windows = tuple(Window(weekday=each) for each in range(5))
    wishes = draw.choice((Wishes(), Wishes(), Wishes(latest=990), Wishes(earliest=510), Wishes(free=frozenset({4}))))
    return Person(
        person_id=person_id,
        name=f"Agent {number:03}",
        level=level,
        hours=hours,
        specialties=frozenset(specialties),
        skills=skills,
        phone_least=least,
        phone_most=most,
        shifts=frozenset(shifts),
        available=windows,
        time_off=time_off,
        fixed=tuple(each for each in fixed if each.day not in away and "half" not in shifts),
        wishes=wishes,
        turns=Turns(early=draw.randrange(8), late=draw.randrange(8), friday=draw.randrange(3)),
        seniority=round(draw.uniform(0, 25), 1),
    )


def need(staff: tuple[Person, ...], load: float = 0.95, seed: int = 1) -> tuple[Need, ...]:
    """`load` is the need's share of what these people can be on the phones in the week."""
    draw = random.Random(f"need {seed}")
    able = sum(person.hours * 60 / STEP * (min(person.phone_most, 0.92) + person.phone_least) / 2 for person in staff)
    shape = {
        (name, day, minute): share * _level(day, minute) * draw.uniform(0.9, 1.1)
        for name, (share, _, _) in QUEUES.items()
        for day in range(6)
        for minute in range(540 if day == 5 else 480, 780 if day == 5 else 1080, STEP)
    }
    scale = load * able / sum(shape.values())
    days = days_of(WEEK)
    wanted = {place: math.floor(value * scale + 0.5) for place, value in shape.items()}
    return tuple(
        Need(queue=name, day=days[day], start=minute, agents=agents, price=QUEUES[name][1], specialty=QUEUES[name][2])
        for (name, day, minute), agents in wanted.items()
        if agents
    )


def _level(day: int, minute: int) -> float:
    hour = minute / 60
    bumps = sum(height * math.exp(-(((hour - at) / width) ** 2)) for at, width, height in _PEAKS)
    return _BY_DAY[day] * (1.0 + bumps)
