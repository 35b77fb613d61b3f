"""PostgreSQL through psycopg 3: a pool for readers, a pool for writers, and time limits that the server keeps too."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TypeVar

import msgspec
import psycopg
from psycopg import errors
from sqlalchemy import URL, Engine, create_engine, event, text
from sqlalchemy.engine import ExceptionContext
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.orm import Session

from core.errors import DatabaseGone, DatabaseLate, Problem
from core.threads import BoundedThreads

T = TypeVar("T")

CONNECT_S = 3  # seconds until a server that does not answer counts as gone
_TRIES = 3  # of a write that the server broke off because it crossed another
_DATA = "22"  # SQLSTATEs of a value that cannot be: their first line quotes it
_LIMIT = text("SELECT set_config('statement_timeout', :limit, true)")


class Postgresql:
    """The server of `url`. Each lane has as many connections as threads, so that nobody waits for a connection."""

    dialect = "postgresql"

    def __init__(self, url: URL, *, readers: int, writers: int, waiting: int, within: float) -> None:
        self.place = url.render_as_string(hide_password=True)
        self._within = within
        # Repeatable read: a unit of work sees one moment, as it does on SQLite.
        self._read_engine = engine(url, pool_size=readers, within=within).execution_options(
            isolation_level="REPEATABLE READ", postgresql_readonly=True
        )
        self._write_engine = engine(url, pool_size=writers, within=within)
        self._readers = BoundedThreads("database-reader", threads=readers, bound=waiting)
        self._writers = BoundedThreads("database-writer", threads=writers, bound=waiting)

    def read(self, work: Callable[[Session], T], within: float) -> Future[T]:
        return self._readers.submit(lambda: self._unit(self._read_engine, work, within))

    def write(self, work: Callable[[Session], T], within: float) -> Future[T]:
        return self._writers.submit(lambda: self._unit(self._write_engine, work, within))

    def meaning(self, error: SQLAlchemyError) -> Problem | None:
        if isinstance(error, PoolTimeout):
            return DatabaseGone("the server gives no connection", place=self.place)
        origin = error.orig if isinstance(error, DBAPIError) else None
        if isinstance(origin, errors.QueryCanceled):
            return DatabaseLate("the work did not end in time", place=self.place)
        if isinstance(origin, psycopg.OperationalError | psycopg.InterfaceError):
            return DatabaseGone(f"the server cannot be used: {str(origin).strip()}", place=self.place)
        return None

    def close(self) -> None:
        self._writers.close()
        self._readers.close()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def _unit(self, pool: Engine, work: Callable[[Session], T], within: float) -> T:
        for attempt in range(1, _TRIES + 1):
            try:
                with Session(pool, expire_on_commit=False) as session, session.begin():
                    if within != self._within:
                        session.execute(_LIMIT, {"limit": f"{int(within * 1000)}ms"})
                    return work(session)
            except DBAPIError as error:
                crossed = isinstance(error.orig, errors.SerializationFailure | errors.DeadlockDetected)
                if not crossed or attempt == _TRIES:
                    raise
        raise AssertionError("the last try returns or raises")


def engine(url: URL, *, pool_size: int, within: float) -> Engine:
    """SQLAlchemy's engine on the server, in UTC, whose statements end after `within` seconds."""
    made = create_engine(
        url,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # errors are logged; what is stored is not
        pool_pre_ping=True,  # a server that came back is noticed before the work begins, not in the middle of it
        connect_args={
            "connect_timeout": CONNECT_S,
            "options": f"-c timezone=UTC -c statement_timeout={int(within * 1000)}",
        },
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    event.listen(made, "handle_error", _without_values)
    return made


def _without_values(context: ExceptionContext) -> None:
    """The server's errors quote the row that failed, or the value: what is left says which rule it broke."""
    told, wrapped = context.original_exception, context.sqlalchemy_exception
    if not isinstance(told, psycopg.Error) or (state := told.sqlstate) is None:
        return  # the driver's own: about the connection
    text = f"{type(told).__name__} ({state})"
    if not state.startswith(_DATA):
        text += f": {told.diag.message_primary}"
    told.args = (text,)
    if wrapped is not None:
        wrapped.args = (f"({type(told).__name__}) {text}",)
