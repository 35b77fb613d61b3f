"""The call tracker: `feed` it every AMI event in order, `reconcile` it with a snapshot after a gap.

A call begins with a channel that rings in from outside (its Uniqueid is its Linkedid) and ends with that channel. A
channel that Asterisk was told to originate is nobody's call until it dials, queues, enters a menu or is bridged with
somebody: that is what keeps supervisors who listen, and taps, out of it.

Who talks with the caller is read from bridges alone: every person's leg in the caller's bridge, through Local channels
too. So it does not matter in which order AgentComplete, BridgeLeave and the hangups come.

Cost: an event that nothing is done with costs one dictionary look-up; any other one, work over the legs of its call.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from telephony import events as said
from telephony.calls import bridges, channels, offers, queues, transfers
from telephony.calls.board import Board, Message
from telephony.calls.call import Call
from telephony.calls.reconcile import reconcile
from telephony.snapshot import RawSnapshot


class CallTracker(Board):
    """Feeds the board. What happened is returned, in order."""

    def feed(self, message: Message, at: datetime | None = None) -> list[said.CallEvent]:
        """What this event means; times are its own Timestamp, else `at`, else the last time known."""
        handler = _HANDLERS.get(message.get("Event", ""))
        if handler is None:
            return []
        self.tick(message, at)
        self.out = []
        handler(self, message)
        return self.out

    def reconcile(self, snapshot: RawSnapshot, at: datetime) -> list[said.CallEvent]:
        """Become what the snapshot says: calls that ended meanwhile are ended, unknown ones begun, all incomplete."""
        self.out = []
        reconcile(self, snapshot, at)
        return self.out

    def open_calls(self) -> list[Call]:
        """Calls whose caller is still there."""
        return [call for call in self.calls.values() if call.ended_at is None]

    def state(self) -> dict[str, object]:
        """What is live, for comparison with a snapshot: open calls with their legs and bridges, and who waits where."""
        return {
            "calls": {c.linkedid: {u: leg.bridge for u, leg in c.legs.items()} for c in self.open_calls()},
            "waiting": {call.linkedid: call.waiting.queue for call in self.open_calls() if call.waiting},
        }


_HANDLERS: dict[str, Callable[[Board, Message], None]] = {
    "Newchannel": channels.new_channel,
    "Rename": channels.renamed,
    "ChanSpyStart": channels.spying,
    "HangupRequest": channels.hangup_requested,
    "SoftHangupRequest": channels.hangup_requested,
    "Hangup": channels.hangup,
    "QueueCallerJoin": queues.joined_queue,
    "QueueCallerLeave": queues.left_queue,
    "QueueCallerAbandon": queues.abandoned,
    "UserEvent": queues.user_event,
    "VarSet": queues.variable,
    "AsyncAGIStart": channels.entered_menu,
    "AgentCalled": offers.agent_called,
    "DialBegin": offers.dial_begun,
    "DialEnd": offers.dial_ended,
    "AgentConnect": offers.agent_connected,
    "BridgeEnter": bridges.entered,
    "BridgeLeave": bridges.left,
    "Hold": bridges.held,
    "Unhold": bridges.unheld,
    "BlindTransfer": transfers.blind_transfer,
    "AttendedTransfer": transfers.attended_transfer,
}
EVENTS = frozenset(_HANDLERS)
