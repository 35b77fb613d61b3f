"""What the rest of a day is made of: what came so far, what is still expected, who is planned where; what is found.

Times are timezone-aware UTC; intervals are those of the forecast (15 minutes). A service level is the share of the
calls offered that are answered in time, as the promise of their queue says.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, Literal

import msgspec

from core.errors import Problem
from core.events import Message
from scheduling.adherence.model import Planned
from scheduling.forecast.calendar import Outage
from scheduling.forecast.intraday import reforecast
from scheduling.forecast.model import ForecastRow, Spread
from scheduling.plan.model import Activity
from scheduling.staffing.promise import Promise

Minutes = Annotated[int, msgspec.Meta(ge=0)]
Count = Annotated[int, msgspec.Meta(ge=0)]


class Met(Message, frozen=True, kw_only=True):
    """What an interval of today brought, the running one as far as it is: calls offered, answered in time, given up."""

    queue: str
    start: datetime
    offered: Count
    in_target: Count
    abandoned: Count = 0


@dataclass(frozen=True)
class Situation:
    """A day at `now`.

    `expected` are the intervals of all queues from the running one on, each whole; `blocks` everybody's day; `skills`
    the queues that each person can take calls of, which counts where a phone block does not name its queues and for
    whoever is moved. `absent` are people who are planned and will not come (back): they are counted nowhere.
    """

    now: datetime
    met: tuple[Met, ...]
    expected: tuple[ForecastRow, ...]
    blocks: tuple[Planned, ...]
    skills: Mapping[str, frozenset[str]]
    promised: Promise = field(default_factory=Promise)
    absent: frozenset[str] = frozenset()

    def __post_init__(self) -> None:
        """Raises `Problem` for numbers that cannot be, and where the handle time is not known."""
        for met in self.met:
            if met.in_target + met.abandoned > met.offered:
                what = f"{met.in_target} answered in time and {met.abandoned} given up of {met.offered} offered"
                raise Problem(what, place=f"{met.queue} at {met.start:%Y-%m-%d %H:%M} UTC")
        for row in self.expected:
            if row.handle_s is None:
                place = f"{row.queue} at {row.start:%Y-%m-%d %H:%M} UTC"
                raise Problem("the handle time is not known", place=place, remedy="Give it with the forecast")


def situation(
    now: datetime,
    forecast: Sequence[ForecastRow],
    spreads: Mapping[str, Spread],
    *,
    met: Sequence[Met],
    blocks: Sequence[Planned],
    skills: Mapping[str, frozenset[str]],
    promised: Promise | None = None,
    absent: frozenset[str] = frozenset(),
    outages: Sequence[Outage] = (),
) -> Situation:
    """The day at `now`: its rest forecast again from what `met` says of it so far. `forecast` is of this day, whole.

    `spreads` by queue, as the forecast measured them. Raises `Problem` for a queue without one.
    """
    rows: list[ForecastRow] = []
    for queue in sorted({row.queue for row in forecast}):
        if queue not in spreads:
            raise Problem("how far its calls lie from the forecast is not known", place=queue)
        came = {each.start: each.offered for each in met if each.queue == queue}
        mine = sorted((row for row in forecast if row.queue == queue), key=lambda row: row.start)
        concerned = [outage for outage in outages if outage.concerns(queue)]
        rows += reforecast(mine, came, spreads[queue], now, concerned).rows
    return Situation(
        now=now,
        met=tuple(met),
        expected=tuple(rows),
        blocks=tuple(blocks),
        skills=dict(skills),
        promised=promised or Promise(),
        absent=absent,
    )


def skills_planned(blocks: Mapping[str, Sequence[Planned]], queues: frozenset[str]) -> dict[str, frozenset[str]]:
    """The queues that each person can take calls of, as their phone blocks name them; where none does, all."""
    made: dict[str, frozenset[str]] = {}
    for person, mine in blocks.items():
        named = frozenset(queue for block in mine if block.activity is Activity.PHONE for queue in block.queues)
        made[person] = named & queues if named else queues
    return made


# --- what is found ----------------------------------------------------------------------------------


class Level(Message, frozen=True, kw_only=True):
    """Calls offered, answered in time, given up; `service_level` is the share in time, None where nobody called."""

    offered: float
    in_target: float
    abandoned: float
    service_level: float | None


def level(offered: float, in_target: float, abandoned: float) -> Level:
    share = in_target / offered if offered else None
    return Level(offered=offered, in_target=in_target, abandoned=abandoned, service_level=share)


class Interval(Message, frozen=True, kw_only=True):
    """A queue's interval. `agents` None: it is over, and `level` is what it was; else what is projected of the rest."""

    queue: str
    start: datetime
    agents: int | None
    level: Level


class QueueDay(Message, frozen=True, kw_only=True):
    """`so_far` and, with the rest of the day as it is planned, `projected` to closing; `target` None: none promised."""

    queue: str
    target: float | None
    so_far: Level
    projected: Level

    @property
    def is_behind(self) -> bool:
        """Whether the day is heading for less than was promised."""
        share = self.projected.service_level
        return self.target is not None and share is not None and share < self.target


class Projection(Message, frozen=True, kw_only=True):
    """All queues; intervals by queue and time, of which the running one is there twice: what was, and its rest."""

    intervals: tuple[Interval, ...]
    queues: tuple[QueueDay, ...]
    so_far: Level
    projected: Level


MoveKind = Literal["to_phones", "leave_early"]


class Move(Message, frozen=True, kw_only=True):
    """A suggestion: these people from `activity` to the phones, or home, from `start` up to `end`.

    Points are percentage points of the day's projected service level over all queues. `points` is what it changes
    after all suggestions before it in the list were followed, `alone` what it changes by itself, `points_per_hour` the
    first for each hour of a person. `service_level` is that of the day with it and all before it.
    """

    kind: MoveKind
    person_ids: tuple[str, ...]
    activity: Activity
    start: datetime
    end: datetime
    points: float
    alone: float
    points_per_hour: float
    service_level: float

    @property
    def person_hours(self) -> float:
        return len(self.person_ids) * (self.end - self.start).total_seconds() / 3600


class MoveRules(Message, frozen=True, kw_only=True):
    """What may be suggested. Breaks and lunches are never touched, whatever is `movable`.

    A person is taken out of a block for `least_minutes` at least, and what is left of it before and after is as long or
    nothing; a shorter block is taken whole. Nobody is then on the phones for more than `phone_most` minutes without a
    rest or other work between. A move begins `notice_minutes` from now at the soonest, and takes `most_people` at once.
    An offer to leave early is for `leave_least` minutes or more, after the last break.
    """

    movable: frozenset[Activity] = frozenset({Activity.CORRESPONDENCE, Activity.REVIEW})
    least_minutes: Minutes = 30
    phone_most: Minutes = 180
    notice_minutes: Minutes = 10
    most_people: Annotated[int, msgspec.Meta(ge=1)] = 3
    least_points: Annotated[float, msgspec.Meta(gt=0)] = 0.1
    leave_least: Minutes = 60
    most: Annotated[int, msgspec.Meta(ge=1, le=5)] = 5
