"""What is done once a day, by rule."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import Problem
from core.tasks import TaskOwner
from ivr.calling_numbers import CallingNumbers
from records.audit import Audit

log = logging.getLogger(__name__)

EVERY_S = 24 * 3600.0
SENT_KEPT = timedelta(days=90)  # what was taken to the pension system: long after the last try to send it again


class Housekeeping:
    """Takes audit entries and recordings out that are older than the rules say, proves what is left of the log,
    forgets old failed proofs and what was sent long ago. `recordings` does its part, and says how many went; so does
    `outbox`, of what ended before a moment."""

    def __init__(
        self,
        *,
        audit: Audit,
        calling: CallingNumbers,
        clock: Clock,
        audit_keep_days: int,
        recordings: Callable[[], Awaitable[int]] | None = None,
        outbox: Callable[[datetime], Awaitable[int]] | None = None,
    ) -> None:
        self._audit, self._calling, self._recordings, self._outbox = audit, calling, recordings, outbox
        self._clock, self._keep = clock, timedelta(days=audit_keep_days)
        self._tasks = TaskOwner("housekeeping")

    async def start(self) -> None:
        self._tasks.start(self._daily(), name="daily")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _daily(self) -> None:
        while True:
            try:
                await self.once()
            except Problem as problem:
                log.error("what is done once a day was not done: %s", problem)
            await asyncio.sleep(EVERY_S)

    async def once(self) -> None:
        await self._calling.forget()
        if self._recordings is not None and (deleted := await self._recordings()):
            log.info("recordings: %d were old enough to go", deleted)
        if self._outbox is not None:
            await self._outbox(self._clock.now() - SENT_KEPT)
        gone = await self._audit.prune(self._clock.now() - self._keep)
        found = await self._audit.verify()
        if found.whole:
            text = "audit log: %d entries, all as they were written; %d were old enough to go; the newest is %d:%s"
            log.info(text, found.entries, gone, found.last_id, found.head)
        else:
            log.error("audit log: not as it was written, from entry %s on: %s", found.broken_at, found.why)
