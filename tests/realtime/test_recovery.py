"""State plus events equals a fresh fetch: whatever drops, restarts and forgets, a client that follows the rules of
`realtime.protocol` ends with the server's state, having applied nothing twice and skipped nothing.
"""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from websockets.asyncio.client import connect
from wire_house import Client, House, counted, open_house

from core.bus import Position
from realtime.bus import InProcessBus


class Server:
    """What the client mirrors: a list of numbers, and the way to fetch it whole."""

    def __init__(self, house: House) -> None:
        self.house = house
        self.numbers: list[int] = []
        self._telling = asyncio.Lock()  # the numbers and their place change together

    async def grow(self, count: int) -> None:
        for _ in range(count):
            async with self._telling:
                await self.house.bus.publish("agent.ann", counted(len(self.numbers)))
                self.numbers.append(len(self.numbers))

    async def snapshot(self) -> tuple[list[int], Position]:
        async with self._telling:
            return list(self.numbers), await self.house.bus.position("agent.ann")


class Mirror:
    """A client by the book. Anything that the protocol does not allow fails the test at once."""

    def __init__(self, server: Server) -> None:
        self.server = server
        self.numbers: list[int] = []
        self.position: Position | None = None
        self.client: Client | None = None
        self.reloads = 0

    async def come(self) -> None:
        if self.client is None:
            self.client = Client(await connect(self.server.house.url(), compression=None))
            assert (await self.client.hear())["type"] == "hello"
            await self.subscribe()

    async def subscribe(self) -> None:
        if self.position is None:
            self.numbers, self.position = await self.server.snapshot()
        assert self.client is not None
        known = {"epoch": self.position.epoch, "offset": self.position.offset}
        await self.client.say(type="subscribe", subject="agent.me", **known)

    def drop(self) -> None:
        if self.client is not None:
            self.client.socket.transport.abort()
            self.client = None

    async def catch_up(self) -> None:
        """Read until everything that the server has is here."""
        await self.come()
        assert self.client is not None
        async with asyncio.timeout(10):
            while self.numbers != self.server.numbers:
                await self.take(await self.client.hear())

    async def take(self, message: dict[str, Any]) -> None:
        match message["type"]:
            case "subscribed" if not message["recovered"]:
                self.reloads += 1
                self.numbers, self.position = await self.server.snapshot()
            case "event":
                assert self.position is not None
                if message["epoch"] != self.position.epoch:
                    await self.subscribe()
                elif message["offset"] > self.position.offset:
                    assert message["offset"] == self.position.offset + 1, "a gap that nobody told of"
                    self.numbers.append(message["event"]["total"])
                    self.position = Position(message["epoch"], message["offset"])


STEPS = st.one_of(
    st.tuples(st.just("grow"), st.integers(1, 8)),
    st.tuples(st.just("others speak"), st.integers(1, 12)),  # until the bus forgets our subject, perhaps
    st.tuples(st.just("come"), st.just(0)),
    st.tuples(st.just("drop"), st.just(0)),
    st.tuples(st.just("subscribe again"), st.just(0)),
    st.tuples(st.just("catch up"), st.just(0)),
)


@settings(max_examples=150, deadline=None)
@given(steps=st.lists(STEPS, max_size=25), keep=st.integers(2, 8))
async def test_a_client_that_follows_the_rules_ends_with_the_servers_state(
    steps: list[tuple[str, int]], keep: int
) -> None:
    async with open_house(bus=InProcessBus(keep=keep, keep_total=12)) as house:
        server = Server(house)
        mirror = Mirror(server)
        for step, count in steps:
            match step:
                case "grow":
                    await server.grow(count)
                case "others speak":
                    for n in range(count):
                        await house.bus.publish(f"call.{n}", counted(n))
                case "come":
                    await mirror.come()
                case "drop":
                    mirror.drop()
                case "subscribe again" if mirror.client is not None:
                    await mirror.subscribe()
                case "catch up":
                    await mirror.catch_up()
        await mirror.catch_up()
        mirror.drop()


@pytest.mark.parametrize("together", [1, 50])
async def test_events_published_while_clients_come_back_reach_each_once(house: House, together: int) -> None:
    """Publishing never pauses while clients drop and return; nobody reloads, nobody misses."""
    server = Server(house)
    mirrors = [Mirror(server) for _ in range(together)]
    for mirror in mirrors:
        await mirror.come()

    async def keep_growing() -> None:
        for _ in range(300):
            await server.grow(1)
            await asyncio.sleep(0)

    growing = asyncio.create_task(keep_growing())
    for _ in range(3):
        for mirror in mirrors:
            await mirror.catch_up()
            mirror.drop()
            await mirror.come()
    await growing
    for mirror in mirrors:
        await mirror.catch_up()
        assert mirror.reloads == 0
        mirror.drop()


async def test_a_gateway_that_restarts_costs_a_client_nothing() -> None:
    bus = InProcessBus()
    async with open_house(bus=bus) as house:
        server = Server(house)
        mirror = Mirror(server)
        await server.grow(3)
        await mirror.catch_up()
        mirror.drop()
    async with open_house(bus=bus) as house:
        server.house = house
        await server.grow(4)
        await mirror.catch_up()
        assert mirror.reloads == 0
        mirror.drop()
