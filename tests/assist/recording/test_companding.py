"""What the telephone sent comes back as it was; anything else as near as the telephone would have it."""

from __future__ import annotations

import numpy as np

from assist.recording.companding import SILENCE, compressed, expanded


def test_what_came_as_mu_law_comes_back_exactly() -> None:
    decoded = expanded(np.arange(256, dtype=np.uint8))
    assert (expanded(compressed(decoded)) == decoded).all()


def test_every_sample_is_kept_within_its_step_and_silence_is_silence() -> None:
    every = np.arange(-32768, 32768).astype(np.int16).reshape(-1, 2)
    error = np.abs(expanded(compressed(every)).astype(int) - every)
    assert (error <= np.maximum(4, np.abs(every.astype(int)) / 16 + 33)).all()
    assert compressed(np.zeros(3, np.int16)).tolist() == [SILENCE] * 3
    assert expanded(np.array([SILENCE], np.uint8)).tolist() == [0]
