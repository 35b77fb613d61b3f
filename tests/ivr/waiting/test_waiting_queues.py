"""How a queue stands, asked while the phone system tells its story over the bus."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import pytest
from waiting import until

from core.clock import ManualClock
from core.events import Event
from ivr.waiting.queues import Queues
from realtime.bus import InProcessBus
from telephony.events import CallLeftQueue, PhoneSystemChanged, QueueChanged, QueueMemberChanged

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def agent(device: str, *, busy: bool) -> QueueMemberChanged:
    return QueueMemberChanged(
        at=T0,
        queue="q",
        device=device,
        member=True,
        state="in_use" if busy else "not_in_use",
        paused=False,
        paused_reason="",
        penalty=0,
    )


def line(*waiting: str) -> QueueChanged:
    return QueueChanged(at=T0, queue="q", waiting=waiting)


@pytest.fixture
def queues() -> Queues:
    return Queues(bus=InProcessBus(), clock=ManualClock(T0))


def feed(queues: Queues, *events: Event) -> None:
    for event in events:
        queues.feed(event)


async def test_where_nobody_works_no_wait_is_told(queues: Queues) -> None:
    now = await queues.now("q")
    assert (now.wait_s, now.position, now.closed) == (None, 1, False)


async def test_with_a_free_agent_there_is_no_wait(queues: Queues) -> None:
    feed(queues, agent("a", busy=False))
    assert (await queues.now("q")).wait_s == 0


async def test_the_line_and_those_who_are_called_back_are_in_front(queues: Queues) -> None:
    feed(queues, agent("a", busy=True), line(), line("x"), line("x", "y"))
    alone = await queues.now("q")
    queues.hold({"q": 2})
    now = await queues.now("q")
    assert (alone.position, now.position) == (3, 5)
    assert alone.wait_s is not None
    assert now.wait_s is not None
    assert now.wait_s > alone.wait_s


async def test_what_callers_really_waited_changes_what_the_next_are_told(queues: Queues) -> None:
    feed(queues, agent("a", busy=True), line())
    before = (await queues.now("q")).wait_s
    for n in range(30):
        caller = f"c{n}"
        left = CallLeftQueue(at=T0, call_id=caller, linkedid=caller, queue="q", reason="answered", wait_s=900)
        feed(queues, line(caller), left, line())
    after = (await queues.now("q")).wait_s
    assert before is not None
    assert after is not None
    assert after > 1.5 * before


async def test_who_is_in_the_line_after_a_gap_was_there_before(queues: Queues) -> None:
    feed(queues, line(), PhoneSystemChanged(at=T0, system="pbx", up=True), line("x"))
    assert queues.line("q", T0, open=True).ahead_of(datetime(2000, 1, 1, tzinfo=UTC)) == 1


async def test_a_closure_of_the_whole_centre_closes_each_queue_and_its_own_words_come_first() -> None:
    announced = {"": {"en": "A storm."}, "q": {"en": "A leak."}}
    queues = Queues(bus=InProcessBus(), clock=ManualClock(T0), announced=lambda: announced)
    feed(queues, agent("a", busy=False))
    assert (await queues.now("q")).message == {"en": "A leak."}
    assert (await queues.now("other")).message == {"en": "A storm."}
    assert not queues.line("q", T0, open=True).open


async def test_it_follows_the_bus_and_wakes_who_calls_back() -> None:
    bus = InProcessBus()
    queues, woken = Queues(bus=bus, clock=ManualClock(T0)), []
    queues.changed = lambda: woken.append(1)
    await queues.start()
    await asyncio.sleep(0)  # the followers listen now
    await bus.publish("queue.q", agent("a", busy=False))
    await until(lambda: bool(woken))
    assert (await queues.now("q")).wait_s == 0
    await queues.stop()
