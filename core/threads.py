"""Blocking work in a few threads, with a bound: a full queue says no at once instead of growing."""

from __future__ import annotations

import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

T = TypeVar("T")


class Overloaded(Exception):
    """So much is waiting already that this piece of work was not taken."""


class BoundedThreads:
    """At most `threads` pieces of work at a time, at most `bound` running and waiting together."""

    def __init__(self, name: str, *, threads: int, bound: int) -> None:
        self.name = name
        self._room = threading.BoundedSemaphore(bound)
        self._pool = ThreadPoolExecutor(max_workers=threads, thread_name_prefix=name)

    def submit(self, work: Callable[[], T]) -> Future[T]:
        """Have `work` done in a thread. Raises `Overloaded` at the bound, `RuntimeError` after `close`."""
        if not self._room.acquire(blocking=False):
            raise Overloaded(self.name)
        try:
            future = self._pool.submit(work)
        except RuntimeError:
            self._room.release()
            raise
        future.add_done_callback(lambda _: self._room.release())
        return future

    def close(self) -> None:
        """Wait for what is running and drop what has not begun. Blocks: call it off the event loop."""
        self._pool.shutdown(wait=True, cancel_futures=True)
