"""A day that was planned against the day that was: late, early, missing, wrong, on a call past the end."""

from __future__ import annotations

from datetime import UTC, date, timedelta
from zoneinfo import ZoneInfo

import pytest
from adherence_day import DAY, at, day, judged, plan, scheduled, spells
from msgspec.structs import replace

from core.errors import Problem
from scheduling.adherence.files import planned as planned_of
from scheduling.adherence.model import Explanation, Planned, Rules, Spell, Verdict
from scheduling.adherence.reporting import by_minute, days, total
from scheduling.plan.model import Activity, Block, Schedule

MORNING = plan("phone 8:00 10:00", "break 10:00 10:15", "phone 10:15 12:00")


def test_who_does_as_planned_is_in_adherence_all_day() -> None:
    found = day(MORNING, spells("7:55 available", "10:00 paused:break", "10:15 on_call", "12:00 signed_out"))
    assert (found.adherence, found.exceptions) == (1.0, ())
    assert found.scheduled_s == 4 * 3600
    assert found.by_verdict == {Verdict.RIGHT: 4 * 3600}


@pytest.mark.parametrize(
    ("events", "expected"),
    [
        (("8:12 available", "10:00 paused:break", "10:15 available"), ["8:00 8:12 late"]),
        (("7:55 available", "10:00 paused:break", "10:21 available"), ["10:15 10:21 late"]),
        (
            ("7:55 available", "9:40 paused:break", "10:15 available"),
            ["9:40 10:00 left_early"],
        ),
        (
            ("7:55 available", "10:00 paused:break", "10:15 available", "11:30 signed_out"),
            ["11:30 12:00 left_early"],
        ),
        (("7:55 available",), ["10:00 10:15 wrong_state"]),
        (
            ("7:55 available", "9:00 signed_out", "9:20 available", "10:00 paused:break", "10:15 available"),
            ["9:00 9:20 missing"],
        ),
        (
            ("7:55 available", "9:00 paused:training", "9:20 available", "10:00 paused:break", "10:15 available"),
            ["9:00 9:20 wrong_state"],
        ),
        ((), ["8:00 10:00 missing", "10:00 10:15 missing", "10:15 12:00 missing"]),
        (
            ("10:05 paused:break", "10:15 available"),
            ["8:00 10:00 missing", "10:00 10:05 missing"],
        ),
        (
            ("7:55 available", "9:30 signed_out"),
            ["9:30 10:00 left_early", "10:00 10:15 missing", "10:15 12:00 missing"],
        ),
    ],
    ids=[
        "late", "late from the break", "early to the break", "left early", "no break", "gone between",
        "another duty between", "never there", "first seen in the break", "went home",
    ],
)  # fmt: skip
def test_what_was_wrong_has_its_reason(events: tuple[str, ...], expected: list[str]) -> None:
    assert scheduled(judged(MORNING, spells(*events))) == expected


def test_the_grace_forgives_what_is_over_in_time_and_nothing_of_what_is_not() -> None:
    events = ("8:01 available", "9:59:10 paused:break", "10:16:01 available", "12:00 signed_out")
    assert scheduled(judged(MORNING, spells(*events))) == [
        "8:00 8:01 grace",
        "9:59:10 10:00 grace",
        "10:15 10:16:01 late",
    ]
    strict = Rules(grace_start_s=0, grace_end_s=0)
    assert day(MORNING, spells(*events), strict).by_verdict[Verdict.LATE] == 60 + 61


def test_no_grace_is_longer_than_the_block_it_forgives() -> None:
    rules = Rules(grace_start_s=3600, grace_end_s=3600)
    found = scheduled(judged(MORNING, spells("7:55 available", "12:00 signed_out"), rules))
    assert found == ["10:00 10:15 wrong_state"]


def test_several_wrong_states_in_a_row_are_one_lateness() -> None:
    events = ("8:00:40 paused:meeting", "8:01:30 available", "10:00 paused:break", "10:15 available")
    assert scheduled(judged(MORNING, spells(*events))) == ["8:00 8:00:40 late", "8:00:40 8:01:30 late"]
    (late,) = day(MORNING, spells(*events)).exceptions
    assert (late.start, late.end, late.states) == (at("8:00"), at("8:01:30"), ("signed_out", "paused:meeting"))


# --- calls that last ------------------------------------------------------------------------------


def test_a_call_past_the_end_is_no_breach_and_the_break_may_last_as_much_longer() -> None:
    events = ("7:55 available", "9:50 on_call", "10:08 wrap_up", "10:10 paused:break", "10:25 available")
    found = day(MORNING, spells(*events))
    assert found.by_verdict[Verdict.CALL] == 20 * 60
    assert found.exceptions == ()


