"""Suggested moves: who to pull to the phones and when, and who may go home; each effect is what the projection says."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from intraday_office import GENERAL, at, block, met, office, phones, rows

from scheduling.adherence.model import Planned
from scheduling.forecast.model import Spread
from scheduling.intraday.model import Move, MoveRules, Situation, situation
from scheduling.intraday.moving import apply, early_leave, moves, told
from scheduling.intraday.projecting import project
from scheduling.plan.model import RESTS, Activity

RULES = MoveRules()


def share(of: Situation) -> float:
    found = project(of).projected.service_level
    assert found is not None
    return found


def check_effects(of: Situation, found: tuple[Move, ...]) -> None:
    """Each move's effect is the difference between two projections, with it and without."""
    now, start = of, share(of)
    for move in found:
        before = share(now)
        now = apply(now, move)
        assert share(now) == pytest.approx(move.service_level)
        assert move.points == pytest.approx(100 * (share(now) - before))
        assert move.points_per_hour == pytest.approx(move.points / move.person_hours)
        assert move.alone == pytest.approx(100 * (share(apply(of, move)) - start))


def short_afternoon() -> Situation:
    """Four on the phones are too few from 13:00 to 14:00, when twice as many call; Ana, Ben and Cem write letters."""
    blocks = [
        *phones("p1", "p2", "p3", "p4", "p5", "p6"),
        block("ana", "correspondence", 12, 15),
        block("ana", "break", 15, 15.25),
        block("ana", "phone", 15.25, 17),
        block("ben", "correspondence", 13, 14),
        block("ben", "lunch", 14, 14.5),
        block("ben", "phone", 14.5, 17),
        block("cem", "training", 12, 15),
        block("cem", "phone", 15, 17),
    ]
    of = office(blocks)
    peak = (at(13), at(14))
    expected = tuple(
        type(row)(**{**{name: getattr(row, name) for name in row.__struct_fields__}, "calls": 24})
        if peak[0] <= row.start < peak[1]
        else row
        for row in of.expected
    )
    return replace(of, expected=expected)


def test_who_writes_letters_is_pulled_to_the_phones_when_it_helps_most() -> None:
    of = short_afternoon()
    found = moves(of, RULES)
    first = found[0]
    assert (first.kind, first.person_ids, first.activity) == ("to_phones", ("ana", "ben"), Activity.CORRESPONDENCE)
    assert (first.start, first.end) == (at(13), at(14))
    assert first.points > 4
    check_effects(of, found)
    assert "cem" not in {person for move in found for person in move.person_ids}


def test_what_may_be_moved_is_a_rule() -> None:
    of = short_afternoon()
    found = moves(of, MoveRules(movable=frozenset({Activity.TRAINING})))
    assert {person for move in found for person in move.person_ids} == {"cem"}
    check_effects(of, found)
    assert moves(of, MoveRules(movable=frozenset())) == ()


def test_breaks_and_lunches_are_never_touched_though_a_rule_names_them() -> None:
    of = short_afternoon()
    every = MoveRules(movable=frozenset(Activity), most_people=1)
    found = moves(of, every)
    assert found
    rests = [each for each in of.blocks if each.activity in RESTS]
    for move in found:
        of = apply(of, move)
    assert [each for each in of.blocks if each.activity in RESTS] == rests


def test_at_most_five_and_only_those_that_bring_something() -> None:
    crowd = [block(f"w{n}", "correspondence", 12 + n % 4, 14 + n % 4, *()) for n in range(12)]
    of = office([*phones("p1", "p2"), *crowd])
    found = moves(of, MoveRules(most_people=1))
    assert len(found) == 5
    check_effects(of, found)
    assert len(moves(of, MoveRules(most_people=1, most=2))) == 2
    assert moves(of, MoveRules(least_points=60)) == ()
    assert moves(office([*phones(*(f"p{n}" for n in range(20))), *crowd]), RULES) == ()


def test_of_the_moves_that_bring_nearly_the_most_an_hour_the_first_brings_the_most() -> None:
    of = short_afternoon()
    first = moves(of, MoveRules(most_people=1))[0]
    trials = [
        (points / trial.person_hours, points)
        for person, start, end in [("ana", 12, 15), ("ben", 13, 14)]
        for trial in every_window(first, person, start, end)
        if (points := 100 * (share(apply(of, trial)) - share(of))) > 0
    ]
    best = max(an_hour for an_hour, _ in trials)
    assert first.points_per_hour >= 0.8 * best
    assert first.points == pytest.approx(max(points for an_hour, points in trials if an_hour >= 0.8 * best))


