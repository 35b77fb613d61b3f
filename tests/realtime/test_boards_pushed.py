"""The wall and a queue through the real gateway: a snapshot plus what is pushed is a fresh fetch, whatever drops."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace
from waiting import until, until_found
from websockets.asyncio.client import connect
from wire_house import SUE, Client, House, Site, open_site

from assist.desk import wall as walls
from assist.desk.board_routes import BoardRoutes, QueueInfo, WallInfo
from assist.desk.boards import QueueKeeper, WallKeeper
from assist.desk.wall import WaitingLine, Wall, WallChanged
from core.bus import Bus, Position
from core.events import Event
from core.tasks import TaskOwner
from telephony import queue as queues
from telephony.events import QueueChanged, QueueMemberChanged
from telephony.queue import AnyQueueEvent, QueueSeen, QueueState

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
QUEUE = "north.desk 2"
SUBJECT = "queue.north%2Edesk%202"


class NoLooks:
    def on_wall(self, viewer: str, lines: object) -> None:
        pass


class Centre:
    """A wall and a queue that change, and what keeps and serves them."""

    def __init__(self, house: House, chance: random.Random) -> None:
        self.bus, self.chance = house.bus, chance
        self.wall_now = Wall()
        self.queue_now = QueueState(queue=QUEUE, waiting=(), members=())
        self.wall = WallKeeper(bus=house.bus, clock=house.clock, look=lambda: self.wall_now)
        self.queues = QueueKeeper(bus=house.bus, retell=lambda: self._tasks.start(self.retell(), name="retell"))
        self._tasks = TaskOwner("test")
        routes = BoardRoutes(wall=self.wall, queues=self.queues, looks=NoLooks())  # type: ignore[arg-type]
        self.routes = routes.routes()

    async def retell(self) -> None:
        await self.bus.publish(SUBJECT, QueueSeen(at=AT, state=self.queue_now))

    async def something_happens(self) -> None:
        chance = self.chance
        self.wall_now = Wall(
            queues=tuple(
                WaitingLine(name=name, waiting=chance.randint(0, 3)) for name in "abc" if chance.random() < 0.7
            )
        )
        self.wall.wake()
        event: AnyQueueEvent = QueueChanged(at=AT, queue=QUEUE, waiting=tuple(map(str, range(chance.randint(0, 4)))))
        if chance.random() < 0.5:
            event = QueueMemberChanged(
                at=AT,
                queue=QUEUE,
                device=f"PJSIP/{chance.randint(1, 4)}",
                member=chance.random() < 0.7,
                state="not_in_use",
                paused=chance.random() < 0.5,
                paused_reason="",
                penalty=0,
            )
        self.queue_now = queues.apply(self.queue_now, event)
        await self.bus.publish(SUBJECT, event)

    @asynccontextmanager
    async def at_work(self) -> AsyncIterator[None]:
        for keeper in (self.wall, self.queues):
            await keeper.start()
        await asyncio.sleep(0)
        await self.retell()
        try:
            yield
        finally:
            for keeper in (self.wall, self.queues):
                await keeper.stop()
            await self._tasks.stop()


class Mirror:
    """A client by the book: what it fetched, brought on by what it is pushed."""

    def __init__(self, site: Site, path: str, info: Any, events: Any, apply: Callable[[Any, Any], Any]) -> None:
        self.site, self.path, self.info, self.events, self.apply = site, path, info, events, apply
        self.state: Any = None
        self.position: Position | None = None
        self.client: Client | None = None
        self.reloads = -1

    async def fetch(self) -> Any:
        async with self.site.browser.get(self.path) as answer:
            assert answer.status == 200, await answer.text()
            return msgspec.json.decode(await answer.read(), type=self.info)

    async def reload(self) -> str:
        fresh = await self.fetch()
        self.state, self.position = fresh.state, fresh.position
        self.reloads += 1
        return str(fresh.subject)

    async def come(self) -> None:
        self.client = Client(await connect(self.site.house.url(SUE), compression=None))
        assert (await self.client.hear())["type"] == "hello"
        self.subject = await self.reload() if self.position is None else self.subject
        assert self.position is not None
        await self.client.say(type="subscribe", subject=self.subject, **msgspec.to_builtins(self.position))

    def drop(self) -> None:
        assert self.client is not None
        self.client.socket.transport.abort()
        self.client = None

    async def becomes(self, expected: Any) -> None:
        """Once a fresh fetch is as expected, what is pushed leads there; what the protocol does not allow fails."""
        assert self.client is not None

        async def served() -> bool:
            return bool((await self.fetch()).state == expected)

        await until_found(served)
        fresh = await self.fetch()
        async with asyncio.timeout(10):
            while self.position != fresh.position:
                message = await self.client.hear()
                assert self.position is not None
                if message["type"] == "subscribed" and not message["recovered"]:
                    await self.reload()
                elif message["type"] == "event" and message["offset"] > self.position.offset:
                    assert message["offset"] == self.position.offset + 1, "a gap that nobody told of"
                    event: Event = msgspec.convert(message["event"], self.events, strict=False)
                    self.state = self.apply(self.state, event)
                    self.position = Position(message["epoch"], message["offset"])
        assert self.state == expected


@pytest.mark.parametrize("seed", range(3))
async def test_state_and_events_are_a_fresh_fetch(house: House, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    monkeypatch.setattr("assist.desk.boards.EVERY_S", 0.001)
    chance = random.Random(seed)
    centre = Centre(house, chance)
    async with open_site(house, *centre.routes) as site, centre.at_work():
        assert await site.sign_in("sue") == 200
        wall = Mirror(site, "/api/wall", WallInfo, WallChanged, walls.apply)
        queue = Mirror(site, "/api/queues/north.desk%202", QueueInfo, AnyQueueEvent, queues.apply)
        for mirror in (wall, queue):
            await mirror.come()
        for round_ in range(40):
            for _ in range(chance.randint(1, 5)):
                await centre.something_happens()
            for mirror in (wall, queue):
                if chance.random() < 0.3:
                    mirror.drop()
                    if chance.random() < 0.5:
                        await centre.something_happens()
                    await mirror.come()
            if round_ == 20:  # the PBX is heard of again, and nobody is left of before
                centre.queue_now = replace(centre.queue_now, members=())
                await centre.retell()
            await wall.becomes(centre.wall_now)
            await queue.becomes(centre.queue_now)
        assert (wall.reloads, queue.reloads) == (0, 0)
        for mirror in (wall, queue):
            mirror.drop()


async def test_who_has_no_right_to_a_queue_does_not_see_it(house: House) -> None:
    centre = Centre(house, random.Random(0))
    async with open_site(house, *centre.routes) as site, centre.at_work():
        await site.sign_in("ann")
        for path, status in (
            ("/api/queues/north.desk%202", 200),
            ("/api/queues/supervisors", 403),
            ("/api/queues/member_services", 404),
            ("/api/wall", 403),
        ):
            async with site.browser.get(path) as answer:
                assert answer.status == status, path


async def test_a_queue_that_fell_behind_is_told_anew(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    centre = Centre(house, random.Random(0))
    subscribe: Callable[..., Any] = house.bus.subscribe

    def small(bus: Bus, pattern: str) -> Any:
        return subscribe(pattern, bound=5)

    monkeypatch.setattr(type(house.bus), "subscribe", small)
    async with centre.at_work():
        for _ in range(50):
            await centre.something_happens()
        await until(lambda: (known := centre.queues.snapshot(QUEUE)) is not None and known[0] == centre.queue_now)
        position = await house.bus.position(SUBJECT)
        await until(lambda: centre.queues.snapshot(QUEUE) == (centre.queue_now, position))
