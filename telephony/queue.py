"""One queue as a value: who waits and who is a member. Pure, from what is told of it on `queue.<name>`.

The events say what is, so one that is told twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime

from msgspec import structs
from msgspec.structs import replace

from core.events import Event, Message
from telephony.events import DeviceState, QueueChanged, QueueMemberChanged


class QueueMember(Message, frozen=True, kw_only=True):
    """A telephone in the queue, as `QueueMemberChanged` tells of it."""

    device: str
    state: DeviceState
    paused: bool
    paused_reason: str
    penalty: int
    paused_at: datetime | None
    last_call: datetime | None
    fixed: bool


class QueueState(Message, frozen=True, kw_only=True):
    """`waiting` are callers by Asterisk's Linkedid, first in line first; `members` in the order of their devices."""

    queue: str
    waiting: tuple[str, ...]
    members: tuple[QueueMember, ...]


class QueueSeen(Event, frozen=True, kw_only=True):
    """The whole queue, whatever was told before: when the PBX is heard of (again), or something was missed."""

    state: QueueState


AnyQueueEvent = QueueSeen | QueueChanged | QueueMemberChanged


def queue_of(event: AnyQueueEvent) -> str:
    """The name of the queue that it is about."""
    return event.state.queue if isinstance(event, QueueSeen) else event.queue


def apply(state: QueueState, event: AnyQueueEvent) -> QueueState:
    """`state` after `event`."""
    match event:
        case QueueSeen():
            return event.state
        case QueueChanged():
            return replace(state, waiting=event.waiting)
    others = [member for member in state.members if member.device != event.device]
    now = [*others, _member(event)] if event.member else others
    return replace(state, members=tuple(sorted(now, key=lambda member: member.device)))


def whole(
    members: Mapping[tuple[str, str], QueueMemberChanged], waiting: Mapping[str, tuple[str, ...]], at: datetime
) -> list[QueueSeen]:
    """Each queue as `telephony.presence.PresenceTracker` knows it: members by (queue, device), and who waits."""
    found = {queue: QueueState(queue=queue, waiting=line, members=()) for queue, line in waiting.items()}
    for (queue, _), member in members.items():
        known = found.get(queue) or QueueState(queue=queue, waiting=(), members=())
        found[queue] = apply(known, member)
    return [QueueSeen(at=at, state=state) for state in found.values()]


def memberships(event: QueueSeen, known: Collection[str]) -> list[QueueMemberChanged]:
    """The same as single events, also for those devices among `known` members that are none any more."""
    queue, at = event.state.queue, event.at
    told = [
        QueueMemberChanged(at=at, queue=queue, member=True, **structs.asdict(member)) for member in event.state.members
    ]
    gone = set(known) - {member.device for member in event.state.members}
    return told + [
        QueueMemberChanged(
            at=at, queue=queue, device=device, member=False, state="unknown", paused=False, paused_reason="", penalty=0
        )
        for device in sorted(gone)
    ]


def _member(event: QueueMemberChanged) -> QueueMember:
    return QueueMember(
        device=event.device,
        state=event.state,
        paused=event.paused,
        paused_reason=event.paused_reason,
        penalty=event.penalty,
        paused_at=event.paused_at,
        last_call=event.last_call,
        fixed=event.fixed,
    )
