"""A queue's line and its people, as the rules and the estimate see them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from ivr.waiting.line import QueueLine, Staff, staff
from telephony.agents.states import AgentState
from telephony.events import DeviceState, QueueChanged, QueueMemberChanged

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def told(line: QueueLine, seconds: float, *waiting: str) -> None:
    line.changed(QueueChanged(at=at(seconds), queue="q", waiting=waiting))


def member(device: str, state: DeviceState = "not_in_use", reason: str = "") -> QueueMemberChanged:
    return QueueMemberChanged(
        at=T0,
        queue="q",
        device=device,
        member=True,
        state=state,
        paused=bool(reason),
        paused_reason=reason,
        penalty=0,
    )


def ahead(line: QueueLine, seconds: float) -> int:
    return line.line({}, at(1000), 300.0, open=True).ahead_of(at(seconds))


def watched() -> QueueLine:
    line = QueueLine("q")
    told(line, 0)
    return line


def test_who_came_before_is_ahead_and_who_came_later_is_not() -> None:
    line = watched()
    told(line, 10, "a")
    told(line, 20, "a", "b")
    assert (ahead(line, 5), ahead(line, 15), ahead(line, 25)) == (0, 1, 2)
    told(line, 30, "b")
    assert ahead(line, 15) == 0


def test_a_caller_with_priority_counts_as_ahead_of_everybody() -> None:
    line = watched()
    told(line, 10, "a")
    told(line, 20, "a", "b")
    told(line, 30, "raised", "a", "b")
    assert (ahead(line, 5), ahead(line, 15)) == (1, 2)


def test_somebody_who_was_called_back_is_ahead_of_the_next_call_back() -> None:
    line = watched()
    told(line, 50, "callback-1-1")
    assert ahead(line, 20) == 1


def test_who_was_there_before_we_watched_came_before_everybody() -> None:
    line = QueueLine("q")
    told(line, 100, "a", "b")
    told(line, 110, "a", "b", "c")
    assert (ahead(line, 0), ahead(line, 105), ahead(line, 115)) == (2, 2, 3)


@pytest.mark.parametrize(
    ("members", "states", "expected"),
    [
        ([member("d")], {}, Staff(at_work=1, free=1)),
        ([member("d", "in_use", "wrap-up")], {}, Staff(at_work=1, talking=1)),
        ([member("d", reason="wrap-up")], {}, Staff(at_work=1, ending=(None,))),
        ([member("d", reason="lunch")], {}, Staff()),
        ([member("d", "in_use", "lunch")], {}, Staff()),
        ([member("d", "unavailable"), member("e", "invalid"), member("f", "unknown")], {}, Staff()),
        ([member("d", "ringing")], {}, Staff(at_work=1, talking=1)),
        (
            [member("d", "in_use", "wrap-up")],
            {"d": AgentState(presence="on_call", since=T0, next="lunch")},  # goes to lunch after this call
            Staff(),
        ),
    ],
)
def test_who_is_at_work(members: list[QueueMemberChanged], states: dict[str, AgentState], expected: Staff) -> None:
    assert staff(members, states) == expected


def test_a_wrap_up_that_ends_soon_is_an_agent_who_is_nearly_free() -> None:
    line = watched()
    line.member(member("d", reason="wrap-up"))
    long = {"d": AgentState(presence="wrap_up", since=T0, until=at(1000 + 600))}
    assert line.line(long, at(1000), 300.0, open=True).soon == 0
    line.state_changed()
    short = {"d": AgentState(presence="wrap_up", since=T0, until=at(1000 + 20))}
    assert line.line(short, at(1000), 300.0, open=True).soon == 1


def test_of_many_who_talk_one_is_soon_done() -> None:
    line = watched()
    for n in range(24):
        line.member(member(f"d{n}", "in_use", "wrap-up"))
    assert line.line({}, at(1000), 300.0, open=True).soon == 2
    assert line.line({}, at(1000), 3000.0, open=True).soon == 0


def test_an_agent_who_signs_off_works_here_no_longer() -> None:
    line = watched()
    line.member(member("d"))
    assert line.load({}, 0, 300, 900).staffed == 1
    line.member(
        QueueMemberChanged(**{**{f: getattr(member("d"), f) for f in member("d").__struct_fields__}, "member": False})
    )
    assert line.load({}, 0, 300, 900).staffed == 0


def test_call_backs_that_hold_a_place_are_ahead_of_who_comes_now() -> None:
    line = watched()
    told(line, 10, "a", "b")
    assert line.load({}, 3, 300, 900).ahead == 5
