"""Weeks of nothing, or nearly: no need, nobody, a share that no week has; and one that is as published already."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from plan_office import DAY, MONDAY, RULES, TUESDAY, WEEK, needed, person, request

from core.errors import Problem
from scheduling.plan.checking import check
from scheduling.plan.model import Fixed, Need, TimeOff, days_of
from scheduling.plan.solving import Effort, Progress, solve

QUICK = Effort(bound_steps=10, sweeps=1, rounds=1, work=0.1)


@pytest.mark.parametrize(
    "need",
    [(), needed(0), (Need(queue="general", day=MONDAY.replace(year=2025), start=480, agents=2),)],
    ids=["none", "of nobody", "of another week"],
)
def test_a_week_that_needs_nobody_is_still_everybodys_hours(need: tuple[Need, ...]) -> None:
    ann = person("Ann")
    made = solve(request(ann, need=need), effort=QUICK)
    assert check(WEEK, (ann,), RULES, made.blocks) == []
    assert made.short == ()
    assert made.blocks


def test_nobody_is_no_week() -> None:
    with pytest.raises(Problem, match="nobody is there to be planned"):
        solve(request(need=needed(1)))


def test_who_is_away_all_week_has_no_shift() -> None:
    off = tuple(TimeOff(day=day, credit=480) for day in days_of(WEEK)[:5])
    made = solve(request(person("Ann", time_off=off), need=needed(1)), effort=QUICK)
    assert made.blocks == ()
    assert sum(short.agent_minutes for short in made.short) == 5 * 570


def test_a_share_that_no_week_has_is_named_and_the_others_are_planned() -> None:
    """Between two shares that whole intervals make: nothing before the first schedule can know."""
    odd = person("Odd", phone_least=0.2333, phone_most=0.2334)
    people = (person("Ann"), odd, person("Ben"))
    made = solve(request(*people, need=needed(1)), effort=QUICK)
    (conflict,) = made.conflicts
    assert (conflict.person_id, conflict.rule, conflict.relief.kind) == ("odd", "share", "share")
    assert [(each.person_id, each.rule) for each in check(WEEK, people, RULES, made.blocks)] == [("odd", "share")]


def test_a_meeting_that_is_as_published_costs_nothing_and_no_bound_is_above_that() -> None:
    people = (person("Ann", fixed=(Fixed(day=TUESDAY, start=600, end=720, title="Team"),)), person("Ben"))
    effort = Effort(bound_steps=80, sweeps=2, rounds=0)
    before = solve(request(*people, need=needed(2)), effort=effort)
    told: list[Progress] = []
    again = solve(request(*people, need=needed(2), published=before.blocks), effort=effort, report=told.append)
    assert again.objective == pytest.approx(before.objective)
    assert max(progress.bound for progress in told) <= before.objective + 1e-6


def test_what_cannot_be_better_is_not_worked_on() -> None:
    told: list[Progress] = []
    made = solve(request(person("Ann"), need=needed(0)), effort=QUICK, report=told.append)
    assert made.gap == 0
    assert not [progress.stage for progress in told if progress.stage.startswith("CP-SAT")]


@pytest.mark.parametrize("latest", [500, 1200], ids=["behind the shift", "behind the day"])
def test_a_rest_that_could_begin_too_late_begins_in_time(latest: int) -> None:
    *rests, last = DAY.rests
    rules = replace(RULES, shifts=(replace(DAY, rests=(*rests, replace(last, latest=latest))),))
    made = solve(request(person("Ann"), need=needed(1), rules=rules), effort=QUICK)
    assert check(WEEK, (person("Ann"),), rules, made.blocks) == []


def test_a_rest_that_can_only_begin_too_late_is_refused() -> None:
    late = replace(RULES.shifts[0].rests[2], earliest=1005, latest=1200)
    rules = replace(RULES, shifts=(replace(DAY, rests=(*DAY.rests[:2], late)),))
    with pytest.raises(Problem, match="shift day: its rests leave no day"):
        solve(request(person("Ann"), rules=rules))
