"""A recorded AMI stream through the trackers: what happened, and what became of each call."""

from __future__ import annotations

from datetime import UTC, datetime

from core.events import Event, Message
from telephony import presence
from telephony.ami.wire import Framer
from telephony.calls import tracker
from telephony.calls.story import CallStory, story
from telephony.calls.tracker import CallTracker
from telephony.presence import PresenceTracker

USED = tracker.EVENTS | presence.EVENTS


class Replay(Message, frozen=True, kw_only=True):
    """`ignored`: messages of the stream that mean nothing to either tracker, responses and lists included."""

    calls: tuple[CallStory, ...]
    events: tuple[Event, ...]
    ignored: int


def replay(stream: bytes, system: str = "pbx") -> Replay:
    """Feed a whole recording. Its own timestamps are the clock."""
    calls, queues = CallTracker(system), PresenceTracker()
    framer = Framer()
    start = datetime.fromtimestamp(0, UTC)
    events: list[Event] = []
    ignored = 0
    for message in framer.feed(stream):
        if message.get("Event", "") not in USED:
            ignored += 1
            continue
        events += calls.feed(message, start)
        events += queues.feed(message, start)
    now = calls.now
    told = [story(call, now) for call in (*calls.closed, *calls.open_calls())]
    return Replay(calls=tuple(sorted(told, key=_begun)), events=tuple(events), ignored=ignored)


def _begun(call: CallStory) -> tuple[int, str]:
    """Linkedids count up: shorter ones are older."""
    return len(call.linkedid), call.linkedid
