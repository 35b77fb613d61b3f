"""Appointments with counsellors: the next free time, booking, moving and cancelling.

Times are offered one by one, each as digits (`slot`: year, month, day, hour, minute) that the next step hands back:
`appointment_offer` with the last `slot` goes on to the time after it; `appointment_book` and `appointment_move` take
it. Any counsellor who is free then will do.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from core.errors import Problem
from ivr.dialog.actions import Served
from ivr.self_service.serving import Case, SelfService, spec
from ivr.self_service.words import plain
from ivr.speaking.values import AnyValue, Clock, Day, Digits
from records.appointments import Booked, HasNone, HasOne, Slot, Taken

NOTICE = timedelta(hours=2)
"""So far ahead the first time offered is."""

_TOPICS = ("appointment",)
_SLOT = "%Y%m%d%H%M"  # in UTC, so that no hour of the year is there twice
_WHEN = ("day", "time", "place")


class AppointmentOffer(SelfService):
    spec = spec(
        "appointment_offer",
        "The next free time of any counsellor, after `slot` where one was offered before",
        "knowledge",
        {"offered": (*_WHEN, "slot"), "none": ()},
        topics=_TOPICS,
        optional=("slot",),
    )

    async def serve(self, case: Case) -> Served:
        after = case.now + NOTICE
        if keyed := case.given("slot"):
            after = max(after, _begins(keyed))
        free = await self._office.appointments.free(after)
        if not free:
            return Served(outcome="none")
        return Served(outcome="offered", values={**_when(free[0], case), "slot": _slot(free[0])})


class AppointmentTime(SelfService):
    spec = spec(
        "appointment_time",
        "When the member's appointment is",
        "knowledge",
        {"booked": (*_WHEN, "reference"), "none": ()},
        topics=_TOPICS,
    )

    async def serve(self, case: Case) -> Served:
        slot = await self._office.appointments.of_member(case.member.member_id, case.now)
        return Served(outcome="none") if slot is None else _told("booked", slot, case)


class AppointmentBook(SelfService):
    spec = spec(
        "appointment_book",
        "Book the time `slot`",
        "knowledge",
        {"booked": (*_WHEN, "reference"), "taken": (), "has_one": (*_WHEN, "reference")},
        topics=_TOPICS,
        inputs=("slot",),
        changes=True,
    )

    async def serve(self, case: Case) -> Served:
        begins_at = _begins(case.given("slot"))
        match await self._office.appointments.book(case.member.member_id, begins_at, case.now):
            case Booked(slot=slot):
                return _told("booked", slot, case)
            case HasOne(slot=slot):
                return _told("has_one", slot, case)
            case Taken():
                return Served(outcome="taken")


class AppointmentMove(SelfService):
    spec = spec(
        "appointment_move",
        "Move the member's appointment to the time `slot`",
        "knowledge",
        {"moved": (*_WHEN, "reference"), "taken": (), "none": ()},
        topics=_TOPICS,
        inputs=("slot",),
        changes=True,
    )

    async def serve(self, case: Case) -> Served:
        begins_at = _begins(case.given("slot"))
        match await self._office.appointments.move(case.member.member_id, begins_at, case.now):
            case Booked(slot=slot):
                return _told("moved", slot, case)
            case HasNone():
                return Served(outcome="none")
            case Taken():
                return Served(outcome="taken")


class AppointmentCancel(SelfService):
    spec = spec(
        "appointment_cancel",
        "Cancel the member's appointment",
        "knowledge",
        {"cancelled": (*_WHEN, "reference"), "none": ()},
        topics=_TOPICS,
        changes=True,
    )

    async def serve(self, case: Case) -> Served:
        slot = await self._office.appointments.cancel(case.member.member_id, case.now)
        return Served(outcome="none") if slot is None else _told("cancelled", slot, case)


def _when(slot: Slot, case: Case) -> dict[str, AnyValue]:
    begins = slot.begins_at.astimezone(case.zone)
    return {"day": Day(day=begins.date()), "time": Clock(time=begins.time()), "place": plain(slot.place)}


def _told(outcome: str, slot: Slot, case: Case) -> Served:
    return Served(outcome=outcome, values={**_when(slot, case), "reference": Digits(digits=slot.reference)})


def _slot(slot: Slot) -> Digits:
    return Digits(digits=slot.begins_at.astimezone(UTC).strftime(_SLOT))


def _begins(keyed: str) -> datetime:
    try:
        return datetime.strptime(keyed, _SLOT).replace(tzinfo=UTC)
    except ValueError:
        raise Problem(f"{keyed!r} is no time that was offered", place="slot") from None
