"""When what was said is an answer: at once where it is clear, after a pause where more could follow."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from said import asking, final, menu, partly

from ivr.dialog.actions import Said, Words
from ivr.speech.answer import MORE_S, STABLE_S, Answer
from ivr.speech.recognisers import Heard

MAIN = menu(_1="my payment", _2="tax statement")
PAYMENTS = menu(_3="my payment did not arrive", _5="my payment")
NOTHING = Heard(words=(), final=True)


def test_a_phrase_that_stays_the_same_for_a_moment_is_the_answer() -> None:
    answer = Answer(MAIN, "en")
    assert answer.heard(partly("my"), 1.0) is None
    assert answer.due is None
    assert answer.heard(partly("my payment"), 1.2) is None
    assert answer.due == 1.2 + STABLE_S
    assert answer.waited(1.2) is None
    assert answer.heard(partly("my payment please"), 1.4) is None  # still the same
    assert answer.waited(1.2 + STABLE_S) == Said(keys="1", text="my payment", sure=True)


def test_what_becomes_something_else_is_none_yet() -> None:
    answer = Answer(MAIN, "en")
    answer.heard(partly("my payment"), 1.0)
    assert answer.heard(partly("tax statement"), 1.2) is None
    assert answer.due == 1.2 + STABLE_S
    answer.heard(partly("[unk]"), 1.3)
    assert answer.due is None


def test_what_is_taken_back_is_none() -> None:
    answer = Answer(MAIN, "en")
    answer.heard(partly("my payment"), 1.0)
    assert answer.heard(NOTHING, 1.1) is None
    assert answer.due is None


def test_where_a_longer_phrase_could_follow_the_pause_decides() -> None:
    answer = Answer(PAYMENTS, "en")
    answer.heard(partly("my payment"), 1.0)
    assert answer.due is None
    assert answer.heard(final("my payment"), 1.5) == Said(keys="5", text="my payment", sure=True)


def test_the_beginning_of_a_phrase_is_joined_with_what_follows_a_pause() -> None:
    answer = Answer(PAYMENTS, "en")
    assert answer.heard(final("my"), 1.0) is None
    assert answer.due == 1.0 + MORE_S
    answer.heard(partly("payment"), 1.8)
    assert answer.heard(final("payment did not arrive"), 2.5) == Said(
        keys="3", text="my payment did not arrive", sure=True
    )


def test_the_beginning_alone_is_not_understood() -> None:
    answer = Answer(PAYMENTS, "en")
    answer.heard(final("payment did"), 1.0)
    said = answer.waited(1.0 + MORE_S)
    assert said is None or not said.sure


def test_what_is_no_phrase_is_told_as_not_understood() -> None:
    assert Answer(MAIN, "en").heard(final("[unk] [unk]"), 1.0) == Said(keys="", text="", sure=False)


def test_a_cough_an_um_and_nothing_at_all_are_passed_over() -> None:
    answer = Answer(MAIN, "en")
    for heard in (final("[unk]"), final("um"), NOTHING):
        assert answer.heard(heard, 1.0) is None
        assert answer.due is None
    assert answer.heard(final("my payment"), 2.0) is not None


def test_a_number_may_be_said_in_groups() -> None:
    answer = Answer(asking("phone"), "en")
    assert answer.heard(final("four oh four"), 1.0) is None
    assert answer.heard(partly("five five five"), 1.6) is None
    assert answer.due is None  # they are speaking
    assert answer.heard(final("five five five"), 2.0) is None
    assert answer.heard(final("oh one nine nine"), 3.0) == Said(keys="4045550199", text="4045550199", sure=False)


def test_a_number_ends_when_nothing_more_is_said() -> None:
    answer = Answer(asking("digits"), "en")
    answer.heard(final("one two three"), 1.0)
    assert answer.waited(1.0 + MORE_S / 2) is None
    assert answer.waited(1.0 + MORE_S) == Said(keys="123", text="123", sure=False)


def test_noise_between_the_groups_does_not_hold_a_number_up_for_ever() -> None:
    answer = Answer(asking("digits"), "en")
    answer.heard(final("one two three"), 1.0)
    assert answer.heard(NOTHING, 1.5) is None
    assert answer.waited(1.5 + MORE_S) == Said(keys="123", text="123", sure=False)


def test_a_person_is_reached_from_a_number_at_once() -> None:
    answer = Answer(asking("digits"), "en")
    assert answer.heard(final("operator"), 1.0) == Said(keys="0", text="operator", sure=True)


ANYTHING = ("my payment", "did", "not arrive", "tax", "one", "five oh", "[unk]", "um", "operator", "yes", "no")
HEARD = st.builds(
    lambda text, confidence, ends: final(text, confidence) if ends else partly(text, confidence),
    st.lists(st.sampled_from(ANYTHING), max_size=5).map(" ".join),
    st.floats(0, 1),
    st.booleans(),
)


@given(
    st.sampled_from([MAIN, PAYMENTS, asking("digits"), asking("date"), Words(kind="yes_no")]),
    st.lists(st.tuples(HEARD, st.floats(0, 3)), max_size=8),
)
def test_whatever_is_heard_nobody_waits_for_ever(asked: Words, story: list[tuple[Heard, float]]) -> None:
    """After a pause there is an answer, or a time to look again, or nothing was said that could be one."""
    answer, now = Answer(asked, "en"), 0.0
    for heard, later_s in story:
        now += later_s
        if answer.heard(heard, now) or answer.waited(now):
            return
    if answer.due is not None:
        assert now <= answer.due <= now + max(MORE_S, STABLE_S)
        answer.waited(answer.due)
        assert answer.due is None
