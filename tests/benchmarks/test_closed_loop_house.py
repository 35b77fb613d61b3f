"""The closed loop's centre: its chance is as wide as it says, and its past is such as a telephone system tells."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from benchmarks.closed_loop_house import QUEUES, ZONE, House, house, people, rules
from scheduling.plan.model import Request
from scheduling.plan.refusing import refuse

FIRST, LAST = date(2025, 1, 6), date(2025, 6, 29)


@pytest.fixture(scope="module")
def houses() -> dict[float, House]:
    return {variance: house(3, FIRST, LAST, variance) for variance in (1.0, 2.0)}


def _variance(of: House) -> float:
    """Of calls that are Poisson about the rates, about what is expected; all intervals together."""
    pairs = [(of.rate[queue.name], of.expected[queue.name]) for queue in QUEUES]
    return float(sum(((rate - expected) ** 2 + expected).sum() for rate, expected in pairs))


def test_twice_the_variance_is_twice_and_of_the_same_expected_calls(houses: dict[float, House]) -> None:
    usual, twice = houses[1.0], houses[2.0]
    for queue in QUEUES:
        assert np.array_equal(usual.expected[queue.name], twice.expected[queue.name])
    assert _variance(twice) / _variance(usual) == pytest.approx(2.0, rel=0.1)


def test_nobody_calls_on_closed_days_and_the_past_says_what_came(houses: dict[float, House]) -> None:
    of = houses[1.0]
    days = {row.start.astimezone(ZONE).date() for row in of.rows}
    assert date(2025, 5, 26) not in days  # Memorial Day
    assert all(day.weekday() < 5 for day in days)
    offered = sum(row.offered for row in of.rows)
    assert offered == pytest.approx(sum(rate.sum() for rate in of.rate.values()), rel=0.02)
    assert all(row.answered + row.abandoned == row.offered for row in of.rows)


@pytest.mark.parametrize("pooled", [True, False], ids=["pooled", "apart"])
def test_the_people_and_rules_make_sense(pooled: bool) -> None:
    refuse(Request(week="2025-W37", people=people(pooled), rules=rules(), need=()))
    both = sum(len(person.skills) == 2 for person in people(pooled))
    assert both == (18 if pooled else 0)
