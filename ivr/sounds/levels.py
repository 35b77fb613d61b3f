"""One loudness for everything that is played, at the two rates that Asterisk plays.

Voices and recordings come as loud as they like. Everything is brought to -23 LUFS (ITU-R BS.1770, EBU R 128), about
what an agent's telephone delivers, with no sample above -4 dBFS; silence at both ends is cut.
"""

from __future__ import annotations

from collections.abc import Sequence

import loudness
import numpy as np
import soxr
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from core.errors import Problem

Samples = NDArray[np.float32]  # mono, full scale is 1
Levelled = dict[int, NDArray[np.int16]]  # by rate: mono samples

RATES = (8_000, 16_000)
TARGET_LUFS = -23.0
PEAK = 10 ** (-4.0 / 20)  # of full scale
REVISION = "1"  # part of every cached sound's name: raise it when sounds are to be made anew

_WIDE = 16_000
_QUIETEST_LUFS = -60.0  # below, a recording holds noise and no voice
_MEASURED_S = 0.5  # shorter sounds are repeated up to here: the standard's blocks are 0.4 s long
_NEAR_LU = 0.2
_SILENCE = 10 ** (-50 / 20)  # of the loudest sample
_BEFORE_S, _AFTER_S = 0.02, 0.06  # left of the silence at the ends
_BLOCK = 16  # samples of one gain: a thousandth of a second
_REACH = 5  # blocks before and after a loud one


def levelled(samples: Samples, rate: int) -> Levelled:
    """`samples` at `rate` Hz, at the one loudness. Raises `Problem` where there is nothing to be heard."""
    wide = np.nan_to_num(soxr.resample(samples, rate, _WIDE)).astype(np.float32)
    wide = _trimmed(wide)
    if not len(wide) or lufs(wide, _WIDE) < _QUIETEST_LUFS:
        raise Problem("is silent, or too quiet to be heard", remedy="Expected a voice")
    for _ in range(4):  # the limiter takes some loudness away again
        missing = TARGET_LUFS - lufs(wide, _WIDE)
        if abs(missing) < _NEAR_LU:
            break
        wide = _limited(wide * np.float32(10 ** (missing / 20)))
    wide = _limited(wide)
    return {rate: _pcm(wide if rate == _WIDE else soxr.resample(wide, _WIDE, rate)) for rate in RATES}


def lufs(samples: Samples, rate: int) -> float:
    """Integrated loudness; minus infinity for silence."""
    needed = int(_MEASURED_S * rate)
    return float(loudness.integrated_loudness(samples if len(samples) >= needed else np.resize(samples, needed), rate))


def joined(parts: Sequence[Levelled], pause_s: float) -> Levelled:
    """One after the other, with a pause between."""
    out: Levelled = {}
    for rate in RATES:
        pause = np.zeros(int(pause_s * rate), np.int16)
        pieces = [piece for part in parts for piece in (pause, part[rate])]
        out[rate] = np.concatenate(pieces[1:])
    return out


def silence(seconds: float) -> Levelled:
    return {rate: np.zeros(max(1, int(seconds * rate)), np.int16) for rate in RATES}


def _trimmed(samples: Samples) -> Samples:
    loud = np.abs(samples)
    heard = np.flatnonzero(loud > loud.max(initial=0.0) * _SILENCE)
    if not len(heard):
        return samples[:0]
    first = max(0, int(heard[0]) - int(_BEFORE_S * _WIDE))
    return samples[first : int(heard[-1]) + int(_AFTER_S * _WIDE)]


def _limited(samples: Samples) -> Samples:
    """Turned down where it is too loud, from a little before until a little after, without a click."""
    loudest = np.abs(np.pad(samples, (0, -len(samples) % _BLOCK))).reshape(-1, _BLOCK).max(axis=1)
    needed = PEAK / np.maximum(loudest, PEAK)
    if needed.min(initial=1.0) == 1.0:
        return samples
    # The lowest gain within reach, then its mean over a block less: no block, nor the way to the next, is above what
    # it needs.
    lowest = sliding_window_view(np.pad(needed, 2 * _REACH + 1, mode="edge"), 2 * _REACH + 3).min(axis=-1)
    gains = np.convolve(lowest, np.full(2 * _REACH + 1, 1 / (2 * _REACH + 1)), mode="valid")
    centres = np.arange(len(gains)) * _BLOCK + _BLOCK / 2
    limited: Samples = (samples * np.interp(np.arange(len(samples)), centres, gains)).astype(np.float32)
    return limited


def _pcm(samples: Samples) -> NDArray[np.int16]:
    return np.round(np.clip(samples, -1.0, 1.0) * 32767).astype(np.int16)
