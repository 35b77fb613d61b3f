"""How many calls a machine carries: the sum, and the measurement that it is made of."""

from __future__ import annotations

import time
from datetime import UTC, datetime

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from toy_recogniser import ToyRecogniser

from assist.speech import capacity, models
from assist.speech.capacity import Calibration, calls_carried
from core.events import encode

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
FACTORS = st.floats(0.001, 3.0)


def test_the_sum() -> None:
    # Two legs that speak 40 % of the time, 35 % more around it: 1.08 s to decode a second; 65 % of two threads.
    assert calls_carried(0.1, threads=2) == 12  # 1.3 / 0.108
    assert calls_carried(0.01, threads=2) == 120
    assert calls_carried(0.3, threads=1) == 2
    assert calls_carried(0.7, threads=1) == 0
    assert calls_carried(0.1, threads=2, share_of_speech=1.0, headroom=0.0) == 10


def test_a_model_slower_than_speech_carries_nothing_however_many_threads() -> None:
    assert calls_carried(1.0, threads=64) == 0


@given(FACTORS, st.integers(1, 64), st.floats(0.1, 1.0), st.floats(0, 0.9))
def test_never_more_work_than_there_is_time_for(factor: float, threads: int, share: float, headroom: float) -> None:
    calls = calls_carried(factor, threads=threads, share_of_speech=share, headroom=headroom)
    assert calls * 2 * min(1.0, share * capacity.AROUND_SPEECH) * factor <= threads * (1 - headroom) + 1e-9
    assert calls >= 0


@given(FACTORS, st.integers(1, 32))
def test_a_slower_machine_never_carries_more(factor: float, threads: int) -> None:
    assert calls_carried(factor * 1.2, threads=threads) <= calls_carried(factor, threads=threads)
    assert calls_carried(factor, threads=threads) <= calls_carried(factor, threads=threads + 1)


@pytest.mark.parametrize(("factor", "threads", "headroom"), [(0.0, 1, 0.1), (0.1, 0, 0.1), (0.1, 1, 1.0)])
def test_what_cannot_be_is_refused(factor: float, threads: int, headroom: float) -> None:
    with pytest.raises(ValueError, match="expected"):
        calls_carried(factor, threads=threads, headroom=headroom)


def test_the_measured_factor_is_the_recognisers_cost() -> None:
    measured = capacity.calibrate(lambda: ToyRecogniser(costs_s=0.1), model="toy", at=NOON, threads=2)
    assert 0.1 <= measured.real_time_factor < 0.2
    assert (measured.model, measured.threads, measured.measured_at) == ("toy", 2, NOON)
    assert measured.calls == calls_carried(measured.real_time_factor, threads=2) > 0


def test_a_model_too_heavy_is_found_out_in_seconds() -> None:
    began = time.monotonic()
    measured = capacity.calibrate(lambda: ToyRecogniser(costs_s=4.0), model="heavy", at=NOON, threads=1)
    assert measured.calls == 0
    assert measured.real_time_factor >= 1.0
    assert time.monotonic() - began < 2 * capacity.AT_MOST_S + 5


@pytest.mark.speech
def test_the_demo_model_is_measured_and_its_sample_is_really_speech() -> None:
    model = models.load()
    measured = capacity.calibrate(model.recogniser, model=model.label, at=NOON)
    assert 0.0005 < measured.real_time_factor < 0.5
    assert measured.calls > 0
    sound = capacity.recordings.read(capacity.SAMPLE)
    recogniser = model.recogniser()
    heard = [recogniser.accept(sound.samples.tobytes()), recogniser.finish()]
    text = " ".join(each.text for each in heard if each)
    assert "service credit" in text
    assert "oak street" in text


def test_a_calibration_is_kept_as_a_message_and_good_for_one_machine_model_and_number_of_threads() -> None:
    kept = Calibration(
        model="toy", machine=capacity.machine(), measured_at=NOON, threads=2, real_time_factor=0.1, calls=12
    )
    again = msgspec.json.decode(encode(kept), type=Calibration)
    assert again == kept
    assert capacity.still_good(again, model="toy", threads=2)
    assert not capacity.still_good(again, model="other", threads=2)
    assert not capacity.still_good(again, model="toy", threads=4)
    assert not capacity.still_good(msgspec.structs.replace(kept, machine="elsewhere"), model="toy", threads=2)
