"""Closing and opening by announcement, carried out: at once, by the clock, and again after a restart.

The rows are the truth. What is in force is told from memory, by the time of asking, so a closure begins and ends to the
second; the rows are looked at every second for what another process (the command line) has done.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.bus import Bus
from core.clock import Clock
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate, Problem
from core.routes import Refusal
from core.tasks import TaskOwner
from ivr.closing_line import ClosingLine
from ivr.closing_promises import Concerned, ConcernedAppointment, Promises
from ivr.closure_store import ClosureStore
from ivr.closures import (
    NOTICES,
    CloseAsked,
    Closure,
    Notice,
    NoticeChanged,
    announced,
    closed,
    in_words,
    notices,
    problems,
    tidied,
)
from ivr.dialog.scene import verbatim
from ivr.document.model import Language
from ivr.parts import Sounds
from records.audit import Audit

log = logging.getLogger(__name__)

EVERY_S = 1.0
COUNSELLORS_EVERY = timedelta(minutes=1)  # appointments that are booked into a closure later

Changed = Callable[[], Awaitable[None]]


@dataclass
class KnownClosures:
    """The closures that are not over, as they were last read. Cheap to ask."""

    clock: Clock
    all: tuple[Closure, ...] = field(default=())

    def announced(self) -> Mapping[str, dict[Language, str]]:
        """What is closed now: queue ("" for the whole centre) → what is said."""
        return announced(self.all, self.clock.now())

    def closed(self, queue: str) -> bool:
        return closed(self.all, queue, self.clock.now())


class ClosingService:
    """`queues`, `languages`: those of the site, and of the menu in use. `changed` is awaited whenever something else is
    closed than before. With `sounds` a message is spoken before it is taken."""

    def __init__(
        self,
        *,
        store: ClosureStore,
        known: KnownClosures,
        line: ClosingLine,
        promises: Promises,
        audit: Audit,
        bus: Bus,
        clock: Clock,
        queues: Callable[[], Sequence[str]],
        languages: Callable[[], Sequence[Language]],
        sounds: Sounds | None = None,
        changed: Iterable[Changed] = (),
    ) -> None:
        self._store, self._known, self._line, self._promises = store, known, line, promises
        self._audit, self._bus, self._clock, self._sounds = audit, bus, clock, sounds
        self._queues, self._languages, self._changed = queues, languages, tuple(changed)
        self._told: tuple[Notice, ...] | None = None  # to colleagues, last
        self._acted: tuple[Notice, ...] | None = None  # what others have acted on
        self._untold = False  # colleagues could not be told, and the log says so
        self._counsellors_at: datetime | None = None  # when it was last looked for appointments
        self._woken = asyncio.Event()
        self._one = asyncio.Lock()  # looks at the rows
        self._tasks = TaskOwner("closing")

    async def start(self) -> None:
        await self._refresh()
        self._tasks.start(self._keep_looking(), name="look")

    async def stop(self) -> None:
        """What is closed stays closed."""
        await self._tasks.stop()

    # --- asking -----------------------------------------------------------------------------------

    @property
    def queues(self) -> tuple[str, ...]:
        return tuple(self._queues())

    @property
    def languages(self) -> tuple[Language, ...]:
        return tuple(self._languages())

    def current(self) -> tuple[Closure, ...]:
        """Those in force, and those to come."""
        now = self._clock.now()
        return tuple(each for each in self._known.all if not each.over(now))

    def notices(self) -> tuple[Notice, ...]:
        """What colleagues are told now."""
        return notices(self._known.all, self._clock.now())

    async def concerned(self, queue: str, begins_at: datetime, ends_at: datetime) -> Concerned:
        """Whom closing it then would concern, as it stands now."""
        bookings = await self._promises.appointments_in(queue, begins_at, ends_at)
        return Concerned(
            waiting=self._line.count(queue),
            callbacks=len(await self._promises.callbacks_of(queue)),
            appointments=tuple(
                ConcernedAppointment(
                    reference=booking.slot.reference,
                    counsellor=booking.slot.counsellor_id,
                    begins_at=booking.slot.begins_at,
                    place=booking.slot.place,
                )
                for booking in bookings
            ),
        )

    # --- verbs ------------------------------------------------------------------------------------

    async def close(self, asked: CloseAsked, by: str) -> Closure:
        """Close by announcement. Asked again, it is the same closure. Raises `Refusal` with all that is wrong."""
        asked = tidied(asked)
        if wrong := problems(asked, self._clock.now(), self.queues, self.languages):
            raise Refusal(422, ". ".join(wrong))
        await self._speak(asked)
        closure = await self._store.add(asked, by, self._clock.now(), self._audit.note(by, "close"))
        await self._refresh()
        self._woken.set()
        return closure

    async def end(self, closure_id: str, by: str) -> Closure:
        """End it now; told twice, it has ended once. Raises `Refusal` where there is none."""
        closure = await self._store.end(closure_id, by, self._clock.now(), self._audit.note(by, "open"))
        if closure is None:
            raise Refusal(404, "There is no such closure")
        await self._refresh()
        self._woken.set()
        return closure

    async def _speak(self, asked: CloseAsked) -> None:
        """Whether it can be said is found out now, and not with the first caller."""
        if self._sounds is None:
            return
        call = "closing"
        try:
            for language in self.languages:
                lines = verbatim(language, asked.message[language])
                try:
                    await self._sounds.sound(lines, language, False, call)
                except Problem as problem:
                    raise Refusal(422, f"{language}: this cannot be spoken: {problem}") from problem
        finally:
            await self._sounds.forget(call)

    # --- carrying out -----------------------------------------------------------------------------

    async def _keep_looking(self) -> None:
        away = False
        while True:
            self._woken.clear()
            try:
                await self.look()
                away = False
            except (DatabaseGone, DatabaseBusy, DatabaseLate) as gone:
                if not away:
                    log.error("closures are carried out as far as they are known: %s", gone)
                away = True
            except Exception:
                log.exception("closures could not be carried out")
            with suppress(TimeoutError):
                async with asyncio.timeout(EVERY_S):
                    await self._woken.wait()

    async def look(self) -> None:
        """Read the rows, tell what changed, and do what is due."""
        await self._refresh()
        now, closures = self._clock.now(), self._known.all
        if self._counsellors_at is None or now - self._counsellors_at >= COUNSELLORS_EVERY:
            await self._promises.tell_counsellors(closures)
            self._counsellors_at = now
        for closure in closures:
            if closure.in_force(now) and closure.begun_at is None:
                await self._promises.begin(closure)
                await self._store.begun(closure.closure_id, now)
                log.info("closed: %s", in_words(closure))
                await self._refresh()
        await self._promises.hold(self._known.all)
        await self._line.look(self._known.all)

    async def _refresh(self) -> None:
        async with self._one:
            now = self._clock.now()
            rows = await self._store.current(now)
            before = {each.closure_id: each for each in self._known.all}
            left = before.keys() - {each.closure_id for each in rows}
            early = any(before[closure_id].in_force(now) for closure_id in left)
            promised = await self._promises.promised() if early else ()
            if {each.closure_id for each in rows} != before.keys():
                self._counsellors_at = None
            self._known.all = rows
            await self._promises.open_early(promised)
            await self._tell(now)

    async def _tell(self, now: datetime) -> None:
        """Tell colleagues, and whoever else acts on it, where what is closed has become another."""
        standing = notices(self._known.all, now)
        if standing != self._acted:
            self._acted = standing
            for changed in self._changed:
                await changed()
        if standing == self._told:
            return
        try:
            await self._bus.publish(NOTICES, NoticeChanged(at=now, notices=standing))
        except Problem as problem:  # the bus is away: told with the next look
            if not self._untold:
                log.error("colleagues are not told yet what is closed: %s", problem)
            self._untold = True
        else:
            self._told, self._untold = standing, False
