"""One queue's line and the people who serve it, as far as the phone system tells: pure.

`line` gives what the call backs' rules need, `load` what the estimate needs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from ivr.waiting.callbacks import Line, Waiter
from ivr.waiting.estimate import Load
from telephony.agents.states import WRAP_UP, AgentState
from telephony.calls.legs import CALLBACK
from telephony.events import QueueChanged, QueueMemberChanged

DIALLED_S = 25.0  # about as long as it takes until somebody who is called back has pressed 1
SOON = timedelta(seconds=60)  # a wrap-up that ends within this time: most are ended by hand before
_EARLIEST = datetime.min.replace(tzinfo=UTC)
_NOT_THERE = ("unavailable", "invalid", "unknown")
_BUSY = ("in_use", "busy", "on_hold", "ringing")


@dataclass(frozen=True)
class Staff:
    """`at_work`: take the queue's calls, now or after the one they have; `free`: have none; `ending`: ends of wrap-ups.

    `talking`: have a call, of whatever queue.
    """

    at_work: int = 0
    free: int = 0
    ending: tuple[datetime | None, ...] = ()
    talking: int = 0


@dataclass
class QueueLine:
    """Fed with the queue's events, in order."""

    queue: str
    waiters: tuple[Waiter, ...] = ()
    members: dict[str, QueueMemberChanged] = field(default_factory=dict)
    seen: bool = False  # since we watch
    _staff: Staff | None = None

    def changed(self, event: QueueChanged) -> None:
        """Who comes to stand in front of somebody has a higher priority. Who was there when we came waited longest."""
        known = {waiter.linkedid: waiter for waiter in self.waiters}
        new = [linkedid for linkedid in event.waiting if linkedid not in known]
        before_us = not self.seen or len(new) > 1
        self.seen = True
        last_known = max((place for place, each in enumerate(event.waiting) if each in known), default=-1)
        self.waiters = tuple(
            known.get(linkedid)
            or Waiter(
                linkedid,
                _EARLIEST if before_us else event.at,
                raised=place < last_known or linkedid.startswith(CALLBACK),
            )
            for place, linkedid in enumerate(event.waiting)
        )

    def member(self, event: QueueMemberChanged) -> None:
        if event.member:
            self.members[event.device] = event
        else:
            self.members.pop(event.device, None)
        self._staff = None

    def state_changed(self) -> None:
        """The state of one of the devices is another one now."""
        self._staff = None

    def staff(self, states: Mapping[str, AgentState]) -> Staff:
        """Counted anew only after a change."""
        if self._staff is None:
            self._staff = staff(list(self.members.values()), states)
        return self._staff

    def load(self, states: Mapping[str, AgentState], holding: int, handle_s: float, patience_s: float) -> Load:
        """As it is for who would come now, behind `holding` call backs as well."""
        people = self.staff(states)
        return Load(people.at_work, people.free, len(self.waiters) + holding, handle_s, patience_s)

    def line(self, states: Mapping[str, AgentState], now: datetime, handle_s: float, *, open: bool) -> Line:
        people = self.staff(states)
        ending = sum(until is None or until <= now + SOON for until in people.ending)
        # Of many who talk some will be done by then: whole agents only, so that nobody is called too early.
        done = int(people.talking * DIALLED_S / handle_s)
        return Line(waiters=self.waiters, free=people.free, soon=ending + done, open=open)


def staff(members: Sequence[QueueMemberChanged], states: Mapping[str, AgentState]) -> Staff:
    """Who works for a queue, from its members and what is known of each device's agent."""
    at_work = free = talking = 0
    ending: list[datetime | None] = []
    for member in members:
        state = states.get(member.device)
        off = member.paused and member.paused_reason != WRAP_UP
        leaves = state is not None and bool(state.next)  # goes off the phones after this call
        if member.state in _NOT_THERE or off or leaves:
            continue
        at_work += 1
        if member.state in _BUSY:
            talking += 1
        elif member.paused:
            ending.append(state.until if state else None)
        else:
            free += 1
    return Staff(at_work, free, tuple(ending), talking)
