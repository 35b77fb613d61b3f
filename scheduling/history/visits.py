"""Visits made of the phone system's events: pure.

`VisitTracker.feed` takes the events of calls and the agents' states in the order they come and returns the visits that
became another. Which events make which figure:

- CallQueued begins a visit; CallLeftQueue ends its wait and says how. A queue that could not be joined has no other.
- CallAnswered (with a queue) names who talks; AgentLeft ends that, with the seconds. CallResumed gives the hold.
- The wrap-up is what the agent's state says, from AgentLeft to the first state that is neither wrap-up nor a call. It
  may be told before the AgentLeft it follows, because it comes on another subject.

Whoever is reached by a transfer and not by a queue works for no queue's figures. The same events fed again make the
same visits. Cost: a few dictionary look-ups an event; what is over is forgotten, and at most `KEPT` are remembered.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

import msgspec

from core.events import Event
from scheduling.history.model import QueueVisit
from telephony.agents.states import AgentStateChanged
from telephony.events import AgentLeft, CallAnswered, CallEnded, CallLeftQueue, CallQueued, CallResumed

KEPT = 20_000  # visits under way; more are none of a centre but a fault
_AT_WORK = ("on_call", "wrap_up")

Key = tuple[str, str, datetime]


class VisitTracker:
    def __init__(self) -> None:
        self._visits: dict[Key, QueueVisit] = {}
        self._calls: dict[str, list[Key]] = {}
        self._wrapping: dict[str, Key] = {}  # by device: whose wrap-up lasts
        self._presence: dict[str, str] = {}
        self._holds: dict[Key, dict[datetime, float]] = {}  # of who talks, by their end: one told twice counts once
        self._ended: set[str] = set()  # calls whose caller is gone while work on them goes on

    def resume(self, visits: Iterable[QueueVisit]) -> None:
        """What was under way before: their events go on. Of those in wrap-up, the last of each device."""
        for visit in sorted(visits, key=lambda visit: visit.offered_at):
            key = self._put(visit)
            if visit.ended_at is not None and visit.wrap_s is None:
                self._wrapping[visit.device] = key

    @property
    def under_way(self) -> int:
        return len(self._visits)

    def feed(self, event: Event) -> list[QueueVisit]:
        match event:
            case CallQueued():
                return self._queued(event)
            case CallLeftQueue():
                return self._left_queue(event)
            case CallAnswered() if event.queue:
                return self._answered(event)
            case CallResumed():
                self._resumed(event)
            case AgentLeft():
                return self._agent_left(event)
            case AgentStateChanged():
                return self._state(event)
            case CallEnded():
                return self._call_ended(event)
        return []

    # --- the wait -------------------------------------------------------------------------------

    def _queued(self, event: CallQueued) -> list[QueueVisit]:
        if self._waiting(event.call_id, event.queue) is not None:
            return []  # told again, or seen again in a snapshot
        return self._told(QueueVisit(call_id=event.call_id, queue=event.queue, offered_at=event.at))

    def _left_queue(self, event: CallLeftQueue) -> list[QueueVisit]:
        visit = self._waiting(event.call_id, event.queue)
        if visit is None:
            known = (each for each in self._of(event.call_id) if each.queue == event.queue)
            if any(each.left_at == event.at for each in known):
                return []
            joined = event.at - timedelta(seconds=event.wait_s)
            visit = QueueVisit(call_id=event.call_id, queue=event.queue, offered_at=joined)
        return self._told(msgspec.structs.replace(visit, left_at=event.at, outcome=event.reason))

    # --- the work -------------------------------------------------------------------------------

    def _answered(self, event: CallAnswered) -> list[QueueVisit]:
        mine = [each for each in self._of(event.call_id) if each.queue == event.queue and each.outcome == "answered"]
        out = self._wrap_up_over(event.device, event.at)
        self._presence[event.device] = "on_call"
        if mine and not mine[-1].device:
            out += self._told(msgspec.structs.replace(mine[-1], device=event.device))
        return out

    def _resumed(self, event: CallResumed) -> None:
        if (visit := self._talking(event.call_id, event.device)) is not None:
            self._holds.setdefault(_key(visit), {})[event.at] = event.held_s

    def _agent_left(self, event: AgentLeft) -> list[QueueVisit]:
        visit = self._talking(event.call_id, event.device)
        if visit is None:
            return []
        held_s = round(sum(self._holds.pop(_key(visit), {}).values()), 3)
        over = msgspec.structs.replace(visit, ended_at=event.at, talk_s=event.talk_s, hold_s=held_s)
        if self._presence.get(event.device, "on_call") not in _AT_WORK:
            over = msgspec.structs.replace(over, wrap_s=0.0)
        out = self._told(over)
        if over.wrap_s is None:
            self._wrapping[event.device] = _key(over)
        self._settle(event.call_id)
        return out

    def _state(self, event: AgentStateChanged) -> list[QueueVisit]:
        self._presence[event.device] = event.state.presence
        return [] if event.state.presence in _AT_WORK else self._wrap_up_over(event.device, event.at)

    def _wrap_up_over(self, device: str, at: datetime) -> list[QueueVisit]:
        key = self._wrapping.pop(device, None)
        if key is None or key not in self._visits:
            return []
        visit = self._visits[key]
        wrap_s = max(0.0, (at - visit.ended_at).total_seconds()) if visit.ended_at else 0.0
        out = self._told(msgspec.structs.replace(visit, wrap_s=round(wrap_s, 3)))
        self._settle(visit.call_id)
        return out

    def _call_ended(self, event: CallEnded) -> list[QueueVisit]:
        """Who still waits was cut off from what would have told it. The agent's end of the call may come after this."""
        out: list[QueueVisit] = []
        for visit in self._of(event.call_id):
            if visit.left_at is None:
                out += self._told(msgspec.structs.replace(visit, left_at=event.at, outcome="failed"))
        if event.call_id in self._calls:
            self._ended.add(event.call_id)
            self._settle(event.call_id)
        return out

    # --- what is remembered ---------------------------------------------------------------------

    def _of(self, call_id: str) -> list[QueueVisit]:
        return [self._visits[key] for key in self._calls.get(call_id, ())]

    def _waiting(self, call_id: str, queue: str) -> QueueVisit | None:
        return next((each for each in self._of(call_id) if each.queue == queue and each.left_at is None), None)

    def _talking(self, call_id: str, device: str) -> QueueVisit | None:
        mine = (each for each in self._of(call_id) if each.device == device and each.ended_at is None)
        return next(mine, None)

    def _put(self, visit: QueueVisit) -> Key:
        key = _key(visit)
        if key not in self._visits:
            self._calls.setdefault(visit.call_id, []).append(key)
        self._visits[key] = visit
        return key

    def _told(self, visit: QueueVisit) -> list[QueueVisit]:
        self._put(visit)
        if len(self._visits) > KEPT:
            self._drop(next(iter(self._visits))[0])
        return [visit]

    def _settle(self, call_id: str) -> None:
        """Forget a call whose caller is gone, once the work it made is known."""
        if call_id in self._ended and all(map(complete, self._of(call_id))):
            self._drop(call_id)

    def _drop(self, call_id: str) -> None:
        self._ended.discard(call_id)
        for key in self._calls.pop(call_id, []):
            self._visits.pop(key, None)
            self._holds.pop(key, None)


def complete(visit: QueueVisit) -> bool:
    """Is all known that there is to know?"""
    return visit.left_at is not None and (visit.outcome != "answered" or visit.wrap_s is not None)


def _key(visit: QueueVisit) -> Key:
    return visit.call_id, visit.queue, visit.offered_at
