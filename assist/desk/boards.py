"""What many look at: the wall and the queues, each with the place in its stream that it holds for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from assist.desk import wall as walls
from assist.desk.wall import Wall
from core.bus import Bus, Delivery, Position
from core.clock import Clock
from core.following import follow, tell
from core.tasks import TaskOwner
from telephony import queue as queues
from telephony.events import QueueChanged, QueueMemberChanged
from telephony.queue import QueueSeen, QueueState

EVERY_S = 0.25  # the wall is compared no oftener: what comes and goes in between is not worth a message
BEHIND = "the queues fell behind the phone system: they are told anew"


class WallKeeper:
    """Publishes on `wall` what became another there. `look` draws it as it is; `wake` says that it may be another."""

    SUBJECT = "wall"

    def __init__(self, *, bus: Bus, clock: Clock, look: Callable[[], Wall]) -> None:
        self._bus, self._clock, self._look = bus, clock, look
        self._told: tuple[Wall, Position] | None = None  # the two change together, after the bus has taken them
        self._begun, self._woken = asyncio.Event(), asyncio.Event()
        self._tasks = TaskOwner("wall")

    async def start(self) -> None:
        self._tasks.start(self._keep(), name="keep")

    async def stop(self) -> None:
        await self._tasks.stop()

    def wake(self) -> None:
        self._woken.set()

    async def snapshot(self) -> tuple[Wall, Position]:
        """The wall as it was told last, and the place that it holds for; also while the bus is away."""
        await self._begun.wait()
        assert self._told is not None
        return self._told

    async def _keep(self) -> None:
        """Begins anew: a bus that outlived us may hold walls from before."""
        while True:
            self._woken.clear()
            before = self._told[0] if self._told else Wall()
            after = self._look()
            if change := walls.changes(before, after, self._clock.now(), anew=self._told is None):
                self._told = after, await tell(self._bus, self.SUBJECT, change)
                self._begun.set()
            await asyncio.sleep(EVERY_S)
            await self._woken.wait()


class QueueKeeper:
    """Holds each queue at the place of the last event that the bus delivered of it.

    `retell` has the phone system tell every queue as a whole: asked for where events were missed.
    """

    def __init__(self, *, bus: Bus, retell: Callable[[], None]) -> None:
        self._bus, self._retell = bus, retell
        self._queues: dict[str, tuple[QueueState, Position]] = {}
        self._tasks = TaskOwner("queues")

    async def start(self) -> None:
        following = follow(self._bus, "queue.*", self._take, behind=BEHIND, again=self._begin_anew)
        self._tasks.start(following, name="follow")

    async def stop(self) -> None:
        await self._tasks.stop()

    def snapshot(self, name: str) -> tuple[QueueState, Position] | None:
        """The queue and the place that it holds for; None for one that was not told of as a whole yet."""
        return self._queues.get(name)

    async def _begin_anew(self) -> None:
        self._queues.clear()
        self._retell()

    async def _take(self, delivery: Delivery) -> None:
        event = delivery.event
        match event:
            case QueueSeen():
                self._queues[event.state.queue] = event.state, delivery.position
            case QueueChanged() | QueueMemberChanged():
                # One that is not known yet has a past that was not heard here: its whole is told soon.
                if known := self._queues.get(event.queue):
                    self._queues[event.queue] = queues.apply(known[0], event), delivery.position
