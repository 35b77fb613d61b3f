"""Looks that nobody waits for: a screen-pop is on the desk before it is on record, and on record it comes."""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from datetime import datetime
from typing import NamedTuple

from core.clock import Clock
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, place_of
from core.tasks import TaskOwner
from records.audit import Audit

log = logging.getLogger(__name__)

BOUND = 10_000  # looks; a day of a busy centre
RETRY_S = 1.0


class _Look(NamedTuple):
    at: datetime
    agent_id: str
    action: str
    why: str
    member_id: str | None
    about: str


class LookKeeper:
    """Writes looks into the audit log in their order, again and again while the database is away.

    One whose answer was lost is written twice rather than not at all. At most `bound` wait: then the oldest is given
    up, and the service's log says so.
    """

    def __init__(self, audit: Audit, clock: Clock, *, bound: int = BOUND) -> None:
        self._audit, self._clock, self._bound = audit, clock, bound
        self._waiting: deque[_Look] = deque()
        self._writing: asyncio.Task[None] | None = None
        self._tasks = TaskOwner("looks")

    def looked(self, agent_id: str, action: str, *, why: str, member_id: str | None = None, about: str = "") -> None:
        """As `records.audit.Audit.looked`, at once: it holds for now, whenever it is written."""
        if len(self._waiting) >= self._bound:
            given_up = self._waiting.popleft()
            log.error("the database is away too long: a look (%s) of %s is lost", given_up.action, given_up.agent_id)
        self._waiting.append(_Look(self._clock.now(), agent_id, action, why, member_id, about))
        if self._writing is None or self._writing.done():
            self._writing = self._tasks.start(self._write(), name="write")

    async def stop(self, within: float = 5.0) -> None:
        """Write what still waits, within `within` seconds, and end."""
        if self._writing is not None:
            await asyncio.wait([self._writing], timeout=within)
        await self._tasks.stop()
        if self._waiting:
            log.error("%d looks could not be written into the audit log before stopping", len(self._waiting))

    async def _write(self) -> None:
        while self._waiting:
            look = self._waiting[0]
            try:
                await self._audit.looked(
                    look.agent_id,
                    look.action,
                    why=look.why,
                    member_id=look.member_id,
                    about=look.about,
                    at=look.at,
                )
            except (DatabaseGone, DatabaseBusy, DatabaseLate):
                await asyncio.sleep(RETRY_S)
                continue
            except Exception as failure:  # noqa: BLE001
                log.error("a look (%s) of %s could not be written: %s", look.action, look.agent_id, place_of(failure))
            if self._waiting and self._waiting[0] is look:  # else it was given up meanwhile
                self._waiting.popleft()
