"""Call backs by the rules: at their place, in time, and never twice, whatever happens to us or to the telephones."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule
from msgspec.structs import replace

from ivr.waiting.callbacks import (
    CallBack,
    Change,
    Fate,
    Line,
    Rules,
    State,
    Traced,
    Waiter,
    after,
    attempt_of,
    begun,
    decide,
    holding,
    settled,
)

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
RULES = Rules()


def at(seconds: float) -> datetime:
    return T0 + timedelta(seconds=seconds)


def row(name: str = "a", place: float = 0, due: float | None = None, **fields: object) -> CallBack:
    values: dict[str, object] = {
        "id": name,
        "reference": "",
        "call_id": "visit",
        "queue": "q",
        "number": "+14045550123",
        "place_at": at(place),
        "due_at": at(place if due is None else due),
        "expires_at": at(3600),
        "changed_at": T0,
    }
    return CallBack(**(values | fields))  # type: ignore[arg-type]


def waiter(seconds: float, *, raised: bool = False) -> Waiter:
    return Waiter(f"l{seconds}", at(seconds), raised)


def dialled(rows: list[CallBack], line: Line, seconds: float = 100) -> list[str]:
    return [each.id for each in decide(rows, {"q": line}, at(seconds)).dial]


def test_nobody_is_called_while_those_who_came_before_wait() -> None:
    line = Line(waiters=(waiter(1), waiter(2)), free=0, soon=2)
    assert dialled([row(place=10)], line) == []
    assert dialled([row(place=10)], Line(waiters=(waiter(2),), soon=2)) == ["a"]


def test_who_came_later_does_not_keep_anybody_from_their_place() -> None:
    assert dialled([row(place=10)], Line(waiters=(waiter(20), waiter(30)), soon=1)) == ["a"]


def test_each_agent_gets_one_and_the_first_place_comes_first() -> None:
    rows = [row("later", 20), row("first", 10), row("last", 30)]
    assert dialled(rows, Line(free=1, soon=1)) == ["first", "later"]
    assert dialled([row("b", 10, state="dialling"), *rows], Line(free=1, soon=1)) == ["first"]


def test_without_an_agent_nobody_is_called() -> None:
    assert dialled([row()], Line()) == []
    assert decide([row()], {}, at(100)).dial == ()


def test_a_closed_queue_calls_nobody_and_at_closing_it_is_over() -> None:
    assert dialled([row()], Line(free=1, open=False)) == []
    decided = decide([row()], {"q": Line(free=1)}, at(3600))
    assert (decided.dial, [each.id for each in decided.expire]) == ((), ["a"])


def test_the_call_backs_of_the_night_are_called_in_the_morning_in_their_order() -> None:
    night = [row("n2", 900), row("n1", 900), row("today", 950)]
    assert dialled(night, Line(free=3), 800) == []
    assert dialled(night, Line(free=3), 960) == ["n1", "n2", "today"]


def test_queues_do_not_mind_each_other() -> None:
    rows = [row("a"), row("b", queue="other")]
    decided = decide(rows, {"q": Line(), "other": Line(free=1)}, at(100))
    assert [each.id for each in decided.dial] == ["b"]


def test_each_attempt_has_a_channel_of_its_own() -> None:
    first = begun(row("0190-a"), at(1))
    assert (first.state, first.attempt, first.channel) == ("dialling", 1, "callback-0190-a-1")
    assert attempt_of(first.channel) == ("0190-a", 1)
    assert begun(first, at(2)).channel == "callback-0190-a-2"
    assert attempt_of("pbx-1795646645.4") is None
    assert attempt_of("callback-") is None


def test_nobody_answered_so_it_is_tried_again_a_few_times() -> None:
    trying = begun(row(), at(0))
    first = after(trying, "unanswered", at(40), RULES)
    assert first == Change("waiting", "nobody answered", at(340))
    second = after(begun(trying, at(340)), "silent", at(400), RULES)
    assert second == Change("waiting", "nobody pressed 1", at(1300))
    third = begun(begun(trying, at(340)), at(1300))
    assert after(third, "unanswered", at(1340), RULES).state == "failed"


def test_what_would_come_after_closing_is_over() -> None:
    assert after(begun(row(), at(3500)), "unanswered", at(3530), RULES).state == "expired"


@pytest.mark.parametrize(
    ("fate", "state"),
    [
        ("accepted", "talking"),
        ("served", "done"),
        ("gave_up", "done"),
        ("declined", "cancelled"),
        ("unserved", "waiting"),
    ],
)
def test_how_an_attempt_ends(fate: Fate, state: State) -> None:
    assert after(begun(row(), at(0)), fate, at(60), RULES).state == state


@pytest.mark.parametrize(
    ("traced", "state"),
    [
        ("never", "waiting"),
        ("unanswered", "waiting"),
        ("silent", "waiting"),
        ("accepted", "done"),
        ("unknown", "failed"),
    ],
)
def test_what_the_record_says_of_an_attempt_that_nobody_watched(traced: Traced, state: State) -> None:
    assert settled(begun(row(), at(0)), traced, at(60), RULES).state == state


def test_every_fate_and_every_trace_leads_somewhere() -> None:
    dialling = begun(row(), at(0))
    assert all(after(dialling, fate, at(9), RULES).state in get_args(State) for fate in get_args(Fate))
    assert all(settled(dialling, traced, at(9), RULES).state in get_args(State) for traced in get_args(Traced))


def test_places_are_held_by_those_whose_turn_can_come() -> None:
    rows = [
        row("now"),
        row("retry", 0, 5000),
        row("x", state="dialling"),
        row("y", state="talking"),
        row("z", queue="p"),
    ]
    assert holding(rows, at(100)) == {"q": 2, "p": 1}


# --- whatever happens -------------------------------------------------------------------------------


@dataclass
class Channel:
    """A call in the PBX. What it came to stays in the record."""

    callback_id: str
    phase: str = "ringing"  # ringing | answered | queue | over
    traced: Traced = "unanswered"


class CallBacks(RuleBasedStateMachine):
    """Rows that survive, a process that does not, and a PBX that goes on by itself."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        self.rows: dict[str, CallBack] = {}
        self.pbx: dict[str, Channel] = {}
        self.line = Line(free=2)
        self.line_at = 0.0
        self.heard: set[str] = set()  # attempts that this process follows
        self.over: set[str] = set()  # callbacks that must never be dialled again
        self.recorded = True

    @precondition(lambda self: len(self.rows) < 6)
    @rule(place=st.sampled_from([True, True, False]), due=st.integers(0, 900))
    def is_asked_for(self, place: bool, due: int) -> None:
        name = f"{len(self.rows):03}"
        seconds = self.now if place else self.now + due
        self.rows[name] = row(name, seconds, expires_at=at(self.now + 1200))

    @rule(seconds=st.sampled_from([1, 10, 40, 310, 310, 910]))
    def time_goes_by(self, seconds: int) -> None:
        self.now += seconds
        self.looks("")

    @rule(
        ages=st.lists(st.sampled_from([0, 1, 7, 300]), max_size=2),
        free=st.integers(0, 3),
        soon=st.integers(0, 2),
        is_open=st.sampled_from([True, True, True, False]),
    )
    def the_queue_changes(self, ages: list[int], free: int, soon: int, is_open: bool) -> None:
        waiters = tuple(waiter(self.now - age, raised=age % 7 == 0) for age in sorted(ages, reverse=True))
        self.line = Line(waiters, free, soon, is_open)
        self.looks("")

    @rule(dies=st.sampled_from(["", "", "", "before it is stored", "before it is dialled", "after it is dialled"]))
    def looks(self, dies: str) -> None:
        decided = decide(self.rows.values(), {"q": self.line}, at(self.now))
        for expired in decided.expire:
            self.rows[expired.id] = replace(expired, state="expired")
        for wanted in decided.dial:
            if dies == "before it is stored":
                break
            under_way = sum(each.state == "dialling" for each in self.rows.values())
            stored = self.rows[wanted.id] = begun(wanted, at(self.now))
            if dies == "before it is dialled":
                break
            self.is_dialled(wanted, stored, under_way)
            if dies == "after it is dialled":
                break
            self.heard.add(stored.channel)
        if dies:
            self.heard.clear()

    def is_dialled(self, wanted: CallBack, stored: CallBack, under_way: int) -> None:
        """The PBX takes it on: what must be true now."""
        assert stored.channel not in self.pbx
        assert all(each.phase == "over" for each in self.pbx.values() if each.callback_id == stored.id)
        assert stored.id not in self.over
        assert wanted.due_at <= at(self.now) < wanted.expires_at
        assert self.line.open
        ahead = sum(each.since <= wanted.place_at for each in self.line.waiters)
        assert ahead + under_way < self.line.free + self.line.soon
        assert stored.attempt <= RULES.attempts
        earlier = [
            each
            for each in self.rows.values()
            if each.state == "waiting" and each.due_at <= at(self.now) and each.place_at < wanted.place_at
        ]
        assert all(each.expires_at <= at(self.now) for each in earlier)
        self.pbx[stored.channel] = Channel(stored.id)

    @precondition(lambda self: any(each.phase != "over" for each in self.pbx.values()))
    @rule(data=st.data(), told=st.booleans())
    def something_comes_of_it(self, data: st.DataObject, told: bool) -> None:
        name = data.draw(st.sampled_from([name for name, each in self.pbx.items() if each.phase != "over"]))
        channel = self.pbx[name]
        fates: dict[str, list[Fate]] = {
            "ringing": ["unanswered"],
            "answered": ["silent", "declined", "accepted"],
            "queue": ["served", "gave_up", "unserved"],
        }
        if channel.phase == "ringing" and data.draw(st.booleans()):
            channel.phase, channel.traced = "answered", "silent"
            return
        fate = data.draw(st.sampled_from(fates[channel.phase]))
        channel.phase = "queue" if fate == "accepted" else "over"
        if fate == "accepted":
            channel.traced = "accepted"
        if fate in ("served", "gave_up"):
            self.over.add(channel.callback_id)
        mine = self.rows[channel.callback_id]
        if told and mine.channel == name:
            expected = "talking" if fate in ("served", "gave_up", "unserved") else "dialling"
            if mine.state == expected:
                self.becomes(mine, after(mine, fate, at(self.now), RULES))
                if fate == "declined":
                    self.over.add(mine.id)

    @rule()
    def what_was_missed_is_looked_up(self) -> None:
        for mine in list(self.rows.values()):
            if mine.state not in ("dialling", "talking"):
                continue
            patience_s = RULES.unheard_s if mine.channel in self.heard else RULES.settled_s
            if at(self.now) - mine.changed_at < timedelta(seconds=patience_s):
                continue
            channel = self.pbx.get(mine.channel)
            if channel is not None and channel.phase != "over":
                continue
            traced: Traced = "unknown" if not self.recorded else "never" if channel is None else channel.traced
            self.becomes(mine, settled(mine, traced, at(self.now), RULES))

    @rule(there=st.booleans())
    def the_record_can_be_read_or_not(self, there: bool) -> None:
        self.recorded = there

    def becomes(self, mine: CallBack, change: Change) -> None:
        due_at = change.due_at or mine.due_at
        self.rows[mine.id] = replace(mine, state=change.state, due_at=due_at, changed_at=at(self.now))

    @invariant()
    def nobody_has_two_telephones_ringing(self) -> None:
        live = [each.callback_id for each in self.pbx.values() if each.phase != "over"]
        assert len(live) == len(set(live))

    @invariant()
    def the_attempts_are_counted(self) -> None:
        for mine in self.rows.values():
            rung = sum(each.callback_id == mine.id for each in self.pbx.values())
            assert rung <= mine.attempt <= RULES.attempts


CallBacks.TestCase.settings = settings(max_examples=200, stateful_step_count=60, deadline=None)
TestCallBacksWhateverHappens = CallBacks.TestCase
