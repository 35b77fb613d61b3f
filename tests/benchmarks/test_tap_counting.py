"""How the tap benchmark knows that a frame was lost."""

from __future__ import annotations

import numpy as np

from benchmarks.tap import FRAME, LEVELS, count, numbered


def test_all_frames_are_counted_and_none_is_lost() -> None:
    assert count(numbered(4.0)) == (200, 0)


def test_missing_frames_are_counted_whatever_is_around_them() -> None:
    frames = numbered(2.0).reshape(-1, FRAME)
    kept = np.delete(frames, [10, 50, 51, 52], axis=0)
    silence = np.zeros((5, FRAME), np.int16)
    assert count(np.concatenate([silence, kept, silence]).reshape(-1)) == (96, 4)


def test_a_frame_that_is_split_between_two_reads_still_counts_once() -> None:
    assert count(numbered(2.0)[FRAME // 4 :])[1] == 0


def test_levels_differ_from_each_other_and_from_silence() -> None:
    assert len(set(LEVELS.tolist())) == len(LEVELS)
    assert min(abs(LEVELS.astype(int))) > 300
