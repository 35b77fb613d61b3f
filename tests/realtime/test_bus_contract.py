"""What every engine of the bus promises. A new engine joins in `make`."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack

import pytest
from hypothesis import given
from hypothesis import strategies as st
from nats_server import NatsServer
from wire_house import counted

from core.bus import Bus, Delivery, Position, Subscription, SubscriptionOverflow
from core.errors import Problem
from realtime.bus import InProcessBus
from realtime.bus.nats import NatsBus

Make = Callable[..., Awaitable[Bus]]


@pytest.fixture(params=["in process", pytest.param("nats", marks=pytest.mark.nats)])
async def make(request: pytest.FixtureRequest) -> AsyncIterator[Make]:
    """Makes buses of one engine, each with a history of its own; `keep` and `keep_total` as they take them."""
    async with AsyncExitStack() as stack:

        async def in_process(**bounds: int) -> Bus:
            return InProcessBus(**bounds)

        async def nats(**bounds: int) -> Bus:
            server: NatsServer = request.getfixturevalue("nats_server")
            bus = NatsBus(server.url, name=f"t{secrets.token_hex(4)}", **bounds)
            await bus.start()
            stack.push_async_callback(bus.stop)
            return bus

        yield in_process if request.param == "in process" else nats


@pytest.fixture
async def bus(make: Make) -> Bus:
    return await make()


async def take(subscription: Subscription, count: int) -> list[Delivery]:
    taken: list[Delivery] = []
    async with asyncio.timeout(5):
        async for delivery in subscription:
            taken.append(delivery)
            if len(taken) == count:
                break
    return taken


def totals(deliveries: list[Delivery]) -> list[int]:
    return [delivery.event.total for delivery in deliveries]  # type: ignore[attr-defined]


async def test_a_subscriber_receives_in_order_with_the_positions_that_publishing_gave(bus: Bus) -> None:
    subscription = bus.subscribe("agent.ann")
    given_out = [await bus.publish("agent.ann", counted(n)) for n in range(5)]
    received = await take(subscription, 5)
    assert totals(received) == [0, 1, 2, 3, 4]
    assert [delivery.position for delivery in received] == given_out
    assert [position.offset for position in given_out] == [1, 2, 3, 4, 5]
    assert len({position.epoch for position in given_out}) == 1


async def test_each_subject_counts_for_itself(bus: Bus) -> None:
    await bus.publish("agent.ann", counted(1))
    await bus.publish("agent.bob", counted(1))
    assert (await bus.publish("agent.ann", counted(2))).offset == 2
    assert (await bus.position("agent.bob")).offset == 1


async def test_a_subscriber_hears_nothing_from_before_it_came(bus: Bus) -> None:
    await bus.publish("agent.ann", counted(1))
    subscription = bus.subscribe("agent.ann")
    await bus.publish("agent.ann", counted(2))
    assert totals(await take(subscription, 1)) == [2]


@pytest.mark.parametrize(
    ("pattern", "subject", "matches"),
    [
        ("call.7", "call.7", True),
        ("call.7", "call.71", False),
        ("call.*", "call.7", True),
        ("call.*", "call.7.words", False),
        ("call.*", "call", False),
        ("call.>", "call.7.words", True),
        ("call.>", "call.7", True),
        ("call.>", "call", False),
        ("*.7", "queue.7", True),
        ("*.7", "queue.8", False),
        ("*.*.words", "call.7.words", True),
        (">", "wall", True),
    ],
)
async def test_patterns(bus: Bus, pattern: str, subject: str, matches: bool) -> None:
    heard: list[Delivery] = []
    bus.listen(pattern, heard.append)
    end = bus.subscribe("end")
    await bus.publish(subject, counted(1))
    await bus.publish("end", counted(0))
    await take(end, 1)
    assert bool(heard) is matches


@pytest.mark.parametrize("subject", ["", "call.", ".call", "call..7", "call.*", ">", "call 7"])
async def test_what_is_no_subject_is_refused_in_words(bus: Bus, subject: str) -> None:
    with pytest.raises(Problem, match=r"subject|pattern"):
        await bus.publish(subject, counted(1))


@pytest.mark.parametrize("pattern", ["", "call.>.words", "ca*", "call..7"])
async def test_what_is_no_pattern_is_refused_in_words(bus: Bus, pattern: str) -> None:
    with pytest.raises(Problem):
        bus.subscribe(pattern)


async def test_who_falls_too_far_behind_is_told_and_holds_up_nobody(bus: Bus) -> None:
    slow, quick = bus.subscribe("agent.ann", bound=3), bus.subscribe("agent.ann")
    for n in range(4):
        await bus.publish("agent.ann", counted(n))
    assert totals(await take(quick, 4)) == [0, 1, 2, 3]
    with pytest.raises(SubscriptionOverflow, match=r"agent\.ann"):
        await take(slow, 1)


async def test_closing_ends_a_pending_iteration(bus: Bus) -> None:
    subscription = bus.subscribe("agent.ann")
    reading = asyncio.create_task(take(subscription, 1))
    await asyncio.sleep(0)
    await subscription.close()
    assert await reading == []


async def test_a_closed_subscription_hears_nothing_more(bus: Bus) -> None:
    subscription = bus.subscribe("agent.ann")
    await subscription.close()
    await bus.publish("agent.ann", counted(1))
    assert await take(subscription, 1) == []


async def test_a_listener_that_fails_disturbs_neither_publisher_nor_neighbours(
    bus: Bus, caplog: pytest.LogCaptureFixture
) -> None:
    def fails(_: Delivery) -> None:
        raise RuntimeError("out of order")

    heard: list[Delivery] = []
    bus.listen("agent.ann", fails)
    bus.listen("agent.ann", heard.append)
    end = bus.subscribe("end")
    await bus.publish("agent.ann", counted(1))
    await bus.publish("end", counted(0))
    await take(end, 1)
    assert totals(heard) == [1]
    assert "agent.ann" in caplog.text


async def test_a_listener_that_left_hears_nothing_and_may_leave_twice(bus: Bus) -> None:
    heard: list[Delivery] = []
    leave = bus.listen("agent.*", heard.append)
    leave()
    leave()
    await bus.publish("agent.ann", counted(1))
    assert heard == []


async def test_since_gives_exactly_what_came_after(bus: Bus) -> None:
    positions = [await bus.publish("agent.ann", counted(n)) for n in range(4)]
    missed = await bus.since("agent.ann", positions[1])
    assert missed is not None
    assert totals(list(missed)) == [2, 3]
    assert await bus.since("agent.ann", positions[3]) == []


async def test_since_the_very_beginning(bus: Bus) -> None:
    before = await bus.position("agent.ann")
    assert before.offset == 0
    assert await bus.since("agent.ann", before) == []
    await bus.publish("agent.ann", counted(1))
    missed = await bus.since("agent.ann", before)
    assert missed is not None
    assert totals(list(missed)) == [1]


@pytest.mark.parametrize("asked", [Position("another", 1), Position("another", 0)])
async def test_since_promises_nothing_about_another_epoch(bus: Bus, asked: Position) -> None:
    await bus.publish("agent.ann", counted(1))
    assert await bus.since("agent.ann", asked) is None


@pytest.mark.parametrize("offset", [2, 10**9, -1])
async def test_since_promises_nothing_about_an_offset_that_never_was(bus: Bus, offset: int) -> None:
    position = await bus.publish("agent.ann", counted(1))
    assert await bus.since("agent.ann", Position(position.epoch, offset)) is None


async def test_two_histories_are_two_epochs(make: Make) -> None:
    first, second = await make(), await make()
    position = await first.publish("agent.ann", counted(1))
    await second.publish("agent.ann", counted(1))
    assert await second.since("agent.ann", position) is None


async def test_what_passes_by_is_heard_where_the_subject_stands_and_kept_by_nobody(bus: Bus) -> None:
    subscription = bus.subscribe("agent.*")
    before = await bus.publish("agent.ann", counted(1))
    assert await bus.publish("agent.ann", counted(2), kept=False) == before
    assert (await bus.publish("agent.bob", counted(3), kept=False)).offset == 0
    after = await bus.publish("agent.ann", counted(4))
    heard = await take(subscription, 4)
    assert [(each.event.total, each.kept) for each in heard] == [(1, True), (2, False), (3, False), (4, True)]  # type: ignore[attr-defined]
    assert heard[1].position == before
    assert after.offset == 2
    missed = await bus.since("agent.ann", before)
    assert missed is not None
    assert totals(list(missed)) == [4]


async def test_beyond_the_bound_nothing_is_promised(make: Make) -> None:
    bus = await make(keep=3)
    positions = [await bus.publish("agent.ann", counted(n)) for n in range(6)]
    assert await bus.since("agent.ann", positions[1]) is None
    missed = await bus.since("agent.ann", positions[2])
    assert missed is not None
    assert totals(list(missed)) == [3, 4, 5]


SUBJECTS = st.sampled_from(["a", "b", "c.d", "e.f"])


@given(published=st.lists(SUBJECTS, max_size=60), keep=st.integers(1, 6), keep_total=st.integers(1, 12))
async def test_what_is_recovered_is_all_of_it_or_nothing(published: list[str], keep: int, keep_total: int) -> None:
    """From every position ever handed out: the exact rest of that subject's history, or None."""
    bus = InProcessBus(keep=keep, keep_total=keep_total)
    handed_out: list[tuple[int, str, Position]] = []
    for place, subject in enumerate(published):
        handed_out.append((place, subject, await bus.position(subject)))
        await bus.publish(subject, counted(place))
    recovered = 0
    for place, subject, position in handed_out:
        missed = await bus.since(subject, position)
        if missed is not None:
            assert totals(list(missed)) == [n for n, name in enumerate(published) if name == subject and n >= place]
            recovered += 1
    if published:
        assert recovered >= 1  # the newest event can always be had


async def test_memory_is_bounded_and_forgets_the_idle_first() -> None:
    bus = InProcessBus(keep=10, keep_total=100)
    idle = await bus.publish("call.idle", counted(0))
    for n in range(1_000):
        await bus.publish(f"call.{n}", counted(n))
    assert await bus.since("call.idle", idle) is None
    again = await bus.publish("call.idle", counted(1))
    assert again.epoch != idle.epoch
    assert await bus.since("call.990", Position((await bus.position("call.990")).epoch, 0)) is not None
