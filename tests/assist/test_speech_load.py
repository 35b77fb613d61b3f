from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assist.speech.load import RECENT_S, WINDOW_S, Lags, Load


def test_the_load_is_the_share_of_all_threads_and_passes() -> None:
    load = Load(threads=2)
    for tenth in range(100):
        load.add(tenth / 10, 0.1)  # one of two threads is always busy
    assert load.share(10.0) == pytest.approx(0.5, abs=0.05)
    assert load.share(10.0 + WINDOW_S / 2) == pytest.approx(0.25, abs=0.05)
    assert load.share(10.0 + WINDOW_S + 1) == 0.0


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1)), max_size=300))
def test_the_load_is_a_share_whatever_happens_and_keeps_no_more_than_its_window(
    turns: list[tuple[float, float]],
) -> None:
    load, now = Load(threads=1), 0.0
    for pause, busy in turns:
        now += pause
        load.add(now, busy)
        assert 0.0 <= load.share(now) <= 1.0
    assert len(load._slices) <= 2 * WINDOW_S + 1


def test_lags_are_those_of_the_last_minute() -> None:
    lags = Lags()
    assert lags.percentiles(0.0) == (0.0, 0.0)
    for second in range(100):
        lags.add(float(second), 9.0 if second < 30 else second / 1000)
    p50, p95 = lags.percentiles(99.0)
    assert p50 == pytest.approx(0.07, abs=0.01)
    assert p95 == pytest.approx(0.097, abs=0.003)
    assert lags.percentiles(99.0 + RECENT_S + 1) == (0.0, 0.0)
