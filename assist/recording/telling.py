"""What the recorder does is told to the desks: the latest of each call, in the order in which it came about."""

from __future__ import annotations

import asyncio

from assist.desk.messages import RecordingChanged, RecordingState
from core.bus import Bus
from core.clock import Clock
from core.following import tell
from core.tasks import TaskOwner

MOST_WAITING = 1_000  # calls; twice as many as are recorded at a time


class Teller:
    """Publishes `RecordingChanged` on `call.<call id>`. While the bus is away the latest state of each call waits."""

    def __init__(self, bus: Bus, clock: Clock) -> None:
        self._bus, self._clock = bus, clock
        self._waiting: dict[str, RecordingState] = {}
        self._wake = asyncio.Event()
        self._tasks = TaskOwner("recording-told")

    async def start(self) -> None:
        self._tasks.start(self._run(), name="tell")

    async def stop(self) -> None:
        """What waits is forgotten: who begins anew is told anew."""
        await self._tasks.stop()

    def changed(self, call_id: str, state: RecordingState) -> None:
        """The recording of a call became this. Nobody waits for it to be told."""
        self._waiting.pop(call_id, None)  # it comes last now
        self._waiting[call_id] = state
        if len(self._waiting) > MOST_WAITING:
            del self._waiting[next(iter(self._waiting))]
        self._wake.set()

    async def _run(self) -> None:
        while True:
            await self._wake.wait()
            self._wake.clear()
            while self._waiting:
                call_id = next(iter(self._waiting))
                state = self._waiting.pop(call_id)
                told = RecordingChanged(at=self._clock.now(), call_id=call_id, recording=state)
                await tell(self._bus, f"call.{call_id}", told)
