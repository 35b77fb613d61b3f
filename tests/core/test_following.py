"""Who follows a subject hears everything in order, and starts anew after falling behind."""

from __future__ import annotations

import asyncio
import logging
from datetime import UTC, datetime

import pytest
from waiting import until

from core.bus import Delivery
from core.events import Event
from core.following import follow
from core.tasks import TaskOwner
from realtime.bus import InProcessBus


class Said(Event, frozen=True, kw_only=True):
    word: int


async def test_all_in_order_and_anew_after_falling_behind(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard, slow = InProcessBus(), list[int](), asyncio.Event()

    async def hear(delivery: Delivery) -> None:
        assert isinstance(delivery.event, Said)
        heard.append(delivery.event.word)
        if delivery.event.word == 2:
            await slow.wait()

    async def say(*words: int) -> None:
        for word in words:
            await bus.publish("words", Said(at=datetime.now(UTC), word=word))

    async with TaskOwner("test") as tasks:
        tasks.start(follow(bus, "words", hear, behind="words were missed"), name="follow")
        await asyncio.sleep(0)
        await say(1, 2)
        await until(lambda: heard == [1, 2])
        with caplog.at_level(logging.ERROR):
            await say(*range(3, 20_000))
            slow.set()
            await until(lambda: "words were missed" in caplog.text)
        await asyncio.sleep(0)
        await say(0)
        await until(lambda: heard[-1] == 0)


async def test_what_was_missed_is_made_good_before_what_comes_then(caplog: pytest.LogCaptureFixture) -> None:
    bus, heard, slow = InProcessBus(), list[int](), asyncio.Event()
    made_good = 0

    async def hear(delivery: Delivery) -> None:
        assert isinstance(delivery.event, Said)
        heard.append(delivery.event.word)
        await slow.wait()

    async def make_good() -> None:
        nonlocal made_good
        made_good += 1
        await say(-1)
        await asyncio.sleep(0)
        heard.append(-2)
        if made_good > 1:
            raise ValueError("what a member said")

    async def say(*words: int) -> None:
        for word in words:
            await bus.publish("words", Said(at=datetime.now(UTC), word=word))

    async with TaskOwner("test") as tasks:
        tasks.start(follow(bus, "words", hear, behind="words were missed", again=make_good), name="follow")
        await asyncio.sleep(0)
        assert made_good == 0
        for times in (1, 2):  # the second one fails, and costs nothing else
            slow.clear()
            heard.clear()
            await say(*range(20_000))
            slow.set()
            await until(lambda times=times: made_good == times)  # type: ignore[misc]
            await say(7)
            await until(lambda: heard[-3:] == [-2, -1, 7])
    assert "what was missed on words could not be made good: ValueError" in caplog.text
    assert "what a member said" not in caplog.text
