"""A pension system that is a SQL database: any that SQLAlchemy reaches. Work runs in a few threads, never on the loop.

Tables and views are looked at when first used, so that keys have the columns' own types, and so that a column that the
mapping file names and the database lacks is told with its place in the file.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import date, datetime
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Column, Connection, Engine, MetaData, Table, create_engine, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, NoSuchTableError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from core.errors import Problem, place_of
from core.threads import BoundedThreads, Overloaded
from records.pension.mapping import Name
from records.pension.ports import PensionGone, PensionUnclear

T = TypeVar("T")

CONNECT_S = 3
WAITING = 200  # asked at once, and waiting


class SqlSystem:
    """The database at `url`. A statement ends after `within_s`, on PostgreSQL also in the server.

    `read_only`: transactions that cannot write, where the database has them; an account that can read is enough.
    """

    def __init__(self, url: str, *, within_s: float, threads: int = 4, read_only: bool = False) -> None:
        self._within_s = within_s
        self.engine = _engine(url, within_s, threads, read_only=read_only)
        self.place = self.engine.url.render_as_string(hide_password=True)
        self._threads = BoundedThreads("pension-system", threads=threads, bound=WAITING)
        self._tables: dict[str, Table] = {}

    async def run(self, work: Callable[[Connection], T]) -> T:
        """The result of one transaction. Raises `PensionGone`, `PensionUnclear`, and what `work` raises."""
        try:
            future = self._threads.submit(lambda: self._transaction(work))
        except Overloaded:
            raise PensionGone("too much waits for the pension system", place=self.place) from None
        try:
            async with asyncio.timeout(self._within_s) as limit:
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not limit.expired():
                raise
            raise PensionGone(f"no answer within {self._within_s:g} s", place=self.place) from None

    async def close(self) -> None:
        """Wait for what is running, and disconnect."""
        await asyncio.to_thread(self._threads.close)
        await asyncio.to_thread(self.engine.dispose)

    def table(self, connection: Connection, name: Name) -> Table:
        """The table or view as the database has it. Raises `PensionUnclear` where it has none."""
        if (known := self._tables.get(name.text)) is not None:
            return known
        schema, _, plain = name.text.rpartition(".")
        try:
            table = Table(plain, MetaData(), schema=schema or None, autoload_with=connection, resolve_fks=False)
        except NoSuchTableError:
            raise PensionUnclear(f"there is no table or view {name.text!r}", place=str(name.place)) from None
        self._tables[name.text] = table
        return table

    def _transaction(self, work: Callable[[Connection], T]) -> T:
        try:
            with self.engine.begin() as connection:
                return work(connection)
        except PoolTimeout:
            raise PensionGone("the pension system gives no connection", place=self.place) from None
        except DBAPIError as error:
            if error.connection_invalidated or type(error.orig).__name__ in _GONE:
                raise PensionGone("the pension system cannot be reached", place=self.place) from error
            self._tables.clear()  # its tables may be others by now
            raise PensionUnclear(
                f"the pension system refuses a statement ({place_of(error)})", place=self.place
            ) from error
        except SQLAlchemyError as error:
            raise PensionUnclear(f"the pension system is not as described ({place_of(error)})") from error


def column(table: Table, name: Name) -> Column[Any]:
    """Raises `PensionUnclear` where the table has no such column."""
    if (found := table.c.get(name.text)) is None:
        raise PensionUnclear(f"{table.fullname} has no column {name.text!r}", place=str(name.place))
    return found


def as_key(column: Column[Any], text: str) -> Any:
    """`text` as the column's type has it. Raises `ValueError` where no value of it is written so."""
    try:
        kind: type[Any] = column.type.python_type
    except NotImplementedError:
        return text
    if kind is bool:
        raise ValueError("a truth")
    if kind is datetime:
        return datetime.fromisoformat(text)
    if kind is date:
        return date.fromisoformat(text)
    if kind is UUID:
        return UUID(text)
    if kind is str:
        return text
    if kind is int and not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise ValueError("no number")
    try:
        return kind(text)
    except (ArithmeticError, TypeError) as error:
        raise ValueError("another kind of value") from error


# The drivers' own names of what is no mistake of a statement's: DB-API 2.0's, and psycopg's of its limits.
_GONE = frozenset(
    (
        *("OperationalError", "InterfaceError", "QueryCanceled", "AdminShutdown", "CrashShutdown", "CannotConnectNow"),
        *("ConnectionTimeout", "IdleInTransactionSessionTimeout", "TooManyConnections", "LockNotAvailable"),
        *("SerializationFailure", "DeadlockDetected", "DiskFull", "ReadOnlySqlTransaction"),
    )
)


def _engine(url: str, within_s: float, threads: int, *, read_only: bool) -> Engine:
    try:
        parsed = make_url(url)
    except ArgumentError:
        raise Problem(
            "the pension system's address is not understood", remedy="Use postgresql+psycopg://user@host/name"
        ) from None
    options: dict[str, Any] = {}
    postgres = parsed.get_backend_name() == "postgresql"
    if postgres:
        limits = (
            f"-c statement_timeout={int(within_s * 1000)} -c idle_in_transaction_session_timeout={int(within_s * 2000)}"
        )
        options["connect_args"] = {"connect_timeout": CONNECT_S, "options": f"-c timezone=UTC {limits}"}
    try:
        engine = create_engine(
            parsed,
            pool_size=threads,
            max_overflow=0,
            pool_timeout=within_s,
            pool_pre_ping=True,
            hide_parameters=True,  # errors are logged; what members are is not
            **options,
        )
    except (ImportError, SQLAlchemyError):
        driver = parsed.drivername
        raise Problem(f"there is no driver for {driver}", remedy="Install it beside Memberline") from None
    if read_only and postgres:
        engine = engine.execution_options(postgresql_readonly=True)
    return engine
