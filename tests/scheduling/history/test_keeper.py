"""What queues live through is in the database, whatever the database does meanwhile; on SQLite and on PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from test_visits import agent_left, answered, ended, left, queued
from waiting import until

from core.database import Database
from core.errors import DatabaseGone
from core.events import Event
from realtime.bus import InProcessBus
from scheduling.history.keeper import HistoryKeeper
from scheduling.history.model import QueueVisit
from scheduling.history.store import History

NOON = datetime(2026, 3, 10, 14, 7, tzinfo=UTC)
CALL = (queued(0), left(20, "answered", 20.0), answered(20), agent_left(200, 180.0), ended(200))


class House:
    def __init__(self, url: str) -> None:
        self.database, self.bus = Database(url), InProcessBus()
        self.history = History(self.database)

    def keeper(self) -> HistoryKeeper:
        return HistoryKeeper(history=self.history, bus=self.bus, now=lambda: NOON)

    async def happens(self, *events: Event) -> None:
        for event in events:
            await self.bus.publish("call.c1", event)

    async def started(self) -> HistoryKeeper:
        keeper = self.keeper()
        await keeper.start()
        await asyncio.sleep(0)  # it listens now
        return keeper

    async def stored(self, wanted: Callable[[QueueVisit], bool]) -> None:
        """The one visit that there is becomes what is wanted."""
        async with asyncio.timeout(10):
            while not any(wanted(visit) for visit in await self.visits()):  # noqa: ASYNC110 - a database has no event
                await asyncio.sleep(0.02)

    async def visits(self) -> tuple[QueueVisit, ...]:
        return await self.history.visits(NOON - timedelta(days=1), NOON + timedelta(days=1))


async def test_a_call_through_a_queue_is_one_visit(url: str) -> None:
    house = House(url)
    keeper = await house.started()
    await house.happens(*CALL)
    await house.stored(lambda visit: visit.talk_s is not None)
    await keeper.stop()
    [visit] = await house.visits()
    assert (visit.outcome, visit.wait_s, visit.talk_s) == ("answered", 20.0, 180.0)
    await house.database.close()


async def test_a_restart_in_mid_call_makes_no_second_visit(url: str) -> None:
    house = House(url)
    first = await house.started()
    await house.happens(*CALL[:3])
    await house.stored(lambda visit: visit.outcome == "answered")
    await first.stop()
    second = await house.started()
    await house.happens(*CALL[3:])
    await house.stored(lambda visit: visit.talk_s is not None)
    await second.stop()
    [visit] = await house.visits()
    assert (visit.outcome, visit.talk_s) == ("answered", 180.0)
    await house.database.close()


async def test_while_the_database_is_away_visits_wait(url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    house = House(url)
    keep, tried = house.history.keep, list[int]()

    async def away(visits: list[QueueVisit]) -> None:
        tried.append(len(visits))
        if len(tried) == 1:
            raise DatabaseGone("nobody answers")
        await keep(visits)

    monkeypatch.setattr(house.history, "keep", away)
    monkeypatch.setattr("scheduling.history.keeper.RETRY_S", 0.01)
    keeper = await house.started()
    await house.happens(*CALL)
    await until(lambda: len(tried) > 1)
    await house.stored(lambda visit: visit.talk_s is not None)
    await keeper.stop()
    assert len(await house.visits()) == 1
    await house.database.close()
