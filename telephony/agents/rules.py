"""The rules that keep callers from ringing where nobody answers, and wrap-up a true state: pure.

- **Wrap-up** is a pause that begins when the call is answered, so that no queue can offer another call in the moment
  between its end and our command. It counts from the end of the call, can be extended or ended, and gives way to the
  state that was chosen for after it.
- **Ring, no answer**: after `no_answers` offers in a row the device is paused with a reason.
- **Away**: an agent whose desk is gone is paused until it is back. (A telephone that is gone is not rung by the PBX.)
- Who is off the phones by choice stays so: a call from outside the queues puts the choice after its wrap-up.

`AgentRules` takes events with their times and returns what changed and what the PBX is to be told; the PBX's answer
comes back as events, and only they change a state. What was asked and is not confirmed is asked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from core.events import Event
from telephony.agents.seat import RULED, Seat
from telephony.agents.states import AWAY, NOT_ANSWERING, WRAP_UP, AgentState, AgentStateChanged, presence_of
from telephony.events import (
    AgentLeft,
    AgentOfferEnded,
    CallAnswered,
    DeviceState,
    PhoneSystemChanged,
    QueueMemberChanged,
)
from telephony.queue import QueueSeen, memberships

AVAILABLE = "available"
LONGEST_WRAP_UP = timedelta(hours=1)
ASKED_AGAIN = timedelta(seconds=3)  # what the PBX has not confirmed by then
SETTLED = timedelta(seconds=1)  # by then a snapshot's memberships have all been told


@dataclass(frozen=True)
class Pause:
    """Tell the PBX: no calls for `device`, for this reason; an empty reason lets them in again."""

    device: str
    reason: str


@dataclass
class Outcome:
    """What follows from an input."""

    events: list[AgentStateChanged] = field(default_factory=list)
    commands: list[Pause] = field(default_factory=list)


class AgentRules:
    """All devices of one phone system. 0 for any of the three: no wrap-up; nobody is paused for that."""

    def __init__(self, *, wrap_up_s: float, no_answers: int, away_after_s: float) -> None:
        self._wrap_up = timedelta(seconds=wrap_up_s)
        self._no_answers = no_answers
        self._away_after = timedelta(seconds=away_after_s)
        self._seats: dict[str, Seat] = {}
        self.up = False  # whether we hear of the PBX

    def states(self) -> Mapping[str, AgentState]:
        """By device, of all that were ever heard of."""
        return {device: seat.state for device, seat in self._seats.items()}

    def queues(self, device: str) -> Mapping[str, int]:
        """The queues this device signed on to, with its penalty in each; not those that it belongs to for good."""
        seat = self._seats.get(device)
        if seat is None:
            return {}
        return {queue: each.penalty for queue, each in seat.memberships.items() if not each.fixed}

    def fixed(self, device: str) -> frozenset[str]:
        """The queues that it belongs to for good, by the PBX's configuration."""
        seat = self._seats.get(device)
        return frozenset(queue for queue, each in seat.memberships.items() if each.fixed) if seat else frozenset()

    def pause(self, device: str) -> str:
        """The reason for which it takes no calls, or is just being paused; empty: it takes them."""
        seat = self._seats.get(device)
        if seat is None or not seat.memberships:
            return ""
        return (seat.pause() or "") if seat.asked is None else seat.asked

    def telephone(self, device: str) -> DeviceState:
        """What the PBX says of the telephone itself."""
        seat = self._seats.get(device)
        return next(iter(seat.memberships.values())).state if seat and seat.memberships else "unknown"

    def due(self) -> datetime | None:
        """When `tick` has something to do next."""
        seats = self._seats.values()
        times = [seat.until for seat in seats if seat.until and seat.state.presence == "wrap_up"]
        times += [when for seat in seats if self._exposed(seat) and (when := self._deserted(seat))]
        times += [seat.asked_at + ASKED_AGAIN for seat in seats if self.up and seat.asked is not None and seat.asked_at]
        return min(times, default=None)

    # --- what happens ---------------------------------------------------------------------------

    def feed(self, event: Event) -> Outcome:
        """An event of the phone system; times are the event's own."""
        match event:
            case QueueMemberChanged():
                return self._membership(event)
            case QueueSeen():
                return self._queue_seen(event)
            case CallAnswered():
                return self._answered(event)
            case AgentLeft():
                return self._left(event)
            case AgentOfferEnded():
                return self._offer_ended(event)
            case PhoneSystemChanged():
                self.up = event.up
                for seat in self._seats.values():  # once the memberships as they are now have been told
                    seat.asked_at = event.at - ASKED_AGAIN + SETTLED
        return Outcome()

    def tick(self, now: datetime) -> Outcome:
        """The clock: wrap-ups that are over, desks that are gone for too long, what the PBX has not confirmed."""
        out = Outcome()
        for seat in self._seats.values():
            if seat.until is not None and seat.until <= now and seat.state.presence == "wrap_up":
                out.commands += self._end_wrap_up(seat, now)
            elif self._exposed(seat) and (when := self._deserted(seat)) and when <= now:
                out.commands.append(self._ask(seat, AWAY, now))
            else:
                out.commands += self._again(seat, now)
        return out

    def desk(self, device: str, there: bool, now: datetime) -> Outcome:
        """The agent's desk connected (again), or the last of its connections broke."""
        seat = self._seats.get(device)
        if seat is None:
            return Outcome()
        if not there:
            seat.desk_gone = seat.desk_gone or now
            return Outcome()
        seat.desk_gone = None
        away = (seat.pause() if seat.asked is None else seat.asked) == AWAY
        return Outcome(commands=[self._ask(seat, "", now)] if away else [])

    # --- what agents choose ---------------------------------------------------------------------

    def choose(self, device: str, name: str, now: datetime) -> Outcome:
        """`available` or a state off the phones; during a call or its wrap-up it is kept for after the wrap-up."""
        seat = self._seats[device]
        reason = "" if name == AVAILABLE else name
        off = seat.chosen() is not None and seat.asked != WRAP_UP  # already, whatever the telephone is doing
        talks = seat.state.presence in ("on_call", "ringing") and not off
        if talks or (seat.state.presence == "wrap_up" and reason):
            seat.next = reason
            return self._now(seat, now)
        seat.next, seat.until = "", None
        return Outcome(commands=[self._ask(seat, reason, now)])

    def extend(self, device: str, seconds: float, now: datetime) -> Outcome:
        """Wrap-up lasts longer, an hour from now at most; nothing where there is none."""
        seat = self._seats[device]
        if seat.state.presence != "wrap_up" or seat.until is None:
            return Outcome()
        seat.until = min(max(seat.until, now) + timedelta(seconds=seconds), now + LONGEST_WRAP_UP)
        return self._now(seat, now)

    def end_wrap_up(self, device: str, now: datetime) -> Outcome:
        """Wrap-up is over now; nothing where there is none."""
        seat = self._seats.get(device)
        if seat is None or seat.state.presence != "wrap_up":
            return Outcome()
        return Outcome(commands=self._end_wrap_up(seat, now))

    # --- inside ---------------------------------------------------------------------------------

    def _membership(self, event: QueueMemberChanged) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None:
            unknown = AgentState(presence="signed_out", since=event.at)
            seat = self._seats[event.device] = Seat(event.device, unknown)
        if event.member:
            seat.memberships[event.queue] = event
        else:
            seat.memberships.pop(event.queue, None)
        if not seat.memberships:
            seat.left()
        elif seat.asked is not None and seat.stands(seat.asked):
            seat.asked = None
        return self._now(seat, event.at)

    def _queue_seen(self, event: QueueSeen) -> Outcome:
        """What was told before may have been missed: this is how it is."""
        members = [device for device, seat in self._seats.items() if event.state.queue in seat.memberships]
        out = Outcome()
        for membership in memberships(event, members):
            each = self._membership(membership)
            out.events += each.events
            out.commands += each.commands
        return out

    def _now(self, seat: Seat, at: datetime) -> Outcome:
        """Compare what the seat is with what was last told."""
        before = seat.state
        presence, reason = presence_of(list(seat.memberships.values()))
        same = (presence, reason) == (before.presence, before.reason)
        if presence == "wrap_up":
            seat.until = self._wrap_up_until(seat, at)
        elif presence != "on_call" and WRAP_UP not in (seat.pause(), seat.asked):
            seat.until = None
        if presence in ("paused", "signed_out") and seat.asked != WRAP_UP:
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
            out.commands.append(self._ask(seat, seat.next, at))
        return out

    def _wrap_up_until(self, seat: Seat, at: datetime) -> datetime:
        """When the wrap-up that lasts ends by itself: from the end of the call on, as far as it is known.

        The telephone can be free before we hear that the call is over; and what began before we came (or while we
        heard nothing) began with the call's end or, where the PBX does not know that, with the pause.
        """
        if seat.until is None and seat.state.presence == "on_call":
            return at + self._wrap_up
        told = [when for each in seat.memberships.values() for when in (each.paused_at, each.last_call) if when]
        known = max(told, default=at) + self._wrap_up
        until = max(known, seat.until or known)
        return until if seat.state.presence == "wrap_up" and seat.until else max(until, at + SETTLED)

    def _answered(self, event: CallAnswered) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None or not seat.memberships:
            return Outcome()
        seat.unanswered = 0
        seat.until = None
        chosen = seat.chosen() if seat.asked is None else None
        if not self._wrap_up or chosen == "":  # a pause without a reason could not be found again
            return Outcome()
        seat.next = chosen or seat.next
        return Outcome(commands=[self._ask(seat, WRAP_UP, event.at)])

    def _left(self, event: AgentLeft) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None or not seat.memberships or not self._wrap_up:
            return Outcome()
        seat.until = event.at + self._wrap_up
        out = self._now(seat, event.at)
        if seat.pause() is None and not seat.asked:  # the pause at the answer was lost with the connection
            seat.until = event.at + self._wrap_up
            out.commands.append(self._ask(seat, WRAP_UP, event.at))
        return out

    def _offer_ended(self, event: AgentOfferEnded) -> Outcome:
        seat = self._seats.get(event.device)
        if seat is None or event.result != "no_answer" or not self._no_answers:
            return Outcome()
        if seat.pause() is not None or seat.asked or seat.next:  # takes no calls already, or from now on
            return Outcome()
        seat.unanswered += 1
        if seat.unanswered < self._no_answers:
            return Outcome()
        return Outcome(commands=[self._ask(seat, NOT_ANSWERING, event.at)])

    def _end_wrap_up(self, seat: Seat, now: datetime) -> list[Pause]:
        """On to the state chosen for after it; to away, not to a moment of being rung, where the desk is gone."""
        deserted = self._deserted(seat)
        seat.until = None
        return [self._ask(seat, seat.next or (AWAY if deserted and deserted <= now else ""), now)]

    def _deserted(self, seat: Seat) -> datetime | None:
        """When the desk is, or was, gone for too long."""
        return seat.desk_gone + self._away_after if seat.desk_gone and self._away_after else None

    def _exposed(self, seat: Seat) -> bool:
        """Can calls come? During a call or a pause none do."""
        return seat.state.presence == "available" and not seat.asked

    def _ask(self, seat: Seat, reason: str, at: datetime) -> Pause:
        seat.asked, seat.asked_at = reason, at
        return Pause(seat.device, reason)

    def _again(self, seat: Seat, now: datetime) -> list[Pause]:
        """What was asked and never confirmed, unless it is so already or somebody chose another pause meanwhile."""
        if not self.up or seat.asked is None or seat.asked_at is None or seat.asked_at + ASKED_AGAIN > now:
            return []
        overtaken = seat.asked in RULED and seat.chosen() not in (None, seat.next)
        if overtaken or not seat.memberships or seat.stands(seat.asked):
            seat.asked = None
            return []
        return [self._ask(seat, seat.asked, now)]
