"""A week is made: legal for everybody, and as good as can be."""

from __future__ import annotations

import pytest
from plan_office import RULES, WEEK, needed, person, request

from scheduling.plan.checking import check
from scheduling.plan.model import Activity, Request, Schedule
from scheduling.plan.solving import Effort, Progress, solve

QUICK = Effort(bound_steps=40, sweeps=3, rounds=1, work=0.2)


def minutes(schedule: Schedule, person_id: str, *activities: Activity) -> int:
    return sum(
        block.minutes for block in schedule.blocks if block.person_id == person_id and block.activity in activities
    )


@pytest.fixture(scope="module")
def week() -> Request:
    return request(
        person("Ann"),
        person("Ben"),
        person("Cem", level=3, phone_least=0.35, phone_most=0.45),
        person("Dee", hours=20.0, shifts=frozenset({"half"})),
        need=needed(2),
    )


@pytest.fixture(scope="module")
def made(week: Request) -> Schedule:
    return solve(week, effort=QUICK)


def test_no_rule_is_broken(week: Request, made: Schedule) -> None:
    assert check(WEEK, week.people, RULES, made.blocks) == []


def test_everybody_works_their_hours_with_lunch_and_breaks(made: Schedule) -> None:
    assert minutes(made, "ann", Activity.LUNCH) == 5 * 30
    assert minutes(made, "ann", Activity.BREAK) == 5 * 30
    work = minutes(made, "ann", Activity.PHONE, Activity.CORRESPONDENCE)
    assert work + minutes(made, "ann", Activity.BREAK) == 40 * 60


def test_a_level_three_is_on_the_phones_for_two_fifths_and_reviews_else(made: Schedule) -> None:
    assert 0.35 * 2400 <= minutes(made, "cem", Activity.PHONE) <= 0.45 * 2400
    assert minutes(made, "cem", Activity.PHONE, Activity.REVIEW) == 2400 - 150


def test_the_bound_is_below_and_the_costs_are_all_there_is(made: Schedule) -> None:
    assert 0 <= made.bound <= made.objective
    assert made.objective == pytest.approx(sum(made.costs.values()))


def test_the_same_seed_makes_the_same_week(week: Request, made: Schedule) -> None:
    assert solve(week, effort=QUICK) == made


def test_stopped_at_once_there_is_still_a_legal_week(week: Request) -> None:
    told: list[Progress] = []
    schedule = solve(week, stopped=lambda: True, report=told.append)
    assert check(WEEK, week.people, RULES, schedule.blocks) == []
    assert told[-1].objective == pytest.approx(schedule.objective)
