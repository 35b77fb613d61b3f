"""The estimate: what it says where it can be checked by hand, and how it learns."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.waiting.estimate import Calibration, Load, Prior, expected_wait_s

LOAD = Load(staffed=5, free=0, ahead=0, handle_s=300, patience_s=900)
LOADS = st.builds(
    Load,
    staffed=st.integers(1, 300),
    free=st.just(0),
    ahead=st.floats(0, 500),
    handle_s=st.floats(20, 3600),
    patience_s=st.floats(30, 7200),
)


def summed(load: Load) -> float:
    """The formula as it is written, term by term."""
    return sum(1 / (load.staffed / load.handle_s + k / load.patience_s) for k in range(int(load.ahead) - load.free + 1))


def test_nobody_waits_where_somebody_is_free() -> None:
    assert expected_wait_s(replace(LOAD, free=2, ahead=1)) == 0


def test_where_nobody_works_nothing_is_promised() -> None:
    assert expected_wait_s(replace(LOAD, staffed=0)) is None


def test_the_next_in_line_waits_for_the_first_of_five_calls_to_end() -> None:
    assert expected_wait_s(LOAD) == pytest.approx(60, rel=0.01)


@given(st.integers(0, 400), st.integers(2, 100), st.floats(30, 900), st.floats(120, 3600))
def test_the_logarithm_is_the_sum(ahead: int, staffed: int, handle_s: float, patience_s: float) -> None:
    load = Load(staffed, 0, ahead, handle_s, patience_s)
    if staffed / handle_s > 2 / patience_s:
        assert expected_wait_s(load) == pytest.approx(summed(load), rel=0.03)


@given(LOADS)
def test_it_is_always_a_time(load: Load) -> None:
    expected_s = expected_wait_s(load)
    assert expected_s is not None
    assert 0 < expected_s < 1e8


@given(LOADS)
def test_more_in_front_wait_longer_and_more_agents_serve_sooner(load: Load) -> None:
    def wait_s(of: Load) -> float:
        found = expected_wait_s(of)
        assert found is not None
        return found

    if load.staffed / load.handle_s <= 1 / load.patience_s:
        return
    assert wait_s(replace(load, ahead=load.ahead + 1)) > wait_s(load)
    assert wait_s(replace(load, staffed=load.staffed + 1)) < wait_s(load)


def test_one_long_call_in_the_morning_frightens_nobody() -> None:
    prior = Prior(handle_s=300, handle_weight=4)
    assert prior.handle(0, 0) == 300
    assert prior.handle(1, 3000) == pytest.approx(840)
    assert prior.handle(400, 400 * 240) == pytest.approx(240, rel=0.01)


def test_patience_is_what_was_waited_for_each_who_gave_up() -> None:
    prior = Prior(patience_s=900, patience_weight=2)
    assert prior.patience(0, 0) == 900
    assert prior.patience(98, 49_000) == pytest.approx((2 * 900 + 49_000) / 100)


def test_what_callers_waited_corrects_what_is_said() -> None:
    calibration = Calibration()
    assert calibration.factor == 1
    for n in range(200):  # the agents also serve another queue: everything takes half as long again
        calibration.came(f"c{n}", 100.0)
        calibration.left(f"c{n}", 150.0, served=True)
    assert calibration.factor == pytest.approx(1.5, abs=0.1)


def test_who_gave_up_teaches_nothing_and_no_day_makes_it_absurd() -> None:
    calibration = Calibration()
    for n in range(200):
        calibration.came(f"c{n}", 100.0)
        calibration.left(f"c{n}", 5.0, served=False)
    assert calibration.factor == 1
    for n in range(200):
        calibration.came(f"d{n}", 100.0)
        calibration.left(f"d{n}", 100_000.0, served=True)
    assert calibration.factor == Calibration.MOST


def test_callers_whose_end_is_never_told_take_no_room() -> None:
    calibration = Calibration()
    for n in range(5 * Calibration.WAITING):
        calibration.came(f"c{n}", 100.0)
    assert len(calibration._told) == Calibration.WAITING