def test_a_rest_made_up_ends_when_it_has_had_its_length() -> None:
    events = ("7:55 available", "9:50 on_call", "10:10 paused:break", "10:29 available")
    assert scheduled(judged(MORNING, spells(*events))) == [
        "10:00 10:10 call_past_end",
        "10:15 10:25 call_past_end",
        "10:25 10:29 late",
    ]


def test_a_call_through_the_whole_break_and_beyond() -> None:
    events = ("7:55 available", "9:50 on_call", "10:20 paused:break", "10:35 available")
    assert scheduled(judged(MORNING, spells(*events))) == ["10:00 10:15 call_past_end", "10:20 10:35 call_past_end"]


def test_another_call_that_is_taken_past_the_end_is_none_of_it() -> None:
    events = ("7:55 available", "9:50 on_call", "10:02 wrap_up", "10:03 on_call", "10:09 paused:break")
    assert scheduled(judged(MORNING, spells(*events)))[:3] == [
        "10:00 10:02 call_past_end",
        "10:02 10:03 call_past_end",
        "10:03 10:09 late",
    ]


def test_a_call_that_began_in_a_break_is_wrong_there() -> None:
    blocks = plan("lunch 12:00 12:30", "meeting 12:30 13:00")
    events = ("11:00 paused:lunch", "12:20 on_call", "12:40 paused:meeting")
    assert scheduled(judged(blocks, spells(*events))) == ["12:20 12:30 left_early", "12:30 12:40 late"]


def test_a_call_past_the_end_of_the_shift_is_worked_and_counts_with_its_day() -> None:
    blocks = plan("phone 20:00 24:00")
    spans = judged(blocks, spells("20:00 available", "23:50 on_call", "24:10 signed_out", until="30:00"))
    (found,) = days("ana", spans, Rules())
    assert (found.day, found.worked_s, found.scheduled_s) == (DAY.date(), 4 * 3600 + 600, 4 * 3600)
    assert found.conformance == pytest.approx(250 / 240)
    assert [span.day for span in spans if span.verdict is Verdict.CALL] == [DAY.date()]


def test_calls_need_not_be_allowed_past_the_end() -> None:
    rules = Rules(calls_may_end=False)
    events = ("7:55 available", "9:50 on_call", "10:05 paused:break", "10:15 available")
    assert scheduled(judged(MORNING, spells(*events), rules)) == ["10:00 10:05 late"]


# --- what is not known, what was not planned --------------------------------------------------------


def test_time_in_which_nothing_was_heard_counts_neither_way() -> None:
    events = ("7:55 available", "9:00 unknown", "9:30 available", "10:00 paused:break", "10:15 available")
    found = day(MORNING, spells(*events))
    assert (found.unknown_s, found.adherence) == (1800, 1.0)
    assert sum(found.by_verdict.values()) == found.scheduled_s


def test_the_rest_of_a_running_day_is_not_judged() -> None:
    found = day(MORNING, spells("7:55 available", until="9:00"))
    assert (found.adherence, found.unknown_s, found.work_planned_s) == (1.0, 3 * 3600, 3600)


def test_work_that_was_not_planned_shows_in_conformance_alone() -> None:
    found = day(plan("phone 9:00 10:00"), spells("8:30 available", "10:00 signed_out"))
    assert (found.adherence, found.conformance) == (1.0, 1.5)
    (extra,) = days("ana", judged([], spells("8:30 available", "10:00 signed_out")), Rules())
    assert (extra.adherence, extra.conformance, extra.worked_s) == (None, None, 5400)


def test_breaks_are_not_work_on_either_side_of_conformance() -> None:
    found = day(MORNING, spells("8:00 available", "10:00 paused:break", "10:15 available", "12:00 signed_out"))
    assert (found.worked_s, found.work_planned_s, found.conformance) == (13_500, 13_500, 1.0)


def test_leave_is_not_scheduled() -> None:
    assert judged(plan("off 8:00 16:00"), ()) == ()


def test_each_duty_has_its_own_states_and_rules_can_add_some() -> None:
    blocks = plan("phone 8:00 9:00", "training 9:00 10:00")
    states = spells("8:00 available", "9:00 paused:coaching", "10:00 signed_out")
    assert scheduled(judged(blocks, states)) == ["9:00 10:00 wrong_state"]
    right = {**Rules().right, Activity.TRAINING: frozenset({"paused:coaching"})}
    assert scheduled(judged(blocks, states, Rules(right=right))) == []


def test_blocks_that_cannot_be_are_refused() -> None:
    with pytest.raises(Problem, match=r"ana: break 2025-03-10 09:30 to 10:15 UTC begins during phone"):
        judged(plan("phone 8:00 10:00", "break 9:30 10:15"), ())
    with pytest.raises(Problem, match="ends before it begins"):
        judged(plan("phone 10:00 8:00"), ())


# --- explanations -----------------------------------------------------------------------------------


def explained(start: str, end: str, decision: str) -> Explanation:
    return Explanation(
        person_id="ana",
        start=at(start),
        end=at(end),
        text="the bus",
        decision=decision,  # type: ignore[arg-type] # by name
    )


