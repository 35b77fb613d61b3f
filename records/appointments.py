"""Counsellors' times and who has booked them. Two callers can never book the same one.

A time is booked by an UPDATE that finds it free, so of two callers who want it one is told that it is taken. A member
has one appointment at a time: another one means moving it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session

from core.clock import Clock
from core.database import Database
from core.errors import Problem
from core.events import Message
from core.ids import new_id
from core.tables import AnyRow, alone, insert
from records.references import new_reference
from records.tables import Appointment

_ROW = Appointment.__table__
_DRAWS = 20


class Slot(Message, frozen=True, kw_only=True):
    """A counsellor's time; booked where it has a `reference`."""

    counsellor_id: str
    begins_at: datetime
    ends_at: datetime
    place: str
    reference: str = ""


class Booking(Message, frozen=True, kw_only=True):
    """A slot, and the member who has booked it."""

    slot: Slot
    member_id: str


class Booked(Message, frozen=True, kw_only=True, tag="booked"):
    slot: Slot


class Taken(Message, frozen=True, kw_only=True, tag="taken"):
    """No counsellor is free then any more."""


class HasOne(Message, frozen=True, kw_only=True, tag="has_one"):
    """The member has an appointment at another time already."""

    slot: Slot


class HasNone(Message, frozen=True, kw_only=True, tag="has_none"):
    """The member has no appointment that could be moved."""


class Appointments:
    """The appointments' service. Every method may raise `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""

    def __init__(self, db: Database, clock: Clock) -> None:
        self._db, self._clock = db, clock

    async def offer(self, counsellor_id: str, begins_at: datetime, ends_at: datetime, place: str = "") -> bool:
        """A counsellor is free for an appointment then; False where they had offered that time already."""
        values: dict[str, Any] = {"id": new_id(), "counsellor_id": counsellor_id, "place": place}
        values |= {"begins_at": begins_at, "ends_at": ends_at}

        def offered(session: Session) -> bool:
            statement = insert(session, Appointment).values(values).on_conflict_do_nothing()
            return session.execute(statement.returning(Appointment.id)).one_or_none() is not None

        return await self._db.write(offered)

    async def withdraw(self, counsellor_id: str, begins_at: datetime) -> bool:
        """The counsellor is not free then after all; False where it is booked, or was never offered."""
        free = (_ROW.c.counsellor_id == counsellor_id) & (_ROW.c.begins_at == begins_at) & _ROW.c.member_id.is_(None)
        statement = delete(Appointment).where(free).returning(Appointment.id)
        return await self._db.write(lambda session: session.execute(statement).one_or_none() is not None)

    async def free(self, after: datetime, limit: int = 1) -> tuple[Slot, ...]:
        """The next times later than `after` at which some counsellor is free, one slot for each time."""
        first = (
            select(_ROW.c.begins_at)
            .where(_ROW.c.begins_at > after, _ROW.c.member_id.is_(None))
            .group_by(_ROW.c.begins_at)
            .order_by(_ROW.c.begins_at)
            .limit(limit)
        )

        def found(session: Session) -> tuple[Slot, ...]:
            times = list(session.scalars(first))
            free = select(_ROW).where(_ROW.c.begins_at.in_(times), _ROW.c.member_id.is_(None))
            each = {row.begins_at: row for row in session.execute(free.order_by(_ROW.c.counsellor_id.desc()))}
            return tuple(_slot(each[time]) for time in times)

        return await self._db.read(found)

    async def between(self, begins_at: datetime, ends_at: datetime) -> tuple[Slot, ...]:
        """The times that begin in between, free and booked, in their order."""
        begins = select(_ROW).where(_ROW.c.begins_at >= begins_at, _ROW.c.begins_at < ends_at)
        begins = begins.order_by(_ROW.c.begins_at, _ROW.c.counsellor_id)
        return await self._db.read(lambda session: tuple(_slot(row) for row in session.execute(begins)))

    async def booked(self, begins_at: datetime, ends_at: datetime) -> tuple[Booking, ...]:
        """The appointments of which some part lies in between, in their order."""
        between = select(_ROW).where(
            _ROW.c.begins_at < ends_at, _ROW.c.ends_at > begins_at, _ROW.c.member_id.is_not(None)
        )
        between = between.order_by(_ROW.c.begins_at, _ROW.c.counsellor_id)

        def found(session: Session) -> tuple[Booking, ...]:
            return tuple(Booking(slot=_slot(row), member_id=row.member_id) for row in session.execute(between))

        return await self._db.read(found)

    async def of_member(self, member_id: str, now: datetime) -> Slot | None:
        """The member's appointment that is still to come."""

        def found(session: Session) -> Slot | None:
            row = _coming(session, member_id, now)
            return None if row is None else _slot(row)

        return await self._db.read(found)

    async def book(self, member_id: str, begins_at: datetime, now: datetime) -> Booked | Taken | HasOne:
        """Book that time with whichever counsellor is free. Told again: the same answer."""

        def booked(session: Session) -> Booked | Taken | HasOne:
            alone(session, f"appointments of {member_id}")
            if (row := _coming(session, member_id, now)) is not None:
                return Booked(slot=_slot(row)) if row.begins_at == begins_at else HasOne(slot=_slot(row))
            slot_id = _claimed(session, member_id, begins_at, now)
            return Taken() if slot_id is None else Booked(slot=_named(session, slot_id, _free_reference(session)))

        return await self._db.write(booked)

    async def move(self, member_id: str, begins_at: datetime, now: datetime) -> Booked | Taken | HasNone:
        """Book that time instead of the one that the member has; the reference stays. Told again: the same answer."""

        def moved(session: Session) -> Booked | Taken | HasNone:
            alone(session, f"appointments of {member_id}")
            row = _coming(session, member_id, now)
            if row is None:
                return HasNone()
            if row.begins_at == begins_at:
                return Booked(slot=_slot(row))
            slot_id = _claimed(session, member_id, begins_at, now)
            if slot_id is None:
                return Taken()
            _let_go(session, row)
            return Booked(slot=_named(session, slot_id, row.reference))

        return await self._db.write(moved)

    async def cancel(self, member_id: str, now: datetime) -> Slot | None:
        """Let the member's appointment go, for others to book; what it was, or None where there was none."""

        def cancelled(session: Session) -> Slot | None:
            alone(session, f"appointments of {member_id}")
            row = _coming(session, member_id, now)
            if row is None:
                return None
            _let_go(session, row)
            return _slot(row)

        return await self._db.write(cancelled)


