"""Background tasks with an owner: none is forgotten, none fails unseen, all are stopped together."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Coroutine
from typing import Any

log = logging.getLogger(__name__)


class TaskOwner:
    """Starts tasks, keeps hold of them, says so when one fails, and cancels what is left when it closes.

    >>> async with TaskOwner("taps") as tasks:
    ...     tasks.start(pump(), name="pump")
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self._tasks: set[asyncio.Task[Any]] = set()
        self.failures: list[BaseException] = []

    def __len__(self) -> int:
        return len(self._tasks)

    def start(self, work: Coroutine[Any, Any, Any], *, name: str) -> asyncio.Task[Any]:
        task = asyncio.create_task(work, name=f"{self.name}.{name}")
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (failure := task.exception()) is not None:
            self.failures = [*self.failures[-9:], failure]
            log.error("background task %s failed", task.get_name(), exc_info=failure)

    async def stop(self, timeout: float = 5.0) -> None:
        """Cancel everything and wait; a task that will not end within `timeout` seconds is named in the log."""
        tasks = list(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            _, pending = await asyncio.wait(tasks, timeout=timeout)
            for task in pending:
                log.error("background task %s did not stop within %.1f s", task.get_name(), timeout)

    async def __aenter__(self) -> TaskOwner:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.stop()
