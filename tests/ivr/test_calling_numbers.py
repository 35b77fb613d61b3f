"""One telephone cannot try many members: failures by calling number, over time and over restarts."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from core.clock import ManualClock
from core.database import Database
from ivr.calling_numbers import ANONYMOUS, ONE_NUMBER, CallingNumbers
from ivr.tables import CallingNumber
from records.proofs import Limit

PHONE = "+14045550123"


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(datetime(2026, 3, 10, 14, 0, tzinfo=UTC))


@pytest.fixture
def calling(db: Database, clock: ManualClock) -> CallingNumbers:
    return CallingNumbers(db, clock)


async def kept(db: Database) -> dict[str, int]:
    statement = select(CallingNumber.e164, CallingNumber.failures)
    return await db.read(lambda session: {row.e164: row.failures for row in session.execute(statement)})


async def test_so_many_tries_and_then_none_until_the_time_is_over(calling: CallingNumbers, clock: ManualClock):
    for _ in range(ONE_NUMBER.failures):
        assert await calling.try_from(PHONE)
        clock.advance(60)
    assert not await calling.try_from(PHONE)
    assert not await calling.try_from("(404) 555-0123")  # the same one, as another trunk writes it
    assert await calling.try_from("+14045550124")

    clock.advance((ONE_NUMBER.time - timedelta(minutes=ONE_NUMBER.failures)).total_seconds() - 1)
    assert not await calling.try_from(PHONE)
    clock.advance(1)
    assert await calling.try_from(PHONE)


async def test_fifty_guesses_at_once_count_fifty(db: Database, clock: ManualClock):
    calling = CallingNumbers(db, clock, one=Limit(60, timedelta(days=1)))
    assert all(await asyncio.gather(*(calling.try_from(PHONE) for _ in range(50))))
    assert await kept(db) == {PHONE: 50}


async def test_of_fifty_at_once_no_more_than_the_limit_are_let_through(calling: CallingNumbers):
    let = await asyncio.gather(*(calling.try_from(PHONE) for _ in range(50)))
    assert sum(let) == ONE_NUMBER.failures


async def test_a_right_one_takes_back_itself_and_no_other(calling: CallingNumbers, db: Database):
    for _ in range(ONE_NUMBER.failures - 1):
        await calling.try_from(PHONE)
    for _ in range(20):  # their own account in between
        assert await calling.try_from(PHONE)
        await calling.take_back(PHONE)
    assert await kept(db) == {PHONE: ONE_NUMBER.failures - 1}
    assert await calling.try_from(PHONE)
    assert not await calling.try_from(PHONE)


async def test_nothing_is_taken_back_that_was_not_counted(calling: CallingNumbers, db: Database):
    await calling.take_back(PHONE)
    assert await calling.try_from(PHONE)
    await calling.take_back(PHONE)
    await calling.take_back(PHONE)
    assert await kept(db) == {PHONE: 0}


async def test_a_restart_forgives_nothing(db: Database, clock: ManualClock):
    for _ in range(ONE_NUMBER.failures):
        assert await CallingNumbers(db, clock).try_from(PHONE)
    assert not await CallingNumbers(db, clock).try_from(PHONE)


async def test_all_who_hide_their_number_share_one_count_with_a_higher_limit(calling: CallingNumbers):
    hidden = ["", "anonymous", "Restricted", "unknown", "0"]
    for n in range(ANONYMOUS.failures):
        assert await calling.try_from(hidden[n % len(hidden)])
    assert not await calling.try_from("")
    assert await calling.try_from(PHONE)


async def test_what_counts_no_more_is_forgotten(calling: CallingNumbers, clock: ManualClock, db: Database):
    await calling.try_from(PHONE)
    clock.advance(ONE_NUMBER.time.total_seconds())
    await calling.try_from("+14045550124")
    clock.advance(1)
    await calling.forget()
    assert await kept(db) == {"+14045550124": 1}