def every_window(like: Move, person: str, start: int, end: int) -> list[Move]:
    """Every move out of the block that leaves half an hour or nothing on either side."""
    made = []
    for n in range((end - start) * 4):
        for m in range(n + 2, (end - start) * 4 + 1):
            if n == 1 or (end - start) * 4 - m == 1:
                continue
            values = {name: getattr(like, name) for name in like.__struct_fields__}
            times = {"start": at(start + n / 4), "end": at(start + m / 4)}
            made.append(Move(**{**values, **times, "person_ids": (person,)}))
    return made


def test_a_move_has_notice_and_leaves_no_crumbs() -> None:
    of = office([*phones("p1", "p2"), block("ana", "correspondence", 12, 13), block("ana", "phone", 13, 14)])
    (move,) = moves(of, MoveRules(notice_minutes=16))
    assert (move.start, move.end) == (at(12.5), at(13))
    assert moves(of, MoveRules(notice_minutes=50)) == ()


def test_nobody_is_kept_on_the_phones_for_longer_than_the_rule() -> None:
    blocks = [
        *phones("p1", "p2"),
        block("ana", "phone", 10, 12),
        block("ana", "correspondence", 12, 14),
        block("ana", "phone", 14, 15.5),
    ]
    of = office(blocks, now=11.75)
    # two hours before it, an hour and a half after it
    assert moves(of, MoveRules(least_minutes=60, phone_most=149)) == ()
    (move,) = moves(of, MoveRules(least_minutes=60, phone_most=150))
    assert (move.start, move.end) == (at(13), at(14))


def test_whoever_has_no_skill_for_the_queue_is_not_pulled() -> None:
    of = short_afternoon()
    skills = {**of.skills, "ana": frozenset({"another"}), "ben": frozenset[str]()}
    assert moves(replace(of, skills=skills), RULES) == ()


def test_those_are_pulled_whose_queue_needs_them() -> None:
    blocks = [
        *(block(f"g{n}", "phone", 12, 17, "general") for n in range(9)),
        *(block(f"h{n}", "phone", 12, 17, "health") for n in range(2)),
        block("ana", "correspondence", 13, 15),
        block("ben", "correspondence", 13, 15),
    ]
    of = Situation(
        now=at(12),
        met=tuple(met(10, 8, 12)),
        expected=(*rows(12, begins=12), *rows(9, "health", begins=12)),
        blocks=tuple(blocks),
        skills={"ana": GENERAL, "ben": frozenset({"health"})},
    )
    found = moves(of, MoveRules(most_people=1))
    assert found[0].person_ids == ("ben",)
    check_effects(of, found)


def test_the_absent_are_pulled_nowhere() -> None:
    of = replace(short_afternoon(), absent=frozenset({"ana"}))
    assert all("ana" not in move.person_ids for move in (*moves(of, RULES), *early_leave(of, RULES)))


# --- home -------------------------------------------------------------------------------------------


def quiet_afternoon() -> Situation:
    """Fourteen for a load of four erlangs; Ana's last break is at 15:00."""
    blocks = [
        *phones(*(f"p{n:02}" for n in range(13))),
        block("ana", "phone", 12, 15),
        block("ana", "break", 15, 15.25),
        block("ana", "phone", 15.25, 17),
    ]
    return office(blocks)


def test_some_may_go_home_as_long_as_what_is_promised_is_kept() -> None:
    of = quiet_afternoon()
    found = early_leave(of, RULES)
    assert len(found) == 5
    check_effects(of, found)
    assert all(move.kind == "leave_early" and move.points <= 0 for move in found)
    for move in found:
        of = apply(of, move)
    coming = [each.level.service_level for each in project(of).intervals if each.agents is not None]
    assert all(level is not None and level >= 0.8 for level in coming)


def test_an_offer_comes_after_the_last_break_and_is_worth_going() -> None:
    of = quiet_afternoon()
    only_ana = replace(of, blocks=tuple(each for each in of.blocks if each.person_id != "p00"))
    for move in early_leave(only_ana, RULES):
        assert move.end == at(17)
        if move.person_ids == ("ana",):
            assert move.start >= at(15.25)
    assert early_leave(of, MoveRules(leave_least=6 * 60)) == ()


def test_nobody_is_sent_home_where_they_are_needed() -> None:
    assert early_leave(office(phones("p1", "p2", "p3", "p4", "p5")), RULES) == ()


