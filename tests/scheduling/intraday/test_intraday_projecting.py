"""The service level so far and to closing."""

from __future__ import annotations

from dataclasses import replace

import pytest
from intraday_office import CLOSES, SEVEN, at, block, met, office, phones, rows

from core.errors import Problem
from scheduling.forecast.model import Spread
from scheduling.intraday.model import Met, Situation, situation
from scheduling.intraday.projecting import project
from scheduling.staffing.load import Load
from scheduling.staffing.needed import performance
from scheduling.staffing.promise import promise


def share(agents: int, calls: float = 12) -> float:
    """Erlang A, straight from staffing: 300 s to handle, 120 s of patience, answered in 20 s."""
    return float(performance(Load(calls, 300, 120), agents, 20).service_level()[0])


def test_the_day_is_what_was_and_what_the_planned_people_make_of_the_rest() -> None:
    found = project(office(phones(*SEVEN)))
    assert (found.so_far.offered, found.so_far.service_level) == (160, 0.8)
    rest = 20 * 12
    assert found.projected.offered == pytest.approx(160 + rest)
    assert found.projected.service_level == pytest.approx((128 + rest * share(7)) / (160 + rest))
    (queue,) = found.queues
    assert (queue.queue, queue.target, queue.projected) == ("general", 0.8, found.projected)
    coming = [each for each in found.intervals if each.agents is not None]
    assert [each.start for each in coming] == [at(12 + n / 4) for n in range(20)]
    assert {each.agents for each in coming} == {7}


def test_only_who_is_on_the_phones_is_counted_in_an_interval() -> None:
    blocks = [
        *phones("p1", "p2", "p3", "p4"),
        block("p5", "lunch", 12, 12.5),
        block("p5", "phone", 12.5, 17),
        block("p6", "correspondence", 12, 17),
        block("p7", "phone", 12, 12 + 1 / 6),  # ten minutes of the quarter
        block("p8", "phone", 12, 12.1),  # six
    ]
    agents = [each.agents for each in project(office(blocks)).intervals if each.agents is not None]
    assert agents == [5, 4, *[5] * 18]


def test_of_a_running_interval_only_the_rest_is_still_expected() -> None:
    of = replace(office(phones(*SEVEN)), now=at(12 + 1 / 12), met=tuple(met(10, 8, 12)))
    first = next(each for each in project(of).intervals if each.agents is not None)
    assert first.start == at(12)
    assert first.level.offered == pytest.approx(12 * 2 / 3)
    assert first.level.service_level == pytest.approx(share(7))


def test_who_is_absent_is_counted_nowhere() -> None:
    of = replace(office(phones(*SEVEN)), absent=frozenset({"p1", "p2"}))
    assert {each.agents for each in project(of).intervals} == {None, 5}


def test_the_rest_is_forecast_again_from_the_day_so_far() -> None:
    busy = situation(
        at(12),
        rows(10),
        {"general": Spread(day=0.2, interval=1.0)},
        met=met(15, 9, 12),
        blocks=phones(*SEVEN),
        skills={},
    )
    assert len(busy.expected) == 20
    assert 13 < busy.expected[0].calls < 15
    usual = replace(busy, expected=tuple(row for row in rows(10) if row.start >= at(12)), skills={})
    # a block that names no queue, of somebody without skills, answers nothing
    assert project(usual).projected.in_target == pytest.approx(project(busy).so_far.in_target, abs=1)


def test_a_person_of_two_queues_is_counted_once_where_there_is_the_most_work_for_each() -> None:
    blocks = [
        *(block(person, "phone", 12, 17, "general") for person in ("g1", "g2", "g3")),
        block("h1", "phone", 12, 17, "health"),
        *(block(person, "phone", 12, 17, "general", "health") for person in ("b1", "b2", "b3")),
    ]
    of = Situation(
        now=at(12),
        met=(),
        expected=(*rows(9, begins=12), *rows(6, "health", begins=12)),
        blocks=tuple(blocks),
        skills={},
    )
    agents = {each.queue: each.agents for each in project(of).intervals}
    assert agents == {"general": 4, "health": 3}  # 3 and 2 erlangs


def test_each_queue_is_measured_by_its_own_promise_and_without_one_there_is_no_target() -> None:
    of = Situation(
        now=at(12),
        met=(),
        expected=(*rows(12, begins=12), *rows(12, "health", begins=12)),
        blocks=tuple(block(f"{queue}{n}", "phone", 12, 17, queue) for n in range(5) for queue in ("general", "health")),
        skills={},
        promised=promise(["80/20", "health=90/60"]),
    )
    general, health = project(of).queues
    assert (general.target, health.target) == (0.8, 0.9)
    assert health.projected.service_level is not None
    assert general.projected.service_level is not None
    assert health.projected.service_level > general.projected.service_level


def test_after_closing_the_day_is_what_it_was() -> None:
    of = replace(office(phones(*SEVEN), now=CLOSES), expected=())
    found = project(of)
    assert found.projected == found.so_far
    assert found.projected.service_level == 0.8


def test_a_day_without_a_call_has_no_service_level() -> None:
    found = project(replace(office(phones(*SEVEN)), met=(), expected=()))
    assert (found.projected.service_level, found.intervals, found.queues) == (None, (), ())


def test_numbers_that_cannot_be_are_refused() -> None:
    of = office(phones(*SEVEN))
    with pytest.raises(Problem, match="general at 2025-03-10 08:00 UTC: 9 answered in time and 2 given up of 10"):
        replace(of, met=(Met(queue="general", start=at(8), offered=10, in_target=9, abandoned=2),))
    (row, *_) = rows(5)
    unknown = type(row)(queue="general", start=row.start, calls=5, low=5, high=5)
    with pytest.raises(Problem, match="the handle time is not known"):
        replace(of, expected=(unknown,))
    with pytest.raises(Problem, match="general: how far its calls lie from the forecast is not known"):
        situation(at(12), rows(5), {}, met=(), blocks=(), skills={})
