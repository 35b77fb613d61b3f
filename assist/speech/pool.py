"""Decoder threads shared by all legs: each in its turn, none ahead of the others, none further behind than a bound.

A leg has at most one piece of work waiting or running, of half a second of audio at most, and goes to the end of the
line after it. A leg that is `MOST_BEHIND_S` behind loses the older half of what waits, in one piece, and is told so:
a gap with an end rather than words that come ever later.

What is more than the machine can carry is refused at the door, so that the calls inside never get slower: by the number
of calls where it is known (`most_calls`, see `assist.speech.capacity`), and by the load that is measured all the time.
"""

from __future__ import annotations

import asyncio
import os
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from assist.speech import corrections
from assist.speech.corrections import Corrections
from assist.speech.listener import Listener
from assist.speech.load import Figures, Lags, Load
from assist.speech.recogniser import Recogniser
from assist.speech.stream import AT_LEAST_S, MOST_BEHIND_S, OnGap, OnResult, SpeechStream, Turn
from assist.speech.voice import VoiceDetectors
from core.tasks import TaskOwner
from core.threads import Overloaded

__all__ = ["AT_LEAST_S", "MOST_BEHIND_S", "DecoderPool", "OnGap", "OnResult", "SpeechStream"]

LOOK_EVERY_S = 0.5
MOST_STREAMS = 200
FULL = 0.9  # of all threads' time: whatever the calibration says, no further call is taken
SPARE_WAIT_S = 0.25  # between two looks whether there is room for work that can wait

T = TypeVar("T")


