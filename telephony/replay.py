"""A recorded AMI stream through the trackers: what happened, and what became of each call."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import ClassVar

from core.events import Event, Message
from telephony import presence
from telephony.ami.wire import Framer
from telephony.calls import tracker
from telephony.calls.story import CallStory, story
from telephony.calls.tracker import CallTracker
from telephony.presence import PresenceTracker
from telephony.snapshot import RawSnapshot

USED = tracker.EVENTS | presence.EVENTS


class Replay(Message, frozen=True, kw_only=True):
    """`ignored`: messages of the stream that mean nothing to either tracker, responses included."""

    calls: tuple[CallStory, ...]
    events: tuple[Event, ...]
    ignored: int


def replay(stream: bytes, system: str = "pbx") -> Replay:
    """Feed a whole recording. Its own timestamps are the clock; a snapshot in it counts as after a reconnect."""
    calls, queues, lists = CallTracker(system), PresenceTracker(), _Lists()
    framer = Framer()
    at = datetime.fromtimestamp(0, UTC)
    events: list[Event] = []
    ignored = 0
    for message in framer.feed(stream):
        at = _time(message) or at
        if lists.take(message):
            if (snapshot := lists.complete()) is not None:
                events += calls.reconcile(snapshot, at)
                events += queues.reconcile(snapshot, at)
        elif message.get("Event", "") in USED:
            events += calls.feed(message, at)
            events += queues.feed(message, at)
        else:
            ignored += 1
    now = calls.now
    told = [story(call, now) for call in (*calls.closed, *calls.open_calls())]
    return Replay(calls=tuple(sorted(told, key=_begun)), events=tuple(events), ignored=ignored)


class _Lists:
    """The lists of a snapshot as they pass by. Only one that has them all is a snapshot."""

    ITEMS: ClassVar[dict[str, str]] = {
        "CoreShowChannel": "channels",
        "BridgeListItem": "bridges",
        "QueueParams": "queue_params",
        "QueueMember": "queue_members",
        "QueueEntry": "queue_entries",
        "DeviceStateChange": "device_states",
    }
    ENDS: ClassVar[frozenset[str]] = frozenset(
        ("CoreShowChannelsComplete", "BridgeListComplete", "QueueStatusComplete", "DeviceStateListComplete")
    )

    def __init__(self) -> None:
        self._items: dict[str, list[dict[str, str]]] = {}
        self._ended: set[str] = set()

    def take(self, message: dict[str, str]) -> bool:
        """Is this part of a list?"""
        name = message.get("Event", "")
        if "ActionID" not in message:
            return False
        if name in self.ITEMS:
            self._items.setdefault(self.ITEMS[name], []).append(message)
        elif name in self.ENDS:
            self._ended.add(name)
        else:
            return False
        return True

    def complete(self) -> RawSnapshot | None:
        """The snapshot, once its last list has ended."""
        if self._ended != self.ENDS:
            return None
        snapshot = RawSnapshot(**{name: tuple(items) for name, items in self._items.items()})
        self._items, self._ended = {}, set()
        return snapshot


def _time(message: dict[str, str]) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(message["Timestamp"]), UTC)
    except (KeyError, ValueError, OverflowError, OSError):
        return None


def _begun(call: CallStory) -> tuple[int, str]:
    """Linkedids count up: shorter ones are older."""
    return len(call.linkedid), call.linkedid
