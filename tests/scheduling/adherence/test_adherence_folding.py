"""From events of presence to states that lasted: gaps, events twice and out of order, from telephones and the store."""

from __future__ import annotations

from datetime import timedelta

import pytest
from adherence_day import DAY, at, spells, told

from records.agent_times import TimeSpent
from scheduling.adherence.folding import fold, kept, seen
from scheduling.adherence.model import Seen, Spell
from telephony.agents.states import AgentState, AgentStateChanged


def spell(start: str, end: str, state: str) -> Spell:
    presence, _, reason = state.partition(":")
    return Spell(start=at(start), end=at(end), presence=presence, reason=reason)


def test_one_state_follows_the_other_and_nobody_is_there_before_the_first() -> None:
    assert spells("8:00 available", "10:00 paused:break", "10:15 available", "16:00 signed_out") == (
        spell("0:00", "8:00", "signed_out"),
        spell("8:00", "10:00", "available"),
        spell("10:00", "10:15", "paused:break"),
        spell("10:15", "16:00", "available"),
        spell("16:00", "24:00", "signed_out"),
    )


def test_without_an_event_somebody_is_signed_out_the_whole_time() -> None:
    assert spells() == (spell("0:00", "24:00", "signed_out"),)


def test_an_event_out_of_order_is_put_in_its_place_and_counted() -> None:
    mixed = fold(told("8:00 available", "10:15 available", "10:00 paused:break"), DAY, at("12:00"))
    ordered = fold(told("8:00 available", "10:00 paused:break", "10:15 available"), DAY, at("12:00"))
    assert mixed.spells == ordered.spells
    assert (mixed.out_of_order, ordered.out_of_order) == (1, 0)


def test_an_event_told_twice_changes_nothing_and_is_counted() -> None:
    once = fold(told("8:00 available", "10:00 on_call"), DAY, at("12:00"))
    twice = fold(told("8:00 available", "8:00 available", "9:00 available", "10:00 on_call"), DAY, at("12:00"))
    assert twice.spells == once.spells
    assert (twice.repeated, once.repeated) == (2, 0)


def test_of_two_at_the_same_instant_the_later_told_stands() -> None:
    assert spells("8:00 available", "8:00 on_call", until="9:00")[1:] == (spell("8:00", "9:00", "on_call"),)
    # a state that lasted no time leaves no seam
    assert spells("8:00 available", "8:30 on_call", "8:30 available", until="9:00")[1:] == (
        spell("8:00", "9:00", "available"),
    )


def test_after_a_gap_nothing_is_known_until_the_next_event() -> None:
    assert spells("8:00 available", "9:00 unknown", "9:20 available", until="10:00")[1:] == (
        spell("8:00", "9:00", "available"),
        spell("9:00", "9:20", "unknown"),
        spell("9:20", "10:00", "available"),
    )


@pytest.mark.parametrize(
    ("state", "since", "filled"),
    [("available", "8:00", True), ("available", "9:10", False), ("on_call", "8:30", False)],
    ids=["the same since before", "the same since then", "another"],
)
def test_a_gap_is_filled_where_the_state_is_known_to_have_lasted(state: str, since: str, filled: bool) -> None:
    after = Seen(at=at("9:20"), presence=state, since=at(since))
    found = fold([*told("8:00 available", "9:00 unknown"), after], DAY, at("10:00")).spells
    assert ("unknown" not in {each.presence for each in found}) == filled
    assert found[-1].start == (at("8:00") if filled else at("9:20"))


def test_of_a_gap_that_is_said_of_everybody_each_comes_back_with_their_own_event() -> None:
    silence = told("9:00 unknown", "9:10 signed_out")
    found = fold(told("8:00 available", "9:10 on_call"), DAY, at("10:00"), silence).spells
    assert found[1:] == (
        spell("8:00", "9:00", "available"),
        spell("9:00", "9:10", "unknown"),
        spell("9:10", "10:00", "on_call"),
    )
    assert fold([], DAY, at("10:00"), silence).spells[-1] == spell("9:10", "10:00", "signed_out")


def test_what_was_before_is_the_first_state_and_what_comes_after_is_left_out() -> None:
    found = fold(told("6:00 available", "9:00 on_call", "12:00 wrap_up"), at("8:00"), at("10:00")).spells
    assert found == (spell("8:00", "9:00", "available"), spell("9:00", "10:00", "on_call"))


def test_the_event_of_a_telephone() -> None:
    state = AgentState(presence="paused", reason="lunch", since=at("11:00"))
    event = AgentStateChanged(at=at("11:05"), device="PJSIP/1001", state=state)
    assert seen(event) == Seen(at=at("11:05"), presence="paused", reason="lunch", since=at("11:00"))


def test_what_is_stored_of_an_agents_times_is_the_same_as_its_events() -> None:
    parts = [("8:00", "9:00", "available", ""), ("9:00", "9:10", "paused", "break"), ("9:30", None, "available", "")]
    times = [
        TimeSpent(presence=presence, reason=reason, began_at=at(began), ended_at=at(ended) if ended else None)
        for began, ended, presence, reason in parts
    ]
    events = told("8:00 available", "9:00 paused:break", "9:10 signed_out", "9:30 available")
    assert list(kept(reversed(times))) == events
    assert fold(kept(times), DAY, DAY + timedelta(hours=10)) == fold(events, DAY, DAY + timedelta(hours=10))
