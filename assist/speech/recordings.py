"""Recordings as a recogniser wants them: one channel, signed 16-bit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import soundfile
from numpy.typing import NDArray

from core.errors import Problem

EXPECTED = "Expected a WAV file (8 to 48 kHz; PCM, µ-law or A-law)"
LOWEST_RATE, HIGHEST_RATE = 8000, 48000
LONGEST_S = 2 * 3600
BLOCK = 65536


@dataclass(frozen=True, slots=True)
class Recording:
    """Samples are int16, mono; `rate` in Hz."""

    samples: NDArray[np.int16]
    rate: int


def read(path: Path) -> Recording:
    """Read a recording, channels mixed down to one. Blocks. Raises `Problem`: what was found, what was expected."""
    try:
        with soundfile.SoundFile(path) as file:
            rate, frames = int(file.samplerate), len(file)
            if not LOWEST_RATE <= rate <= HIGHEST_RATE:
                raise Problem(f"has a sample rate of {rate} Hz", place=str(path), remedy=EXPECTED)
            if frames > LONGEST_S * rate:
                raise Problem(f"is {frames / rate / 3600:.1f} hours long", place=str(path), remedy="Expected 2 at most")
            # Block by block: long recordings never stand in memory as floats of all channels.
            blocks = [_mono(block) for block in file.blocks(BLOCK, dtype="float32", always_2d=True)]
    except soundfile.LibsndfileError as error:
        raise Problem(_why(path, error), place=str(path), remedy=EXPECTED) from error
    if not blocks:
        raise Problem("holds no sound", place=str(path), remedy=EXPECTED)
    return Recording(np.concatenate(blocks), rate)


def _mono(block: NDArray[np.float32]) -> NDArray[np.int16]:
    """(frames, channels) of -1 to 1 -> (frames,) int16."""
    scaled: NDArray[np.float32] = np.nan_to_num(block.mean(axis=1)) * 32767
    return np.clip(np.round(scaled), -32768, 32767).astype(np.int16)


def _why(path: Path, error: soundfile.LibsndfileError) -> str:
    if not path.exists():
        return "there is no such file"
    if path.is_dir():
        return "is a folder"
    if path.stat().st_size == 0:
        return "is empty"
    return f"cannot be read as sound: {error.error_string.rstrip('.')}"
