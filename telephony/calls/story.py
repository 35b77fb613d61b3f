"""A call told in one value: what `memberline replay` prints of it."""

from __future__ import annotations

from core.events import Message
from telephony.calls.call import Call
from telephony.events import Outcome, TransferKind


class TransferStory(Message, frozen=True, kw_only=True, rename={"from_": "from"}):
    """`from` is the device that sent the caller on, `to` the extension it sent them to."""

    kind: TransferKind
    completed: bool
    from_: str
    to: str


class CallStory(Message, frozen=True, kw_only=True):
    """Seconds. `wait_s` sums all queues; `talk_s` is the time in a bridge with an agent, holds included."""

    linkedid: str
    caller: str
    queues: tuple[str, ...]
    agents: tuple[str, ...]
    answered: bool
    outcome: Outcome
    transfers: tuple[TransferStory, ...]
    holds: int
    talk_s: float
    wait_s: float
    incomplete: bool


def story(call: Call, now: float) -> CallStory:
    """The call as it stands at `now` (seconds since 1970); one that is still open counts up to then."""
    now = now if call.ended_at is None else call.ended_at
    return CallStory(
        linkedid=call.linkedid,
        caller=call.caller_number,
        queues=tuple(visit.queue for visit in call.visits),
        agents=tuple(call.agents),
        answered=call.answered,
        outcome=call.outcome,
        transfers=tuple(
            TransferStory(kind=each.kind, completed=bool(each.completed), from_=each.from_device, to=each.target)
            for each in call.transfers
        ),
        holds=call.holds,
        talk_s=round(call.talked_s(now), 3),
        wait_s=round(call.wait_s(now), 3),
        incomplete=call.incomplete,
    )
