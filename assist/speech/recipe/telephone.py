"""What a telephone does to speech: band, level, noise, µ-law; and what else is on its line."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.signal import butter, lfilter, sosfilt

RATE = 8000
KEYS_LOW, KEYS_HIGH = (697, 770, 852, 941), (1209, 1336, 1477)
TONES = ((440, 480), (480, 620), (350, 440), (425,), (1000,))
Sound = NDArray[np.float64]


def line(samples: Sound, draw: np.random.Generator) -> tuple[Sound, float]:
    """One telephone line, drawn; also the seconds of silence put before the samples."""
    sound = samples.astype(np.float64)
    if draw.random() < 0.4:
        band = (draw.uniform(150, 320), draw.uniform(3200, 3700))
        sound = sosfilt(butter(2, band, "bandpass", fs=RATE, output="sos"), sound)
    if draw.random() < 0.6:
        sound = lfilter([1.0, draw.uniform(-0.6, 0.6)], [1.0], sound)
    before, after = (int(seconds * RATE) for seconds in draw.uniform(0, 0.6, 2))
    sound = np.concatenate([np.zeros(before), sound, np.zeros(after)])
    sound *= 32767 * 10 ** (draw.uniform(-26, -2) / 20) / (np.abs(sound).max() + 1e-9)
    if draw.random() < 0.75:
        loud = np.abs(sound) > 0.02 * np.abs(sound).max()
        power = float(np.mean(sound[loud] ** 2)) if loud.any() else 1.0
        sound = sound + noise(len(sound), draw) * np.sqrt(power / 10 ** (draw.uniform(8, 45) / 10))
    sound = np.clip(np.round(sound), -32767, 32767)
    return (mulaw(sound) if draw.random() < 0.6 else sound), before / RATE


def noise(length: int, draw: np.random.Generator) -> Sound:
    """Of unit power, white to brown."""
    sound: Sound = lfilter([1.0], [1.0, -draw.uniform(0, 0.97)], draw.standard_normal(length))
    level = float(np.sqrt(np.mean(sound**2)))
    return sound / (level + 1e-9)


def _codes() -> Sound:
    """What the 256 codes of G.711 µ-law stand for, sorted."""
    code = ~np.arange(256) & 0xFF
    magnitude = (((code & 0x0F) << 3) + 0x84 << ((code & 0x70) >> 4)) - 0x84
    return np.unique(np.where(code & 0x80, -magnitude, magnitude)).astype(np.float64)


_CODES = _codes()


def mulaw(sound: Sound) -> Sound:
    """There and back through 8-bit G.711."""
    return _CODES[np.searchsorted((_CODES[1:] + _CODES[:-1]) / 2, sound)]


def no_speech(draw: np.random.Generator) -> Sound:
    """Key presses, ringing, a beep or noise alone: the recogniser is to hear nothing in it."""
    parts = [np.zeros(int(draw.uniform(0.1, 0.5) * RATE))]
    for _ in range(draw.integers(1, 6)):
        kind = draw.integers(3)
        seconds = draw.uniform(0.1, 1.5)
        moments = np.arange(int(seconds * RATE)) / RATE
        if kind == 0:
            pitches: tuple[float, ...] = (draw.choice(KEYS_LOW), draw.choice(KEYS_HIGH))
        else:
            pitches = TONES[draw.integers(len(TONES))] if kind == 1 else (draw.uniform(200, 3000),)
        tone = sum(np.sin(2 * np.pi * pitch * moments) for pitch in pitches)
        parts += [np.asarray(tone), np.zeros(int(draw.uniform(0.05, 0.4) * RATE))]
    return line(np.concatenate(parts), draw)[0]