@pytest.mark.parametrize("more", [0, 60], ids=["as many as there are", "so many that one fewer changes nothing"])
def test_on_a_day_below_its_promise_nobody_goes(more: int) -> None:
    quiet = quiet_afternoon()
    blocks = (*quiet.blocks, *phones(*(f"q{n}" for n in range(more))))
    skills = {**quiet.skills, **{f"q{n}": GENERAL for n in range(more)}}
    assert early_leave(replace(quiet, blocks=blocks, skills=skills, met=tuple(met(60, 10, 12))), RULES) == ()


def test_who_is_on_no_phone_may_go_first() -> None:
    """Letters can wait: their hour costs no point."""
    of = office([*phones(*(f"p{n:02}" for n in range(9))), block("zoe", "correspondence", 14, 17)])
    first = early_leave(of, RULES)[0]
    assert (first.person_ids, first.points, first.activity) == (("zoe",), 0.0, Activity.CORRESPONDENCE)


# --- in words, and always ---------------------------------------------------------------------------


def test_in_a_sentence() -> None:
    names, zone = {"ana": "Ana", "ben": "Ben"}, ZoneInfo("America/New_York")
    move = Move(
        kind="to_phones",
        person_ids=("ana", "ben"),
        activity=Activity.CORRESPONDENCE,
        start=at(17),
        end=at(18),
        points=6.04,
        alone=6.04,
        points_per_hour=3.02,
        service_level=0.8,
    )
    assert told(move, names, zone) == "pull Ana and Ben from correspondence 13:00–14:00: +6.0 points"
    home = Move(
        kind="leave_early",
        person_ids=("cem",),
        activity=Activity.PHONE,
        start=at(19),
        end=at(21),
        points=-0.2,
        alone=-0.2,
        points_per_hour=-0.1,
        service_level=0.9,
    )
    assert told(home, names, zone) == "offer cem to leave at 15:00 instead of 17:00: -0.2 points"


@st.composite
def days(draw: st.DrawFn) -> Situation:
    """Some people whose afternoon is made of blocks in turn, with calls that go up and down."""
    blocks: list[Planned] = []
    for n in range(draw(st.integers(1, 6))):
        hour = 10.0
        while hour < 17:
            length = draw(st.sampled_from([0.25, 0.5, 1, 2]))
            kind = draw(st.sampled_from(["phone", "phone", "correspondence", "break", "meeting", "review"]))
            blocks.append(block(f"p{n}", kind, hour, min(17, hour + length)))
            hour += length
    of = office(blocks, now=draw(st.sampled_from([11, 12, 12.1, 14.5])))
    calls = {hour: draw(st.integers(0, 20)) for hour in range(8, 17)}
    expected = tuple(row for hour, number in calls.items() for row in rows(number, begins=hour, ends=hour + 1))
    return replace(of, expected=tuple(row for row in expected if row.start + timedelta(minutes=15) > of.now))


@settings(max_examples=40, deadline=None)
@given(days(), st.integers(1, 3))
def test_every_suggestion_does_what_it_says_and_keeps_every_rest(of: Situation, people: int) -> None:
    rules = MoveRules(most_people=people)
    for found in (moves(of, rules), early_leave(of, rules)):
        check_effects(of, found)
        after = of
        for move in found:
            assert move.start >= of.now + timedelta(minutes=rules.notice_minutes)
            after = apply(after, move)
        kept = {(each.person_id, each.start, each.end) for each in after.blocks if each.activity in RESTS}
        assert kept == {(each.person_id, each.start, each.end) for each in of.blocks if each.activity in RESTS}
    for move in moves(of, rules):
        assert move.points >= rules.least_points
        length = move.end - move.start
        assert length >= timedelta(minutes=15)
        assert move.activity in rules.movable


def test_a_busy_morning_is_answered_by_moves_that_bring_the_afternoon_back() -> None:
    """Half as many again call as was planned for. What is suggested at noon lifts the day, and the wall sees it."""
    letters = [block(f"w{n}", "correspondence", 12.5, 15.5) for n in range(3)]
    blocks = [*phones("p1", "p2", "p3", "p4", "p5"), *letters]
    of = situation(
        at(12),
        rows(10),
        {"general": Spread(day=0.3, interval=1.0)},
        met=met(15, 10, 12),
        blocks=blocks,
        skills={each.person_id: GENERAL for each in blocks},
    )
    found = moves(of, RULES)
    check_effects(of, found)
    after = of
    for move in found:
        after = apply(after, move)
    assert share(of) < 0.65
    assert share(after) > share(of) + 0.05
    assert share(after) == pytest.approx(share(of) + sum(move.points for move in found) / 100)
    helped = {each.start for each in project(after).intervals if each.agents is not None and each.agents > 5}
    assert helped
    assert all(at(12.5) <= start < at(15.5) for start in helped)
