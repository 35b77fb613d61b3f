"""SQLite's one writer: a thread that runs units of work and lets those that wait together share a commit.

A commit waits for the disk; a statement does not. So the thread never waits for company: it takes what has gathered
while the last commit was under way, gives each its own SAVEPOINT, commits once, and only then lets the awaiters go.
"""

from __future__ import annotations

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, NamedTuple, TypeVar

from sqlalchemy import Connection
from sqlalchemy.orm import Session

from core.threads import Overloaded

T = TypeVar("T")


class _Job(NamedTuple):
    work: Callable[[Session], Any]
    future: Future[Any]


class GroupCommit:
    """Runs units of work one after the other, in the order they came.

    `connect` opens the connection whose transactions begin with BEGIN IMMEDIATE; it is called again after a failure,
    and before any batch for which `stale()` says that the old one no longer leads to the database.
    A batch ends after `batch` units or `longest_s` seconds of work, whichever is first; at most `bound` units wait.
    """

    def __init__(
        self,
        connect: Callable[[], Connection],
        stale: Callable[[], bool],
        *,
        bound: int,
        batch: int = 200,
        longest_s: float = 0.1,
    ) -> None:
        self._connect, self._stale, self._batch, self._longest_s = connect, stale, batch, longest_s
        self._connection: Connection | None = None
        self._jobs: queue.SimpleQueue[_Job | None] = queue.SimpleQueue()  # None: the end
        self._room = threading.BoundedSemaphore(bound)
        self._gate = threading.Lock()
        self._closed = self._at_end = False
        self._thread = threading.Thread(target=self._run, name="database-writer", daemon=True)
        self._thread.start()

    def submit(self, work: Callable[[Session], T]) -> Future[T]:
        """Queue `work`; its future ends after the commit.

        Raises `Overloaded` at the bound, `RuntimeError` once closed.
        """
        future: Future[T] = Future()
        with self._gate:
            if self._closed:
                raise RuntimeError("the writer is closed")
            if not self._room.acquire(blocking=False):
                raise Overloaded("database-writer")
            self._jobs.put(_Job(work, future))
        return future

    def close(self) -> None:
        """Do what is queued, commit it, and end. Blocks: call it off the event loop."""
        with self._gate:
            if not self._closed:
                self._closed = True
                self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while not self._at_end and (first := self._take(block=True)) is not None:
            self._one_batch(first)
        self._disconnect()

    def _take(self, *, block: bool) -> _Job | None:
        try:
            job = self._jobs.get(block=block)
        except queue.Empty:
            return None
        if job is None:
            self._at_end = True
        else:
            self._room.release()
        return job

    def _one_batch(self, first: _Job) -> None:
        begun: list[Future[Any]] = []
        results: list[Any] = []
        try:
            with self._connected().begin():
                self._fill(first, begun, results)
        except Exception as error:  # noqa: BLE001 - whatever it is, the awaiters get it
            self._disconnect()
            if not begun and first.future.set_running_or_notify_cancel():
                begun.append(first.future)
            for future in begun:
                future.set_exception(error)
            return
        for future, result in zip(begun, results, strict=True):
            if isinstance(result, _Failure):
                future.set_exception(result.error)
            else:
                future.set_result(result)

    def _fill(self, first: _Job, begun: list[Future[Any]], results: list[Any]) -> None:
        until = time.monotonic() + self._longest_s
        job: _Job | None = first
        while job is not None:
            if job.future.set_running_or_notify_cancel():  # else: its awaiter gave up before its turn
                begun.append(job.future)
                results.append(self._one(job.work))
            full = len(begun) >= self._batch or time.monotonic() >= until
            job = None if full else self._take(block=False)

    def _one(self, work: Callable[[Session], T]) -> T | _Failure:
        connection = self._connected()
        session = Session(connection, join_transaction_mode="create_savepoint", expire_on_commit=False)
        try:
            result = work(session)
            session.commit()
        except Exception as error:
            driver = connection.connection.dbapi_connection
            if driver is None or not driver.in_transaction:
                session.invalidate()
                raise  # SQLite gave the whole transaction up (disk full, I/O error): nothing of this batch is stored
            session.close()  # back to the savepoint
            return _Failure(error)
        session.close()
        return result

    def _connected(self) -> Connection:
        if self._connection is None or (not self._connection.in_transaction() and self._stale()):
            self._disconnect()
            self._connection = self._connect()
        return self._connection

    def _disconnect(self) -> None:
        if self._connection is not None:
            self._connection.invalidate()
            self._connection.close()
            self._connection = None


class _Failure(NamedTuple):
    error: Exception
