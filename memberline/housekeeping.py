"""What is done once a day, by rule."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta

from core.clock import Clock
from core.errors import Problem
from core.tasks import TaskOwner
from ivr.calling_numbers import CallingNumbers
from records.audit import Audit

log = logging.getLogger(__name__)

EVERY_S = 24 * 3600.0


class Housekeeping:
    """Takes audit entries out that are older than the rule says, proves what is left, forgets old failed proofs."""

    def __init__(self, *, audit: Audit, calling: CallingNumbers, clock: Clock, audit_keep_days: int) -> None:
        self._audit, self._calling = audit, calling
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
        gone = await self._audit.prune(self._clock.now() - self._keep)
        found = await self._audit.verify()
        if found.whole:
            text = "audit log: %d entries, all as they were written; %d were old enough to go; the newest is %d:%s"
            log.info(text, found.entries, gone, found.last_id, found.head)
        else:
            log.error("audit log: not as it was written, from entry %s on: %s", found.broken_at, found.why)
