"""Decoding later what nobody could listen to live: from its recording, only while the running calls leave room.

The same decoder threads do it, half a second of audio at a time, each asked for anew: a call that begins meanwhile
waits for one such piece at most.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass

from assist.speech import corrections
from assist.speech.corrections import Corrections
from assist.speech.listener import BYTES_PER_S, Frame, Listener
from assist.speech.pool import DecoderPool
from assist.speech.recogniser import Recogniser
from assist.speech.words import Heard
from core.threads import Overloaded

BELOW = 0.5  # of the threads' time may be taken by live legs; above it nothing is decoded later
PIECE_S = 0.5
FRAME_S = 0.02
MOST_WAITING = 500  # recordings; whoever keeps the list asks again


@dataclass(frozen=True)
class RecordedLeg:
    """One speaker of a recording. `source` is opened when the leg's turn comes: 8 kHz signed 16-bit mono, in order, in
    pieces of any size. `on_result` gets final results only, on the event loop, `begun_s` + seconds into the source."""

    source: Callable[[], AsyncIterator[bytes]]
    on_result: Callable[[Heard], None]
    recogniser: Callable[[], Recogniser]
    table: Corrections = corrections.NONE
    begun_s: float = 0.0


class LaterDecoder:
    """One recording at a time, in the order in which they were asked for."""

    def __init__(self, pool: DecoderPool, *, below: float = BELOW, most_waiting: int = MOST_WAITING) -> None:
        self._pool, self._below, self._most_waiting = pool, below, most_waiting
        self._turn = asyncio.Lock()
        self._waiting = 0

    @property
    def waiting(self) -> int:
        """Recordings asked for and not finished."""
        return self._waiting

    async def decode(self, legs: Sequence[RecordedLeg]) -> None:
        """Decode one recording, leg after leg; returns once all is delivered.

        May take hours where the machine is busy; cancelling it ends it after the piece at hand, and what was delivered
        by then stays delivered. Raises `Overloaded` where too many wait, and whatever a source raises.
        """
        if self._waiting >= self._most_waiting:
            raise Overloaded(f"{self._most_waiting} recordings wait to be transcribed already")
        self._waiting += 1
        try:
            async with self._turn:
                for leg in legs:
                    await self._decode(leg)
        finally:
            self._waiting -= 1

    async def _decode(self, leg: RecordedLeg) -> None:
        listener = self._pool.listener(leg.recogniser, -leg.begun_s, leg.table)
        frames = _Frames()
        async for pcm in leg.source():
            for some in frames.take(pcm):
                self._deliver(leg, await self._pool.spare(_hearing(listener, some), below=self._below))
        self._deliver(leg, await self._pool.spare(_hearing(listener, frames.rest(), last=True), below=self._below))

    @staticmethod
    def _deliver(leg: RecordedLeg, results: list[Heard]) -> None:
        for heard in results:
            leg.on_result(heard)


def _hearing(listener: Listener, frames: Sequence[Frame], *, last: bool = False) -> Callable[[], list[Heard]]:
    def work() -> list[Heard]:
        results = listener.hear(frames, partials=False)
        if last:
            results += listener.pause()
            listener.close()
        return results

    return work


class _Frames:
    """Pieces of any size to groups of frames, each of half a second; the clock is the recording's own."""

    def __init__(self) -> None:
        self._left = bytearray()
        self._taken = 0  # bytes
        self._frame = round(FRAME_S * BYTES_PER_S)
        self._group = round(PIECE_S / FRAME_S) * self._frame

    def take(self, pcm: bytes) -> list[list[Frame]]:
        """The groups that are whole now."""
        self._left += pcm
        groups = []
        while len(self._left) >= self._group:
            groups.append(self._framed(bytes(self._left[: self._group])))
            del self._left[: self._group]
        return groups

    def rest(self) -> list[Frame]:
        """What is left at the end, half a sample cut off."""
        return self._framed(bytes(self._left[: len(self._left) // 2 * 2]))

    def _framed(self, pcm: bytes) -> list[Frame]:
        frames = []
        for at in range(0, len(pcm), self._frame):
            piece = pcm[at : at + self._frame]
            self._taken += len(piece)
            frames.append(Frame(piece, self._taken / BYTES_PER_S))
        return frames
