"""Everything is played at one loudness, whatever it came from."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from core.errors import Problem
from ivr.sounds.levels import PEAK, RATES, TARGET_LUFS, joined, levelled, lufs, silence
from ivr.sounds.voices import Espeak

RATE = 22050


def floats(samples: NDArray[np.int16]) -> NDArray[np.float32]:
    return (samples / np.float32(32767)).astype(np.float32)


def murmur(seconds: float, *, loud: float, seed: int = 1) -> NDArray[np.float32]:
    """Noise that swells like syllables."""
    t = np.arange(int(seconds * RATE)) / RATE
    noise = np.random.default_rng(seed).standard_normal(len(t))
    return (loud * noise * np.abs(np.sin(2 * np.pi * 2 * t))).astype(np.float32)


@pytest.mark.parametrize("text", ["Please hold.", "five", "Thank you for calling. A representative will be with you."])
@pytest.mark.parametrize("volume", [0.02, 1.0, 4.0])
def test_a_voice_is_as_loud_as_every_other_at_both_rates(text: str, volume: float) -> None:
    samples, rate = Espeak().speak(text, "en", 1.0)
    sound = levelled(samples * np.float32(volume), rate)
    for each in RATES:
        assert abs(lufs(floats(sound[each]), each) - TARGET_LUFS) < 0.5
        assert np.abs(floats(sound[each])).max() < 0.75
    assert len(sound[16_000]) == pytest.approx(2 * len(sound[8_000]), abs=4)


@settings(deadline=None)
@given(st.floats(0.3, 3.0), st.floats(0.01, 5.0), st.integers(0, 1000), st.floats(1.0, 50.0))
def test_no_crack_or_shout_is_louder_than_the_limit(seconds: float, loud: float, seed: int, crack: float) -> None:
    samples = murmur(seconds, loud=loud, seed=seed)
    samples[len(samples) // 2] *= np.float32(crack)
    sound = levelled(samples, RATE)
    assert np.abs(floats(sound[16_000])).max() <= PEAK + 1e-3
    assert np.abs(floats(sound[8_000])).max() < 1.0
    assert lufs(floats(sound[16_000]), 16_000) < TARGET_LUFS + 0.5


def test_silence_at_the_ends_is_cut() -> None:
    quiet = np.zeros(RATE * 2, np.float32)
    bare, padded = murmur(1.0, loud=0.3), np.concatenate([quiet, murmur(1.0, loud=0.3), quiet])
    assert len(levelled(padded, RATE)[8_000]) == pytest.approx(len(levelled(bare, RATE)[8_000]), abs=8_000 * 0.1)


@pytest.mark.parametrize("samples", [np.zeros(RATE, np.float32), np.zeros(0, np.float32), murmur(1.0, loud=1e-5)])
def test_what_nobody_would_hear_is_refused(samples: NDArray[np.float32]) -> None:
    with pytest.raises(Problem, match="is silent, or too quiet to be heard"):
        levelled(samples, RATE)


def test_joined_sounds_have_a_pause_between_and_none_at_the_ends() -> None:
    one, other = levelled(murmur(1.0, loud=0.3), RATE), levelled(murmur(2.0, loud=0.3), RATE)
    sound = joined([one, other], 0.25)
    for rate in RATES:
        pause = sound[rate][len(one[rate]) : len(one[rate]) + rate // 4]
        assert not pause.any()
        assert len(sound[rate]) == len(one[rate]) + rate // 4 + len(other[rate])
        assert np.array_equal(sound[rate][-len(other[rate]) :], other[rate])


def test_silence_lasts_as_long_as_it_is_asked_to() -> None:
    assert {rate: len(samples) / rate for rate, samples in silence(0.5).items()} == {8_000: 0.5, 16_000: 0.5}
