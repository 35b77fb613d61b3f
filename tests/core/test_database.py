"""Units of work: what both databases promise alike."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, StatementError
from sqlalchemy.orm import Session

from core.database import Database, DatabaseBusy, DatabaseGone, DatabaseLate, bulk_engine
from core.errors import Problem
from core.tables import Json, Utc

THINGS = Table(
    "things",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("name", String(20), unique=True),
    Column("at", Utc),
    Column("data", Json),
)


@pytest.fixture
def things_url(empty_url: str) -> str:
    engine = bulk_engine(empty_url)
    THINGS.metadata.create_all(engine)
    engine.dispose()
    return empty_url


@pytest.fixture
async def things(things_url: str) -> AsyncIterator[Database]:
    database = Database(things_url, readers=1, writers=1)
    yield database
    await database.close()


def add(number: int, name: str | None = None):
    def work(session: Session) -> int:
        session.execute(insert(THINGS).values(id=number, name=name or f"thing {number}"))
        return number

    return work


def ids(session: Session) -> list[int]:
    return list(session.scalars(select(THINGS.c.id).order_by(THINGS.c.id)))


def on_its_own_connection(url: str) -> list[int]:
    engine = bulk_engine(url)
    try:
        with engine.connect() as connection:
            return list(connection.scalars(select(THINGS.c.id).order_by(THINGS.c.id)))
    finally:
        engine.dispose()


class Gate:
    """Work that holds its thread until the test lets it go."""

    def __init__(self) -> None:
        self.entered, self.open = threading.Event(), threading.Event()

    def __call__(self, session: Session) -> str:
        self.entered.set()
        assert self.open.wait(10)
        return "through"

    async def wait_entered(self) -> None:
        assert await asyncio.to_thread(self.entered.wait, 10)


async def test_what_was_written_is_stored_before_its_awaiter_goes_on(things: Database, things_url: str):
    assert await things.write(add(1)) == 1
    assert await asyncio.to_thread(on_its_own_connection, things_url) == [1]


async def test_a_unit_that_fails_leaves_nothing_and_the_others_stand(things: Database):
    def half_done(session: Session) -> None:
        add(90)(session)
        raise LookupError("changed my mind")

    results = await asyncio.gather(
        *(things.write(add(n)) for n in range(5)),
        things.write(half_done),
        things.write(add(3, "another three")),
        *(things.write(add(n)) for n in range(5, 10)),
        return_exceptions=True,
    )

    assert isinstance(results[5], LookupError)
    assert isinstance(results[6], IntegrityError)
    assert await things.read(ids) == list(range(10))


async def test_a_read_cannot_write(things: Database):
    with pytest.raises((DBAPIError, DatabaseGone), match="read-only"):
        await things.read(add(1))
    assert await things.read(ids) == []


async def test_a_read_sees_one_moment(things_url: str):
    db = Database(things_url)
    looked, written = threading.Event(), threading.Event()

    def twice(session: Session) -> tuple[list[int], list[int]]:
        first = ids(session)
        looked.set()
        assert written.wait(10)
        return first, ids(session)

    reading = asyncio.create_task(db.read(twice))
    assert await asyncio.to_thread(looked.wait, 10)
    await db.write(add(1))
    written.set()
    assert await reading == ([], [])
    await db.close()


async def test_moments_come_back_aware_and_in_utc(things: Database):
    eastern = datetime(2026, 3, 1, 9, 30, 0, 123456, tzinfo=timezone(timedelta(hours=-5)))
    await things.write(lambda session: session.execute(insert(THINGS).values(id=1, at=eastern)) and None)

    stored = await things.read(lambda session: session.scalar(select(THINGS.c.at)))

    assert stored == eastern
    assert stored.tzinfo is UTC
    assert await things.read(lambda session: session.scalar(select(THINGS.c.id).where(THINGS.c.at == eastern))) == 1


async def test_a_moment_without_a_zone_is_refused(things: Database):
    naive = datetime(2026, 3, 1, 9, 30)  # noqa: DTZ001
    with pytest.raises(StatementError, match="needs its time zone"):
        await things.write(lambda session: session.execute(insert(THINGS).values(id=1, at=naive)) and None)


async def test_json_comes_back_as_it_went_in(things: Database):
    value = {"topics": ["refund", "Größe"], "n": 3, "none": None}
    await things.write(lambda session: session.execute(insert(THINGS).values(id=1, data=value)) and None)
    assert await things.read(lambda session: session.scalar(select(THINGS.c.data))) == value


@pytest.mark.parametrize("way", ["read", "write"])
async def test_beyond_the_bound_it_says_busy_at_once(things_url: str, way: str):
    db = Database(things_url, readers=1, writers=1, waiting=2)
    run, gate = getattr(db, way), Gate()
    first = asyncio.create_task(run(gate))
    await gate.wait_entered()
    waiting = [asyncio.create_task(run(ids)) for _ in range(4)]
    done, _ = await asyncio.wait(waiting, timeout=2)

    assert done
    for task in done:
        with pytest.raises(DatabaseBusy, match="too much work"):
            await task
    gate.open.set()
    assert await first == "through"
    for task in set(waiting) - done:
        assert await task == []
    await db.close()


async def test_whose_turn_does_not_come_in_time_is_never_begun(things: Database):
    gate = Gate()
    first = asyncio.create_task(things.write(gate))
    await gate.wait_entered()

    with pytest.raises(DatabaseBusy, match=r"within 0\.05 s"):
        await things.write(add(1), within=0.05)

    gate.open.set()
    await first
    await things.write(add(2))
    assert await things.read(ids) == [2]


async def test_a_cancelled_awaiter_withdraws_work_that_has_not_begun(things: Database):
    gate = Gate()
    first = asyncio.create_task(things.write(gate))
    await gate.wait_entered()
    second = asyncio.create_task(things.write(add(1)))
    await asyncio.sleep(0)
    second.cancel()
    with pytest.raises(asyncio.CancelledError):
        await second

    gate.open.set()
    await first
    await things.write(add(2))
    assert await things.read(ids) == [2]


async def test_work_that_was_begun_and_is_too_slow_is_late_and_still_stored(things: Database):
    gate = Gate()

    def slow(session: Session) -> None:
        add(1)(session)
        gate(session)

    writing = asyncio.create_task(things.write(slow, within=0.3))
    await gate.wait_entered()
    with pytest.raises(DatabaseLate, match=r"within 0\.3 s"):
        await writing
    gate.open.set()
    await things.write(add(2))
    assert await things.read(ids) == [1, 2]


async def test_a_query_without_end_gives_its_thread_back(things: Database):
    endless = {
        "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
        "postgresql": "SELECT pg_sleep(60)",
    }[things.dialect]

    with pytest.raises(DatabaseLate):
        await things.read(lambda session: session.execute(text(endless)).all(), within=0.2)

    assert await things.read(ids, within=2) == []  # the only reader thread is free again


async def test_the_works_own_timeout_stays_its_own(things: Database):
    def slow_elsewhere(session: Session) -> None:
        raise TimeoutError("not the database's")

    with pytest.raises(TimeoutError, match="not the database's"):
        await things.write(slow_elsewhere)


async def test_closing_stores_what_was_queued_and_then_says_gone(things_url: str):
    db = Database(things_url)
    writes = [asyncio.create_task(db.write(add(n))) for n in range(20)]
    await asyncio.sleep(0)
    await db.close()

    results = await asyncio.gather(*writes, return_exceptions=True)
    stored = await asyncio.to_thread(on_its_own_connection, things_url)
    assert [n for n in results if isinstance(n, int)] == stored
    if db.dialect == "sqlite":
        assert stored == list(range(20))
    with pytest.raises(DatabaseGone, match="was closed"):
        await db.read(ids)


@pytest.mark.parametrize(
    "address", ["", "nonsense", "mysql://x/y", "sqlite://", "sqlite:///:memory:", "postgresql://host/name"]
)
def test_an_address_that_will_not_do_is_a_problem(address: str):
    with pytest.raises(Problem, match="database_url"):
        Database(address)


@pytest.mark.parametrize("failing", ["key", "unique", "column", "value"])
async def test_what_fails_is_told_without_what_was_to_be_stored(
    things: Database, failing: str, caplog: pytest.LogCaptureFixture
) -> None:
    name = "Ruth Hale"
    no_json = {"sqlite": "SELECT json(:name)", "postgresql": "SELECT CAST(CAST(:name AS text) AS integer)"}
    statement: Any = {
        "key": insert(THINGS).values(id=1, name=f"{name} the second"),
        "unique": insert(THINGS).values(id=2, name=name),
        "column": text("INSERT INTO things (id, nobody) VALUES (3, :name)").bindparams(name=name),
        "value": text(no_json[things.dialect]).bindparams(name=name),
    }[failing]
    await things.write(add(1, name))
    with pytest.raises(DBAPIError) as failed:
        await things.write(lambda session: session.execute(statement) and None)
    logging.getLogger("test").error("it failed: %s", failed.value, exc_info=failed.value)
    assert "it failed" in caplog.text
    assert "Ruth" not in caplog.text
