"""What is kept of a sample: eight bits, as the telephone itself sends it (G.711 µ-law).

What came over the telephone as µ-law comes back as exactly the samples it was decoded to. Pure.
"""

from __future__ import annotations

import io
from functools import cache
from typing import Any

import numpy as np
import soundfile
from numpy.typing import NDArray

SILENCE = 0xFF

Bytes = NDArray[np.uint8]


def compressed(samples: NDArray[np.int16]) -> Bytes:
    """int16 -> µ-law, of the same shape."""
    return _compressing()[np.ascontiguousarray(samples).view(np.uint16)]


def expanded(kept: Bytes) -> NDArray[np.int16]:
    """µ-law -> int16, of the same shape."""
    return _expanding()[kept]


@cache
def _expanding() -> NDArray[np.int16]:
    """The sample of each byte, as libsndfile has it."""
    samples: Any
    samples, _ = soundfile.read(
        io.BytesIO(bytes(range(256))), dtype="int16", format="RAW", subtype="ULAW", channels=1, samplerate=8000
    )
    table: NDArray[np.int16] = samples
    return table


@cache
def _compressing() -> Bytes:
    """The byte of each sample, by the sample's bits."""
    every, written = np.arange(-32768, 32768).astype(np.int16), io.BytesIO()
    soundfile.write(written, every, 8000, format="RAW", subtype="ULAW")
    table = np.empty(65536, np.uint8)
    table[every.view(np.uint16)] = np.frombuffer(written.getvalue(), np.uint8)
    return table
