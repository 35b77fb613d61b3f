"""Visits as the events tell them: who waited, who gave up, how long the work was."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.events import Event
from scheduling.history.intervals import intervals
from scheduling.history.model import QueueVisit
from scheduling.history.visits import VisitTracker
from telephony.agents.states import AgentState, AgentStateChanged, Presence
from telephony.events import AgentLeft, CallAnswered, CallEnded, CallLeftQueue, CallQueued, CallResumed
from telephony.replay import replay

T0 = datetime(2026, 3, 10, 14, 7, tzinfo=UTC)
A1 = "PJSIP/a1"
TRACES = Path(__file__).parents[2] / "traces"


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def queued(s: float, queue: str = "general", call: str = "c1") -> CallQueued:
    return CallQueued(at=at(s), call_id=call, linkedid=call, queue=queue, position=1)


def left(s: float, reason: str, wait_s: float, queue: str = "general", call: str = "c1") -> CallLeftQueue:
    return CallLeftQueue(at=at(s), call_id=call, linkedid=call, queue=queue, reason=reason, wait_s=wait_s)  # type: ignore[arg-type]


def answered(s: float, queue: str = "general", device: str = A1, call: str = "c1") -> CallAnswered:
    return CallAnswered(
        at=at(s),
        call_id=call,
        linkedid=call,
        device=device,
        queue=queue,
        caller_uniqueid=call,
        agent_uniqueid="u",
        agent_channel="x",
    )


def agent_left(s: float, talk_s: float, device: str = A1, call: str = "c1") -> AgentLeft:
    return AgentLeft(at=at(s), call_id=call, linkedid=call, device=device, agent_uniqueid="u", talk_s=talk_s)


def held(s: float, held_s: float) -> CallResumed:
    return CallResumed(at=at(s), call_id="c1", linkedid="c1", device=A1, held_s=held_s)


def state(s: float, presence: Presence, device: str = A1) -> AgentStateChanged:
    return AgentStateChanged(at=at(s), device=device, state=AgentState(presence=presence, since=at(s)))


def ended(s: float, call: str = "c1") -> CallEnded:
    return CallEnded(at=at(s), call_id=call, linkedid=call, outcome="answered", answered=True, wait_s=0, talk_s=0)


def told(*events: Event, tracker: VisitTracker | None = None) -> list[QueueVisit]:
    """The newest state of each visit, in the order they began."""
    tracker = tracker or VisitTracker()
    newest = {}
    for event in events:
        for visit in tracker.feed(event):
            newest[visit.call_id, visit.queue, visit.offered_at] = visit
    return list(newest.values())


SERVED = [
    queued(0),
    left(30, "answered", 30),
    answered(30),
    state(30, "on_call"),
    held(90, 20),
    agent_left(130, 100),
    ended(130),
    state(131, "wrap_up"),
    state(176, "available"),
]


def test_talk_hold_and_wrap_up_make_the_handle_time() -> None:
    tracker = VisitTracker()
    (visit,) = told(*SERVED, tracker=tracker)
    assert (visit.wait_s, visit.outcome, visit.device) == (30, "answered", A1)
    assert (visit.talk_s, visit.hold_s, visit.wrap_s, visit.handle_s) == (100, 20, 46, 146)
    assert tracker.under_way == 0


def test_wrap_up_told_before_the_end_of_the_talk_it_follows() -> None:
    order = [*SERVED[:5], state(129, "wrap_up"), agent_left(130, 100), ended(130), state(176, "available")]
    assert told(*order)[0].wrap_s == 46


def test_the_end_of_the_call_before_the_agent_hung_up() -> None:
    tracker = VisitTracker()
    order = [*SERVED[:5], ended(129), agent_left(130, 100), state(131, "wrap_up"), state(176, "available")]
    (visit,) = told(*order, tracker=tracker)
    assert (visit.talk_s, visit.wrap_s) == (100, 46)
    assert tracker.under_way == 0


def test_without_a_rule_for_wrap_up_there_is_none() -> None:
    (visit,) = told(*SERVED[:4], state(129, "available"), agent_left(130, 100), ended(130))
    assert visit.wrap_s == 0


def test_the_next_call_ends_a_wrap_up() -> None:
    events = [*SERVED[:8], queued(150, call="c2"), left(160, "answered", 10, call="c2"), answered(160, call="c2")]
    first, second = told(*events)
    assert first.wrap_s == 30
    assert second.device == A1
    assert second.wrap_s is None


def test_events_told_twice_and_a_whole_replay_make_the_same_visit() -> None:
    twice = [event for event in SERVED for _ in range(2)]
    assert told(*twice) == told(*SERVED)
    tracker = VisitTracker()
    assert told(*SERVED, tracker=tracker) == told(*SERVED, tracker=tracker)


def test_who_gives_up_who_is_turned_away_and_who_is_sent_on() -> None:
    gave_up, full, first, second = told(
        queued(0, call="a"),
        left(95.5, "abandoned", 95.5, call="a"),
        left(5, "no_agents", 0, call="b"),
        queued(10, call="c"),
        left(70, "timeout", 60, call="c"),
        queued(70, "experts", call="c"),
        left(75, "answered", 5, "experts", call="c"),
    )
    assert (gave_up.outcome, gave_up.wait_s) == ("abandoned", 95.5)
    assert (full.outcome, full.offered_at, full.wait_s) == ("no_agents", at(5), 0)
    assert [(v.queue, v.outcome, v.wait_s) for v in (first, second)] == [
        ("general", "timeout", 60),
        ("experts", "answered", 5),
    ]


def test_a_visit_goes_on_after_a_restart() -> None:
    before = told(*SERVED[:3])
    after = VisitTracker()
    after.resume(before)
    # The snapshot says again that the caller is there; the hold before the restart is not known.
    (visit,) = told(queued(60), *SERVED[5:], tracker=after)[-1:]
    assert (visit.offered_at, visit.talk_s, visit.wrap_s) == (T0, 100, 46)
    assert told(*SERVED[7:], tracker=_resumed(told(*SERVED[:7])))[0].wrap_s == 46


def _resumed(visits: list[QueueVisit]) -> VisitTracker:
    tracker = VisitTracker()
    tracker.resume(visits)
    return tracker


def test_a_caller_cut_off_from_the_queue_failed() -> None:
    (visit,) = told(queued(0), ended(40))
    assert (visit.outcome, visit.wait_s) == ("failed", 40)


def test_a_transfer_to_somebody_works_for_no_queue() -> None:
    (visit,) = told(
        *SERVED[:7], answered(131, queue="", device="PJSIP/a2"), agent_left(300, 169, "PJSIP/a2"), state(176, "paused")
    )
    assert (visit.device, visit.talk_s) == (A1, 100)


@pytest.mark.parametrize("trace", sorted(TRACES.glob("*.ami")), ids=lambda path: path.stem)
def test_recorded_calls_leave_nothing_open_that_is_over(trace: Path) -> None:
    events = replay(trace.read_bytes()).events
    visits = told(*events)
    over = {event.call_id for event in events if isinstance(event, CallEnded)}
    assert all(visit.left_at for visit in visits if visit.call_id in over)
    waits = [event.wait_s for event in events if isinstance(event, CallLeftQueue)]
    assert sorted(round(v.wait_s or 0, 2) for v in visits if v.left_at) == pytest.approx(sorted(waits), abs=0.02)
    talks = {(e.call_id, e.device, e.talk_s) for e in events if isinstance(e, AgentLeft)}
    assert all((v.call_id, v.device, v.talk_s) in talks for v in visits if v.talk_s is not None)


def test_sums_count_a_visit_in_the_quarter_hour_in_which_it_came() -> None:
    visits = told(*SERVED, queued(500, call="x"), left(520, "abandoned", 20, call="x"), queued(700, call="y"))
    first, second = intervals([*visits, visits[0]])
    assert (first.start, first.offered, first.answered, first.handled) == (T0.replace(minute=0), 1, 1, 1)
    assert (first.handle_s, first.wait_s, first.answered_wait_s) == (146, 30, 30)
    assert (second.start, second.offered, second.answered, second.abandoned) == (T0.replace(minute=15), 2, 0, 1)
    assert (second.wait_s, second.handled, second.mean_handle_s) == (20, 0, None)
