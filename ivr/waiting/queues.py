"""How each queue stands: follows what the phone system tells, and answers. Publishes nothing."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime

from core.bus import Bus, Delivery
from core.clock import Clock
from core.events import Event
from core.following import follow
from core.tasks import TaskOwner
from ivr.dialog.actions import QueueNow
from ivr.document.model import Language
from ivr.waiting.callbacks import Line
from ivr.waiting.estimate import USUAL, Calibration, Prior, expected_wait_s
from ivr.waiting.intervals import Intervals
from ivr.waiting.line import QueueLine
from telephony.agents.states import AgentState, AgentStateChanged
from telephony.calls.legs import CALLBACK
from telephony.events import CallLeftQueue, PhoneSystemChanged, QueueChanged, QueueMemberChanged

BEHIND = "the waiting room fell behind the phone system; estimates are off until the next changes of each queue"

Announced = Callable[[], Mapping[str, dict[Language, str]]]
"""Closures in force: queue ("" for the whole centre) → what is said."""


def none_announced() -> Mapping[str, dict[Language, str]]:
    return {}


def as_the_menu_says(queue: str) -> float | None:
    """From which wait on a call back is offered, where that is set of the queue."""
    return None


class Queues:
    """The queues of one phone system. `changed` is called after each change that may let somebody be called back."""

    def __init__(
        self,
        *,
        bus: Bus,
        clock: Clock,
        announced: Announced = none_announced,
        callback_above_s: Callable[[str], float | None] = as_the_menu_says,
        prior: Prior = USUAL,
    ) -> None:
        self._bus, self._clock, self._announced = bus, clock, announced
        self._callback_above_s = callback_above_s
        self.intervals = Intervals(prior)
        self.changed: Callable[[], None] = lambda: None
        self._lines: dict[str, QueueLine] = {}
        self._states: dict[str, AgentState] = {}
        self._calibrations: dict[str, Calibration] = {}
        self._holding: Mapping[str, int] = {}
        self._tasks = TaskOwner("queues")

    async def start(self) -> None:
        for pattern in ("call.*", "queue.*", "states.*", "phones.*"):
            self._tasks.start(follow(self._bus, pattern, self._take, behind=BEHIND), name=pattern)

    async def stop(self) -> None:
        await self._tasks.stop()

    async def now(self, queue: str) -> QueueNow:
        """How it stands for a caller who would join now. The wait is None where nobody works."""
        message = self.closed(queue)
        if message is not None:
            return QueueNow(closed=True, message=dict(message))
        line = self._line(queue)
        expected_s = self._expected_s(line)
        wait_s = None if expected_s is None else expected_s * self._calibration(queue).factor
        position = len(line.waiters) + self._holding.get(queue, 0) + 1
        return QueueNow(wait_s=wait_s, position=position, callback_above_s=self._callback_above_s(queue))

    def closed(self, queue: str) -> Mapping[Language, str] | None:
        """What is said where the queue, or the whole centre, is closed by announcement; None where it is not."""
        announced = self._announced()
        return announced.get(queue, announced.get(""))

    def line(self, queue: str, now: datetime, *, open: bool) -> Line:
        """As the call backs' rules see it; `open` by its hours."""
        is_open = open and self.closed(queue) is None
        return self._line(queue).line(self._states, now, self.intervals.handle_s(queue, now), open=is_open)

    def hold(self, places: Mapping[str, int]) -> None:
        """How many call backs hold a place in each queue now."""
        self._holding = places

    def feed(self, event: Event) -> None:
        """One event of the phone system."""
        self.intervals.feed(event)
        match event:
            case QueueChanged():
                self._waiting(event)
            case QueueMemberChanged():
                self._line(event.queue).member(event)
            case AgentStateChanged():
                self._states[event.device] = event.state
                for line in self._lines.values():
                    line.state_changed()
            case CallLeftQueue():
                calibration = self._calibration(event.queue)
                calibration.left(event.linkedid, event.wait_s, served=event.reason == "answered")
            case PhoneSystemChanged():
                for line in self._lines.values():
                    line.seen = False  # who is found in a line then was there before
        if isinstance(event, QueueChanged | QueueMemberChanged | AgentStateChanged):
            self.changed()

    def _waiting(self, event: QueueChanged) -> None:
        line = self._line(event.queue)
        known = {waiter.linkedid for waiter in line.waiters}
        new = [linkedid for linkedid in event.waiting if linkedid not in known]
        # Only who came to the end of the line waits as the formula says; who is called back has waited already.
        if len(new) == 1 and event.waiting[-1:] == (new[0],) and not new[0].startswith(CALLBACK):
            self._calibration(event.queue).came(new[0], self._expected_s(line))
        line.changed(event)

    def _expected_s(self, line: QueueLine) -> float | None:
        handle_s = self.intervals.handle_s(line.queue, self._clock.now())
        holding = self._holding.get(line.queue, 0)
        return expected_wait_s(line.load(self._states, holding, handle_s, self.intervals.patience_s(line.queue)))

    def _line(self, queue: str) -> QueueLine:
        return self._lines.setdefault(queue, QueueLine(queue))

    def _calibration(self, queue: str) -> Calibration:
        return self._calibrations.setdefault(queue, Calibration())

    async def _take(self, delivery: Delivery) -> None:
        self.feed(delivery.event)
