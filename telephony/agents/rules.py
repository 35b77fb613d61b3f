"""The rules that keep callers from ringing where nobody answers, and wrap-up a true state: pure.

- **Wrap-up** is a pause that begins when the call is answered, so that no queue can offer another call in the moment
  between its end and our command. It counts from the end of the call, can be extended or ended, and gives way to the
  state that was chosen for after it.
- **Ring, no answer**: after `no_answers` offers in a row the device is paused with a reason.
- **Away**: an agent whose desk is gone is paused until it is back. (A telephone that is gone is not rung by the PBX.)

`AgentRules` takes events with their times and returns what changed and what the PBX is to be told; the PBX's answer
comes back as events, and only they change a state.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.events import Event
from telephony.agents.states import AWAY, NOT_ANSWERING, WRAP_UP, AgentState, AgentStateChanged, presence_of
from telephony.events import AgentLeft, AgentOfferEnded, CallAnswered, DeviceState, QueueMemberChanged

AVAILABLE = "available"
LONGEST_WRAP_UP = timedelta(hours=1)


@dataclass(frozen=True)
class Pause:
    """Tell the PBX: no calls for `device`, for this reason; an empty reason lets them in again."""

    device: str
    reason: str


@dataclass
class _Seat:
    """One device that takes, or took, queue calls."""

    device: str
    state: AgentState
    memberships: dict[str, QueueMemberChanged] = field(default_factory=dict)
    unanswered: int = 0
    next: str = ""  # the state chosen for after the wrap-up
    until: datetime | None = None  # the end of the running wrap-up
    asked: str | None = None  # the reason last asked for, while the PBX has not confirmed it
    desk_gone: datetime | None = None

    def deserted_since(self) -> datetime | None:
        """Since when calls would come to a place without a desk. During a call or a pause none do."""
        return self.desk_gone if self.state.presence == "available" and self.asked != AWAY else None


@dataclass
class Outcome:
    """What follows from an input."""

    events: list[AgentStateChanged] = field(default_factory=list)
    commands: list[Pause] = field(default_factory=list)


class AgentRules:
    """All devices of one phone system. `wrap_up_s` 0: no wrap-up; `no_answers` 0: nobody is paused for that."""

    def __init__(self, *, wrap_up_s: float, no_answers: int, away_after_s: float) -> None:
        self._wrap_up = timedelta(seconds=wrap_up_s)
        self._no_answers = no_answers
        self._away_after = timedelta(seconds=away_after_s)
        self._seats: dict[str, _Seat] = {}

    def states(self) -> Mapping[str, AgentState]:
        """By device, of all that were ever heard of."""
        return {device: seat.state for device, seat in self._seats.items()}

    def queues(self, device: str) -> Mapping[str, int]:
        """The queues this device signed on to, with its penalty in each; not those that it belongs to for good."""
        seat = self._seats.get(device)
        if seat is None:
            return {}
        return {queue: each.penalty for queue, each in seat.memberships.items() if not each.fixed}

    def telephone(self, device: str) -> DeviceState:
        """What the PBX says of the telephone itself."""
        seat = self._seats.get(device)
        return next(iter(seat.memberships.values())).state if seat and seat.memberships else "unknown"

    def due(self) -> datetime | None:
        """When `tick` has something to do next."""
        times = [seat.until for seat in self._seats.values() if seat.until and seat.state.presence == "wrap_up"]
        times += [since + self._away_after for seat in self._seats.values() if (since := seat.deserted_since())]
        return min(times, default=None)

    # --- what happens ---------------------------------------------------------------------------

    def feed(self, event: Event) -> Outcome:
        """An event of the phone system; times are the event's own."""
        match event:
            case QueueMemberChanged():
                return self._membership(event)
            case CallAnswered():
                return self._answered(event)
            case AgentLeft():
                return self._left(event)
            case AgentOfferEnded():
                return self._offer_ended(event)
        return Outcome()

    def tick(self, now: datetime) -> Outcome:
        """The clock: wrap-ups that are over, desks that are gone for too long."""
        out = Outcome()
        for seat in self._seats.values():
            if seat.until is not None and seat.until <= now and seat.state.presence == "wrap_up":
                out.commands += self._end_wrap_up(seat)
            if (since := seat.deserted_since()) and since + self._away_after <= now:
                out.commands.append(self._ask(seat, AWAY))
        return out

    def desk(self, device: str, there: bool, now: datetime) -> Outcome:
        """The agent's desk connected (again), or the last of its connections broke."""
        seat = self._seats.get(device)
        if seat is None:
            return Outcome()
        if not there:
            seat.desk_gone = now
            return Outcome()
        seat.desk_gone = None
        if seat.state.presence == "away" and seat.state.reason == "desk":
            return Outcome(commands=[self._ask(seat, "")])
        return Outcome()

    # --- what agents choose ---------------------------------------------------------------------

    def choose(self, device: str, name: str, now: datetime) -> Outcome:
        """`available` or a state off the phones; during a call or its wrap-up it is kept for after the wrap-up."""
        seat = self._seats[device]
        reason = "" if name == AVAILABLE else name
        if seat.state.presence in ("on_call", "ringing") or (seat.state.presence == "wrap_up" and reason):
            seat.next = reason
            return self._now(seat, now)
        seat.next, seat.until = "", None
        return Outcome(commands=[self._ask(seat, reason)])

    def extend(self, device: str, seconds: float, now: datetime) -> Outcome:
        """Wrap-up lasts longer, an hour from now at most; nothing where there is none."""
        seat = self._seats[device]
        if seat.state.presence != "wrap_up" or seat.until is None:
            return Outcome()
        seat.until = min(max(seat.until, now) + timedelta(seconds=seconds), now + LONGEST_WRAP_UP)
        return self._now(seat, now)

    def end_wrap_up(self, device: str) -> Outcome:
        """Wrap-up is over now; nothing where there is none."""
        seat = self._seats.get(device)
        if seat is None or seat.state.presence != "wrap_up":
            return Outcome()
        return Outcome(commands=self._end_wrap_up(seat))

    # --- inside ---------------------------------------------------------------------------------

    def _membership(self, event: QueueMemberChanged) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None:
            unknown = AgentState(presence="signed_out", since=event.at)
            seat = self._seats[event.device] = _Seat(event.device, unknown)
        if event.member:
            seat.memberships[event.queue] = event
        else:
            seat.memberships.pop(event.queue, None)
        if seat.asked is not None and all(each.paused_reason == seat.asked for each in seat.memberships.values()):
            seat.asked = None
        return self._now(seat, event.at, paused_at=event.paused_at)

    def _now(self, seat: _Seat, at: datetime, *, paused_at: datetime | None = None) -> Outcome:
        """Compare what the seat is with what was last told."""
        before = seat.state
        presence, reason = presence_of(list(seat.memberships.values()))
        same = (presence, reason) == (before.presence, before.reason)
        if presence == "wrap_up" and seat.until is None and self._wrap_up:
            # The telephone is free before we hear that the call is over; or it was paused before we came: it began
            # then, and nobody else would ever end it.
            began = at if before.presence == "on_call" else paused_at or at
            seat.until = began + self._wrap_up
        if presence not in ("wrap_up", "on_call"):
            seat.until = None
        if presence in ("paused", "signed_out"):
            seat.next = ""
        if not same and before.presence == "paused" and presence == "available":
            seat.unanswered = 0
        seat.state = AgentState(
            presence=presence,
            reason=reason,
            since=before.since if same else at,
            until=seat.until if presence == "wrap_up" else None,
            next=seat.next,
        )
        out = Outcome()
        if seat.state != before:
            out.events.append(AgentStateChanged(at=at, device=seat.device, state=seat.state))
        if presence == "available" and seat.next and seat.asked != seat.next:
            out.commands.append(self._ask(seat, seat.next))
        return out

    def _answered(self, event: CallAnswered) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None or not seat.memberships:
            return Outcome()
        seat.unanswered = 0
        seat.until = None
        return Outcome(commands=[self._ask(seat, WRAP_UP)] if self._wrap_up else [])

    def _left(self, event: AgentLeft) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None or not seat.memberships or not self._wrap_up:
            return Outcome()
        seat.until = event.at + self._wrap_up
        out = self._now(seat, event.at)
        paused = all(each.paused for each in seat.memberships.values())
        if not paused and seat.asked != WRAP_UP:  # the pause at the answer was lost with the connection
            out.commands.append(self._ask(seat, WRAP_UP))
        return out

    def _offer_ended(self, event: AgentOfferEnded) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None or event.result != "no_answer" or not self._no_answers:
            return Outcome()
        seat.unanswered += 1
        if seat.unanswered < self._no_answers:
            return Outcome()
        return Outcome(commands=[self._ask(seat, NOT_ANSWERING)])

    def _end_wrap_up(self, seat: _Seat) -> list[Pause]:
        seat.until = None
        return [self._ask(seat, seat.next)]

    def _ask(self, seat: _Seat, reason: str) -> Pause:
        seat.asked = reason
        return Pause(seat.device, reason)
