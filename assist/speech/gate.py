"""The gate before the decoder: silence costs nothing. Pure; judges by energy alone, and in doubt lets sound through."""

from __future__ import annotations

import numpy as np

QUIETEST = 50.0  # RMS of 16-bit samples; below it (-56 dB of full scale) nothing on a telephone is speech
ABOVE_FLOOR = 2.0  # speech is at least 6 dB above the line's own noise
LOUDEST_FLOOR = 300.0  # the floor is never thought higher: a loud line is decoded rather than taken for silence
RISE_PER_S = 1.35  # how fast the floor follows noise that grows; downwards it follows at once
TRAILING_S = 1.0  # of silence still passed after speech, so that the decoder finds the end of the sentence


class Gate:
    """Fed one leg's frames in order."""

    def __init__(self, *, bytes_per_s: int = 16000) -> None:
        self._bytes_per_s = bytes_per_s
        self._floor = QUIETEST / ABOVE_FLOOR
        self._quiet_s = TRAILING_S

    @property
    def quiet_s(self) -> float:
        """Seconds since something loud was heard."""
        return self._quiet_s

    def passes(self, pcm: bytes) -> bool:
        """Whether this frame (signed 16-bit mono) is speech, or so close behind speech that it belongs to it."""
        seconds = len(pcm) / self._bytes_per_s
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        level = float(np.sqrt(np.dot(samples, samples) / len(samples)))
        loud = level > max(QUIETEST, self._floor * ABOVE_FLOOR)
        self._floor = min(level, self._floor * RISE_PER_S**seconds, LOUDEST_FLOOR)
        self._floor = max(self._floor, 1.0)
        self._quiet_s = 0.0 if loud else self._quiet_s + seconds
        return self._quiet_s < TRAILING_S
