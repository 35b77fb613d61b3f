"""The database: units of work run in threads, one hop each, never on the event loop.

    members = await db.read(lambda session: session.execute(statement).all())

A unit of work is a plain function of a SQLAlchemy `Session`; it returns plain values, never objects bound to the
session. SQLite (one writer thread with group commit) and PostgreSQL (a pool) behave alike: a read sees one moment and
cannot write, a write is durable before its awaiter goes on, and neither waits without a limit.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from typing import Protocol, TypeVar

from sqlalchemy import URL, Engine, make_url
from sqlalchemy.exc import ArgumentError, SQLAlchemyError
from sqlalchemy.orm import Session

from core import postgresql, sqlite
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, Problem
from core.threads import Overloaded

__all__ = ["Database", "DatabaseBusy", "DatabaseGone", "DatabaseLate", "bulk_engine"]

T = TypeVar("T")


class _Backend(Protocol):
    """What differs between the two: how a unit of work gets its thread, and what a driver's error means."""

    dialect: str
    place: str  # for messages: never a password

    def read(self, work: Callable[[Session], T], within: float) -> Future[T]: ...
    def write(self, work: Callable[[Session], T], within: float) -> Future[T]: ...
    def meaning(self, error: SQLAlchemyError) -> Problem | None:
        """The `Problem` that a failure of the database itself stands for; None for a mistake in the work."""

    def close(self) -> None:
        """Finish the writes that are queued and let go of every connection. Blocks."""


class Database:
    """One database. Connects when first used, and by itself again after a failure.

    `within` is the time limit in seconds of a unit of work that states none, the wait for its turn included; `waiting`
    bounds the units that wait, and `DatabaseBusy` is how it gives. A unit may have to be repeated by its caller, so
    write units that end the same when run twice.
    """

    def __init__(
        self, url: str, *, readers: int = 4, writers: int = 4, waiting: int = 1000, within: float = 5.0
    ) -> None:
        self.within = within
        self._backend = _backend(url, readers=readers, writers=writers, waiting=waiting, within=within)
        self._closed = False

    @property
    def dialect(self) -> str:
        """`sqlite` or `postgresql`."""
        return self._backend.dialect

    @property
    def place(self) -> str:
        """Where the database is, for messages."""
        return self._backend.place

    async def read(self, work: Callable[[Session], T], *, within: float | None = None) -> T:
        """The result of `work`, which sees one moment of the database and cannot change it.

        Raises `DatabaseGone`, `DatabaseBusy`, `DatabaseLate`, and whatever `work` itself raises.
        """
        limit = self.within if within is None else within
        return await self._result(lambda: self._backend.read(work, limit), limit)

    async def write(self, work: Callable[[Session], T], *, within: float | None = None) -> T:
        """The result of `work` after it is durably stored, all of it or (when it raises) none of it.

        An awaiter that is cancelled withdraws work that has not begun; work that has begun is stored all the same.
        Raises as `read` does.
        """
        limit = self.within if within is None else within
        return await self._result(lambda: self._backend.write(work, limit), limit)

    async def check(self) -> None:
        """Raise `DatabaseGone` unless the database answers."""
        await self.read(lambda session: session.connection().exec_driver_sql("SELECT 1").scalar_one())

    async def close(self) -> None:
        """Finish the queued writes and disconnect. Later use raises `DatabaseGone`."""
        self._closed = True
        await asyncio.to_thread(self._backend.close)

    async def _result(self, submit: Callable[[], Future[T]], within: float) -> T:
        if self._closed:
            raise DatabaseGone("the database was closed", place=self.place)
        try:
            future = submit()
        except Overloaded:
            raise DatabaseBusy(
                "too much work is waiting for the database", place=self.place, remedy="Is its disk or server too slow?"
            ) from None
        try:
            async with asyncio.timeout(within) as limit:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not limit.expired():
                raise  # the work's own
            raise self._too_late(future, within) from None
        except SQLAlchemyError as error:
            problem = self._backend.meaning(error)
            if problem is None:
                raise
            raise problem from error

    def _too_late(self, future: Future[T], within: float) -> Problem:
        if future.cancel():
            return DatabaseBusy(f"the turn did not come within {within:g} s", place=self.place)
        return DatabaseLate(f"the work did not end within {within:g} s", place=self.place)


def bulk_engine(url: str, *, create: bool = False, within: float = 600.0) -> Engine:
    """SQLAlchemy's own engine with one writing connection, for migrations and bulk loads before anything is served.

    `create` makes a missing SQLite file. Its methods block; statements end after `within` seconds on PostgreSQL.
    """
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return postgresql.engine(parsed, pool_size=1, within=within)
    return sqlite.engine(sqlite.path_of(parsed, create=create), begin="BEGIN IMMEDIATE", pool_size=1, create=create)


def _backend(url: str, *, readers: int, writers: int, waiting: int, within: float) -> _Backend:
    parsed = _parsed(url)
    if parsed.get_backend_name() == "postgresql":
        return postgresql.Postgresql(parsed, readers=readers, writers=writers, waiting=waiting, within=within)
    return sqlite.Sqlite(parsed, readers=readers, waiting=waiting)


def _parsed(url: str) -> URL:
    try:
        parsed = make_url(url)
    except ArgumentError:
        parsed = None
    if parsed is None or parsed.drivername not in {"sqlite", "sqlite+pysqlite", "postgresql+psycopg"}:
        raise Problem(
            "the database's address is not understood",
            place="database_url",
            remedy="Use sqlite:///memberline.db or postgresql+psycopg://user@host/name",
        )
    return parsed
