"""Erlang B, C and A against published values, a high-precision reference, and each other."""

from __future__ import annotations

import mpmath
import numpy as np
import pytest

from core.errors import Problem
from scheduling.staffing.abandoning import with_abandonment
from scheduling.staffing.erlang import erlang_b, erlang_c, lines_needed, without_abandonment
from scheduling.staffing.gamma import halves
from scheduling.staffing.load import Counting, Load, Performance


@pytest.mark.parametrize(
    ("lines", "erlangs"), [(1, 0.0101), (5, 1.36), (10, 4.46), (20, 12.0), (50, 37.9), (100, 84.1)]
)
def test_the_one_percent_column_of_the_erlang_b_table(lines: int, erlangs: float) -> None:
    """ITU-T, Teletraffic Engineering Handbook, and every telephone engineer's wall."""
    assert erlang_b(lines, erlangs)[0] == pytest.approx(0.01, abs=0.0003)


@pytest.mark.parametrize(("erlangs", "lines"), [(4.46, 10), (4.47, 11), (12.0, 20), (84.0, 100), (0.0, 0)])
def test_the_trunk_is_as_small_as_the_blocking_allows(erlangs: float, lines: int) -> None:
    assert lines_needed(erlangs, 0.01).tolist() == [lines]


def test_erlang_c_of_a_textbook_half_hour() -> None:
    """100 calls in 30 minutes, 180 s each: 14 agents answer 88.8 % in 20 s, and 13 do not make 80 %."""
    met = without_abandonment(Load([100, 100], 180, interval_s=1800), [13, 14], 20)
    assert met.service_level().round(3).tolist() == [0.796, 0.888]


def test_patience_changes_everything() -> None:
    """48 calls a minute of a minute each, 50 agents, patience of two minutes.

    Garnett, Mandelbaum and Reiman (2002), the comparison in the introduction: a mean wait of 20.8 s by Erlang C; by
    Erlang A 3.7 s, 3.1 % who abandon, agents who are busy 93 % of their time.
    """
    endless = without_abandonment(Load(48, 60, interval_s=60), 50, 20)
    met = with_abandonment(Load(48, 60, patience_s=120, interval_s=60), 50, 20)
    assert float(endless.mean_wait_s[0]) == pytest.approx(20.8, abs=0.05)
    assert float(met.mean_wait_s[0]) == pytest.approx(3.7, abs=0.05)
    assert float(met.abandoned[0]) == pytest.approx(0.031, abs=0.0005)
    assert float(met.occupancy[0]) == pytest.approx(0.93, abs=0.005)


def test_nearly_endless_patience_is_erlang_c() -> None:
    load = Load([100, 100, 100], 180, interval_s=1800)
    endless = without_abandonment(load, [11, 14, 20], 20)
    nearly = with_abandonment(Load([100, 100, 100], 180, 1e11, 1800), [11, 14, 20], 20)
    for name in ("waits", "answered_within", "mean_wait_s", "occupancy"):
        np.testing.assert_allclose(getattr(nearly, name), getattr(endless, name), rtol=1e-6)


GRID = [
    (n, float(a), patience_s, within_s)
    for n in (1, 2, 10, 60)
    for a in (0.3 * n, 0.95 * n, n, 1.4 * n)
    for patience_s in (15.0, 240.0, 3600.0)
    for within_s in (0.0, 20.0, 120.0)
]


def test_erlang_a_is_the_birth_and_death_process_it_says_it_is() -> None:
    """Against the states summed one by one, with 40 digits; waits by integrating over who is ahead in the line."""
    agents, erlangs, patience_s, within_s = (np.array(column) for column in zip(*GRID, strict=True))
    met = with_abandonment(Load(erlangs, 300.0, patience_s, 300.0), agents.astype(int), within_s)
    for at, case in enumerate(GRID):
        expected = _by_states(*case)
        told = (met.waits[at], met.abandoned[at], met.answered[at], met.mean_wait_s[at])
        assert told == pytest.approx(expected, rel=1e-10), case


def test_who_is_answered_in_time_plus_who_is_not_are_all() -> None:
    """The share answered within a long time is the share answered; within none, the share that does not wait."""
    load = Load([100.0, 300.0, 2000.0], 180, 240, 900)
    never, ever = with_abandonment(load, [30, 50, 200], 0), with_abandonment(load, [30, 50, 200], 1e5)
    np.testing.assert_allclose(never.answered_within, 1 - never.waits, rtol=1e-9, atol=1e-15)
    np.testing.assert_allclose(ever.answered_within, ever.answered, rtol=1e-9)
    np.testing.assert_allclose(ever.abandoned_within, ever.abandoned, rtol=1e-9)
    np.testing.assert_allclose(ever.answered + ever.abandoned, 1, rtol=1e-12)


