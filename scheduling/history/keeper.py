"""Keeps the visits to the queues, as the phone system tells of them."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.bus import Bus, Delivery
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, place_of
from core.following import follow
from core.tasks import TaskOwner
from scheduling.history.model import QueueVisit
from scheduling.history.store import History
from scheduling.history.visits import VisitTracker

log = logging.getLogger(__name__)

BEHIND = "the history of the queues fell behind: some visits are kept without their end"
RESUMED = timedelta(hours=12)  # whoever joined a queue before that does not wait there any more
WAITING = 50_000  # visits not stored yet; some hours of a busy centre
BATCH = 500
RETRY_S = 1.0


class HistoryKeeper:
    """Follows the calls and the agents' states. The bus never waits for the database.

    A visit is stored as it stands, so only its newest state waits to be stored. `now` is asked once, at the start.
    """

    def __init__(self, *, history: History, bus: Bus, now: Callable[[], datetime]) -> None:
        self._history, self._bus, self._now = history, bus, now
        self._tracker = VisitTracker()
        self._unstored: dict[tuple[str, str, datetime], QueueVisit] = {}
        self._work, self._idle = asyncio.Event(), asyncio.Event()
        self._idle.set()
        self._tasks = TaskOwner("queue-history")

    async def start(self) -> None:
        """Raises `DatabaseGone`, `DatabaseBusy` or `DatabaseLate`."""
        self._tracker.resume(await self._history.under_way(self._now() - RESUMED))
        for pattern in ("call.>", "states.*"):
            self._tasks.start(follow(self._bus, pattern, self._take, behind=BEHIND), name=pattern)
        self._tasks.start(self._store(), name="store")

    async def stop(self, within: float = 5.0) -> None:
        """Store what still waits, within `within` seconds, and end."""
        try:
            async with asyncio.timeout(within):
                await self._idle.wait()
        except TimeoutError:
            log.error("%d visits to queues could not be stored before stopping", len(self._unstored))
        await self._tasks.stop()

    async def _take(self, delivery: Delivery) -> None:
        for visit in self._tracker.feed(delivery.event):
            key = (visit.call_id, visit.queue, visit.offered_at)
            if key not in self._unstored and len(self._unstored) >= WAITING:
                self._unstored.pop(next(iter(self._unstored)))
                log.error("the database is away too long: a visit to a queue was given up")
            self._unstored[key] = visit
            self._idle.clear()
            self._work.set()

    async def _store(self) -> None:
        while True:
            await self._work.wait()
            some = dict(list(self._unstored.items())[:BATCH])
            try:
                await self._keep(list(some.values()))
            except (DatabaseGone, DatabaseBusy, DatabaseLate) as away:
                log.debug("visits to queues wait to be stored: %s", away)
                await asyncio.sleep(RETRY_S)
                continue
            for key, visit in some.items():
                if self._unstored.get(key) is visit:
                    del self._unstored[key]
            if not self._unstored:
                self._work.clear()
                self._idle.set()

    async def _keep(self, visits: list[QueueVisit]) -> None:
        """Together; one by one where the database refuses, so that one it cannot take costs no other."""
        try:
            await self._history.keep(visits)
        except (DatabaseGone, DatabaseBusy, DatabaseLate):
            raise
        except Exception as failure:  # noqa: BLE001
            if len(visits) == 1:
                log.error("a visit to a queue could not be stored: %s", place_of(failure))
                return
            for visit in visits:
                await self._keep([visit])
