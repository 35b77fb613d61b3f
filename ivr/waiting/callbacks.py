"""Who is called back when: pure rules over the rows that are kept, the queues as they are, and the time.

- A call back keeps the place: whoever began to wait before it is served before it. It is dialled when agents who are
  free, or are about to be, outnumber those in front: callers, and call backs that are being dialled.
- It is never dialled twice. Its row goes to `dialling`, with the attempt counted, before the PBX is told; the call's
  channel is named after callback and attempt. Only what is known to have ended leads on from there.
- Nobody answered, or nobody pressed 1 (an answering machine does not): tried again after a while, a few times.
- It ends at closing, and when whoever answers says that it is no longer needed.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Literal

import msgspec

from core.events import Message
from telephony.calls.legs import CALLBACK

State = Literal["waiting", "dialling", "talking", "done", "failed", "expired", "cancelled"]
OPEN: tuple[State, ...] = ("waiting", "dialling", "talking")

Fate = Literal["unanswered", "silent", "declined", "accepted", "served", "gave_up", "unserved", "refused"]
"""How far an attempt came: nobody answered; nobody pressed 1; not needed any more; pressed 1, and goes on; talked with
an agent; hung up in the queue; the queue gave up; the PBX did not take it."""
Traced = Literal["never", "unanswered", "silent", "accepted", "unknown"]
"""What the PBX's own record says of an attempt that is over; `unknown`: there is no record to be asked."""

WHY: dict[str, str] = {
    "unanswered": "nobody answered",
    "silent": "nobody pressed 1",
    "declined": "no longer needed",
    "served": "talked with an agent",
    "gave_up": "hung up while waiting again",
    "unserved": "no agent took the call",
    "refused": "the phone system did not take the call",
    "accepted": "took the call while nobody was watching",
    "never": "was not dialled",
    "unknown": "it is not known whether it was dialled",
}


class CallBack(Message, frozen=True, kw_only=True):
    """A row of `ivr.tables.Callback`."""

    id: str
    reference: str
    call_id: str
    queue: str
    number: str
    member_id: str | None = None
    language: str = ""
    facts: dict[str, Any] = msgspec.field(default_factory=dict)
    place_at: datetime
    due_at: datetime
    expires_at: datetime
    state: State = "waiting"
    attempt: int = 0
    changed_at: datetime
    why: str = ""

    @property
    def channel(self) -> str:
        """The Uniqueid of the attempt that is, or was last, under way."""
        return f"{CALLBACK}{self.id}-{self.attempt}"


@dataclass(frozen=True)
class Waiter:
    """A caller in the line. `raised`: stands before people who came earlier, by priority."""

    linkedid: str
    since: datetime
    raised: bool = False


@dataclass(frozen=True)
class Line:
    """A queue now: who waits, first in line first; agents who are free, and who will be within moments."""

    waiters: tuple[Waiter, ...] = ()
    free: int = 0
    soon: int = 0
    open: bool = True  # by hours, and not closed by announcement

    def ahead_of(self, place_at: datetime) -> int:
        """How many are served before somebody who began to wait at `place_at`."""
        before = [place for place, waiter in enumerate(self.waiters, 1) if waiter.raised or waiter.since <= place_at]
        return max(before, default=0)


@dataclass(frozen=True)
class Rules:
    """`attempts` calls in all, `spacing_s` after each that failed (the last for all further ones).

    `unheard_s`: an attempt of which nothing is heard for so long is looked up in the PBX; `settled_s`: what the PBX
    does not know by then it never got.
    """

    attempts: int = 3
    spacing_s: tuple[float, ...] = (300.0, 900.0)
    ring_s: float = 30.0
    unheard_s: float = 200.0
    settled_s: float = 30.0


@dataclass(frozen=True)
class Change:
    """What becomes of a row. `due_at` None: as it was."""

    state: State
    why: str = ""
    due_at: datetime | None = None


@dataclass(frozen=True)
class Decisions:
    """`dial` in this order, each after its row is stored as `dialling`."""

    dial: tuple[CallBack, ...] = ()
    expire: tuple[CallBack, ...] = ()


@dataclass
class _Queue:
    room: int  # agents who can take somebody
    taken: int = 0  # call backs under way to them
    waiting: list[CallBack] = field(default_factory=list)


def decide(rows: Iterable[CallBack], lines: Mapping[str, Line], now: datetime) -> Decisions:
    """What to do now. A queue that nothing is known of has nobody, and dials nobody."""
    queues: dict[str, _Queue] = {}
    expire = []
    for row in rows:
        line = lines.get(row.queue, Line())
        queue = queues.setdefault(row.queue, _Queue(room=line.free + line.soon))
        if row.state == "dialling":
            queue.taken += 1
        elif row.state == "waiting" and now >= row.expires_at:
            expire.append(row)
        elif row.state == "waiting" and row.due_at <= now and line.open:
            queue.waiting.append(row)
    dial = []
    for name, queue in queues.items():
        line = lines.get(name, Line())
        for row in sorted(queue.waiting, key=lambda row: (row.place_at, row.id)):
            if line.ahead_of(row.place_at) + queue.taken >= queue.room:
                break
            queue.taken += 1
            dial.append(row)
    return Decisions(dial=tuple(dial), expire=tuple(expire))


def begun(row: CallBack, now: datetime) -> CallBack:
    """The row as it must be stored before the PBX is told to dial."""
    return msgspec.structs.replace(row, state="dialling", attempt=row.attempt + 1, changed_at=now)


def after(row: CallBack, fate: Fate, now: datetime, rules: Rules) -> Change:
    """What becomes of a row whose attempt came so far."""
    match fate:
        case "accepted":
            return Change("talking")
        case "served" | "gave_up":
            return Change("done", WHY[fate])
        case "declined":
            return Change("cancelled", WHY[fate])
    return _again(row, WHY[fate], now, rules)


def settled(row: CallBack, traced: Traced, now: datetime, rules: Rules) -> Change:
    """What becomes of an attempt that is over and that nobody saw the end of.

    Where the PBX's record cannot say whether it was dialled, it is not dialled again.
    """
    if row.state == "talking" or traced == "accepted":
        return Change("done", WHY["accepted"])
    if traced == "unknown":
        return Change("failed", WHY["unknown"])
    return _again(row, WHY[traced], now, rules)


def _again(row: CallBack, why: str, now: datetime, rules: Rules) -> Change:
    if row.attempt >= rules.attempts:
        return Change("failed", why)
    due_at = now + timedelta(seconds=rules.spacing_s[min(row.attempt, len(rules.spacing_s)) - 1])
    return Change("expired", why) if due_at >= row.expires_at else Change("waiting", why, due_at)


def attempt_of(channel: str) -> tuple[str, int] | None:
    """The callback's id and the attempt that a channel (or a call's Linkedid) is named after."""
    if not channel.startswith(CALLBACK):
        return None
    callback_id, _, attempt = channel.removeprefix(CALLBACK).rpartition("-")
    return (callback_id, int(attempt)) if callback_id and attempt.isdigit() else None


def holding(rows: Iterable[CallBack], now: datetime) -> dict[str, int]:
    """How many call backs hold a place in each queue now: a caller who comes now is served after them."""
    counts: dict[str, int] = {}
    for row in rows:
        if row.state == "dialling" or (row.state == "waiting" and row.due_at <= now < row.expires_at):
            counts[row.queue] = counts.get(row.queue, 0) + 1
    return counts
