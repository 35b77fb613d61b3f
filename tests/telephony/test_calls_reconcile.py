"""After any gap in the events, a snapshot and what follows lead to the same live state as having seen everything.

The snapshots are made from the recordings themselves: a small model of the PBX hears every event and can be asked at
any moment for its lists, as Asterisk can.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from telephony.ami.wire import Framer
from telephony.calls.legs import is_machine
from telephony.calls.tracker import CallTracker
from telephony.presence import PresenceTracker
from telephony.snapshot import RawSnapshot

Message = dict[str, str]

TRACES = sorted(
    trace
    for trace in (Path(__file__).parents[1] / "traces").glob("*.ami")
    if trace.stem.startswith(("q_", "ivr_", "tap_", "web_", "recording")) and trace.stem != "q_members"
)
_STATUS = (
    "Queue",
    "Interface",
    "MemberName",
    "StateInterface",
    "Paused",
    "PausedReason",
    "Penalty",
    "Status",
    "InCall",
    "LastPause",
    "LastCall",
    "Membership",
)


@dataclass
class Pbx:
    """What Asterisk would answer when asked for its lists."""

    channels: dict[str, Message] = field(default_factory=dict)
    entries: dict[str, Message] = field(default_factory=dict)
    members: dict[tuple[str, str], Message] = field(default_factory=dict)

    def hear(self, message: Message) -> None:
        event, uniqueid = message.get("Event", ""), message.get("Uniqueid", "")
        if "ActionID" in message:
            return
        channel = self.channels.get(uniqueid)
        if event == "Newchannel":
            self.channels[uniqueid] = {**message, "BridgeId": "", "Application": "", "ApplicationData": ""}
        elif event == "Hangup":
            self.channels.pop(uniqueid, None)
            self.entries.pop(uniqueid, None)
        elif event == "QueueCallerJoin":
            self.entries[uniqueid] = {"Queue": message["Queue"], "Position": message["Position"], "Uniqueid": uniqueid}
        elif event in ("QueueCallerLeave", "QueueCallerAbandon"):
            self.entries.pop(uniqueid, None)
        elif event.startswith("QueueMember") and event != "QueueMemberRemoved" and "Interface" in message:
            self.members[message["Queue"], message["Interface"]] = {
                name: message[name] for name in _STATUS if name in message
            } | {"Name": message.get("MemberName", ""), "Location": message["Interface"]}
        elif channel is None:
            return
        elif event == "Newexten":
            channel |= {"Application": message["Application"], "ApplicationData": message.get("AppData", "")}
            channel |= {"Context": message["Context"], "Exten": message["Extension"]}
        elif event == "BridgeEnter":
            channel["BridgeId"] = message["BridgeUniqueid"]
        elif event == "BridgeLeave" and channel["BridgeId"] == message["BridgeUniqueid"]:
            channel["BridgeId"] = ""
        elif event == "Rename":
            channel["Channel"] = message["Newname"]

    def snapshot(self) -> RawSnapshot:
        bridges = {row["BridgeId"] for row in self.channels.values() if row["BridgeId"]}
        return RawSnapshot(
            channels=tuple(dict(row) for row in self.channels.values()),
            bridges=tuple({"BridgeUniqueid": bridge} for bridge in sorted(bridges)),
            bridge_channels=tuple(
                {"BridgeUniqueid": row["BridgeId"], "Uniqueid": row["Uniqueid"], "Channel": row["Channel"]}
                for row in self.channels.values()
                if row["BridgeId"]
            ),
            queue_params=tuple({"Queue": queue} for queue in sorted({queue for queue, _ in self.members})),
            queue_members=tuple(self.members.values()),
            queue_entries=tuple(self.entries.values()),
        )


@lru_cache
def recorded(trace: Path) -> list[Message]:
    return list(Framer().feed(trace.read_bytes()))


def time_of(heard: list[Message]) -> datetime:
    stamps = [float(message["Timestamp"]) for message in heard if "Timestamp" in message]
    return datetime.fromtimestamp(max(stamps, default=0.0), UTC)


@given(st.sampled_from(TRACES), st.data())
@settings(max_examples=250, deadline=None)
def test_a_gap_anywhere_is_made_up_for_by_a_snapshot(trace: Path, data: st.DataObject) -> None:
    stream = recorded(trace)
    lost_from = data.draw(st.integers(0, len(stream)), label="lost from")
    back_at = data.draw(st.integers(lost_from, len(stream)), label="back at")
    whole, broken, pbx = CallTracker("pbx"), CallTracker("pbx"), Pbx()
    for message in stream[:lost_from]:
        broken.feed(message)
    for message in stream[:back_at]:
        pbx.hear(message)
        whole.feed(message)
    across_the_gap = set(broken.calls)
    broken.reconcile(pbx.snapshot(), time_of(stream[:back_at]))
    across_the_gap |= set(broken.calls)
    _same_live_state(whole, broken)
    for message in stream[back_at:]:
        whole.feed(message)
        broken.feed(message)
        _same_live_state(whole, broken)
    assert {call.linkedid for call in broken.closed} <= {call.linkedid for call in whole.closed}
    assert all(call.incomplete == (call.linkedid in across_the_gap) for call in broken.closed)


def _same_live_state(whole: CallTracker, broken: CallTracker) -> None:
    assert broken.state() == whole.state()


@given(st.sampled_from(TRACES), st.data())
@settings(max_examples=80, deadline=None)
def test_presence_is_the_same_after_a_gap(trace: Path, data: st.DataObject) -> None:
    stream = recorded(trace)
    lost_from = data.draw(st.integers(0, len(stream)), label="lost from")
    back_at = data.draw(st.integers(lost_from, len(stream)), label="back at")
    whole, broken, pbx = PresenceTracker(), PresenceTracker(), Pbx()
    for message in stream[:lost_from]:
        broken.feed(message)
    for message in stream[:back_at]:
        pbx.hear(message)
        whole.feed(message)
    broken.reconcile(pbx.snapshot(), time_of(stream[:back_at]))
    for message in stream[back_at:]:
        whole.feed(message)
        broken.feed(message)
    assert broken.state() == whole.state()


@given(st.sampled_from(TRACES), st.data())
@settings(max_examples=80, deadline=None)
def test_taps_and_listeners_never_become_calls(trace: Path, data: st.DataObject) -> None:
    stream = recorded(trace)
    tracker = CallTracker("pbx")
    for message in stream[data.draw(st.integers(0, len(stream))) :]:
        tracker.feed(message)
        assert not [leg for call in tracker.open_calls() for leg in call.legs.values() if is_machine(leg.channel, "")]
