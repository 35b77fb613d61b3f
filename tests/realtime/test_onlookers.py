"""Who looks on at somebody else's desk is told on, with each event that they are sent; who sits at it is not."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from waiting import until
from wire_house import ANN, SUE, House, counted, open_house

from core.access import User
from core.bus import Bus
from core.events import Event


class Told:
    def __init__(self) -> None:
        self.of: list[tuple[str, str, int | None]] = []

    def __call__(self, user: User, subject: str, event: Event | None) -> None:
        self.of.append((user.agent_id, subject, getattr(event, "total", None)))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
async def house(told: Told) -> AsyncIterator[House]:
    async with open_house(onlooker=told) as house:
        yield house


async def publish(bus: Bus, *totals: int) -> None:
    for total in totals:
        await bus.publish("agent.ann", counted(total))


async def test_what_is_sent_of_somebody_elses_desk_is_told_from_the_first_event_to_the_last(
    house: House, told: Told
) -> None:
    async with house.client(SUE) as sue, house.client(ANN) as ann:
        await publish(house.bus, 1)
        await ann.subscribe("agent.me")
        await sue.subscribe("agent.ann")
        await publish(house.bus, 2)
        assert (await sue.hear())["event"]["total"] == 2
        await sue.say(type="unsubscribe", subject="agent.ann")
        assert (await sue.hear())["type"] == "unsubscribed"
        await publish(house.bus, 3)
    assert told.of == [("sue", "agent.ann", None), ("sue", "agent.ann", 2)]


async def test_what_is_recovered_is_seen_as_well(house: House, told: Told) -> None:
    await publish(house.bus, 1, 2, 3)
    first = await house.bus.position("agent.ann")
    async with house.client(SUE) as sue:
        answer = await sue.subscribe("agent.ann", epoch=first.epoch, offset=1)
        assert answer["recovered"]
        await until(lambda: len(told.of) == 3)
    assert [total for _, _, total in told.of] == [None, 2, 3]


async def test_who_looks_at_the_wall_is_told_on_like_who_looks_at_a_colleagues_desk(house: House, told: Told) -> None:
    async with house.client(SUE) as sue:
        await sue.subscribe("wall")
        await house.bus.publish("wall", counted(1))
        assert (await sue.hear())["event"]["total"] == 1
    assert told.of == [("sue", "wall", None), ("sue", "wall", 1)]


async def test_who_may_not_look_sees_nothing_and_is_not_told_on(house: House, told: Told) -> None:
    async with house.client(ANN) as ann:
        assert (await ann.subscribe("agent.sue"))["type"] == "error"
    assert told.of == []
