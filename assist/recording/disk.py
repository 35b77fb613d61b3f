"""Work that waits for a disk, in threads of its own: nobody waits for it without a limit, the event loop not at all."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from core.errors import Problem, place_of
from core.threads import BoundedThreads, Overloaded

log = logging.getLogger(__name__)

T = TypeVar("T")


class Disk:
    """At most `bound` pieces of work at a time, two of them running; who asked waits up to `within_s`.

    Raises `Problem` for what a disk says, when it says nothing in time, and at the bound.
    """

    def __init__(self, name: str, *, bound: int, within_s: float) -> None:
        self._threads = BoundedThreads(name, threads=2, bound=bound)
        self._within_s = within_s

    async def run(self, work: Callable[[], T], *, place: str) -> T:
        """The result of blocking work."""
        return await self._limited(self._in_thread(work), place)

    async def alone(
        self, lock: asyncio.Lock, work: Callable[[], T], *, place: str, then: Callable[[T], object] | None = None
    ) -> T:
        """Blocking work after what holds `lock`, and what follows from its result.

        Work that has begun holds the lock for as long as it takes, whoever gave up waiting for it.
        """

        async def job() -> T:
            async with lock:
                result = await self._in_thread(work)
                if then is not None:
                    then(result)
                return result

        return await self._limited(job(), place)

    async def close(self) -> None:
        """Wait for what is running."""
        await asyncio.to_thread(self._threads.close)

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._threads.submit(work))

    async def _limited(self, job: Coroutine[Any, Any, T], place: str) -> T:
        task = asyncio.ensure_future(job)
        task.add_done_callback(_seen)
        try:
            async with asyncio.timeout(self._within_s):
                return await asyncio.shield(task)
        except TimeoutError:
            raise Problem(f"the disk did not answer within {self._within_s:g} s", place=place) from None
        except Overloaded:
            raise Problem("too much waits for the recordings' disk", place=place, remedy="Is it too slow?") from None
        except OSError as error:
            raise Problem(f"the disk refuses: {error.strerror or place_of(error)}", place=place) from error


def _seen(task: asyncio.Future[Any]) -> None:
    """A failure that comes after its waiter gave up is said, and only that."""
    if not task.cancelled() and (failure := task.exception()) is not None and not isinstance(failure, Problem):
        log.debug("work on a recording failed: %s", place_of(failure))
