"""Closures as rules: what is in force when, several at once, and that each ends by itself."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from ivr.closed_hours import ClosedOpenings
from ivr.closures import (
    AHEAD,
    LONGEST,
    CloseAsked,
    Closure,
    announced,
    closed,
    leads_out,
    notices,
    problems,
    same_again,
    spoken,
    tidied,
)

T0 = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
HOUR = timedelta(hours=1)
QUEUES, LANGUAGES = ("benefits", "services"), ("en", "es")


def closure(begins: float = 0, ends: float = 2, *, queue: str = "", **facts: object) -> Closure:
    """From so many hours after T0 until so many."""
    values = {
        "closure_id": f"{queue}-{begins}-{ends}",
        "queue": queue,
        "message": {"en": f"closed until {ends}", "es": f"cerrado hasta {ends}"},
        "begins_at": T0 + begins * HOUR,
        "ends_at": T0 + ends * HOUR,
        "why": "ice",
        "waiting": "stay",
        "callbacks": "keep",
        "appointments": "keep",
        "closed_by": "sue",
        "closed_at": T0,
    }
    return Closure(**{**values, **facts})  # type: ignore[arg-type]


def asked(**facts: object) -> CloseAsked:
    values = {"ends_at": T0 + HOUR, "message": {"en": "Closed.", "es": "Cerrado."}, "why": "ice"}
    return CloseAsked(**{**values, **facts})  # type: ignore[arg-type]


def test_it_begins_and_ends_to_the_moment_and_by_itself() -> None:
    one = closure(1, 2)
    moments = {hours: one.in_force(T0 + hours * HOUR) for hours in (0, 0.999, 1, 1.999, 2, 3)}
    assert moments == {0: False, 0.999: False, 1: True, 1.999: True, 2: False, 3: False}
    assert announced([one], T0 + 1.5 * HOUR) == {"": {"en": "closed until 2", "es": "cerrado hasta 2"}}
    assert announced([one], T0 + 2 * HOUR) == {}


def test_one_that_was_ended_is_over_whatever_its_time() -> None:
    ended = closure(0, 5, ended_by="sue", ended_at=T0 + HOUR)
    assert not ended.in_force(T0 + 2 * HOUR)


def test_the_whole_centre_covers_every_queue_and_a_queue_itself() -> None:
    assert closed([closure()], "benefits", T0)
    assert closed([closure(queue="benefits")], "benefits", T0)
    assert not closed([closure(queue="benefits")], "services", T0)


def test_several_are_a_union_and_the_one_that_ends_last_speaks() -> None:
    both = [closure(0, 5, queue="benefits"), closure(1, 2, queue="benefits"), closure(4, 6, queue="benefits")]
    said = {hours: announced(both, T0 + hours * HOUR).get("benefits", {}).get("en") for hours in (0, 1.5, 3, 4.5, 5.5)}
    assert said == {
        0: "closed until 5",
        1.5: "closed until 5",
        3: "closed until 5",
        4.5: "closed until 6",
        5.5: "closed until 6",
    }
    assert not closed(both, "benefits", T0 + 6 * HOUR)


def test_who_waits_is_led_out_by_whichever_closure_says_so() -> None:
    stay, leave = closure(0, 5, queue="benefits"), closure(0, 2, waiting="leave")
    call = closure(0, 3, waiting="callback")
    assert leads_out([stay], "benefits", T0) is None
    assert leads_out([stay, leave], "benefits", T0) == leave
    assert leads_out([stay, leave, call], "benefits", T0) == call
    assert leads_out([stay, leave], "benefits", T0 + 3 * HOUR) is None


def test_colleagues_are_told_of_what_is_in_force_only() -> None:
    told = notices([closure(0, 2, queue="benefits"), closure(0, 1), closure(1, 3)], T0)
    assert [(each.queue, each.ends_at) for each in told] == [("", T0 + HOUR), ("benefits", T0 + 2 * HOUR)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    wrong = problems(
        asked(queue="benefit", begins_at=T0 - HOUR, ends_at=T0 - HOUR, message={"en": " "}, why=" "),
        T0,
        QUEUES,
        LANGUAGES,
    )
    assert wrong == (
        "There is no queue 'benefit': use one of benefits, services",
        "The beginning is past",
        "The end must come after the beginning, and be yet to come",
        "What callers hear is missing in: en, es",
        "Say in a few words why",
    )
    assert problems(asked(), T0, QUEUES, LANGUAGES) == ()


@pytest.mark.parametrize(
    ("facts", "says"),
    [
        ({"ends_at": T0 + LONGEST + HOUR}, "lasts 31 days at most"),
        ({"begins_at": T0 + AHEAD + HOUR, "ends_at": T0 + AHEAD + 2 * HOUR}, "366 days ahead"),
        ({"waiting": "callback", "callbacks": "cancel"}, "cannot be promised a call back"),
    ],
)
def test_each_limit_has_its_words(facts: dict[str, object], says: str) -> None:
    [wrong] = problems(asked(**facts), T0, QUEUES, LANGUAGES)
    assert says in wrong


def test_the_same_asked_again_is_the_same_closure_and_anything_else_is_not() -> None:
    first = closure(0, 1, message={"en": "Closed.", "es": "Cerrado."})
    assert same_again(
        first, tidied(asked(appointments="keep", message={"en": " Closed. ", "es": "Cerrado."})), "sue", T0
    )
    for other in ({"why": "snow"}, {"ends_at": T0 + 2 * HOUR}, {"queue": "benefits"}, {"begins_at": T0 + HOUR / 2}):
        assert not same_again(first, asked(appointments="keep", **other), "sue", T0)
    assert not same_again(first, asked(appointments="keep"), "max", T0)
    assert not same_again(replace(first, ended_at=T0), asked(appointments="keep"), "sue", T0)


def test_a_language_that_came_later_hears_the_first_text() -> None:
    assert spoken({"en": "Closed.", "es": " "}, ("en", "es", "fr")) == {
        "en": "Closed.",
        "es": "Closed.",
        "fr": "Closed.",
    }


# --- with the hours -------------------------------------------------------------------------------


class EightToFive:
    """Every day, UTC; a queue called `always` never closes."""

    def is_open(self, queue: str, now: datetime) -> bool:
        return queue == "always" or 8 <= now.hour < 17

    def opens(self, queue: str, now: datetime) -> datetime | None:
        today = now.replace(hour=8, minute=0, second=0, microsecond=0)
        return None if queue == "always" else today if now < today else today + timedelta(days=1)

    def closes(self, queue: str, now: datetime) -> datetime:
        if queue == "always":
            return now + timedelta(days=1)
        return now.replace(hour=17, minute=0, second=0, microsecond=0) if self.is_open(queue, now) else now


def hours(*closures: Closure) -> ClosedOpenings:
    return ClosedOpenings(EightToFive(), lambda: closures)


def day(days: int, hour: float) -> datetime:
    return T0.replace(hour=0) + timedelta(days=days, hours=hour)


def test_a_closure_in_the_hours_opens_at_its_end_and_one_over_the_evening_the_next_morning() -> None:
    assert hours(closure(0, 1)).opens("services", T0 + HOUR / 2) == day(0, 15)
    assert hours(closure(0, 6)).opens("services", T0 + HOUR / 2) == day(1, 8)
    assert hours(closure(0, 20)).opens("services", T0 + HOUR / 2) == day(1, 10)
    assert hours(closure(0, 1)).opens("always", T0 + HOUR / 2) == day(0, 15)


def test_closures_that_follow_one_another_are_one_pause() -> None:
    chain = hours(closure(0, 1), closure(1, 2), closure(1.5, 20, queue="services"))
    assert chain.opens("services", T0) == day(1, 10)
    assert chain.opens("benefits", T0) == day(0, 16)


def test_an_open_queue_opens_next_after_whatever_shuts_it_first() -> None:
    assert hours(closure(1, 2)).opens("services", T0) == day(0, 16)
    assert hours().opens("services", T0) == day(1, 8)
    assert hours(closure(1, 2)).opens("always", T0) == day(0, 16)
    assert hours().opens("always", T0) is None


def test_a_closure_that_is_to_come_ends_no_stretch() -> None:
    assert hours(closure(1, 2)).closes("services", T0) == day(0, 17)
    assert hours(closure(0, 2)).closes("services", T0) == T0


@given(
    spans=st.lists(
        st.tuples(
            st.sampled_from(["", "services", "benefits"]),
            st.integers(0, 60),
            st.integers(1, 40),
            st.one_of(st.none(), st.integers(0, 80)),
        ),
        max_size=6,
    ),
    at=st.integers(0, 100),
)
def test_whatever_is_closed_opens_at_the_first_moment_at_which_it_is_open(
    spans: list[tuple[str, int, int, int | None]], at: int
) -> None:
    closures = [
        closure(begins, begins + lasts, queue=queue, ended_at=None if ended is None else T0 + ended * HOUR)
        for queue, begins, lasts, ended in spans
    ]
    openings, now = hours(*closures), T0 + at * HOUR
    assert closed(closures, "services", now) is any(
        each.queue in ("", "services") and each.in_force(now) for each in closures
    )
    if openings.is_open("services", now):
        return
    steps = (now + ahead * HOUR for ahead in range(1, 200))
    assert openings.opens("services", now) == next(each for each in steps if openings.is_open("services", each))
