"""One recording while it is made: what its thread does. Blocks; no job of a recording runs beside another of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np

from assist.recording.companding import compressed
from assist.recording.mixing import HOLD_S, RATE, Mixer, Samples, Side
from assist.recording.sealing import CHUNK_SAMPLES
from assist.recording.tape import Tape

MOST_YOUNG = 120  # chunks that wait for a disk that takes none


class Heard(NamedTuple):
    """A frame of a leg, as it arrived."""

    side: Side
    leg: str
    at: float
    pcm: bytes


class Span(NamedTuple):
    """Samples from `start` to before `end`; None: for now without an end."""

    start: int
    end: int | None


class Outcome(NamedTuple):
    """What became of a job: chunks that were kept and that were lost, and why (empty: none was)."""

    kept: tuple[int, ...]
    lost: tuple[int, ...]
    why: str


class Recorded:
    """Frames to chunks on a tape. `zero` is the clock's time of sample 0, `begin` the first sample that is recorded."""

    def __init__(self, tape: Tape, zero: float, begin: int) -> None:
        self.tape, self._zero = tape, zero
        self.mixer = Mixer(zero, begin=begin)

    def record(self, frames: Sequence[Heard], until: int, silent: Sequence[Span], settle_before: int) -> Outcome:
        """Keep what was heard before sample `until`: the end of a chunk, or of the call."""
        kept: list[int] = []
        lost: list[int] = []
        why = self._settle(settle_before)
        coming = iter(frames)
        frame = next(coming, None)
        while self.mixer.taken < until:
            number = self.mixer.taken // CHUNK_SAMPLES
            end = min(until, (number + 1) * CHUNK_SAMPLES)
            known = self._zero + end / RATE + HOLD_S  # as if it had been asked for in time, however late it is
            while frame is not None and frame.at <= known:
                self.mixer.feed(*frame)
                frame = next(coming, None)
            failed = self._keep(number, self._chunk(number, end, silent))
            (lost if failed else kept).append(number)
            why = failed or why
        while frame is not None:
            self.mixer.feed(*frame)
            frame = next(coming, None)
        return Outcome(tuple(kept), tuple(lost), why)

    def _settle(self, before: int) -> str:
        try:
            self.tape.settle(before)
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""

    def _chunk(self, number: int, end: int, silent: Iterable[Span]) -> Samples:
        """A whole chunk, with silence where there is nothing, or nothing may be."""
        origin, begin = number * CHUNK_SAMPLES, self.mixer.taken
        chunk = np.zeros((CHUNK_SAMPLES, 2), np.int16)
        chunk[begin - origin : end - origin] = self.mixer.take(end)
        for span in silent:
            last = CHUNK_SAMPLES if span.end is None else span.end - origin
            chunk[max(0, span.start - origin) : max(0, last)] = 0
        return chunk

    def _keep(self, number: int, chunk: Samples) -> str:
        """Why it could not be kept; empty: it is."""
        try:
            if self.tape.young >= MOST_YOUNG:
                return "the disk takes nothing, and no more can wait for it"
            self.tape.write(number, compressed(chunk).tobytes())
        except OSError as error:
            return error.strerror or type(error).__name__
        return ""
