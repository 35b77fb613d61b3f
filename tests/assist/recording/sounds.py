"""Sound that can be told apart: every sample of it comes back as itself (µ-law's own values), none is silence."""

from __future__ import annotations

import io

import numpy as np
import soundfile
from numpy.typing import NDArray

from assist.recording.companding import expanded
from assist.recording.sealing import CHUNK_BYTES

_VALUES = expanded(np.arange(256, dtype=np.uint8))
_LOUD = _VALUES[_VALUES > 0]


def speech(first: int, count: int) -> NDArray[np.int16]:
    """`count` samples, beginning with number `first`."""
    return _LOUD[np.arange(first, first + count) % len(_LOUD)]


def frames(count: int, *, first: int = 0) -> list[bytes]:
    """`count` frames of 20 ms."""
    return [speech(first + number * 160, 160).astype("<i2").tobytes() for number in range(count)]


def chunk(number: int) -> bytes:
    """A chunk of µ-law, another for each number, without silence."""
    return bytes([number % 0x70]) * CHUNK_BYTES


def played(wav: bytes) -> NDArray[np.int16]:
    """(samples, 2)"""
    samples, rate = soundfile.read(io.BytesIO(wav), dtype="int16", always_2d=True)
    assert rate == 8000
    return samples