@pytest.mark.parametrize("agents", [4000, 5000, 6000])
def test_five_thousand_agents_are_no_trouble(agents: int) -> None:
    load = Load(5000.0, 900, 300, 900)
    met = with_abandonment(load, agents, 20)
    assert all(np.isfinite(value).all() for value in vars(met).values())
    assert 0 <= met.answered_within[0] <= met.answered[0] <= 1
    assert 0 < erlang_b(agents, 5000.0)[0] < 1
    assert 0 < erlang_c(agents, 5000.0)[0] <= 1


@pytest.mark.parametrize(
    ("counting", "expected"), [("offered", 0.6), ("answered", 0.75), ("without_short", 0.6 / 0.9), ("waits", 0.7)]
)
def test_the_service_level_says_what_it_is_a_share_of(counting: Counting, expected: float) -> None:
    share = {"waits": 0.5, "answered_within": 0.6, "answered": 0.8, "abandoned": 0.2, "abandoned_within": 0.1}
    met = Performance(within_s=np.array([20.0]), mean_wait_s=np.array([9.0]), occupancy=np.array([0.8]),
                      **{name: np.array([value]) for name, value in share.items()})  # fmt: skip
    assert met.service_level(counting).tolist() == pytest.approx([expected])


def test_a_queue_that_grows_without_end_and_one_without_calls() -> None:
    met = without_abandonment(Load([100, 0, 100], 180, interval_s=1800), [10, 0, 0], 20)
    assert met.mean_wait_s.tolist() == [np.inf, 0, np.inf]
    assert met.service_level().tolist() == [0, 1, 0]
    patient = with_abandonment(Load([100, 0], 180, 240, 1800), [0, 0], 20)
    assert patient.abandoned.tolist() == [1, 0]
    assert patient.service_level().tolist() == [0, 1]


@pytest.mark.parametrize(
    ("calls", "handle_s", "patience_s", "told"),
    [
        ([10, -3], 180, 240, "interval 2: calls is -3. Expected 0 or more"),
        ([10, np.nan], 180, 240, "interval 2: calls is nan"),
        ([10, 10], 0, 240, "interval 1: handle_s is 0"),
        ([10, 10], 180, [240, 0], "interval 2: patience_s is 0"),
        ([10, 10, 10], [180, 180], 240, "do not fit together"),
    ],
)
def test_numbers_that_cannot_be_are_refused(calls: object, handle_s: object, patience_s: object, told: str) -> None:
    with pytest.raises(Problem, match=told.replace(".", r"\.")):
        Load(calls, handle_s, patience_s)  # type: ignore[arg-type]


def test_agents_that_do_not_fit_the_intervals() -> None:
    with pytest.raises(Problem, match="agents: 3 numbers of agents for 2 intervals"):
        without_abandonment(Load([10, 20], 180), [3, 4, 5], 20)


@pytest.mark.parametrize("agents", [-1, 2.5, np.inf])
def test_there_is_no_half_an_agent(agents: float) -> None:
    with pytest.raises(Problem, match="Expected a whole number"):
        erlang_c(agents, 1.0)


def test_the_two_halves_of_the_state_space_to_the_last_digits() -> None:
    x, z = (grid.ravel() for grid in np.meshgrid([0.0, 0.5, 1, 7, 90, 2500, 5000], [0.01, 0.9, 7, 89, 2600, 5000]))
    found = halves(x, z)
    with mpmath.workdps(40):
        for at, (each_x, each_z) in enumerate(zip(x.tolist(), z.tolist(), strict=True)):
            tail = mpmath.hyp1f1(1, mpmath.mpf(each_x) + 1, each_z)
            assert found.log_tail[at] == pytest.approx(float(mpmath.log(tail)), rel=1e-12, abs=1e-12), (each_x, each_z)


def _by_states(n: int, a: float, patience_s: float, _within_s: float) -> tuple[float, float, float, float]:
    """(waits, abandoned, answered, mean wait) from the stationary probabilities; handle time 300 s."""
    with mpmath.workdps(40):
        handle_s = mpmath.mpf(300)
        rate, service, leaving = a / handle_s, 1 / handle_s, 1 / mpmath.mpf(patience_s)
        weights = [mpmath.mpf(1)]
        while len(weights) <= n + 10 or weights[-1] > mpmath.mpf(10) ** -35 * max(weights):
            state = len(weights)
            weights.append(weights[-1] * rate / (min(state, n) * service + max(0, state - n) * leaving))
        total = mpmath.fsum(weights)
        waiting = mpmath.fsum(max(0, state - n) * weight for state, weight in enumerate(weights)) / total
        waits = mpmath.fsum(weights[n:]) / total
        abandoned = waiting * leaving / rate
        return float(waits), float(abandoned), float(1 - abandoned), float(waiting / rate)
