"""What adherence is made of: planned blocks, real states, the rules between them, and what is found.

Times are timezone-aware UTC. A state is a presence with a reason, as the agents' states have it (`telephony.agents`),
and `UNKNOWN` where nothing was heard. Rules name a state by its presence ("on_call"), or with the reason of a pause
("paused:lunch"); the presence alone means every reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, datetime, timedelta
from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from core.errors import Problem
from core.events import Message
from scheduling.plan.model import RESTS, Activity

SIGNED_OUT, AWAY, ON_CALL, WRAP_UP, PAUSED = "signed_out", "away", "on_call", "wrap_up", "paused"
UNKNOWN = "unknown"  # nothing was heard: the service was down
PRESENCES = ("available", "ringing", ON_CALL, WRAP_UP, PAUSED, AWAY, SIGNED_OUT, UNKNOWN)
GONE = frozenset({SIGNED_OUT, AWAY})
TALKING = frozenset({ON_CALL, WRAP_UP})

SHIFT_GAP = timedelta(hours=3)  # blocks with a longer gap between them are two shifts

Seconds = Annotated[float, msgspec.Meta(ge=0)]


# --- what goes in -----------------------------------------------------------------------------------


class Planned(Message, frozen=True, kw_only=True):
    """What a person is to do from `start` up to `end`. `queues` are those of a phone block, where the plan has them."""

    person_id: str
    activity: Activity
    start: datetime
    end: datetime
    queues: frozenset[str] = frozenset()


class Seen(Message, frozen=True, kw_only=True):
    """From `at` on the person is in this state. `since`, where it is known, is when the state really began."""

    at: datetime
    presence: str
    reason: str = ""
    since: datetime | None = None


class Spell(Message, frozen=True, kw_only=True):
    """One state, from `start` up to `end`."""

    start: datetime
    end: datetime
    presence: str
    reason: str = ""

    @property
    def state(self) -> str:
        return state_name(self.presence, self.reason)


Decision = Literal["open", "approved", "refused"]


class Explanation(Message, frozen=True, kw_only=True):
    """What somebody says of a time, and what the supervisor decided: approved time counts as adherent."""

    person_id: str
    start: datetime
    end: datetime
    text: str
    decision: Decision = "open"
    decided_by: str = ""


_ON_PHONES = frozenset({"available", "ringing", ON_CALL, WRAP_UP})
_AT_REST = frozenset({"paused:break", "paused:lunch", AWAY, SIGNED_OUT})
RIGHT_STATES: Mapping[Activity, frozenset[str]] = {
    Activity.PHONE: _ON_PHONES,
    Activity.BREAK: _AT_REST,
    Activity.LUNCH: _AT_REST,
    Activity.MEETING: frozenset({"paused:meeting"}),
    Activity.TRAINING: frozenset({"paused:training"}),
    Activity.CORRESPONDENCE: frozenset({"paused:correspondence"}),
    # a centre need not have a state of its own for these two
    Activity.COUNSELLING: frozenset({"paused:counselling", "paused:meeting", ON_CALL, WRAP_UP}),
    Activity.REVIEW: frozenset({"paused:review", "paused:correspondence"}),
}
IDLE_STATES = frozenset({SIGNED_OUT, AWAY, UNKNOWN, "paused:break", "paused:lunch", "paused:not-answering"})


class Rules(Message, frozen=True, kw_only=True):
    """`right`: the states that satisfy each kind of block; `idle`: those that are no work.

    A wrong state at the start of a block that is over within `grace_start_s`, or one that takes no more than the last
    `grace_end_s` of it, is forgiven; a longer one counts from its first second. With `calls_may_end` a call that began
    in a block that takes calls may be finished, with its wrap-up, past the block's end; with `rests_follow` a break or
    lunch that such a call shortened may last as much longer into the next block.
    """

    right: Mapping[Activity, frozenset[str]] = msgspec.field(default_factory=lambda: dict(RIGHT_STATES))
    idle: frozenset[str] = IDLE_STATES
    grace_start_s: Seconds = 60.0
    grace_end_s: Seconds = 60.0
    calls_may_end: bool = True
    rests_follow: bool = True

    def is_right(self, activity: Activity, presence: str, reason: str) -> bool:
        """Whether the state satisfies a block of this kind; an activity without an entry is satisfied by none."""
        named = self.right.get(activity, frozenset())
        return presence in named or state_name(presence, reason) in named

    def is_work(self, presence: str, reason: str) -> bool:
        return presence not in self.idle and state_name(presence, reason) not in self.idle


# --- what comes out ---------------------------------------------------------------------------------


class Verdict(StrEnum):
    """What is thought of a time. `IN` are in adherence, `OUT` are not; the others are not judged."""

    RIGHT = "right"
    GRACE = "grace"  # wrong, but within the grace at a block's start or end
    CALL = "call_past_end"  # a call, its wrap-up, or the rest that it had shortened
    EXCUSED = "excused"  # wrong, with an explanation that was approved
    LATE = "late"  # wrong from the block's start until somewhere in it
    LEFT_EARLY = "left_early"  # wrong from somewhere in the block to its end
    MISSING = "missing"  # not there: all of the block, or in the middle of it
    WRONG = "wrong_state"  # there, but doing something else: all of the block, or in the middle of it
    UNKNOWN = "unknown"  # nothing was heard: held for nobody and against nobody
    NOT_SCHEDULED = "not_scheduled"


IN = frozenset({Verdict.RIGHT, Verdict.GRACE, Verdict.CALL, Verdict.EXCUSED})
OUT = frozenset({Verdict.LATE, Verdict.LEFT_EARLY, Verdict.MISSING, Verdict.WRONG})


class Span(Message, frozen=True, kw_only=True):
    """A time with one verdict, one planned activity (None: nothing was planned) and one state.

    `day` is the site's day on which the shift began, so that a night belongs to its evening. `was` is what an excused
    time would have been.
    """

    start: datetime
    end: datetime
    day: date
    activity: Activity | None
    presence: str
    reason: str
    verdict: Verdict
    was: Verdict | None = None

    @property
    def seconds(self) -> float:
        return (self.end - self.start).total_seconds()


class Deviation(Message, frozen=True, kw_only=True):
    """A time out of adherence, or one that was excused. `states` are those the person was in, in their order."""

    start: datetime
    end: datetime
    verdict: Verdict
    activity: Activity
    states: tuple[str, ...]
    excused: bool = False
    explanation: Explanation | None = None


class PersonDay(Message, frozen=True, kw_only=True):
    """One person's day, in seconds.

    `scheduled_s` is all that was planned, of which nothing was heard for `unknown_s`; `adherent_s` was as planned, with
    `excused_s` in it. `adherence` is adherent / (scheduled - unknown). `worked_s` is the time in states that are work,
    planned or not, and `work_planned_s` the planned time other than breaks and lunches, as far as it is known;
    `conformance` is the one by the other, above 1 for who worked longer. None: nothing was planned.
    `by_verdict` adds up to `scheduled_s`; what was not planned is not in it.
    """

    person_id: str
    day: date
    scheduled_s: float
    unknown_s: float
    adherent_s: float
    excused_s: float
    work_planned_s: float
    worked_s: float
    adherence: float | None
    conformance: float | None
    by_verdict: dict[Verdict, float]
    exceptions: tuple[Deviation, ...]


Light = Literal["green", "late", "missing", "off", "unknown"]


class Now(Message, frozen=True, kw_only=True):
    """What the wall shows of a person: `green` as planned, `late` there but doing something else, `missing` not there.

    `off`: nothing is planned now. `since` is when the light began to be so (of `late` and `missing`: when the person
    first was not as planned), `until` the end of the planned block.
    """

    person_id: str
    light: Light
    activity: Activity | None
    presence: str
    reason: str
    since: datetime
    until: datetime | None = None


# --- small things that all of it needs --------------------------------------------------------------


def state_name(presence: str, reason: str) -> str:
    """As rules name it: "on_call", "paused:lunch"."""
    return f"{presence}:{reason}" if reason and presence == PAUSED else presence


def in_order(blocks: Sequence[Planned]) -> list[Planned]:
    """One person's blocks by time, those that follow each other with the same activity as one; leave is left out.

    Raises `Problem` for a block that ends before it begins, and for two at the same time.
    """
    made: list[Planned] = []
    for block in sorted(blocks, key=lambda each: (each.start, each.end)):
        if block.end <= block.start:
            raise Problem(f"{_told(block)} ends before it begins", place=block.person_id)
        if block.activity is Activity.OFF:
            continue
        if made and block.start < made[-1].end:
            raise Problem(f"{_told(block)} begins during {_told(made[-1])}", place=block.person_id)
        if made and block.start == made[-1].end and block.activity is made[-1].activity:
            made[-1] = msgspec.structs.replace(made[-1], end=block.end)
        else:
            made.append(block)
    return made


def is_rest(activity: Activity | None) -> bool:
    return activity in RESTS


def _told(block: Planned) -> str:
    return f"{block.activity} {block.start:%Y-%m-%d %H:%M} to {block.end:%H:%M} UTC"
