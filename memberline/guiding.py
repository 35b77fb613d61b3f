"""The guide put together: the plan's files, and the handbook as it is in the database now."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

from assist.advice.directory import Directory
from assist.advice.embedding import Embedder
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.guide import letters, statements
from assist.guide.guiding import Guiding
from assist.handbook import likeness, words
from assist.handbook.finding import Finder
from assist.handbook.meaning import Prepared
from assist.handbook.store import Handbook
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import DatabaseBusy, DatabaseGone, DatabaseLate
from core.tasks import TaskOwner
from memberline.settings import Settings

LOOK_EVERY_S = 60.0  # whether another handbook was imported, or another day has begun

log = logging.getLogger(__name__)


class CurrentHandbook:
    """The finder for what is in force. Another import is seen within a minute; until then the one before serves."""

    def __init__(self, handbook: Handbook, today: Callable[[], date]) -> None:
        self.finder: Finder | None = None
        self._handbook, self._today = handbook, today
        self._made_of: object = None
        self._tasks = TaskOwner("handbook")

    async def start(self) -> None:
        self._tasks.start(self._follow(), name="follow")

    async def stop(self) -> None:
        await self._tasks.stop()

    async def refresh(self) -> None:
        """Raises what the database raises."""
        today = self._today()
        editions = await self._handbook.editions()
        made_of = today, [each.document.version for each in editions]
        if made_of == self._made_of:
            return
        prepared = await self._handbook.passages(today)
        self.finder = await asyncio.to_thread(_finder, prepared) if prepared else None
        self._made_of = made_of
        log.info("handbook: %d passages of %d editions", len(prepared), len(editions))

    async def _follow(self) -> None:
        while True:
            try:
                await self.refresh()
            except (DatabaseGone, DatabaseBusy, DatabaseLate) as away:
                log.debug("the handbook is looked at later: %s", away)
            await asyncio.sleep(LOOK_EVERY_S)


@asynccontextmanager
async def served(
    settings: Settings,
    directory: Directory,
    directory_file: Path,
    *,
    database: Database,
    bus: Bus,
    clock: Clock,
    file: Callable[[str], CallFile | None],
    agent: Callable[[str], AgentFacts],
) -> AsyncIterator[Guiding]:
    """While the context lasts something stands beside each call. Raises `Problem` for a file with mistakes."""
    zone, topics = ZoneInfo(settings.site_zone), [topic.id for topic in directory.topics]
    current = CurrentHandbook(Handbook(database, clock), lambda: clock.now().astimezone(zone).date())
    guiding = Guiding(
        bus=bus,
        clock=clock,
        directory=directory,
        statements=await asyncio.to_thread(statements.of_plan, directory_file, topics=topics),
        letters=await asyncio.to_thread(letters.of_plan, directory_file, topics=topics),
        finder=lambda: current.finder,
        file=file,
        agent=agent,
        zone=zone,
    )
    async with AsyncExitStack() as stack:
        stack.push_async_callback(current.stop)
        await current.start()
        stack.push_async_callback(guiding.stop)
        await guiding.start()
        yield guiding


def _finder(prepared: tuple[Prepared, ...]) -> Finder:
    return Finder(prepared, words.synonyms(), Embedder(), likeness.load())
