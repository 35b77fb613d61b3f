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
from records.contact import Answered, AnyStep, Gap, Queued
from records.contacts import Contacts
from telephony import cel

log = logging.getLogger(__name__)

LOOK_BACK = timedelta(days=7)
EVERY_S = 24 * 3600.0
NOT_WATCHED = "nobody was watching; taken from the phone system's own record"
SAME_MOMENT = timedelta(seconds=1)  # the record and the events tell of one moment by two clocks
SETTLED = timedelta(seconds=10)  # the record of a call that has just ended may not be complete


class Mending:
    """`live` gives the ids of the calls that are going on now, `agent` the id and name of who sits at a device.

    Without a `url` there is nothing to mend from.
    """

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
        agent: Callable[[str], tuple[str, str]],
    ) -> None:
        self._url, self._table, self._context, self._system = url, table, context, system
        self._contacts, self._clock, self._live, self._agent = contacts, clock, live, agent
        self._lock = asyncio.Lock()
        self._soon: asyncio.Task[None] | None = None  # what had just ended is looked at once more
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

    async def _mend_again(self) -> None:
        await asyncio.sleep(SETTLED.total_seconds())
        self._soon = None  # before, so that what is not settled even then is looked at again
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
        unended = {contact.linkedid: contact for contact in await self._contacts.open_calls()}
        mended = 0
        for call in recorded:
            its_id, ended_at = call_id(self._system, call.linkedid), call.ended_at or call.last_at
            if its_id in live:
                continue
            if now - ended_at < SETTLED:
                if (call.linkedid in missing or call.linkedid in unended) and self._soon is None:
                    self._soon = self._tasks.start(self._mend_again(), name="soon")
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
                seen_until = call.started_at
            elif (contact := unended.get(call.linkedid)) is not None:
                seen_until = max([contact.started_at, *(step.at for step in contact.course)])
            else:
                continue
            for step in self._steps(call, seen_until):
                await self._contacts.progress(its_id, step)
            await self._contacts.progress(its_id, Gap(at=seen_until, until=ended_at, why=NOT_WATCHED))
            await self._contacts.close(
                its_id,
                ended_at=ended_at,
                outcome=call.outcome,
                wait_s=call.wait_s,
                talk_s=call.talk_s,
                incomplete=True,
            )
            mended += 1
        if mended:
            log.warning("%d calls that nobody saw to their end were completed from the phone system's record", mended)
        return mended

    def _steps(self, call: cel.CelCall, after: datetime) -> list[AnyStep]:
        """What the record says happened later than what was seen."""
        steps: list[AnyStep] = [Queued(at=queue.at, queue=queue.name) for queue in call.queues]
        for answer in call.answers:
            agent_id, name = self._agent(answer.name)
            steps.append(Answered(at=answer.at, agent_id=agent_id, agent_name=name))
        return [step for step in steps if step.at > after + SAME_MOMENT]