LATE = spells("8:20 available", "10:00 paused:break", "10:15 available")


def test_an_approved_explanation_counts_as_adherent_and_is_shown_as_such() -> None:
    found = day(MORNING, LATE, explanations=(explained("8:00", "8:15", "approved"),))
    assert (found.excused_s, found.adherent_s) == (900, 4 * 3600 - 300)
    assert found.by_verdict[Verdict.LATE] == 300
    excused, rest = found.exceptions
    assert (excused.verdict, excused.excused, excused.end) == (Verdict.LATE, True, at("8:15"))
    assert excused.explanation is not None
    assert (rest.excused, rest.explanation) == (False, None)


@pytest.mark.parametrize("decision", ["open", "refused"])
def test_an_explanation_that_is_not_approved_excuses_nothing_but_is_beside_it(decision: str) -> None:
    found = day(MORNING, LATE, explanations=(explained("8:00", "8:30", decision),))
    assert found.excused_s == 0
    (late,) = found.exceptions
    assert late.explanation is not None
    assert late.explanation.decision == decision


def test_what_was_right_stays_right_though_it_is_explained() -> None:
    found = day(MORNING, LATE, explanations=(explained("7:00", "11:00", "approved"), explained("8:00", "9:00", "open")))
    assert found.by_verdict == {Verdict.RIGHT: 4 * 3600 - 1200, Verdict.EXCUSED: 1200}


# --- days -------------------------------------------------------------------------------------------


def test_a_night_belongs_to_its_evening() -> None:
    blocks = plan("phone 22:00 25:00", "lunch 25:00 25:30", "phone 25:30 30:00")
    states = spells("22:00 available", "25:00 paused:lunch", "25:30 available", "30:00 signed_out", until="40:00")
    spans = judged(blocks, states)
    (found,) = days("ana", spans, Rules())
    assert (found.day, found.scheduled_s, found.adherence) == (DAY.date(), 8 * 3600, 1.0)
    # what follows with nothing planned is of its own day
    assert {span.day for span in spans if span.activity is None} == {DAY.date(), date(2025, 3, 11)}


@pytest.mark.parametrize(
    ("of", "hours"), [(date(2025, 3, 9), 23), (date(2025, 3, 10), 24), (date(2025, 11, 2), 25)], ids=str
)
def test_a_day_has_the_hours_that_the_clocks_give_it(of: date, hours: int) -> None:
    zone = ZoneInfo("America/New_York")
    block = Block(person_id="ana", day=of, start=0, end=24 * 60, activity=Activity.PHONE)
    year, number, _ = of.isocalendar()
    schedule = Schedule(week=f"{year}-W{number:02}", blocks=(block,), objective=0, bound=0, constant=0, costs={})
    blocks = planned_of(schedule, zone)["ana"]
    start, end = blocks[0].start, blocks[0].end
    half = Spell(start=start, end=start + (end - start) / 2, presence="available")
    rest = Spell(start=half.end, end=end + timedelta(hours=1), presence="signed_out")
    (found,) = (each for each in days("ana", judged(blocks, (half, rest), zone=zone), Rules()) if each.scheduled_s)
    assert (found.day, found.scheduled_s) == (of, hours * 3600)
    assert found.by_verdict == {Verdict.RIGHT: hours * 1800, Verdict.LEFT_EARLY: hours * 1800}
    assert len(by_minute(judged(blocks, (half, rest), zone=zone), start, end)) == hours * 60


def test_minutes_one_by_one() -> None:
    spans = judged(plan("phone 8:00 8:05"), spells("8:02:20 available", "8:06 signed_out"))
    assert by_minute(spans, at("7:59"), at("8:07")) == (
        Verdict.NOT_SCHEDULED,
        Verdict.LATE,
        Verdict.LATE,
        Verdict.RIGHT,
        Verdict.RIGHT,
        Verdict.RIGHT,
        Verdict.NOT_SCHEDULED,
        Verdict.NOT_SCHEDULED,
    )


def test_people_together_are_weighed_by_their_time() -> None:
    whole = day(plan("phone 8:00 11:00"), spells("8:00 available", "11:00 signed_out"))
    half = day(plan("phone 8:00 9:00"), spells())
    assert total([whole, half]) == (0.75, 0.75)
    assert total([replace(half, scheduled_s=0.0, adherent_s=0.0, work_planned_s=0.0)]) == (None, None)


def test_times_with_another_offset_are_the_same_times() -> None:
    there = [
        Planned(
            person_id="ana", activity=each.activity, start=each.start.astimezone(ZoneInfo("Asia/Tokyo")), end=each.end
        )
        for each in MORNING
    ]
    assert judged(there, LATE) == judged(MORNING, LATE)
    assert judged(there, LATE)[0].start.tzinfo is UTC
