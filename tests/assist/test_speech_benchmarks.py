"""The measurements of speech run, and count what they say: in a quick form, whose figures mean nothing."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

from assist.speech import models
from assist.speech.recordings import Recording
from benchmarks import speech_audio, speech_capacity, speech_overhead
from benchmarks.speech_audio import RATE, Spoken, wrong_words
from benchmarks.speech_weighed import heavier, weighed
from core.errors import Problem
from memberline.commands import transcribe

pytestmark = pytest.mark.speech


def tone(text: str, seconds: float) -> Spoken:
    moments = np.arange(round(seconds * RATE)) / RATE
    return Spoken(text, (8000 * np.sin(2 * np.pi * 300 * moments)).astype(np.int16))


@pytest.mark.parametrize(
    ("said", "got", "wrong"), [("a b c", "a b c", 0), ("a b c", "a x c d", 2), ("", "a b", 2), ("a b c", "", 3)]
)
def test_words_to_insert_delete_or_replace(said: str, got: str, wrong: int) -> None:
    assert wrong_words(said.split(), got.split()) == wrong


def test_a_leg_speaks_its_share_of_the_time_and_where_it_says_so() -> None:
    leg = speech_audio.leg([tone(str(n), 2.5) for n in range(20)], 0.4, seed=3, noise_db=None)
    assert sum(place.end_s - place.start_s for place in leg.said) / leg.seconds == pytest.approx(0.4, abs=0.05)
    for place in leg.said:
        inside = leg.samples[round(place.start_s * RATE) : round(place.end_s * RATE)]
        assert np.sqrt(np.mean(inside.astype(float) ** 2)) > 5000
        assert np.abs(leg.samples[round(place.start_s * RATE) - 800 : round(place.start_s * RATE) - 80]).max() < 100


def test_the_sides_of_a_call_never_speak_at_once() -> None:
    turns = [("caller" if n % 2 else "agent", tone(str(n), 1.0)) for n in range(6)]
    legs = speech_audio.call(turns, seed=1)
    said = sorted((place.start_s, place.end_s) for leg in legs.values() for place in leg.said)
    assert len(said) == 6
    assert all(before[1] < after[0] for before, after in itertools.pairwise(said))


def test_the_weighed_down_model_hears_the_same_and_works_more(tmp_path: Path) -> None:
    said = speech_audio.spoken(["my service credit is wrong", "i lost my check"])
    samples = speech_audio.leg(said, 0.6, 1).samples
    light, heavy = models.load(), models.load(str(weighed(tmp_path / "heavy", 3)))
    by_light, by_heavy = (
        [each.words for each in transcribe.listen(Recording(samples, RATE), model.recogniser())]
        for model in (light, heavy)
    )
    assert [[word.text for word in words] for words in by_light] == [
        [word.text for word in words] for words in by_heavy
    ]
    assert by_light
    with pytest.raises(Problem, match="other layers than expected"):
        heavier(b"\0B<Nnet3> nothing of the kind", 1)


def test_the_overhead_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_capacity, "AT_LEAST", 0.02)
    figures = speech_overhead.run(legs=1, seconds=9.0, repeats=1).figures
    assert figures["decoded_s"] > 0.5
    assert figures["ratio"] > 0.9


def test_the_capacity_is_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech_capacity, "AT_LEAST", 0.05)
    monkeypatch.setattr(speech_capacity, "WARM_S", 1.0)
    monkeypatch.setattr(speech_capacity, "SENTENCES", 3)
    figures = speech_capacity.run(legs=2, window=2.0, trials=1).figures
    assert {"calls_per_core", "open_calls_per_core", "wer_difference", "cost_ratio"} <= figures.keys()
    assert figures["cost_ratio"] > 1.0
    assert figures["real_time_factor"] >= 0.05
