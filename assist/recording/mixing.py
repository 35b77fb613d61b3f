"""Frames of several legs with arrival times in, both sides of the call on one clock out. Pure; time is an argument.

Nothing arrives before it is spoken, so of the frames that wait the one that was least late tells when a leg's
unbroken sound began. That is why `take` is asked for what is `HOLD_S` old and no younger: frames that a stall kept back
have come by then. Where a leg sent nothing there is silence; what comes too late for its place, or is more than the
time it claims to have taken, is left out and counted, never moved: a place on the clock must be the same sound for
everybody.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

RATE = 8000  # Hz, of every tap
HOLD_S = 0.5  # how old sound is when it is placed; a longer stall of the taps loses what it kept back
TOLERANCE_S = 0.1  # a frame this far from its leg's unbroken sound still follows on: jitter, or two clocks that drift
MOST_WAITING_S = 15.0  # of sound, of one leg

Side = Literal["caller", "agent"]
CHANNEL: dict[Side, int] = {"caller": 0, "agent": 1}  # left, right
_TOLERANCE, _MOST_WAITING = round(TOLERANCE_S * RATE), round(MOST_WAITING_S * RATE)

Samples = NDArray[np.int16]


class _Frame(NamedTuple):
    ended: int  # the sample of the clock when it arrived
    pcm: Samples


@dataclass
class _Leg:
    channel: int
    next: int = -(1 << 60)  # the sample after the last one that was placed; none yet
    waiting: deque[_Frame] = field(default_factory=deque)
    length: int = 0  # samples that wait


class Mixer:
    """One call. `zero` is the clock's time (seconds) of sample 0; the first sample given out is number `begin`.

    `late` and `surplus` count samples left out: those that came after their place was given out, and those that a leg
    sent beyond what the clock allows.
    """

    def __init__(self, zero: float, *, begin: int = 0) -> None:
        self._zero, self._taken = zero, begin
        self._legs: dict[str, _Leg] = {}
        self.late = self.surplus = 0

    @property
    def taken(self) -> int:
        """The number of the next sample that is given out."""
        return self._taken

    def feed(self, side: Side, leg: str, at: float, pcm: bytes) -> None:
        """A frame of signed 16-bit mono, little-endian, that arrived at `at`. A leg's frames come in order."""
        known = self._legs.get(leg)
        if known is None:
            known = self._legs[leg] = _Leg(CHANNEL[side])
        samples = np.frombuffer(pcm, "<i2", len(pcm) // 2)
        if known.length + len(samples) > _MOST_WAITING:
            self.surplus += len(samples)
            return
        known.waiting.append(_Frame(round((at - self._zero) * RATE), samples))
        known.length += len(samples)

    def take(self, until: int) -> Samples:
        """Everything before sample `until` that was not taken yet: (samples, 2), the caller left, agents right.

        Exactly as long as the clock says, whatever was fed.
        """
        mixed = np.zeros((max(0, until - self._taken), 2), np.int32)
        for name, leg in list(self._legs.items()):
            self._place(leg, mixed[:, leg.channel])
            if not leg.waiting and leg.next < self._taken - _MOST_WAITING:
                del self._legs[name]  # gone, or silent for so long that it may as well begin anew
        self._taken = max(until, self._taken)
        return np.clip(mixed, -32768, 32767).astype(np.int16)

    def _place(self, leg: _Leg, out: NDArray[np.int32]) -> None:
        """Add to `out`, which begins at the sample `_taken`, what of the leg belongs there."""
        until = self._taken + len(out)
        for frame, natural in zip(list(leg.waiting), _begins(leg.waiting), strict=True):
            begin = leg.next if abs(natural - leg.next) <= _TOLERANCE else natural
            if begin >= until:
                return
            pcm, skip = frame.pcm, max(0, leg.next - begin, self._taken - begin)
            if skip:
                lost = min(skip, len(pcm))
                if self._taken > leg.next:
                    self.late += lost
                else:
                    self.surplus += lost
                pcm, begin = pcm[skip:], begin + skip
            now, later = pcm[: until - begin], pcm[until - begin :]
            out[begin - self._taken :][: len(now)] += now
            leg.next = max(leg.next, begin + len(now)) if skip < len(frame.pcm) else leg.next
            leg.waiting.popleft()
            leg.length -= len(frame.pcm) - len(later)
            if len(later):
                leg.waiting.appendleft(_Frame(frame.ended, later))
                return


def _begins(waiting: deque[_Frame]) -> list[int]:
    """Where each frame would begin if what follows it followed without a break: as early as any of them shows."""
    begins: list[int] = []
    earliest: int | None = None
    for frame in reversed(waiting):
        earliest = (frame.ended if earliest is None else min(frame.ended, earliest)) - len(frame.pcm)
        begins.append(earliest)
    return begins[::-1]
