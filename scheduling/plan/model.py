"""What a week's schedule is made of: the people, the rules, what is needed; the schedule and what it leaves open.

Times of day are minutes since local midnight, in steps of `STEP`; days are the site's own. Monday is weekday 0.
"""

from __future__ import annotations

from datetime import date, timedelta
from enum import StrEnum
from typing import Annotated

import msgspec

from core.events import Message

STEP = 15  # minutes: the interval of the need, and what every time and length is a multiple of
DAY = 24 * 60

Minute = Annotated[int, msgspec.Meta(ge=0, le=DAY, multiple_of=STEP)]
Minutes = Annotated[int, msgspec.Meta(ge=0, multiple_of=STEP)]
Share = Annotated[float, msgspec.Meta(ge=0, le=1)]
Level = Annotated[int, msgspec.Meta(ge=1, le=4)]
Price = Annotated[float, msgspec.Meta(ge=0)]
Weekday = Annotated[int, msgspec.Meta(ge=0, le=6)]
Week = Annotated[str, msgspec.Meta(pattern=r"^\d{4}-W\d{2}$")]  # ISO 8601, "2026-W49"


class Activity(StrEnum):
    """What somebody does. Duties are work that is no telephone: they need no caller, so they move to make room."""

    PHONE = "phone"
    BREAK = "break"
    LUNCH = "lunch"
    MEETING = "meeting"
    TRAINING = "training"
    CORRESPONDENCE = "correspondence"
    COUNSELLING = "counselling"
    REVIEW = "review"
    OFF = "off"  # away on leave: no shift then


RESTS = frozenset({Activity.BREAK, Activity.LUNCH})
FIXED = frozenset({Activity.MEETING, Activity.TRAINING})
DUTIES = frozenset({Activity.CORRESPONDENCE, Activity.COUNSELLING, Activity.REVIEW})


# --- the people -------------------------------------------------------------------------------------


class Window(Message, frozen=True, kw_only=True):
    """When somebody can work on a weekday."""

    weekday: Weekday
    start: Minute = 0
    end: Minute = DAY


class TimeOff(Message, frozen=True, kw_only=True):
    """Away, all day or part of it. `credit` counts as worked towards the hours of the contract."""

    day: date
    start: Minute = 0
    end: Minute = DAY
    credit: Minutes = 0


class Fixed(Message, frozen=True, kw_only=True):
    """A meeting, a training or an appointment that stands: the shift of that day goes around it."""

    day: date
    start: Minute
    end: Minute
    activity: Activity = Activity.MEETING
    title: str = ""


class Wishes(Message, frozen=True, kw_only=True):
    """What somebody would like; none is promised. `earliest` and `latest` are for the shift's begin and end."""

    earliest: Minute = 0
    latest: Minute = DAY
    free: frozenset[Weekday] = frozenset()


class Turns(Message, frozen=True, kw_only=True):
    """How many unpopular shifts somebody had in the months before, for taking turns."""

    early: int = 0
    late: int = 0
    friday: int = 0  # late on a Friday


class Person(Message, frozen=True, kw_only=True):
    """`skills` are queues with the penalty for taking their calls (0: first choice), as the PBX has it.

    `hours` are paid hours of the week, of which time off may count some; `least_hours` None: exactly `hours`.
    The share of paid time on the phones lies between `phone_least` and `phone_most`; the rest goes to duties.
    No `available` means any time, no `shifts` any kind of shift (else the names of some).
    `seniority` is in years: it weighs the wishes.
    """

    person_id: str
    name: str
    level: Level
    hours: float
    least_hours: float | None = None
    specialties: frozenset[str] = frozenset()
    skills: dict[str, int] = msgspec.field(default_factory=dict)
    phone_least: Share = 0.0
    phone_most: Share = 1.0
    shifts: frozenset[str] = frozenset()
    available: tuple[Window, ...] = ()
    time_off: tuple[TimeOff, ...] = ()
    fixed: tuple[Fixed, ...] = ()
    wishes: Wishes = Wishes()
    turns: Turns = Turns()
    seniority: float = 0.0


# --- the rules --------------------------------------------------------------------------------------


class Rest(Message, frozen=True, kw_only=True):
    """A break or a lunch. It begins between `earliest` and `latest` minutes after the shift does."""

    activity: Activity
    minutes: Minutes
    earliest: Minutes
    latest: Minutes
    paid: bool = True


class Shift(Message, frozen=True, kw_only=True):
    """A kind of shift: `minutes` from begin to end with all its rests, which come in their order."""

    name: str
    minutes: Minutes
    starts: tuple[Minute, ...]
    rests: tuple[Rest, ...] = ()

    @property
    def paid(self) -> int:
        """Paid minutes."""
        return self.minutes - sum(rest.minutes for rest in self.rests if not rest.paid)


