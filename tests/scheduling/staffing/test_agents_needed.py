"""From load and target to agents."""

from __future__ import annotations

import numpy as np
import pytest

from core.errors import Problem
from scheduling.staffing.load import Load, smallest
from scheduling.staffing.needed import Target, agents_needed, performance, scheduled
from scheduling.staffing.varying import carried


def test_a_textbook_half_hour() -> None:
    need = agents_needed(Load(100, 180, interval_s=1800), Target(0.8, 20), shrinkage=0.3)
    assert (need.agents.tolist(), need.scheduled.tolist()) == ([14], [20])
    assert round(float(need.performance.service_level()[0]), 3) == 0.888


@pytest.mark.parametrize(
    "target",
    [
        Target(0.8, 20),
        Target(0.9, 10),
        Target(None, max_abandoned=0.03),
        Target(None, max_occupancy=0.85),
        Target(0.8, 20, max_abandoned=0.02, max_occupancy=0.88),
        Target(0.8, 20, counting="answered"),
        Target(0.8, 20, counting="without_short"),
        Target(0.8, 20, counting="waits"),
    ],
    ids=["80-20", "90-10", "abandoned", "occupancy", "all", "of-answered", "without-short", "waits"],
)
def test_one_agent_fewer_would_not_do(target: Target) -> None:
    load = Load(np.array([1.0, 12, 60, 140, 900]), 420, [300, np.inf, 180, 60, np.inf])
    need = agents_needed(load, target)
    fewer = performance(load, need.agents - 1, target.within_s)
    assert target.met(need.performance).all()
    assert not target.met(fewer)[need.agents > 1].any()
    assert (need.agents >= 1).all()


def test_no_calls_need_nobody() -> None:
    need = agents_needed(Load([0, 10, 0], 300, 200), Target(0.8, 20))
    assert need.agents[[0, 2]].tolist() == [0, 0]
    assert need.agents[1] > 0


@pytest.mark.parametrize(("agents", "shrinkage", "planned"), [(7, 0.3, 10), (14, 0.3, 20), (14, 0.0, 14), (1, 0.5, 2)])
def test_shrinkage(agents: int, shrinkage: float, planned: int) -> None:
    assert scheduled(agents, shrinkage).tolist() == planned


@pytest.mark.parametrize("shrinkage", [-0.1, 1.0, 30, np.nan])
def test_a_shrinkage_that_is_none(shrinkage: float) -> None:
    with pytest.raises(Problem, match="shrinkage: is no shrinkage"):
        scheduled(3, shrinkage)


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ({"service_level": 80}, "service_level: 80 is no share"),
        ({"service_level": 1.0}, "service_level: 1 is no share"),
        ({"within_s": -1}, "within_s: -1 is no time"),
        ({"max_abandoned": 0.0}, "max_abandoned"),
        ({"max_occupancy": 1.2}, "max_occupancy"),
        ({"service_level": None}, "promises nothing"),
    ],
    ids=["percent", "everybody", "negative", "nobody-abandons", "busier-than-busy", "nothing"],
)
def test_targets_that_cannot_be(arguments: dict[str, float], told: str) -> None:
    with pytest.raises(Problem, match=told):
        Target(**arguments)  # type: ignore[arg-type]


def test_a_load_beyond_all_measure_is_refused_at_once() -> None:
    with pytest.raises(Problem, match="erlangs"):
        agents_needed(Load(1e12, 300), Target(0.8, 20))


@pytest.mark.parametrize("guess", [0, 3, 40, 41, 42, 900])
def test_the_search_finds_the_border_from_anywhere(guess: int) -> None:
    border = np.array([41, 0, 5])
    found = smallest(lambda n, rows: n >= border[rows], np.zeros(3, np.int64), np.full(3, guess))
    assert found.tolist() == border.tolist()


def test_long_calls_are_still_there_in_the_next_interval() -> None:
    """Nothing before, one busy interval of calls of its own length, then none: 1 - e^-1 of the load, which decays."""
    long = carried(Load([90.0, 0, 0], 900))
    np.testing.assert_allclose(long.erlangs, 90 * (1 - np.exp(-1)) * np.array([1, 1, np.exp(-1)]))
    short = carried(Load([90.0, 90, 90], 9))
    np.testing.assert_allclose(short.erlangs, 0.9)
