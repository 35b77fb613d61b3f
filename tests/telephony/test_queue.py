"""A queue told event by event is the queue that is known as a whole."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from telephony.events import QueueChanged, QueueMemberChanged
from telephony.presence import PresenceTracker
from telephony.queue import AnyQueueEvent, QueueSeen, QueueState, apply, whole

AT = datetime(2026, 3, 2, 15, 0, tzinfo=UTC)
EMPTY = QueueState(queue="q", waiting=(), members=())


def member(device: str, **facts: Any) -> QueueMemberChanged:
    told = {"member": True, "state": "not_in_use", "paused": False, "paused_reason": "", "penalty": 0}
    return QueueMemberChanged(at=AT, queue="q", device=device, **{**told, **facts})


def waits(*line: str) -> QueueChanged:
    return QueueChanged(at=AT, queue="q", waiting=line)


DEVICES = st.sampled_from(["PJSIP/1", "PJSIP/2", "PJSIP/3"])
EVENTS = st.one_of(
    st.builds(member, DEVICES, member=st.booleans(), paused=st.booleans(), penalty=st.integers(0, 3)),
    st.lists(st.sampled_from(["pbx-1.1", "pbx-1.2"]), unique=True).map(lambda line: waits(*line)),
)


def test_members_come_go_and_change_and_who_waits_stands_in_line() -> None:
    state = EMPTY
    for event in (member("PJSIP/2"), member("PJSIP/1"), waits("1.1", "1.2"), member("PJSIP/2", member=False)):
        state = apply(state, event)
    assert [each.device for each in state.members] == ["PJSIP/1"]
    assert state.waiting == ("1.1", "1.2")


@given(st.lists(EVENTS), st.data())
def test_from_every_snapshot_on_the_events_lead_to_the_same(told: list[AnyQueueEvent], data: st.DataObject) -> None:
    states = [EMPTY]
    for event in told:
        states.append(apply(states[-1], event))
    place = data.draw(st.integers(0, len(told)))
    state = apply(EMPTY, QueueSeen(at=AT, state=states[place]))
    for event in told[place:]:
        state = apply(apply(state, event), event)  # also where each comes twice
    assert state == states[-1]


def test_the_whole_is_what_the_tracker_knows_also_where_nobody_is() -> None:
    tracker = PresenceTracker()
    tracker.members = {("q", "PJSIP/1"): member("PJSIP/1"), ("p", "PJSIP/1"): replace(member("PJSIP/1"), queue="p")}
    tracker.waiting = {"q": ("1.1",), "empty": ()}
    seen = {event.state.queue: event.state for event in whole(tracker.members, tracker.waiting, AT)}
    assert seen["q"] == apply(apply(EMPTY, member("PJSIP/1")), waits("1.1"))
    assert [each.device for each in seen["p"].members] == ["PJSIP/1"]
    assert seen["empty"] == replace(EMPTY, queue="empty")
