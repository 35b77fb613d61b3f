"""PostgreSQL's own: a server that goes and comes back, units of work that cross."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest
from postgres_server import PostgresServer
from sqlalchemy import text
from sqlalchemy.orm import Session

from core.database import Database, DatabaseGone

pytestmark = pytest.mark.postgres


@pytest.fixture
def own_server() -> Iterator[PostgresServer]:
    server = PostgresServer()
    yield server
    server.remove()


def one(session: Session) -> int:
    return session.scalars(text("SELECT 1")).one()


async def test_a_server_that_is_gone_is_said_and_found_again(own_server: PostgresServer):
    db = Database(own_server.url("postgres"))
    assert await db.read(one) == 1
    await asyncio.to_thread(own_server.stop)

    for run in (db.read, db.write):
        with pytest.raises(DatabaseGone, match="cannot be used"):
            await run(one)

    await asyncio.to_thread(own_server.start)
    assert await db.read(one) == 1
    assert await db.write(one) == 1
    await db.close()


async def test_no_server_at_all_is_said_without_a_password():
    db = Database("postgresql+psycopg://memberline:geheim@127.0.0.1:1/memberline")
    with pytest.raises(DatabaseGone) as caught:
        await db.check()
    assert "geheim" not in str(caught.value)
    await db.close()


async def test_units_that_cross_are_both_done_in_the_end(postgres: PostgresServer):
    db = Database(postgres.url(postgres.new_database()))
    await db.write(lambda session: session.execute(text("CREATE TABLE seats (id int PRIMARY KEY, taken int)")) and None)
    await db.write(lambda session: session.execute(text("INSERT INTO seats VALUES (1, 0), (2, 0)")) and None)
    both_hold_one = threading.Barrier(2)

    def take(first: int, second: int):
        tries = []

        def work(session: Session) -> None:
            tries.append(first)
            session.execute(text("UPDATE seats SET taken = taken + 1 WHERE id = :id"), {"id": first})
            if len(tries) == 1:
                both_hold_one.wait(5)
            session.execute(text("UPDATE seats SET taken = taken + 1 WHERE id = :id"), {"id": second})

        return work

    await asyncio.gather(db.write(take(1, 2)), db.write(take(2, 1)))

    assert await db.read(lambda session: list(session.scalars(text("SELECT taken FROM seats")))) == [2, 2]
    await db.close()
