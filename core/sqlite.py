"""SQLite as a server would be: many readers, one writer that shares commits, and a file that may not vanish unseen."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import msgspec
from sqlalchemy import URL, Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.orm import Session
from sqlalchemy.pool import QueuePool

from core.errors import DatabaseGone, DatabaseLate, Problem
from core.group_commit import GroupCommit
from core.threads import BoundedThreads

T = TypeVar("T")

LOCKED_S = 3.0  # how long another process may hold the lock before we say so
_DEADLINE_STEPS = 20_000  # a reader looks at its deadline every so many instructions of SQLite's machine

# Primary result codes (sqlite.org/rescode.html) that speak of the file, not of the statement.
_UNREACHABLE = {
    sqlite3.SQLITE_PERM: "may not be opened",
    sqlite3.SQLITE_BUSY: f"is locked by another process for more than {LOCKED_S:g} s",
    sqlite3.SQLITE_LOCKED: "is locked",
    sqlite3.SQLITE_READONLY: "is read-only here (a read may not write; is the file writable?)",
    sqlite3.SQLITE_IOERR: "cannot be read or written (I/O error)",
    sqlite3.SQLITE_CORRUPT: "is damaged",
    sqlite3.SQLITE_FULL: "has no room left on its disk",
    sqlite3.SQLITE_CANTOPEN: "cannot be opened",
    sqlite3.SQLITE_NOTADB: "is not a SQLite database",
}


class Sqlite:
    """The file of `url`. It must exist (migrations create it): a lost file is reported, never silently begun anew."""

    dialect = "sqlite"

    def __init__(self, url: URL, *, readers: int, waiting: int) -> None:
        self._path = path_of(url)
        self.place = str(self._path)
        self._read_inode = self._write_inode = -1
        self._read_engine = engine(self._path, begin="BEGIN", pool_size=readers)
        self._write_engine = engine(self._path, begin="BEGIN IMMEDIATE", pool_size=1)
        self._readers = BoundedThreads("database-reader", threads=readers, bound=waiting)
        self._writer = GroupCommit(self._connect_writer, self._replaced, bound=waiting)

    def read(self, work: Callable[[Session], T], within: float) -> Future[T]:
        deadline = time.monotonic() + within

        def unit() -> T:
            if (inode := self._file()) != self._read_inode:
                self._read_engine.dispose()  # another file stands there now (a restored backup, say)
                self._read_inode = inode
            with Session(self._read_engine) as session:
                driver: Any = session.connection().connection.dbapi_connection
                driver.set_progress_handler(lambda: time.monotonic() > deadline, _DEADLINE_STEPS)
                try:
                    return work(session)
                finally:
                    driver.set_progress_handler(None, 0)

        return self._readers.submit(unit)

    def write(self, work: Callable[[Session], T], within: float) -> Future[T]:
        """`within` limits the wait alone: a unit that has begun is not interrupted, others share its transaction."""
        return self._writer.submit(work)

    def meaning(self, error: SQLAlchemyError) -> Problem | None:
        origin = error.orig if isinstance(error, DBAPIError) else None
        if isinstance(origin, sqlite3.Error):
            code = getattr(origin, "sqlite_errorcode", 0) & 0xFF  # the driver's own errors have none
            if code == sqlite3.SQLITE_INTERRUPT:
                return DatabaseLate("the work did not end in time", place=self.place)
            if code in _UNREACHABLE:
                return DatabaseGone(f"the database {_UNREACHABLE[code]}", place=self.place)
        return None

    def close(self) -> None:
        self._writer.close()
        self._readers.close()
        self._read_engine.dispose()
        self._write_engine.dispose()

    def _connect_writer(self) -> Connection:
        self._write_inode = self._file()
        return self._write_engine.connect()

    def _replaced(self) -> bool:
        return self._file() != self._write_inode

    def _file(self) -> int:
        # A deleted file can still be written to by those who have it open: everything stored would be lost unseen.
        try:
            return self._path.stat().st_ino
        except OSError as error:
            raise DatabaseGone(f"the database cannot be opened: {error.strerror}", place=self.place) from error


def path_of(url: URL, *, create: bool = False) -> Path:
    """The file that `url` names; with `create` its folder must exist. Raises `Problem`."""
    if url.database in {None, "", ":memory:"}:
        raise Problem("a database in memory cannot be shared by threads", place="database_url")
    path = Path(str(url.database)).absolute()
    if create and not path.parent.is_dir():
        raise Problem(f"the folder {path.parent} does not exist", place="database_url")
    return path


def engine(path: Path, *, begin: str, pool_size: int, create: bool = False) -> Engine:
    """SQLAlchemy's engine on the file at `path`, whose transactions begin with the statement `begin`.

    "BEGIN" makes connections that can only read. The file must exist unless `create` is said. WAL is a property of
    the file, so it is set by whoever may write; `synchronous=FULL` makes a commit survive the loss of power.
    """
    address = f"file:{quote(str(path))}?mode={'rwc' if create else 'rw'}"
    pragmas = ["foreign_keys=ON", "cache_size=-32000"]
    pragmas += ["query_only=ON"] if begin == "BEGIN" else ["journal_mode=WAL", "synchronous=FULL"]

    def connect() -> sqlite3.Connection:
        # isolation_level None: the driver begins no transaction of its own. 512 statements stay prepared.
        connection = sqlite3.connect(
            address, uri=True, timeout=LOCKED_S, isolation_level=None, check_same_thread=False, cached_statements=512
        )
        for pragma in pragmas:
            _set(connection, pragma)
        return connection

    made = create_engine(
        "sqlite://",
        creator=connect,
        poolclass=QueuePool,
        pool_size=pool_size,
        max_overflow=0,
        hide_parameters=True,  # errors are logged; what is stored is not
        json_serializer=lambda value: msgspec.json.encode(value).decode(),
        json_deserializer=msgspec.json.decode,
    )
    event.listen(made, "begin", lambda connection: connection.exec_driver_sql(begin))
    return made


def _set(connection: sqlite3.Connection, pragma: str) -> None:
    """SQLite does not wait for the file when it changes the journal's mode: two first starts at once would collide."""
    until = time.monotonic() + LOCKED_S
    while True:
        try:
            connection.execute(f"PRAGMA {pragma}")
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > until:
                raise
        else:
            return
        time.sleep(0.02)
