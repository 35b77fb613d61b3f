"""What helps an agent put together: advice, the guide, and the pen with the plan's holidays and a house's own model."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays

from assist.advice.adviser import Adviser
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.documentation.documenter import Documenter
from assist.documentation.summarising import Summariser
from assist.guide.guiding import Guiding
from assist.helping import Helping
from core.bus import Bus
from core.clock import Clock
from core.database import Database
from core.errors import Problem
from memberline import guiding
from memberline.settings import Settings


@dataclass(frozen=True)
class HelpSide:
    """What the rest of the service has to do with."""

    helping: Helping
    guide: Guiding


@asynccontextmanager
async def served(
    settings: Settings,
    adviser: Adviser,
    *,
    bus: Bus,
    clock: Clock,
    file: Callable[[str], CallFile | None],
    agent: Callable[[str], AgentFacts],
    database: Database,
    directory_file: Path,
) -> AsyncIterator[HelpSide]:
    """Calls are advised on, documented, and the plan's guide stands beside them while the context lasts.

    Raises `Problem` for a setting that says nothing, or a file with mistakes.
    """
    summariser = _summariser(settings)
    helping = Helping(
        bus=bus,
        clock=clock,
        adviser=adviser,
        documenter=Documenter(adviser.directory, await asyncio.to_thread(_closed, settings)),
        file=file,
        agent=agent,
        zone=ZoneInfo(settings.site_zone),
        summariser=summariser,
    )
    async with AsyncExitStack() as stack:
        if summariser is not None:
            stack.push_async_callback(summariser.close)
        stack.push_async_callback(helping.stop)
        await helping.start()
        guide = await stack.enter_async_context(
            guiding.served(
                settings,
                adviser.directory,
                directory_file,
                database=database,
                bus=bus,
                clock=clock,
                file=file,
                agent=agent,
            )
        )
        yield HelpSide(helping, guide)


def _closed(settings: Settings) -> holidays.HolidayBase:
    country, _, region = settings.site_holidays.partition("-")
    try:
        return holidays.country_holidays(country, subdiv=region or None)
    except NotImplementedError as error:
        raise Problem(str(error), place="site_holidays", remedy="Write a country, or country-region: US-GA") from error


def _summariser(settings: Settings) -> Summariser | None:
    """None: summaries stay as they are made here."""
    if not settings.summary_address:
        return None
    if not settings.summary_model:
        raise Problem("is not set", place="summary_model", remedy="Name a model that the endpoint has")
    return Summariser(settings.summary_address, model=settings.summary_model, within_s=settings.summary_within_s)
