"""Simulated days: against the formulas where those hold, and what only a simulation can tell."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
import pytest

from core.errors import Problem
from scheduling.staffing.load import Load
from scheduling.staffing.needed import performance
from scheduling.staffing.simulation.model import Agents, CallBacks, Queue, Scenario
from scheduling.staffing.simulation.run import simulate

INTERVALS = 40
WARM = slice(8, 32)  # hours of steady state: after the day's beginning, well before its end


def office(patience_s: float, agents: int, calls: float = 30.0, **more: object) -> Scenario:
    queue = Queue("general", [calls] * INTERVALS, [300.0], patience_s, **more)  # type: ignore[arg-type]
    return Scenario("today", [queue], [Agents("all", agents, {"general": 0}, [(0, INTERVALS * 900.0)])])


@pytest.mark.parametrize(("patience_s", "agents"), [(180.0, 9), (180.0, 12), (math.inf, 12), (math.inf, 14)])
def test_it_agrees_with_the_formulas_where_they_hold(patience_s: float, agents: int) -> None:
    met = simulate(office(patience_s, agents), days=400).met(intervals=WARM)
    formula = performance(Load(30, 300, patience_s), agents, 20)
    assert met.service_level.holds(float(formula.service_level()[0]))
    assert met.wait_s.holds(float(formula.mean_wait_s[0]))
    assert met.occupancy.holds(float(formula.occupancy[0]))
    assert met.abandoned_share.holds(float(formula.abandoned[0]))


def test_no_call_is_lost_and_a_seed_is_a_day() -> None:
    first, again, other = (simulate(office(120, 9), days=20, seed=seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.tally.calls, again.tally.calls)
    assert (first.tally.calls != other.tally.calls).any()
    met = first.met()
    assert met.answered.mean + met.abandoned.mean == pytest.approx(met.offered.mean)


def test_who_came_late_is_answered_after_hours_by_who_is_on_a_call() -> None:
    """Their time is over, the call is not: overtime, and nobody new is taken."""
    busy = simulate(office(math.inf, 12), days=50)
    assert busy.overtime_h.mean > 0
    assert busy.met().abandoned.mean > 0  # nobody is left to answer the last in the line


def test_the_next_best_agent_is_asked_only_after_a_while() -> None:
    queue = Queue("general", [20.0] * INTERVALS, [300.0], 600.0, widen=[(0, 0), (60, 5)])
    hours = [(0.0, INTERVALS * 900.0)]
    own, others = Agents("own", 5, {"general": 0}, hours), Agents("others", 4, {"general": 5}, hours)
    late = simulate(Scenario("late", [queue], [own, others]), days=40).met()
    soon = simulate(Scenario("soon", [replace(queue, widen=())], [own, others]), days=40).met()
    alone = simulate(Scenario("alone", [queue], [own]), days=40).met()
    assert soon.service_level.low > late.service_level.high
    assert late.abandoned_share.high < alone.abandoned_share.low


def test_a_caller_of_higher_priority_goes_first() -> None:
    hours = [(0.0, INTERVALS * 900.0)]
    urgent, plain = (Queue(name, [12.0] * INTERVALS, [300.0], 300.0) for name in ("urgent", "plain"))
    people = [Agents("all", 7, {"urgent": 0, "plain": 0}, hours)]
    ranked = simulate(Scenario("ranked", [replace(urgent, priority=1), plain], people), days=40)
    assert ranked.met("urgent").wait_s.high < ranked.met("plain").wait_s.low


def test_agents_below_the_level_are_never_asked() -> None:
    queue = Queue("counselling", [3.0] * INTERVALS, [600.0], 300.0, level=3)
    people = Agents("nine", 9, {"counselling": 0}, [(0, INTERVALS * 900.0)])
    answered = [
        simulate(Scenario("x", [queue], [replace(people, level=level)]), 20).met().answered.mean for level in (2, 3)
    ]
    assert answered[0] == 0 < answered[1]


def test_call_backs_keep_their_place_and_nobody_gives_up() -> None:
    without = simulate(office(240, 8), days=40)
    offered = simulate(office(240, 8, call_backs=CallBacks(120, accepted=0.6, reached=0.9)), days=40)
    met = offered.met()
    assert met.called_back.mean > 0
    assert met.reached.mean / met.called_back.mean == pytest.approx(0.9, abs=0.1)
    assert met.abandoned.high < without.met().abandoned.low


def test_ill_agents_are_away_for_the_day() -> None:
    whole = simulate(office(240, 12), days=40)
    short = simulate(replace(office(240, 12), ill=3), days=40)
    assert short.on_phone_h.mean == pytest.approx(whole.on_phone_h.mean * 9 / 12)
    assert short.met().service_level.high < whole.met().service_level.low


def test_an_hour_that_is_understaffed_spoils_the_next() -> None:
    """No formula for a single interval says so: who waits at 11:00 came before."""
    calls = [0.0] * 8 + [60.0] * 4 + [20.0] * 28
    queue = Queue("general", calls, [300.0], math.inf)
    people = [Agents("all", 12, {"general": 0}, [(0, INTERVALS * 900.0)])]
    met = simulate(Scenario("peak", [queue], people), days=40)
    assert met.met(intervals=slice(12, 14)).service_level.high < 0.2
    assert float(performance(Load(20, 300), 12, 20).service_level()[0]) > 0.9


def test_everything_that_does_not_fit_is_told_at_once() -> None:
    good = office(240, 5)
    bad = [Queue("general", [1.0, -2.0], [0.0], -3.0, widen=[(30, 5), (20, 0)])]
    with pytest.raises(Problem) as refused:
        Scenario("odd", bad, [replace(good.agents[0], skills={"nobody": 0}, on=[(0, 90), (60, 120)])])
    for told in (
        "no queue nobody",
        "twice at a time",
        "from 0 up",
        "handle time of 0",
        "patience of -3",
        "do not go up",
    ):
        assert told in str(refused.value)


@pytest.mark.parametrize("days", [0, 9, 100_001])
def test_days_that_tell_nothing(days: int) -> None:
    with pytest.raises(Problem, match=f"{days} days"):
        simulate(office(240, 5), days=days)
