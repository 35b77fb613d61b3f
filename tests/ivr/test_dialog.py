"""The built-in menu, told as calls."""

from __future__ import annotations

from typing import Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.dialog import (
    Action,
    CheckPin,
    Collect,
    FindMember,
    Heard,
    Keys,
    Member,
    Nothing,
    PinResult,
    Play,
    Queue,
    State,
    advance,
    begin,
)
from ivr.menu import BUILT_IN

NO_KEY = Keys(digits="")


def call(*heard: Heard, known: str | None = None) -> tuple[State, list[Action]]:
    """Play one caller's part; returns where the dialog stands and all it asked for."""
    state, action = begin(BUILT_IN, known)
    actions = [action]
    for answer in heard:
        state, action = advance(BUILT_IN, state, answer)
        actions.append(action)
    return state, actions


def test_a_verified_member_reaches_the_queue_with_everything_known() -> None:
    state, actions = call(
        NO_KEY,
        Keys(digits="1234566"),
        Member(member_id="m1"),
        PinResult(result="right"),
        Keys(digits="3"),
    )
    assert [type(action) for action in actions] == [Play, Collect, FindMember, CheckPin, Collect, Queue]
    assert actions[-1] == Queue(prompts=("connecting",), queue="member_services")
    assert (state.member_id, state.verification, state.consent) == ("m1", "pin", "given")
    assert state.chosen == "Benefit, service credit or retirement"


def test_the_notice_of_recording_is_heard_before_anything_is_asked() -> None:
    _, actions = call()
    assert actions == [Play(prompt="welcome", stop_keys="9")]


def test_who_refuses_recording_is_served_all_the_same() -> None:
    state, actions = call(Keys(digits="9"), NO_KEY, Nothing(), Keys(digits="0"))
    assert state.consent == "refused"
    assert isinstance(actions[-1], Queue)
    assert "recording refused" in state.path


def test_the_calling_number_alone_proves_nothing() -> None:
    state, _ = call(NO_KEY, Nothing(), Keys(digits="2"), known="m7")
    assert (state.member_id, state.verification) == ("m7", "number_match")


def test_an_entered_number_replaces_the_number_match_and_is_not_yet_proof() -> None:
    state, _ = call(NO_KEY, Keys(digits="42"), Member(member_id="m8"), known="m7")
    assert (state.member_id, state.verification) == ("m8", "none")


def test_three_wrong_pins_lead_to_a_person_unverified() -> None:
    miss = PinResult(result="wrong")
    state, actions = call(NO_KEY, Keys(digits="42"), Member(member_id="m1"), miss, miss, miss)
    assert (state.at, state.verification) == ("menu", "none")
    assert actions[-1] == Collect(prompts=("not-verified", "menu"), digits=1, wait_s=BUILT_IN.wait_s)


@pytest.mark.parametrize("result", ["locked", "nothing"])
def test_a_locked_or_missing_pin_is_not_asked_for_again(result: Literal["locked", "nothing"]) -> None:
    state, _ = call(NO_KEY, Keys(digits="42"), Member(member_id="m1"), PinResult(result=result))
    assert (state.at, state.verification) == ("menu", "none")


def test_three_unknown_numbers_lead_to_a_person() -> None:
    miss = (Keys(digits="1"), Member(member_id=None))
    state, _ = call(NO_KEY, *miss, *miss, *miss)
    assert state.at == "menu"
    assert state.path.count("number not found") == 3


def test_silence_in_the_menu_ends_with_a_person() -> None:
    state, actions = call(NO_KEY, Nothing(), Nothing(), Nothing(), Nothing())
    assert state.at == "queued"
    assert actions[-1] == Queue(prompts=("connecting",), queue="member_services")


def heard_anything() -> st.SearchStrategy[Heard]:
    return st.one_of(
        st.builds(Keys, digits=st.text("0123456789*#", max_size=12)),
        st.just(Nothing()),
        st.builds(Member, member_id=st.one_of(st.none(), st.just("m1"))),
        st.builds(PinResult, result=st.sampled_from(["right", "wrong", "locked", "nothing"])),
    )


@given(st.lists(heard_anything(), min_size=30, max_size=30))
def test_whatever_a_caller_does_a_person_is_at_the_end(behaviour: list[Heard]) -> None:
    state, action = begin(BUILT_IN, None)
    for answer in behaviour:
        state, action = advance(BUILT_IN, state, answer)
    assert isinstance(action, Queue)
    assert state.at == "queued"


@given(st.lists(heard_anything(), max_size=30))
def test_only_a_right_pin_verifies(behaviour: list[Heard]) -> None:
    state, _ = call(*behaviour)
    if state.verification == "pin":
        assert PinResult(result="right") in behaviour
