"""The presence tracker: who is a member of which queue and in what state, and who waits there in which order.

Pure, as the call tracker is: `feed` it every AMI event in order, `reconcile` it with a snapshot after a gap. What is
published is what now is, so an event told twice changes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime

from msgspec.structs import replace

from telephony.events import DeviceState, QueueChanged, QueueMemberChanged
from telephony.snapshot import RawSnapshot

Message = Mapping[str, str]
PresenceEvent = QueueMemberChanged | QueueChanged

# AST_DEVICE_*, as QueueMemberStatus tells it.
_STATES: dict[str, DeviceState] = {
    "0": "unknown",
    "1": "not_in_use",
    "2": "in_use",
    "3": "busy",
    "4": "invalid",
    "5": "unavailable",
    "6": "ringing",
    "7": "ringing",  # ringing while in use
    "8": "on_hold",
}


class PresenceTracker:
    """`members` by (queue, device); `waiting`: Linkedids by queue, first in line first; `devices`: their own states."""

    def __init__(self) -> None:
        self.members: dict[tuple[str, str], QueueMemberChanged] = {}
        self.waiting: dict[str, tuple[str, ...]] = {}
        self.devices: dict[str, str] = {}
        self._now = datetime.fromtimestamp(0, UTC)

    def feed(self, message: Message, at: datetime | None = None) -> list[PresenceEvent]:
        """What this event means; times as in the call tracker."""
        handler = _HANDLERS.get(message.get("Event", ""))
        if handler is None:
            return []
        try:
            told = datetime.fromtimestamp(float(message["Timestamp"]), UTC)
        except (KeyError, ValueError, OverflowError, OSError):
            told = at or self._now
        self._now = max(self._now, told)
        return handler(self, message)

    def reconcile(self, snapshot: RawSnapshot, at: datetime) -> list[PresenceEvent]:
        """Become what the snapshot says; tells what is different from before."""
        self._now = max(self._now, at)
        self.devices = {row["Device"]: row.get("State", "") for row in snapshot.device_states if row.get("Device")}
        out: list[PresenceEvent] = []
        there = {(row.get("Queue", ""), _device(row)): row for row in snapshot.queue_members}
        for key in [known for known in self.members if known not in there]:
            out += self._drop(key)
        for row in there.values():
            out += self._set(row)
        waiting: dict[str, list[tuple[int, str]]] = {row.get("Queue", ""): [] for row in snapshot.queue_params}
        for row in snapshot.queue_entries:
            position = row.get("Position", "")
            place = int(position) if position.isdigit() else 0
            waiting.setdefault(row.get("Queue", ""), []).append((place, row.get("Uniqueid", "")))
        for queue in {*self.waiting, *waiting}:
            out += self._line(queue, tuple(caller for _, caller in sorted(waiting.get(queue, []))))
            self.waiting.setdefault(queue, ())  # it is there, though nobody waits
        return out

    def state(self) -> dict[str, object]:
        """What is live, for comparison with a snapshot. Queues where nobody waits are left out."""
        return {
            "members": {
                key: replace(member, at=datetime.fromtimestamp(0, UTC)) for key, member in self.members.items()
            },
            "waiting": {queue: line for queue, line in self.waiting.items() if line},
        }

    # --- members ------------------------------------------------------------------------------

    def _set(self, message: Message) -> list[PresenceEvent]:
        queue, device = message.get("Queue", ""), _device(message)
        if not queue or not device:
            return []
        member = QueueMemberChanged(
            at=self._now,
            queue=queue,
            device=device,
            member=True,
            state=_STATES.get(message.get("Status", ""), "unknown"),
            paused=message.get("Paused") == "1",
            paused_reason=message.get("PausedReason", "") if message.get("Paused") == "1" else "",
            penalty=_number(message.get("Penalty", "")),
            paused_at=_moment(message.get("LastPause", "")),
            last_call=_moment(message.get("LastCall", "")),
            fixed=message.get("Membership", "dynamic") != "dynamic",
        )
        before = self.members.get((queue, device))
        self.members[queue, device] = member
        return [] if before is not None and replace(before, at=member.at) == member else [member]

    def _removed(self, message: Message) -> list[PresenceEvent]:
        return self._drop((message.get("Queue", ""), _device(message)))

    def _drop(self, key: tuple[str, str]) -> list[PresenceEvent]:
        before = self.members.pop(key, None)
        if before is None:
            return []
        return [replace(before, at=self._now, member=False, paused=False, paused_reason="")]

    # --- who waits ----------------------------------------------------------------------------

    def _joined(self, message: Message) -> list[PresenceEvent]:
        queue, caller = message.get("Queue", ""), message.get("Uniqueid", "")
        line = [known for known in self.waiting.get(queue, ()) if known != caller]
        place = _number(message.get("Position", "")) or len(line) + 1
        line.insert(place - 1, caller)
        return self._line(queue, tuple(line))

    def _left(self, message: Message) -> list[PresenceEvent]:
        queue, caller = message.get("Queue", ""), message.get("Uniqueid", "")
        return self._line(queue, tuple(known for known in self.waiting.get(queue, ()) if known != caller))

    def _line(self, queue: str, line: tuple[str, ...]) -> list[PresenceEvent]:
        if self.waiting.get(queue, ()) == line:
            return []
        self.waiting[queue] = line
        return [QueueChanged(at=self._now, queue=queue, waiting=line)]

    # --- devices ------------------------------------------------------------------------------

    def _device_state(self, message: Message) -> list[PresenceEvent]:
        if device := message.get("Device"):
            self.devices[device] = message.get("State", "")
        return []


def _device(message: Message) -> str:
    """Events say Interface, the list of a snapshot says Location; StateInterface is what the state is taken from."""
    return message.get("Interface") or message.get("Location") or ""


def _moment(seconds: str) -> datetime | None:
    whole = int(seconds) if seconds.isascii() and seconds.isdigit() and len(seconds) < 12 else 0
    return datetime.fromtimestamp(whole, UTC) if whole else None


def _number(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else 0


_HANDLERS: dict[str, Callable[[PresenceTracker, Message], list[PresenceEvent]]] = {
    "QueueMemberAdded": PresenceTracker._set,
    "QueueMemberStatus": PresenceTracker._set,
    "QueueMemberPause": PresenceTracker._set,
    "QueueMemberPenalty": PresenceTracker._set,
    "QueueMemberRinginuse": PresenceTracker._set,
    "QueueMemberRemoved": PresenceTracker._removed,
    "QueueCallerJoin": PresenceTracker._joined,
    "QueueCallerLeave": PresenceTracker._left,
    "DeviceStateChange": PresenceTracker._device_state,
}
EVENTS = frozenset(_HANDLERS)