class Duty(Message, frozen=True, kw_only=True):
    """Work beside the phones, in blocks of at least `least_minutes`; for people of these levels, by turns."""

    activity: Activity
    levels: frozenset[Level]
    least_minutes: Minutes = 60


class Prices(Message, frozen=True, kw_only=True):
    """What is weighed against missing agents, in the unit of `Need.price`. Hard rules have no price."""

    hour: Price = 0.0  # a paid hour; matters only where the contract leaves a choice
    penalty: Price = 0.02  # a step of a skill's penalty, for one interval
    wish: Price = 2.0  # a day against a wish; more for the senior
    turn: Price = 1.0  # an early, late or late Friday shift, for each that somebody had more than colleagues
    change: Price = 0.5  # an interval that becomes other than published


class Rules(Message, frozen=True, kw_only=True):
    """What every schedule keeps to. Between two rests the work changes at most once, and each part has its least length
    (a meeting inside counts with it)."""

    shifts: tuple[Shift, ...]
    duties: tuple[Duty, ...]
    stretch_least: Minutes = 30  # work between two rests, and before the first and behind the last
    stretch_most: Minutes = 180
    phone_least: Minutes = 30
    rest_between_days: Minutes = 11 * 60
    most_days: Annotated[int, msgspec.Meta(ge=1, le=7)] = 5
    early_before: Minute = 8 * 60  # a shift that begins before is early
    late_after: Minute = 17 * 60 + 30  # one that ends after is late
    prices: Prices = Prices()


class Need(Message, frozen=True, kw_only=True):
    """Agents that one interval needs for a queue, or for its calls of a specialty; `price` is of each missing."""

    queue: str
    day: date
    start: Minute
    agents: Annotated[int, msgspec.Meta(ge=0)]
    price: Price = 1.0
    specialty: str = ""


class Request(Message, frozen=True, kw_only=True):
    """All that a week is made of. `published` is the schedule that people have seen: it changes as little as can be."""

    week: Week
    people: tuple[Person, ...]
    rules: Rules
    need: tuple[Need, ...]
    published: tuple[Block, ...] = ()


# --- the schedule -----------------------------------------------------------------------------------


class Block(Message, frozen=True, kw_only=True):
    """What a person does from `start` to `end`. `queues` are those of a phone block."""

    person_id: str
    day: date
    start: Minute
    end: Minute
    activity: Activity
    queues: frozenset[str] = frozenset()
    title: str = ""

    @property
    def minutes(self) -> int:
        return self.end - self.start


class Relief(Message, frozen=True, kw_only=True):
    """What would help, at what price. `kind` is a name of `RELIEFS`; `minutes` how far the rule would have to give."""

    kind: str
    person_id: str = ""
    day: date | None = None
    start: int | None = None
    end: int | None = None
    minutes: int = 0
    price: float = 0.0


class Shortage(Message, frozen=True, kw_only=True):
    """Intervals in a row in which a need is not met: `agents` at the worst, `agent_minutes` in all."""

    queue: str
    specialty: str
    day: date
    start: Minute
    end: Minute
    agents: int
    agent_minutes: int
    price: float
    relief: Relief | None = None  # None: nobody here could take it


class Conflict(Message, frozen=True, kw_only=True):
    """Rules that cannot all be met for one person. `relief` is what the schedule assumes instead: the cheapest."""

    person_id: str
    rule: str
    found: str
    expected: str
    relief: Relief


class Schedule(Message, frozen=True, kw_only=True):
    """A week. `costs` are the parts of `objective`; no schedule can have one lower than `bound`.

    `constant` is what wishes, turns and hours cost at least, whatever is needed: the gap is not flattered by it.
    """

    week: Week
    blocks: tuple[Block, ...]
    objective: float
    bound: float
    constant: float
    costs: dict[str, float]
    short: tuple[Shortage, ...] = ()
    conflicts: tuple[Conflict, ...] = ()

    @property
    def gap(self) -> float:
        """How far the objective may be from the best there is, 0…1."""
        return gap(self.objective, self.bound, self.constant)


def gap(objective: float, bound: float, constant: float) -> float:
    """Of an objective without its constant part, 0…1."""
    return 0.0 if objective - bound < 1e-6 else (objective - bound) / (objective - constant)


# What can give, in words; the first that is enough is taken, cheapest first.
RELIEFS = {
    "fewer_hours": "work fewer hours than the contract has",
    "share": "be on the phones for another share of the week",
    "meeting": "not attend",
    "colleague": "take calls in place of other duties",
    "overtime": "work longer",
    "extra_day": "come in on a day off",
    "hire": "one more person",
}


def monday(week: str) -> date:
    """The first day of an ISO week. Raises `ValueError` for a week there is not."""
    year, number = week.split("-W")
    return date.fromisocalendar(int(year), int(number), 1)


def days_of(week: str) -> tuple[date, ...]:
    first = monday(week)
    return tuple(first + timedelta(days=number) for number in range(7))