class DecoderPool:
    """Make it, use it and close it on one event loop.

    >>> async with DecoderPool(model.recogniser) as pool:
    ...     stream = pool.stream(on_result, started_at=clock.monotonic(), call=call_id)
    """

    def __init__(
        self,
        recogniser: Callable[[], Recogniser],
        *,
        threads: int | None = None,
        most_streams: int = MOST_STREAMS,
        most_calls: int | None = None,
        voices: VoiceDetectors | None = None,
    ) -> None:
        """`threads`: one for each processor unless given. `voices` tell speech from other sound; without them the level
        decides what is decoded. `most_calls`: two-leg calls at a time, None for no bound but
        that of streams; may be set while the pool runs, and ends no call that is there already."""
        self.most_calls = most_calls
        self._recogniser, self._most_streams, self._voices = recogniser, most_streams, voices
        self._count = threads or os.cpu_count() or 1
        self._threads = ThreadPoolExecutor(self._count, thread_name_prefix="decoder")
        self._streams: set[SpeechStream] = set()
        self._legs: Counter[str] = Counter()
        self._tasks = TaskOwner("decoders")
        self._load, self._later_load, self._lags = Load(self._count), Load(self._count), Lags()
        self._decoded_s = self._lost_s = 0.0
        self._refused = 0

    def __len__(self) -> int:
        return len(self._streams)

    async def __aenter__(self) -> DecoderPool:
        self._tasks.start(self._look_for_idle(), name="idle")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def use(self, recogniser: Callable[[], Recogniser]) -> None:
        """Another model from now on: new streams have it, those that run keep the one they began with."""
        self._recogniser = recogniser

    def stream(
        self,
        on_result: OnResult,
        started_at: float,
        on_gap: OnGap | None = None,
        *,
        recogniser: Callable[[], Recogniser] | None = None,
        call: str = "",
        table: Corrections = corrections.NONE,
        watched: bool = True,
    ) -> SpeechStream:
        """One leg. `on_result` is called on the event loop, with seconds since `started_at` (on the clock of `feed`).

        `on_gap` is told start and end of audio that was not decoded. `recogniser`: this leg has recognisers of its
        own, of another language say. `call`: whose leg it is; the further legs of a call that is carried are taken
        beyond `most_calls`, too. `table` corrects what is heard. `watched`: see `SpeechStream`.

        Raises `Overloaded` where there is no room.
        """
        make = recogniser or self._recogniser
        self._admit(call)
        stream = SpeechStream(
            listener=lambda: self.listener(make, started_at, table),
            submit=self._threads.submit,
            on_result=on_result,
            on_gap=lambda start, end: on_gap(start - started_at, end - started_at) if on_gap else None,
            on_turn=self._on_turn,
            on_end=self._on_end,
            call=call,
            watched=watched,
        )
        self._streams.add(stream)
        self._legs[call] += 1
        return stream

    def listener(self, recogniser: Callable[[], Recogniser], started_at: float, table: Corrections) -> Listener:
        """One leg's ear, for whoever drives it by `spare`."""
        voice = self._voices.leg() if self._voices is not None else None
        return Listener(recogniser, started_at, voice=voice, table=table)

    def figures(self) -> Figures:
        """How it stands now."""
        now = asyncio.get_running_loop().time()
        behind = [stream.waiting_s for stream in self._streams]
        p50, p95 = self._lags.percentiles(now)
        return Figures(
            streams=len(self._streams),
            calls=self._carried,
            most_calls=self.most_calls,
            threads=self._count,
            turns_waiting=max(0, sum(stream.in_line for stream in self._streams) - self._count),
            waiting_s=sum(behind),
            furthest_behind_s=max(behind, default=0.0),
            lag_p50_s=p50,
            lag_p95_s=p95,
            load=self._load.share(now),
            later_load=self._later_load.share(now),
            decoded_s=self._decoded_s,
            lost_s=self._lost_s,
            refused=self._refused,
        )

    async def spare(self, work: Callable[[], T], *, below: float) -> T:
        """Have a short piece of `work` done in a decoder thread once live legs leave room: while their load is under
        `below` (of 1) and none of them waits for a thread. Waits without end where there never is: cancel it."""
        loop = asyncio.get_running_loop()
        while not self._has_room(below):  # noqa: ASYNC110 room is no event: it comes with time that passes
            await asyncio.sleep(SPARE_WAIT_S)
        took_s, result = await loop.run_in_executor(self._threads, _timed, work)
        self._later_load.add(loop.time(), took_s)
        return result

    def _has_room(self, below: float) -> bool:
        waiting = sum(stream.in_line for stream in self._streams)
        return waiting < self._count and self._load.share(asyncio.get_running_loop().time()) < below

    async def close(self) -> None:
        """Stop at once: what waits is not decoded any more. `finish` streams first whose last words matter."""
        await self._tasks.stop()
        for stream in tuple(self._streams):
            stream.abandon()
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    @property
    def _carried(self) -> float:
        """Calls; two legs are one, a third one is half a call more, and so is what belongs to no call."""
        nobodys = self._legs[""] / 2
        return nobodys + sum(max(1.0, legs / 2) for call, legs in self._legs.items() if call)

    def _admit(self, call: str) -> None:
        why_not = ""
        if len(self._streams) >= self._most_streams:
            why_not = f"{self._most_streams} legs are being transcribed already"
        elif not (call and self._legs[call]):
            more = 1.0 if call else 0.5
            if self.most_calls is not None and self._carried + more > self.most_calls:
                why_not = f"this machine carries {self.most_calls} calls, and {self._carried:g} are being transcribed"
            elif self._load.share(asyncio.get_running_loop().time()) > FULL:
                why_not = "the decoders have no time left"
        if why_not:
            self._refused += 1
            raise Overloaded(why_not)

    def _on_turn(self, turn: Turn) -> None:
        now = asyncio.get_running_loop().time()
        self._load.add(now, turn.busy_s)
        if turn.lag_s is not None:
            self._lags.add(now, turn.lag_s)
        self._decoded_s += turn.decoded_s
        self._lost_s += turn.lost_s

    def _on_end(self, stream: SpeechStream) -> None:
        if stream in self._streams:
            self._streams.discard(stream)
            self._legs[stream.call] -= 1
            if not self._legs[stream.call]:
                del self._legs[stream.call]

    async def _look_for_idle(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for stream in tuple(self._streams):
                stream.pause_if_idle()


def _timed(work: Callable[[], T]) -> tuple[float, T]:
    began = time.perf_counter()
    result = work()
    return time.perf_counter() - began, result
