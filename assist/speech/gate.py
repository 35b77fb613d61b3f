"""The gate before the decoder: what is no speech costs next to nothing.

Two looks at each frame. By its level alone, which is all that a quiet line needs; and where there is sound, by a voice
detector, which tells speech from a noisy line, music on hold and tones. Without a detector the level decides, and in
doubt lets sound through.
"""

from __future__ import annotations

from typing import Protocol

import numpy as np

QUIETEST = 50.0  # RMS of 16-bit samples; below it (-56 dB of full scale) nothing on a telephone is speech
ABOVE_FLOOR = 2.0  # speech is at least 6 dB above the line's own noise
LOUDEST_FLOOR = 300.0  # the floor is never thought higher: a loud line is looked at rather than taken for silence
RISE_PER_S = 1.35  # how fast the floor follows noise that grows; downwards it follows at once
TRAILING_S = 0.6  # of silence still passed after speech: the last word's end, and a pause that ends the sentence
LETS_GO_S = 0.1  # after the last word the detector still says speech, about so long (measured): part of the trailing
LOOKED_AT_S = 0.3  # after sound the detector still looks: words end softly


class Voice(Protocol):
    """Tells speech from other sound, one leg's frames in order (8 kHz, signed 16-bit)."""

    def voiced(self, pcm: bytes) -> bool: ...

    def rest(self) -> None:
        """The line is quiet: the next frame has nothing to do with the last."""


class Gate:
    """Fed one leg's frames in order."""

    def __init__(self, voice: Voice | None = None, *, bytes_per_s: int = 16000) -> None:
        self._voice, self._bytes_per_s = voice, bytes_per_s
        self._floor = QUIETEST / ABOVE_FLOOR
        self._soundless_s = LOOKED_AT_S
        self._trailing_s = TRAILING_S - (0.0 if voice is None else LETS_GO_S)
        self._quiet_s = self._trailing_s

    @property
    def quiet_s(self) -> float:
        """Seconds since speech was heard."""
        return self._quiet_s

    @property
    def shuts_in_s(self) -> float:
        """How much more silence it passes."""
        return max(0.0, self._trailing_s - self._quiet_s)

    def passes(self, pcm: bytes) -> bool:
        """Whether this frame (signed 16-bit mono) is speech, or so close behind speech that it belongs to it."""
        seconds = len(pcm) / self._bytes_per_s
        speech = self._loud(pcm, seconds)
        if self._voice is not None:
            self._soundless_s = 0.0 if speech else self._soundless_s + seconds
            speech = self._soundless_s < LOOKED_AT_S and self._voice.voiced(pcm)
            if LOOKED_AT_S <= self._soundless_s < LOOKED_AT_S + seconds:
                self._voice.rest()
        self._quiet_s = 0.0 if speech else self._quiet_s + seconds
        return self._quiet_s < self._trailing_s - 1e-6  # the seconds are sums of fractions

    def close(self) -> None:
        """The leg is over."""
        if self._voice is not None:
            self._voice.rest()

    def _loud(self, pcm: bytes, seconds: float) -> bool:
        samples = np.frombuffer(pcm, "<i2").astype(np.float32)
        level = float(np.sqrt(np.dot(samples, samples) / len(samples)))
        loud = level > max(QUIETEST, self._floor * ABOVE_FLOOR)
        self._floor = min(level, self._floor * RISE_PER_S**seconds, LOUDEST_FLOOR)
        self._floor = max(self._floor, 1.0)
        return loud
