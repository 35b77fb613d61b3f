"""What cannot be met is named, with what would help; what makes no sense is refused, with its place."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from plan_office import DAY, MONDAY, RULES, TUESDAY, WEEK, needed, person, request

from core.errors import Problem
from scheduling.plan.checking import check
from scheduling.plan.model import Fixed, Need, TimeOff, Window
from scheduling.plan.solving import Effort, solve

QUICK = Effort(bound_steps=10, sweeps=1, rounds=0)


def test_leave_without_credit_leaves_fewer_hours_than_the_contract() -> None:
    ann = person("Ann", available=tuple(Window(weekday=day) for day in range(5)), time_off=(TimeOff(day=MONDAY),))
    made = solve(request(ann, person("Ben"), need=needed(1)), effort=QUICK)
    (conflict,) = made.conflicts
    assert (conflict.person_id, conflict.rule, conflict.relief.kind) == ("ann", "hours", "fewer_hours")
    assert conflict.relief.minutes == 8 * 60
    assert [each.person_id for each in check(WEEK, (ann, person("Ben")), RULES, made.blocks)] == ["ann"]


def test_a_meeting_on_a_day_of_leave_is_named() -> None:
    off, meeting = TimeOff(day=TUESDAY, credit=480), Fixed(day=TUESDAY, start=600, end=660, title="Team")
    made = solve(request(person("Ann", time_off=(off,), fixed=(meeting,)), need=needed(1)), effort=QUICK)
    (conflict,) = made.conflicts
    assert conflict.relief.kind == "meeting"
    assert "Team" in conflict.found


def test_times_into_which_no_shift_fits_do_not_stop_the_others() -> None:
    short = person("Ann", available=(Window(weekday=0, start=480, end=540),))
    made = solve(request(short, person("Ben"), need=needed(1)), effort=QUICK)
    assert [each.person_id for each in made.conflicts] == ["ann"]
    assert {block.person_id for block in made.blocks} == {"ben"}


def test_what_is_short_says_when_how_much_and_who_would_help() -> None:
    need = (Need(queue="general", day=MONDAY, start=600, agents=3),)
    made = solve(request(person("Ann"), need=need), effort=QUICK)
    (short,) = made.short
    assert (short.start, short.end, short.agents) == (600, 615, 2)
    assert short.relief is not None
    assert short.relief.kind == "hire"


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"hours": 0.0}, "row 2 (Ben): has 0 hours"),
        ({"least_hours": 41.0}, "row 2 (Ben): has at least 41 hours and at most 40"),
        ({"phone_least": 0.6, "phone_most": 0.4}, "at least 60% and at most 40%"),
        ({"shifts": frozenset({"night"})}, "works shifts night; expected some of day, half"),
    ],
    ids=["no hours", "more hours at least", "share", "unknown shift"],
)
def test_a_person_who_makes_no_sense_is_refused(changes: dict[str, object], says: str) -> None:
    with pytest.raises(Problem) as refused:
        solve(request(person("Ann"), person("Ben", **changes)))
    assert says in str(refused.value)


def test_rests_that_leave_too_long_a_stretch_are_refused() -> None:
    rules = replace(RULES, shifts=(replace(DAY, rests=DAY.rests[1:2]),))
    with pytest.raises(Problem, match="shift day: its rests leave no day"):
        solve(request(person("Ann"), rules=rules))
