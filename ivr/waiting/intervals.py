"""What was measured of each queue, by quarters of an hour: pure, fed with the events of the phone system.

An agent has a call from its answer until they can take another one: talk, holds and wrap-up. What comes without a queue
(a transfer to a telephone) takes an agent's time, but is no measure of that queue's calls.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from core.events import Event
from ivr.waiting.estimate import USUAL, Prior
from telephony.agents.states import AgentStateChanged, Presence
from telephony.events import AgentLeft, CallAnswered, CallLeftQueue, CallQueued, PhoneSystemChanged

LENGTH = timedelta(minutes=15)
KEPT = 96  # a day of them for each queue
RECENT = timedelta(hours=1)  # what the mean handle time is taken from
LONGEST_S = 4 * 3600.0  # a call that seems longer was not watched to its end

_WITH_A_CALL: tuple[Presence, ...] = ("on_call", "wrap_up")


@dataclass
class Interval:
    """One quarter of an hour of one queue. Seconds are sums over the counts beside them."""

    begins: datetime
    offered: int = 0
    answered: int = 0
    abandoned: int = 0
    waited_s: float = 0.0  # of all who left the line, in whatever way
    handled: int = 0
    handle_s: float = 0.0


@dataclass
class _Having:
    """A device and its call. `left_at`: when the talk was over."""

    queue: str
    since: datetime
    left_at: datetime | None = None


class Intervals:
    """The queues of one phone system. An event told twice in a row counts twice: feed each once."""

    def __init__(self, prior: Prior = USUAL) -> None:
        self.prior = prior
        self._queues: dict[str, deque[Interval]] = {}
        self._having: dict[str, _Having] = {}  # by device
        self._presence: dict[str, Presence] = {}

    def feed(self, event: Event) -> None:
        match event:
            case CallQueued():
                self._at(event.queue, event.at).offered += 1
            case CallLeftQueue():
                interval = self._at(event.queue, event.at)
                interval.waited_s += event.wait_s
                interval.answered += event.reason == "answered"
                interval.abandoned += event.reason == "abandoned"
            case CallAnswered() if event.queue:
                self._having[event.device] = _Having(event.queue, event.at)
            case AgentLeft():
                self._left(event)
            case AgentStateChanged():
                self._state(event)
            case PhoneSystemChanged() if not event.up:
                self._having.clear()  # how long they really were is not seen

    def since(self, device: str) -> datetime | None:
        """Since when this device has the call that it has."""
        having = self._having.get(device)
        return having.since if having else None

    def of(self, queue: str) -> Sequence[Interval]:
        """Those kept of a queue, oldest first; quarters in which nothing happened are left out."""
        return tuple(self._queues.get(queue, ()))

    def handle_s(self, queue: str, now: datetime) -> float:
        """Mean seconds an agent has with one of the queue's calls, of the last hour."""
        recent = [each for each in reversed(self._queues.get(queue, ())) if now - each.begins < RECENT + LENGTH]
        return self.prior.handle(sum(each.handled for each in recent), sum(each.handle_s for each in recent))

    def patience_s(self, queue: str) -> float:
        """Mean seconds until a caller of this queue gives up, of all that is kept: few do, so an hour says little."""
        kept = self._queues.get(queue, ())
        return self.prior.patience(sum(each.abandoned for each in kept), sum(each.waited_s for each in kept))

    def _at(self, queue: str, at: datetime) -> Interval:
        begins = at - timedelta(seconds=at.timestamp() % LENGTH.total_seconds())
        kept = self._queues.setdefault(queue, deque(maxlen=KEPT))
        if not kept or kept[-1].begins < begins:
            kept.append(Interval(begins))
        return kept[-1]  # what comes late counts in the newest

    def _left(self, event: AgentLeft) -> None:
        having = self._having.get(event.device)
        if having is None or having.left_at is not None:
            return
        having.left_at = event.at
        if self._presence.get(event.device, "available") not in _WITH_A_CALL:
            self._over(event.device, having, event.at)

    def _state(self, event: AgentStateChanged) -> None:
        presence = self._presence[event.device] = event.state.presence
        having = self._having.get(event.device)
        if having is not None and having.left_at is not None and presence not in _WITH_A_CALL:
            self._over(event.device, having, event.at)

    def _over(self, device: str, having: _Having, at: datetime) -> None:
        del self._having[device]
        took_s = (at - having.since).total_seconds()
        if 0 <= took_s <= LONGEST_S:
            interval = self._at(having.queue, at)
            interval.handled += 1
            interval.handle_s += took_s
