"""What was promised before something was closed: call backs and appointments. None of them is dropped in silence."""

from __future__ import annotations

import logging
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from core.clock import Clock
from core.events import Message
from ivr.closures import EVERYTHING, Closure, closed
from ivr.waiting.callback_store import CallbackStore
from ivr.waiting.callbacks import CallBack, Change
from ivr.waiting.openings import Openings
from records.appointments import Appointments, Booking
from records.contact import Served
from records.contacts import Contacts
from records.requests import Requests

log = logging.getLogger(__name__)

REQUEST = "look_after_appointment"  # the kind of what a counsellor is asked to look after


class ConcernedAppointment(Message, frozen=True, kw_only=True):
    """Whose it is stays out of it: the reference leads there."""

    reference: str
    counsellor: str
    begins_at: datetime
    place: str


class Concerned(Message, frozen=True, kw_only=True):
    """Whom a closure concerns: how many wait now, how many call backs wait, which appointments fall into it."""

    waiting: int
    callbacks: int
    appointments: tuple[ConcernedAppointment, ...]


class Promised(NamedTuple):
    row: CallBack
    reopening: datetime | None


class Promises:
    """`openings` count closures in."""

    def __init__(
        self,
        *,
        callbacks: CallbackStore,
        appointments: Appointments,
        requests: Requests,
        contacts: Contacts,
        openings: Openings,
        clock: Clock,
    ) -> None:
        self._callbacks, self._appointments, self._requests = callbacks, appointments, requests
        self._contacts, self._openings, self._clock = contacts, openings, clock
        self._told: set[tuple[str, str, datetime]] = set()  # closure, appointment, its time: asked for already

    async def callbacks_of(self, queue: str) -> tuple[CallBack, ...]:
        """Those that wait for the queue ("": for any)."""
        rows = await self._callbacks.open()
        return tuple(row for row in rows if row.state == "waiting" and queue in (EVERYTHING, row.queue))

    async def appointments_in(self, closure_queue: str, begins_at: datetime, ends_at: datetime) -> tuple[Booking, ...]:
        """Counsellors belong to no queue: only closing the whole centre concerns what they have promised."""
        return await self._appointments.booked(begins_at, ends_at) if closure_queue == EVERYTHING else ()

    async def begin(self, closure: Closure) -> None:
        """What happens once, as it begins. Done again after a crash in between, it does what is left."""
        if closure.callbacks != "cancel":
            return
        for row in await self.callbacks_of(closure.queue):
            if await self._callbacks.change(row, Change("cancelled", "closed by announcement"), self._clock.now()):
                step = Served(
                    at=self._clock.now(), service="callback", outcome="cancelled: closed", reference=row.reference
                )
                await self._contacts.progress(row.call_id, step)

    async def tell_counsellors(self, closures: Iterable[Closure]) -> None:
        """A request for each appointment that falls into a closure, standing or to come; once, also of later ones."""
        for closure in closures:
            if closure.appointments != "tell":
                continue
            for booking in await self.appointments_in(closure.queue, closure.begins_at, closure.ends_at):
                slot = booking.slot
                key = (closure.closure_id, slot.reference, slot.begins_at)
                if key in self._told:
                    continue
                await self._requests.ask(
                    REQUEST,
                    call_id=closure.closure_id,
                    member_id=booking.member_id,
                    details={
                        "appointment": slot.reference,
                        "begins_at": slot.begins_at.isoformat(),
                        "counsellor_id": slot.counsellor_id,
                        "closed": closure.why,
                    },
                    at=self._clock.now(),
                )
                self._told.add(key)

    async def hold(self, closures: Iterable[Closure]) -> None:
        """A closure is a pause: call backs that would expire in it wait until the day of the reopening ends."""
        now, closures = self._clock.now(), tuple(closures)
        if not any(each.in_force(now) for each in closures):
            return
        for row in await self.callbacks_of(EVERYTHING):
            if not closed(closures, row.queue, now):
                continue
            reopens = self._openings.opens(row.queue, now)
            if reopens is not None and row.expires_at <= reopens:
                await self._callbacks.extend(row, self._openings.closes(row.queue, reopens), now)

    async def promised(self) -> tuple[Promised, ...]:
        """Every call back that waits, with the reopening as it is known now."""
        now = self._clock.now()
        rows = await self.callbacks_of(EVERYTHING)
        return tuple(Promised(row, self._openings.opens(row.queue, now)) for row in rows)

    async def open_early(self, promised: Iterable[Promised]) -> None:
        """Whoever was to be called at a reopening that has come sooner, by an end, is called now."""
        now = self._clock.now()
        for row, reopening in promised:
            if row.due_at == reopening and row.due_at > now and self._openings.is_open(row.queue, now):
                await self._callbacks.change(row, Change("waiting", row.why, now), now)
