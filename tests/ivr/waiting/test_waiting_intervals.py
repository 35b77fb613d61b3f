"""What is measured of a queue, told as the phone system tells it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.waiting.estimate import Prior
from ivr.waiting.intervals import KEPT, Intervals
from telephony.agents.states import AgentState, AgentStateChanged, Presence
from telephony.events import AgentLeft, CallAnswered, CallLeftQueue, CallQueued, PhoneSystemChanged

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
NO_PRIOR = Prior(handle_weight=0.001, patience_weight=0.001)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def answered(seconds: float, device: str = "PJSIP/dana", queue: str = "q") -> CallAnswered:
    return CallAnswered(
        at=at(seconds),
        call_id="c",
        linkedid="l",
        device=device,
        queue=queue,
        caller_uniqueid="l",
        agent_uniqueid="a",
        agent_channel="",
    )


def left(seconds: float, device: str = "PJSIP/dana") -> AgentLeft:
    return AgentLeft(at=at(seconds), call_id="c", linkedid="l", device=device, agent_uniqueid="a", talk_s=0)


def state(seconds: float, presence: Presence, device: str = "PJSIP/dana") -> AgentStateChanged:
    return AgentStateChanged(at=at(seconds), device=device, state=AgentState(presence=presence, since=at(seconds)))


@pytest.mark.parametrize(
    "end",
    [
        (left(200), state(200, "wrap_up"), state(260, "available")),
        (state(199, "wrap_up"), left(200), state(260, "paused")),
    ],
)
def test_an_agent_has_a_call_until_the_wrap_up_is_over(end: tuple[AgentLeft | AgentStateChanged, ...]) -> None:
    intervals = Intervals(NO_PRIOR)
    for event in (state(0, "on_call"), answered(0), *end):
        intervals.feed(event)
    assert intervals.handle_s("q", at(300)) == pytest.approx(260, rel=0.001)


@pytest.mark.parametrize(
    "end", [(left(200), state(200.5, "available")), (state(199, "available"), left(200)), (left(200),)]
)
def test_without_a_wrap_up_it_is_the_talk_alone(end: tuple[AgentLeft | AgentStateChanged, ...]) -> None:
    intervals = Intervals(NO_PRIOR)
    begun = [state(0, "on_call"), answered(0)] if len(end) > 1 else [answered(0)]
    for event in (*begun, *end):
        intervals.feed(event)
    assert intervals.handle_s("q", at(300)) == pytest.approx(200, abs=1)


def test_each_quarter_of_an_hour_has_its_own_counts() -> None:
    intervals = Intervals()
    for minute in (1, 14, 16):
        intervals.feed(CallQueued(at=at(60 * minute), call_id="c", linkedid="l", queue="q", position=1))
    intervals.feed(CallLeftQueue(at=at(60 * 17), call_id="c", linkedid="l", queue="q", reason="abandoned", wait_s=40))
    first, second = intervals.of("q")
    assert (first.begins, first.offered, first.abandoned) == (T0, 2, 0)
    assert (second.begins, second.offered, second.abandoned, second.waited_s) == (at(900), 1, 1, 40)


def test_what_was_two_hours_ago_says_nothing_of_now() -> None:
    intervals = Intervals(NO_PRIOR)
    for event in (answered(0), left(1000), answered(7200), left(7300)):
        intervals.feed(event)
    assert intervals.handle_s("q", at(7400)) == pytest.approx(100, rel=0.01)


def test_a_transfer_to_a_telephone_is_no_call_of_the_queue() -> None:
    intervals = Intervals(NO_PRIOR)
    for event in (answered(0, queue=""), left(100)):
        intervals.feed(event)
    assert intervals.of("q") == ()


def test_calls_that_nobody_watched_to_their_end_are_not_counted() -> None:
    intervals = Intervals(NO_PRIOR)
    intervals.feed(answered(0))
    assert intervals.since("PJSIP/dana") == T0
    intervals.feed(PhoneSystemChanged(at=at(50), system="pbx", up=False))
    intervals.feed(left(3000))
    assert intervals.of("q") == ()


def test_it_keeps_a_day_at_most() -> None:
    intervals = Intervals()
    for quarter in range(3 * KEPT):
        intervals.feed(CallQueued(at=at(900 * quarter), call_id="c", linkedid="l", queue="q", position=1))
    assert len(intervals.of("q")) == KEPT