def _coming(session: Session, member_id: str, now: datetime) -> AnyRow | None:
    theirs = select(_ROW).where(_ROW.c.member_id == member_id, _ROW.c.begins_at > now)
    return session.execute(theirs.order_by(_ROW.c.begins_at).limit(1)).one_or_none()


def _claimed(session: Session, member_id: str, begins_at: datetime, now: datetime) -> str | None:
    """The first counsellor's time that an UPDATE finds still free; None where there is none, or it has begun."""
    if begins_at <= now:
        return None
    free = select(_ROW.c.id).where(_ROW.c.begins_at == begins_at, _ROW.c.member_id.is_(None))
    for slot_id in list(session.scalars(free.order_by(_ROW.c.counsellor_id))):
        mine = update(Appointment).where(Appointment.id == slot_id, Appointment.member_id.is_(None))
        told = mine.values(member_id=member_id, booked_at=now).returning(Appointment.id)
        if (claimed := session.scalar(told)) is not None:
            return claimed
    return None


def _named(session: Session, slot_id: str, reference: str) -> Slot:
    session.execute(update(Appointment).where(Appointment.id == slot_id).values(reference=reference))
    return _slot(session.execute(select(_ROW).where(_ROW.c.id == slot_id)).one())


def _let_go(session: Session, row: AnyRow) -> None:
    nobodys = {"member_id": None, "reference": None, "booked_at": None}
    session.execute(update(Appointment).where(Appointment.id == row.id).values(nobodys))


def _free_reference(session: Session) -> str:
    alone(session, "references of appointments")
    for _ in range(_DRAWS):
        drawn = new_reference()
        if session.scalar(select(_ROW.c.id).where(_ROW.c.reference == drawn)) is None:
            return drawn
    raise Problem("no free reference number was found", remedy="Are very many appointments kept? Remove old ones")


def _slot(row: AnyRow) -> Slot:
    return Slot(
        counsellor_id=row.counsellor_id,
        begins_at=row.begins_at,
        ends_at=row.ends_at,
        place=row.place,
        reference=row.reference or "",
    )
