"""What helps an agent put together: advice and the pen, with the plan's holidays and a model of the house, if any."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from zoneinfo import ZoneInfo

import holidays

from assist.advice.adviser import Adviser
from assist.advice.directory import Directory
from assist.call_file import CallFile
from assist.conversation import AgentFacts
from assist.documentation.documenter import Documenter
from assist.documentation.summarising import Summariser
from assist.helping import Helping
from core.bus import Bus
from core.clock import Clock
from core.errors import Problem
from memberline.settings import Settings


@asynccontextmanager
async def served(
    settings: Settings,
    directory: Directory,
    *,
    bus: Bus,
    clock: Clock,
    file: Callable[[str], CallFile | None],
    agent: Callable[[str], AgentFacts],
) -> AsyncIterator[Helping]:
    """Calls are advised on and documented while the context lasts. Raises `Problem` for a setting that says nothing."""
    summariser = _summariser(settings)
    helping = Helping(
        bus=bus,
        clock=clock,
        adviser=Adviser(directory),
        documenter=Documenter(directory, await asyncio.to_thread(_closed, settings)),
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
        yield helping


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
