"""Counsellors' times: of two callers who want one, one gets it."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from core.clock import ManualClock
from core.database import Database
from records.appointments import Appointments, Booked, HasNone, HasOne, Slot, Taken
from records.references import is_reference
from records.tables import Appointment

NOW = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
NINE, TEN, ELEVEN = (datetime(2026, 3, 11, hour, tzinfo=UTC) for hour in (9, 10, 11))
HOUR = timedelta(hours=1)


@pytest.fixture
async def appointments(db: Database, clock: ManualClock) -> Appointments:
    """Grace is free at nine and ten, Priya at ten and eleven."""
    made = Appointments(db, clock)
    for who, begins_at in (("grace", NINE), ("grace", TEN), ("priya", TEN), ("priya", ELEVEN)):
        assert await made.offer(who, begins_at, begins_at + HOUR, "Atlanta")
    return made


def slot(who: str, begins_at: datetime, reference: str = "") -> Slot:
    return Slot(counsellor_id=who, begins_at=begins_at, ends_at=begins_at + HOUR, place="Atlanta", reference=reference)


async def book(appointments: Appointments, member_id: str, begins_at: datetime) -> Slot:
    booked = await appointments.book(member_id, begins_at, NOW)
    assert isinstance(booked, Booked)
    return booked.slot


async def test_each_free_time_is_there_once_however_many_are_free(appointments: Appointments):
    assert await appointments.free(NOW, 10) == (slot("grace", NINE), slot("grace", TEN), slot("priya", ELEVEN))
    assert await appointments.free(NINE, 1) == (slot("grace", TEN),)
    assert await appointments.free(ELEVEN) == ()


async def test_a_time_is_offered_once_and_withdrawn_while_nobody_has_it(appointments: Appointments):
    assert not await appointments.offer("grace", NINE, NINE + HOUR)
    assert await appointments.withdraw("grace", NINE)
    assert not await appointments.withdraw("grace", NINE)
    await book(appointments, "m1", ELEVEN)
    assert not await appointments.withdraw("priya", ELEVEN)


async def test_booking_takes_whoever_is_free_and_says_so_twice(appointments: Appointments):
    booked = await book(appointments, "m1", TEN)
    assert booked == slot("grace", TEN, booked.reference)
    assert is_reference(booked.reference)
    assert await appointments.of_member("m1", NOW) == booked
    assert await book(appointments, "m1", TEN) == booked
    assert (await book(appointments, "m2", TEN)).counsellor_id == "priya"
    assert await appointments.book("m3", TEN, NOW) == Taken()
    assert await appointments.book("m1", NINE, NOW) == HasOne(slot=booked)


async def test_nobody_books_what_has_begun_or_was_never_offered(appointments: Appointments):
    assert await appointments.book("m1", NINE, NINE) == Taken()
    assert await appointments.book("m1", NINE + timedelta(minutes=1), NOW) == Taken()


async def test_two_who_book_one_time_at_once_get_one_booking(appointments: Appointments, db: Database):
    wanted = [appointments.book(f"m{n}", NINE, NOW) for n in range(8)]
    results = await asyncio.gather(*wanted)
    assert [type(result) for result in results].count(Booked) == 1
    assert [type(result) for result in results].count(Taken) == 7


async def test_one_member_who_books_twice_at_once_gets_one(appointments: Appointments, db: Database):
    results = await asyncio.gather(*(appointments.book("m1", time, NOW) for time in (NINE, TEN, ELEVEN)))
    assert [type(result) for result in results].count(Booked) == 1
    assert [type(result) for result in results].count(HasOne) == 2
    booked = select(func.count(Appointment.id)).where(Appointment.member_id == "m1")
    assert await db.read(lambda session: session.scalar(booked)) == 1


async def test_moving_keeps_the_reference_and_frees_the_old_time(appointments: Appointments):
    assert await appointments.move("m1", TEN, NOW) == HasNone()
    before = await book(appointments, "m1", NINE)
    assert await appointments.move("m1", ELEVEN, NOW) == Booked(slot=slot("priya", ELEVEN, before.reference))
    assert await appointments.move("m1", ELEVEN, NOW) == Booked(slot=slot("priya", ELEVEN, before.reference))
    assert (await appointments.free(NOW))[0] == slot("grace", NINE)


async def test_a_move_to_a_time_that_is_gone_leaves_the_old_one(appointments: Appointments):
    before = await book(appointments, "m1", NINE)
    await book(appointments, "m2", ELEVEN)
    assert await appointments.move("m1", ELEVEN, NOW) == Taken()
    assert await appointments.of_member("m1", NOW) == before


async def test_a_move_and_a_booking_of_one_time_at_once(appointments: Appointments):
    await book(appointments, "m1", NINE)
    moved, booked = await asyncio.gather(appointments.move("m1", ELEVEN, NOW), appointments.book("m2", ELEVEN, NOW))
    assert {type(moved), type(booked)} == {Booked, Taken}


async def test_a_cancelled_time_is_free_for_others(appointments: Appointments):
    assert await appointments.cancel("m1", NOW) is None
    booked = await book(appointments, "m1", NINE)
    assert await appointments.cancel("m1", NOW) == booked
    assert await appointments.of_member("m1", NOW) is None
    assert (await book(appointments, "m2", NINE)).reference != booked.reference


async def test_what_has_begun_is_neither_moved_nor_cancelled(appointments: Appointments):
    await book(appointments, "m1", NINE)
    assert await appointments.cancel("m1", NINE) is None
    assert await appointments.move("m1", TEN, NINE) == HasNone()
