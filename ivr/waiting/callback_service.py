"""Call backs, carried out: wishes are kept, whoever's turn it is is dialled, and what comes of it is followed.

The row is the truth and is written first: `dialling` is committed before the PBX is told. From there a row moves on
only by what is known of that attempt: its events, or, where they were missed, what the PBX and its record say of its
channel.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Protocol

from core.bus import Bus, Delivery
from core.clock import Clock
from core.errors import Problem
from core.following import follow
from core.ids import new_id
from core.tasks import TaskOwner
from ivr.dialog.actions import Kept
from ivr.parts import Wish
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import (
    CallBack,
    Change,
    Fate,
    Rules,
    after,
    attempt_of,
    decide,
    holding,
    settled,
)
from ivr.waiting.called_back import who_is_called
from ivr.waiting.dialable import Dialable, dial_string
from ivr.waiting.openings import Openings
from ivr.waiting.queues import Queues
from ivr.waiting.tracing import Trace
from telephony.ami.errors import ActionFailed
from telephony.events import CalledBack, CallEnded, CallEvent, CallQueued

log = logging.getLogger(__name__)

BEHIND = "call backs fell behind the phone system; attempts whose end was missed are looked up"
EVERY_S = 1.0  # for what the clock alone makes due
AT_MOST_EVERY_S = 0.2  # however much happens

_FATES: dict[str, Fate] = {"accepted": "accepted", "unrecorded": "accepted", "declined": "declined", "silent": "silent"}
_ENDS: dict[str, Fate] = {"answered": "served", "abandoned": "gave_up"}


class Dialler(Protocol):
    """The verbs of `telephony.control.Control` that are needed here."""

    async def call_back(
        self, dial: str, context: str, *, channel_id: str, shown: str, variables: Mapping[str, str], ring_s: float
    ) -> None: ...

    async def is_up(self, channel: str) -> bool: ...


@dataclass(frozen=True)
class Trunk:
    """How calls go out: the channel to dial (see `dial_string`), what they who are called see, where they then go."""

    dial: str = "PJSIP/{number}@trunk"
    shown: str = ""  # "Name <number>"; empty: what the trunk itself shows
    context: str = "memberline-callback"

    def __post_init__(self) -> None:
        try:
            dial_string(self.dial, "+14045550123")
        except (KeyError, IndexError, ValueError):
            expected = "Expected {number}, {digits} or {national}, as in PJSIP/{number}@trunk"
            raise Problem(f"{self.dial!r} is no dial string", place="callback_dial", remedy=expected) from None


OUTSIDE, ANY, USUAL = Trunk(), Dialable(), Rules()


class CallbackService:
    """One phone system's call backs. Feed it the acting link's events (`on_event`)."""

    def __init__(
        self,
        *,
        store: CallbackStore,
        queues: Queues,
        openings: Openings,
        dialler: Dialler,
        trace: Trace,
        bus: Bus,
        clock: Clock,
        trunk: Trunk = OUTSIDE,
        dialable: Dialable = ANY,
        rules: Rules = USUAL,
    ) -> None:
        self._store, self._queues, self._openings, self._dialler = store, queues, openings, dialler
        self._trace, self._bus, self._clock = trace, bus, clock
        self._trunk, self._dialable, self._rules = trunk, dialable, rules
        self._heard: dict[str, datetime] = {}  # by channel: attempts that go on, and when we last knew
        self._asked: dict[str, datetime] = {}  # by channel: when it was last looked up in vain
        self._woken = asyncio.Event()
        self._stopped = False
        self._tasks = TaskOwner("callbacks")

    async def start(self) -> None:
        self._queues.changed = self._woken.set
        self._tasks.start(follow(self._bus, "call.*", self._take, behind=BEHIND), name="events")
        self._tasks.start(self._keep_calling(), name="dial")

    async def stop(self) -> None:
        """Calls in progress go on in the PBX; the next process looks up what came of them."""
        self._stopped = True
        await self._tasks.stop()

    # --- wishes -----------------------------------------------------------------------------------

    async def keep(self, wish: Wish) -> Kept:
        """Take a wish; its reference, or "" for a number that we don't call or that waits already."""
        now, number = self._clock.now(), self._dialable.e164(wish.number)
        when = self._when(wish, now)
        if number is None or when is None:
            return Kept(reference="")
        due_at, expires_at = when
        row = CallBack(
            id=new_id(),
            reference="",
            call_id=wish.call_id,
            queue=wish.queue,
            number=number,
            member_id=wish.member_id or None,
            language=wish.language,
            facts=dict(wish.facts),
            place_at=due_at,
            due_at=due_at,
            expires_at=expires_at,
            changed_at=now,
        )
        kept = await self._store.add(row)
        self._woken.set()
        return Kept(reference=kept.reference if kept else "")

    def _when(self, wish: Wish, now: datetime) -> tuple[datetime, datetime] | None:
        """From when on, and until when. A place can only be kept in a queue that is open."""
        if wish.place:
            closes = self._openings.closes(wish.queue, now)
            open_now = self._openings.is_open(wish.queue, now) and self._queues.closed(wish.queue) is None
            return (now, closes) if open_now and closes > now else None
        opens = self._openings.opens(wish.queue, now)
        if opens is None:  # never closed: now is as good as any time
            return (now, self._openings.closes(wish.queue, now)) if self._openings.is_open(wish.queue, now) else None
        return opens, self._openings.closes(wish.queue, opens)

    async def cancel(self, queue: str, why: str) -> int:
        """Give up those who still wait for `queue` ("": for any): it is closed, say. How many there were."""
        count = await self._store.cancel(queue, why, self._clock.now())
        self._woken.set()
        return count

    # --- dialling ---------------------------------------------------------------------------------

    async def _keep_calling(self) -> None:
        while True:
            self._woken.clear()
            try:
                await self.look()
            except Problem as problem:
                log.error("call backs wait: %s", problem)
            except Exception:
                log.exception("call backs could not be looked at")
            await asyncio.sleep(AT_MOST_EVERY_S)
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._woken.wait()

    async def look(self) -> None:
        """Dial whose turn it is, end what is over, look up what was missed."""
        now, rows = self._clock.now(), await self._store.open()
        lines = {
            queue: self._queues.line(queue, now, open=self._openings.is_open(queue, now))
            for queue in {row.queue for row in rows}
        }
        decided = decide(rows, lines, now)
        for row in decided.expire:
            await self._store.change(row, Change("expired", row.why or "not reached before closing"), now)
        for row in decided.dial:
            await self._dial(row)
        for row in rows:
            if row.state in ("dialling", "talking"):
                await self._settle(row, now)
        self._queues.hold(holding(await self._store.open() if decided.dial or decided.expire else rows, now))

    async def _dial(self, row: CallBack) -> None:
        begun = await self._store.begin(row, self._clock.now())
        if begun is None:
            return
        self._heard[begun.channel] = begun.changed_at
        variables = {
            "ML_QUEUE": row.queue,
            "ML_NUMBER": row.number,
            "ML_LANGUAGE": row.language,
            "ML_CALLBACK_OF": row.call_id,
        }
        log.info("callback %s: attempt %d", begun.id, begun.attempt)
        try:
            await self._dialler.call_back(
                dial_string(self._trunk.dial, row.number),
                self._trunk.context,
                channel_id=begun.channel,
                shown=self._trunk.shown,
                variables=variables,
                ring_s=self._rules.ring_s,
            )
        except ActionFailed as refused:
            log.error("callback %s could not be dialled: %s", begun.id, refused)
            await self._came_to(begun, "refused")
        except Problem as problem:  # whether it was dialled is not known: it is looked up, and not tried again before
            log.error("callback %s: %s", begun.id, problem)
            self._forget(begun.channel)

    async def _settle(self, row: CallBack, now: datetime) -> None:
        """An attempt of which nothing was heard for long, or that an earlier process began: does it go on?"""
        last = self._heard.get(row.channel)
        patience_s = self._rules.settled_s if last is None else self._rules.unheard_s
        since = self._asked.get(row.channel) or last or row.changed_at
        if now - since < timedelta(seconds=patience_s):
            return
        try:
            if await self._dialler.is_up(row.channel):
                self._heard[row.channel] = now
                return
            known = "accepted" if row.state == "talking" else await self._trace(row.channel, row.changed_at)
        except Problem as problem:
            log.warning("callback %s: what became of attempt %d is not known yet: %s", row.id, row.attempt, problem)
            self._asked[row.channel] = now
            return
        if await self._store.change(row, settled(row, known, now, self._rules), now):
            log.info("callback %s: attempt %d was %s", row.id, row.attempt, known)
        self._forget(row.channel)

    # --- what comes of it -------------------------------------------------------------------------

    def on_event(self, message: Mapping[str, str]) -> None:
        """An event of the acting link: an attempt that nobody answered is told by nothing else."""
        if message.get("Event") == "OriginateResponse" and message.get("Response") == "Failure":
            self._start(message.get("Uniqueid", ""), "unanswered")

    async def _take(self, delivery: Delivery) -> None:
        event = delivery.event
        if not isinstance(event, CallEvent) or attempt_of(event.linkedid) is None:
            return
        if event.linkedid in self._heard:
            self._heard[event.linkedid] = self._clock.now()
        match event:
            case CalledBack():
                await self._guarded(self._chose(event))
            case CallQueued():
                await self._guarded(self._came_to_attempt(event.linkedid, "accepted"))
            case CallEnded():
                await self._guarded(self._ended(event))

    async def _chose(self, event: CalledBack) -> None:
        row = await self._row(event.linkedid)
        if row is None:
            return
        known = who_is_called(row, event, self._clock.now())
        await self._bus.publish(f"call.{event.call_id}", known)
        if fate := _FATES.get(event.result):
            await self._came_to(row, fate)

    async def _ended(self, event: CallEnded) -> None:
        row = await self._row(event.linkedid)
        self._forget(event.linkedid)
        if row is not None and row.state == "talking":
            await self._came_to(row, "served" if event.answered else _ENDS.get(event.outcome, "unserved"))
        elif row is not None:
            await self._came_to(row, "silent")

    async def _came_to_attempt(self, channel: str, fate: Fate) -> None:
        row = await self._row(channel)
        if row is not None:
            await self._came_to(row, fate)

    async def _came_to(self, row: CallBack, fate: Fate) -> None:
        """The row's attempt came so far. Told twice, or too late, it changes nothing."""
        now = self._clock.now()
        expected = ("talking",) if fate in ("served", "gave_up", "unserved") else ("dialling",)
        if row.state in expected and await self._store.change(row, after(row, fate, now, self._rules), now):
            log.info("callback %s: attempt %d: %s", row.id, row.attempt, fate)
            if fate != "accepted":
                self._forget(row.channel)
            self._woken.set()

    async def _row(self, channel: str) -> CallBack | None:
        """The row, as far as this is its present attempt."""
        attempt = attempt_of(channel)
        row = await self._store.get(attempt[0]) if attempt else None
        return row if row is not None and row.channel == channel else None

    def _forget(self, channel: str) -> None:
        self._heard.pop(channel, None)
        self._asked.pop(channel, None)

    def _start(self, channel: str, fate: Fate) -> None:
        if attempt_of(channel) is not None and not self._stopped:
            self._tasks.start(self._guarded(self._came_to_attempt(channel, fate)), name=f"{channel}-{fate}")

    async def _guarded(self, work: Awaitable[None]) -> None:
        """The database is away: what was missed is looked up later."""
        try:
            await work
        except Problem as problem:
            log.error("what came of a call back could not be stored: %s", problem)
