"""Sends what is in the outbox: a few lines at a time, each try limited, until it is there or a person has to look."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from contextlib import suppress
from datetime import datetime
from typing import Protocol

from sqlalchemy.orm import Session

from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, Problem, place_of
from core.tasks import TaskOwner
from records.outbox import Ending, Entry, NotTaken, Outbox

log = logging.getLogger(__name__)

EVERY_S = 2.0
"""So often the outbox is looked into where nobody wakes the worker."""
_AWAY = (DatabaseGone, DatabaseBusy, DatabaseLate, TimeoutError, OSError)


class Carrier(Protocol):
    """Brings the entries of one kind to where they belong."""

    def begin(self, session: Session, entry: Entry, at: datetime) -> bool:
        """With the claim, in its unit of work: it goes now. False: there is nothing to send any more."""

    async def carry(self, entry: Entry) -> None:
        """Bring it there; returning means that it is there, now or since an earlier try with this key.

        Raises `NotTaken` for a no that stands, `DatabaseGone` and the like where nobody answers, and anything else for
        an answer that is none.
        """

    def ended(self, session: Session, entry: Entry, ending: Ending, why: str, at: datetime) -> None:
        """With the end, in its unit of work."""

    async def told(self, entry: Entry, ending: Ending, why: str) -> None:
        """After that: who else wants to know."""


async def nothing() -> None:
    """For a worker that has nothing to see to before it looks."""


class OutboxWorker:
    """`first` is done before each look into the outbox. `lines` are served at once; a try ends after `within_s`."""

    def __init__(
        self,
        outbox: Outbox,
        carriers: Mapping[str, Carrier],
        *,
        first: Callable[[], Awaitable[None]] = nothing,
        lines: int = 4,
        within_s: float = 20.0,
        every_s: float = EVERY_S,
    ) -> None:
        if within_s >= outbox.lease_s:
            raise Problem("a try may not last as long as its claim", remedy="Give the outbox a longer lease")
        self._outbox, self._carriers, self._first = outbox, carriers, first
        self._lines, self._within_s, self._every_s = lines, within_s, every_s
        self._wake = asyncio.Event()
        self._tasks, self._sending = TaskOwner("outbox"), TaskOwner("outbox.sending")
        self._away = self._database_away = False

    async def start(self) -> None:
        self._tasks.start(self._run(), name="worker")

    async def stop(self) -> None:
        """What is being sent is cut off; it is sent again after the next start, under the same key."""
        await self._tasks.stop()
        await self._sending.stop()

    def wake(self) -> None:
        """There is something new."""
        self._wake.set()

    async def once(self) -> int:
        """Send what is due now, to its end, and say how many entries that were."""
        await self._first()
        entries = await self._outbox.claim(tuple(self._carriers), self._lines, self._begin)
        failures = await asyncio.gather(*(self._send(entry) for entry in entries), return_exceptions=True)
        for failure in failures:
            if failure is not None:
                raise failure
        return len(entries)

    def _begin(self, session: Session, entry: Entry, at: datetime) -> bool:
        return self._carriers[entry.kind].begin(session, entry, at)

    async def _run(self) -> None:
        while True:
            self._wake.clear()
            await self._looked()
            with suppress(TimeoutError):
                async with asyncio.timeout(self._every_s):
                    await self._wake.wait()

    async def _looked(self) -> None:
        """Claim as much as is free to be sent, and have it sent beside what is being sent already."""
        try:
            await self._first()
            if free := self._lines - len(self._sending):
                for entry in await self._outbox.claim(tuple(self._carriers), free, self._begin):
                    task = self._sending.start(self._sent(entry), name=f"{entry.kind}.{entry.ref}")
                    task.add_done_callback(lambda _: self.wake())  # its line goes on, and there is room again
        except (DatabaseGone, DatabaseBusy, DatabaseLate) as gone:
            self._database(str(gone))
        except Exception as failure:  # noqa: BLE001 - whatever it is, the next look may succeed
            log.error("looking into the outbox failed: %s", place_of(failure))
        else:
            self._database("")

    async def _sent(self, entry: Entry) -> None:
        try:
            await self._send(entry)
        except (DatabaseGone, DatabaseBusy, DatabaseLate) as gone:  # sent again when the claim has run out
            self._database(str(gone))

    def _database(self, gone: str) -> None:
        """Say once that the database is away, and once that it is back."""
        if gone and not self._database_away:
            log.error("the outbox cannot be read or written: %s", gone)
        elif not gone and self._database_away:
            log.info("the outbox can be read and written again")
        self._database_away = bool(gone)

    async def _send(self, entry: Entry) -> None:
        carrier = self._carriers[entry.kind]
        try:
            async with asyncio.timeout(self._within_s):
                await carrier.carry(entry)
        except NotTaken as no:
            self._answered()
            await self._end(carrier, entry, "failed", str(no))
        except _AWAY as gone:
            why = str(gone) if isinstance(gone, Problem) else f"no answer within {self._within_s:g} s"
            if not self._away:
                log.warning("what is sent does not arrive: %s", why)
            self._away = True
            await self._later(entry, why, unclear=False)
        except Exception as failure:  # noqa: BLE001 - a poison entry may raise anything; its line waits for a person
            self._answered()
            why = str(failure) if isinstance(failure, Problem) else place_of(failure)
            await self._later(entry, why, unclear=True)
        else:
            self._answered()
            await self._end(carrier, entry, "done", "")

    async def _end(self, carrier: Carrier, entry: Entry, ending: Ending, why: str) -> None:
        if await self._outbox.end(entry, ending, why, carrier.ended):
            await carrier.told(entry, ending, why)

    async def _later(self, entry: Entry, why: str, *, unclear: bool) -> None:
        if await self._outbox.again(entry, why, unclear=unclear):
            log.error("the line of %s %s is parked: %s", entry.kind, entry.ref, why)

    def _answered(self) -> None:
        if self._away:
            log.info("what is sent arrives again")
        self._away = False
