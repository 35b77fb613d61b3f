"""Closures: what is closed by announcement, from when until when, and what is said of it. Pure.

A queue, or the whole centre (queue ""), is closed while any of its closures is in force; several are a union. Each ends
by itself, and nothing has to happen for it.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime, timedelta
from typing import Annotated, Literal

import msgspec

from core.events import Event, Message
from ivr.document.model import Language

EVERYTHING = ""  # in place of a queue: the whole centre
LONGEST = timedelta(days=31)
AHEAD = timedelta(days=366)  # how early a closure may be made
LATE = timedelta(minutes=5)  # a beginning that has passed meanwhile counts as now
LONGEST_MESSAGE = 1000  # characters: about a minute

Waiting = Literal["stay", "leave", "callback"]
"""Whoever waits then: is served all the same; hears the message and goes the menu's closed way; is called back, keeping
the place."""
Callbacks = Literal["keep", "cancel"]
"""Call backs that wait then: until it is open again, or given up."""
Appointments = Literal["keep", "tell"]
"""Appointments that fall into it: stand as they are; the same, and their counsellors get a request each."""

Moment = Annotated[datetime, msgspec.Meta(tz=True)]
Text = Annotated[str, msgspec.Meta(max_length=LONGEST_MESSAGE)]


class CloseAsked(Message, frozen=True, kw_only=True):
    """POST /api/closures: close `queue` ("": the whole centre) from `begins_at` (null: now) until `ends_at`.

    `message` is what callers hear, by language; `why`, in a few words, what colleagues read.
    """

    queue: Annotated[str, msgspec.Meta(max_length=40)] = EVERYTHING
    begins_at: Moment | None = None
    ends_at: Moment
    message: dict[Annotated[str, msgspec.Meta(max_length=10)], Text]
    why: Annotated[str, msgspec.Meta(min_length=1, max_length=120)]
    waiting: Waiting = "stay"
    callbacks: Callbacks = "keep"
    appointments: Appointments = "tell"


class Closure(Message, frozen=True, kw_only=True):
    """One that was made. `closed_by`, `ended_by`: an agent's id, or in words what it was made with."""

    closure_id: str
    queue: str
    message: dict[Language, str]
    begins_at: datetime
    ends_at: datetime
    why: str
    waiting: Waiting
    callbacks: Callbacks
    appointments: Appointments
    closed_by: str
    closed_at: datetime
    begun_at: datetime | None = None
    ended_by: str | None = None
    ended_at: datetime | None = None

    def in_force(self, now: datetime) -> bool:
        return self.begins_at <= now and not self.over(now)

    def over(self, now: datetime) -> bool:
        return now >= self.ends_at or self.ended_at is not None

    def covers(self, queue: str) -> bool:
        return self.queue in (EVERYTHING, queue)


class Notice(Message, frozen=True, kw_only=True):
    """A closure in force, as colleagues are told of it. `queue` "": the whole centre."""

    closure_id: str
    queue: str
    begins_at: datetime
    ends_at: datetime
    why: str


class NoticeChanged(Event, frozen=True, kw_only=True):
    """All closures in force, as they are now; each one replaces the last. Published on `notices`."""

    notices: tuple[Notice, ...]


NOTICES = "notices"  # the subject


def announced(closures: Iterable[Closure], now: datetime) -> dict[str, dict[Language, str]]:
    """What is said now, by queue. Of several for the same queue the one that ends last: what it says stays true."""
    standing = sorted((each for each in closures if each.in_force(now)), key=_ending)
    return {each.queue: dict(each.message) for each in standing}


def closed(closures: Iterable[Closure], queue: str, now: datetime) -> bool:
    return any(each.in_force(now) and each.covers(queue) for each in closures)


def leads_out(closures: Iterable[Closure], queue: str, now: datetime) -> Closure | None:
    """By which closure those who wait in `queue` do not stay; None: they are served. Of several the one ending last."""
    out = [each for each in closures if each.in_force(now) and each.covers(queue) and each.waiting != "stay"]
    return max(out, key=_ending, default=None)


def notices(closures: Iterable[Closure], now: datetime) -> tuple[Notice, ...]:
    """The whole centre first, then by end."""
    standing = sorted((each for each in closures if each.in_force(now)), key=lambda each: (each.queue, *_ending(each)))
    return tuple(
        Notice(
            closure_id=each.closure_id,
            queue=each.queue,
            begins_at=each.begins_at,
            ends_at=each.ends_at,
            why=each.why,
        )
        for each in standing
    )


def problems(
    asked: CloseAsked, now: datetime, queues: Collection[str], languages: Collection[Language]
) -> tuple[str, ...]:
    """All that is wrong with it, a sentence each."""
    begins_at = asked.begins_at or now
    found = []
    if asked.queue != EVERYTHING and asked.queue not in queues:
        found.append(f"There is no queue {asked.queue!r}: use one of {', '.join(sorted(queues)) or 'none'}")
    if begins_at < now - LATE:
        found.append("The beginning is past")
    if begins_at > now + AHEAD:
        found.append(f"The beginning is more than {AHEAD.days} days ahead")
    if asked.ends_at <= max(begins_at, now):
        found.append("The end must come after the beginning, and be yet to come")
    elif asked.ends_at - begins_at > LONGEST:
        found.append(f"A closure lasts {LONGEST.days} days at most: change the menu's hours for longer")
    if lacking := [each for each in languages if not asked.message.get(each, "").strip()]:
        found.append(f"What callers hear is missing in: {', '.join(lacking)}")
    if not asked.why.strip():
        found.append("Say in a few words why")
    if asked.waiting == "callback" and asked.callbacks == "cancel":
        found.append("Who waits cannot be promised a call back while all other call backs are given up")
    return tuple(found)


def tidied(asked: CloseAsked) -> CloseAsked:
    """Without spaces around words."""
    message = {language: text.strip() for language, text in asked.message.items()}
    return msgspec.structs.replace(asked, message=message, why=asked.why.strip())


def same_again(standing: Closure, asked: CloseAsked, by: str, now: datetime) -> bool:
    """Whether `asked` is what `standing` is already: told twice, it is closed once."""
    begins = standing.begins_at == asked.begins_at if asked.begins_at else standing.begins_at <= now
    return (
        begins
        and not standing.over(now)
        and standing.closed_by == by
        and all(getattr(standing, name) == getattr(asked, name) for name in _SAME)
    )


def spoken(message: Mapping[Language, str], languages: Iterable[Language]) -> dict[Language, str]:
    """The message in each of `languages`; in the first that there is where one was added to the menu meanwhile."""
    first = next(iter(message.values()), "")
    return {language: message.get(language, "").strip() or first for language in languages}


def in_words(closure: Closure) -> str:
    """For the log and the audit log, which have 200 characters for it."""
    what = closure.queue or "everything"
    span = f"{closure.begins_at:%Y-%m-%d %H:%M} to {closure.ends_at:%Y-%m-%d %H:%M} UTC"
    return f"{what}, {span}: {closure.why}"


_SAME = ("queue", "ends_at", "message", "why", "waiting", "callbacks", "appointments")


def _ending(closure: Closure) -> tuple[datetime, datetime, str]:
    return closure.ends_at, closure.closed_at, closure.closure_id
