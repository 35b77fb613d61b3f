"""The bus over NATS where it differs: several processes, and a server that goes and comes back."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import pytest
from nats_server import NatsServer
from waiting import until, until_found
from wire_house import counted

from core.bus import Delivery, SubscriptionOverflow
from core.errors import Problem
from realtime.bus.nats import NatsBus

pytestmark = pytest.mark.nats


@asynccontextmanager
async def buses(server: NatsServer, count: int) -> AsyncIterator[list[NatsBus]]:
    """As many processes on one history."""
    name = f"t{secrets.token_hex(4)}"
    async with AsyncExitStack() as stack:
        made = []
        for _ in range(count):
            bus = NatsBus(server.url, name=name)
            await bus.start()
            stack.push_async_callback(bus.stop)
            made.append(bus)
        yield made


@pytest.fixture
def own_server() -> NatsServer:
    """One that a test may kill."""
    return NatsServer()


def offsets(heard: list[Delivery]) -> list[int]:
    return [delivery.position.offset for delivery in heard]


async def test_two_processes_give_one_history(nats_server: NatsServer) -> None:
    async with buses(nats_server, 3) as (one, two, three):
        heard: list[list[Delivery]] = [[], [], []]
        for bus, list_ in zip((one, two, three), heard, strict=True):
            bus.listen("agent.*", list_.append)
        await asyncio.gather(*((one, two)[n % 2].publish("agent.ann", counted(n)) for n in range(60)))
        await until(lambda: all(len(each) == 60 for each in heard))
        assert offsets(heard[0]) == list(range(1, 61))
        assert heard[0] == heard[1] == heard[2]
        assert len({delivery.position.epoch for delivery in heard[0]}) == 1


async def test_who_comes_later_recovers_from_the_stream(nats_server: NatsServer) -> None:
    async with buses(nats_server, 1) as (one,):
        positions = [await one.publish("agent.ann", counted(n)) for n in range(5)]
        late = NatsBus(nats_server.url, name=one._name)
        await late.start()
        assert await late.position("agent.ann") == positions[-1]
        missed = await late.since("agent.ann", positions[1])
        assert missed is not None
        assert offsets(list(missed)) == [3, 4, 5]
        assert (await late.publish("agent.ann", counted(5))).offset == 6
        await late.stop()


async def test_nats_goes_and_comes_back_and_nothing_is_missed_or_told_twice(own_server: NatsServer) -> None:
    async with buses(own_server, 2) as (one, two):
        heard: list[Delivery] = []
        two.listen("agent.ann", heard.append)
        for n in range(3):
            await one.publish("agent.ann", counted(n))
        own_server.stop()
        with pytest.raises(Problem, match="the bus cannot be reached"):
            await one.publish("agent.ann", counted(3))
        own_server.start()

        async def publishes() -> bool:
            try:
                await one.publish("agent.ann", counted(4))
            except Problem:
                return False
            return True

        await until_found(publishes, within=20)
        await one.publish("agent.ann", counted(5))
        await until(lambda: bool(heard) and heard[-1].event.total == 5, 10)  # type: ignore[attr-defined]
        assert offsets(heard) == list(range(1, len(heard) + 1))
        assert [delivery.event.total for delivery in heard if delivery.event.total != 3] == [0, 1, 2, 4, 5]  # type: ignore[attr-defined]
    own_server.remove()


async def test_a_history_that_is_gone_is_another_epoch_and_readers_are_told(own_server: NatsServer) -> None:
    async with buses(own_server, 1) as (one,):
        before = await one.publish("agent.ann", counted(1))
        reading = one.subscribe("agent.ann")
        await one._js.delete_stream(one._stream)
        await one._reconnected()  # as after a server that lost its disk

        async def told() -> None:
            async for _ in reading:
                pass

        with pytest.raises(SubscriptionOverflow):
            async with asyncio.timeout(10):
                await told()
        after = await one.publish("agent.ann", counted(2))
        assert after.offset == 1
        assert after.epoch != before.epoch
        assert await one.since("agent.ann", before) is None
    own_server.remove()


async def test_no_server_is_one_clear_problem() -> None:
    with pytest.raises(Problem, match="bus_url: NATS cannot be reached"):
        await NatsBus("nats://127.0.0.1:1").start()
