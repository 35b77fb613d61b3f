"""Never lose a call: what the PBX's own record knows and the contacts don't is added, at start and every day.

The record (CEL) is read off the event loop. A call with no contact gets one, marked incomplete; a contact that was
left open because nobody saw the end is closed with what the record says.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from datetime import datetime, timedelta

from core.clock import Clock
from core.errors import Problem
from core.ids import call_id
from core.tasks import TaskOwner
from records.contacts import Contacts
from telephony import cel

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
EVERY_S = 24 * 3600.0
SETTLED = timedelta(seconds=10)  # the record of a call that has just ended may not be complete


class Mending:
    """`live` gives the ids of the calls that are going on now. Without a `url` there is nothing to mend from."""

    def __init__(
        self,
        *,
        url: str,
        table: str,
        context: str,
        system: str,
        contacts: Contacts,
        clock: Clock,
        live: Callable[[], set[str]],
    ) -> None:
        self._url, self._table, self._context, self._system = url, table, context, system
        self._contacts, self._clock, self._live = contacts, clock, live
        self._lock = asyncio.Lock()
        self._tasks = TaskOwner("mending")

    async def start(self) -> None:
        if self._url:
            self._tasks.start(self._daily(), name="daily")
        else:
            log.warning("cel_url is not set: calls that nobody saw are not found again")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def _daily(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.mend()

    async def mend(self) -> int:
        """Compare and add; how many contacts were made or closed."""
        if not self._url:
            return 0
        async with self._lock:
            now = self._clock.now()
            try:
                since = now - LOOK_BACK
                rows = await asyncio.to_thread(cel.read_cel, self._url, self._table, since)
                return await self._compare(cel.calls(rows, entered=self._context), now)
            except Problem as problem:
                log.error("the phone system's own record could not be compared: %s", problem)
                return 0

    async def _compare(self, recorded: list[cel.CelCall], now: datetime) -> int:
        live = self._live()
        missing = await self._contacts.missing(self._system, [call.linkedid for call in recorded])
        unended = {contact.linkedid for contact in await self._contacts.open_calls() if contact.call_id not in live}
        mended = 0
        for call in recorded:
            its_id = call_id(self._system, call.linkedid)
            if its_id in live or (call.ended_at and now - call.ended_at < SETTLED):
                continue
            if call.linkedid in missing:
                await self._contacts.open(
                    its_id,
                    system=self._system,
                    linkedid=call.linkedid,
                    caller_number=call.caller_number,
                    dialled=call.dialled,
                    started_at=call.started_at,
                    incomplete=True,
                )
            if call.linkedid in missing | unended:
                await self._contacts.close(
                    its_id,
                    ended_at=call.ended_at or now,
                    outcome=call.outcome,
                    wait_s=call.wait_s,
                    talk_s=call.talk_s,
                    incomplete=True,
                )
                mended += 1
        if mended:
            log.warning("%d calls that nobody saw to their end were completed from the phone system's record", mended)
        return mended
