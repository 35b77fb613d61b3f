"""Decoder threads shared by all legs: each in its turn, none ahead of the others, none further behind than a bound.

A leg has at most one piece of work waiting or running, of half a second of audio at most, and goes to the end of the
line after it. A leg that is `MOST_BEHIND_S` behind loses the older half of what waits, in one piece, and is told so:
a gap with an end rather than words that come ever later.
"""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from assist.speech.listener import Frame, Listener
from assist.speech.recogniser import Recogniser
from assist.speech.words import Heard
from core.tasks import TaskOwner
from core.threads import Overloaded

log = logging.getLogger(__name__)

AT_LEAST_S = 0.1  # of audio before a leg asks for its turn
AT_MOST_S = 0.5  # of audio in one turn
MOST_BEHIND_S = 5.0
IDLE_S = 1.0  # without a frame: the leg is on hold or sends nothing, what was being said has ended
LOOK_EVERY_S = 0.5
MOST_STREAMS = 200

OnResult = Callable[[Heard], None]
OnGap = Callable[[float, float], None]


class DecoderPool:
    """Make it, use it and close it on one event loop.

    >>> async with DecoderPool(model.recogniser) as pool:
    ...     stream = pool.stream(on_result, started_at=clock.monotonic())
    """

    def __init__(
        self,
        recogniser: Callable[[], Recogniser],
        *,
        threads: int | None = None,
        most_streams: int = MOST_STREAMS,
    ) -> None:
        """`threads`: one for each processor unless given."""
        self._recogniser, self._most_streams = recogniser, most_streams
        self._threads = ThreadPoolExecutor(threads or os.cpu_count() or 1, thread_name_prefix="decoder")
        self._streams: set[SpeechStream] = set()
        self._tasks = TaskOwner("decoders")

    def __len__(self) -> int:
        return len(self._streams)

    async def __aenter__(self) -> DecoderPool:
        self._tasks.start(self._look_for_idle(), name="idle")
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def stream(
        self,
        on_result: OnResult,
        started_at: float,
        on_gap: OnGap | None = None,
        *,
        recogniser: Callable[[], Recogniser] | None = None,
    ) -> SpeechStream:
        """One leg. `on_result` is called on the event loop, with seconds since `started_at` (on the clock of `feed`).

        `on_gap` is told start and end of audio that was not decoded. `recogniser`: this leg has recognisers of its
        own. Raises `Overloaded` at the bound of streams.
        """
        make = recogniser or self._recogniser
        if len(self._streams) >= self._most_streams:
            raise Overloaded(f"{self._most_streams} legs are being transcribed already")
        stream = SpeechStream(
            listener=lambda: Listener(make, started_at),
            submit=self._threads.submit,
            on_result=on_result,
            on_gap=lambda start, end: on_gap(start - started_at, end - started_at) if on_gap else None,
            on_end=self._streams.discard,
        )
        self._streams.add(stream)
        return stream

    async def close(self) -> None:
        """Stop at once: what waits is not decoded any more. `finish` streams first whose last words matter."""
        await self._tasks.stop()
        for stream in tuple(self._streams):
            stream.abandon()
        await asyncio.to_thread(self._threads.shutdown, wait=True, cancel_futures=True)

    async def _look_for_idle(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            for stream in tuple(self._streams):
                stream.pause_if_idle()


class SpeechStream:
    """One leg's audio on its way to words. Its methods belong to the event loop."""

    def __init__(
        self,
        *,
        listener: Callable[[], Listener],
        submit: Callable[[Callable[[], None]], object],
        on_result: OnResult,
        on_gap: Callable[[float, float], None],
        on_end: Callable[[SpeechStream], None],
    ) -> None:
        self._make_listener, self._listener = listener, listener()
        self._submit, self._on_result, self._on_gap, self._on_end = submit, on_result, on_gap, on_end
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._fed_at = self._loop.time()
        # Shared with the decoder threads, under the lock.
        self._lock = threading.Lock()
        self._waiting: deque[Frame] = deque()
        self._waiting_s = 0.0
        self._lost: tuple[float, float] | None = None
        self._in_line = False
        self._pausing = False
        self._ending = False
        self._abandoned = False

    def feed(self, pcm: bytes, at: float) -> None:
        """The leg's next frame (8 kHz, signed 16-bit, mono) and when it arrived. Ignored once the stream is ending."""
        if not pcm:
            return
        self._fed_at = self._loop.time()
        with self._lock:
            if self._ending:
                return
            frame = Frame(pcm, at)
            self._waiting.append(frame)
            self._waiting_s += frame.seconds
            if self._waiting_s > MOST_BEHIND_S:
                self._give_way()
            if self._waiting_s >= AT_LEAST_S:
                self._ask_for_turn()

    async def finish(self, timeout: float = 10.0) -> bool:
        """No more frames: wait until all is decoded and delivered; False when that takes longer than `timeout` s."""
        with self._lock:
            self._ending = True
            if not self._ended.done():
                self._ask_for_turn()
        done, _ = await asyncio.wait([self._ended], timeout=timeout)
        if not done:
            log.warning("a leg's last words were not decoded within %.0f s", timeout)
            self.abandon()
        return bool(done)

    def abandon(self) -> None:
        """End at once; what waits is dropped."""
        with self._lock:
            self._ending = self._abandoned = True
            self._waiting.clear()
        self._end()

    def pause_if_idle(self) -> None:
        """Called now and then: a leg that sends no more frames has ended its sentence."""
        if self._loop.time() - self._fed_at < IDLE_S:
            return
        with self._lock:
            if not self._ending and not self._in_line and (self._waiting or self._listener.in_speech):
                self._pausing = True
                self._ask_for_turn()

    def _give_way(self) -> None:
        start = self._lost[0] if self._lost else self._waiting[0].at - self._waiting[0].seconds
        while self._waiting_s > MOST_BEHIND_S / 2:
            oldest = self._waiting.popleft()
            self._waiting_s -= oldest.seconds
            self._lost = (start, oldest.at)
        log.warning("a leg was %.0f s behind: its oldest audio is not decoded", MOST_BEHIND_S)

    def _ask_for_turn(self) -> None:
        if not self._in_line:
            self._in_line = True
            self._submit(self._turn)

    def _turn(self) -> None:
        """In a decoder thread: some audio, then to the end of the line if there is more."""
        with self._lock:
            if self._abandoned:
                return
            lost, self._lost = self._lost, None
            frames = self._take()
            last = self._ending and not self._waiting
            pause = last or (self._pausing and not self._waiting)
            if pause:
                self._pausing = False
        try:
            results = [*(self._listener.pause() if lost else ()), *self._listener.hear(frames)]
            if pause:
                results += self._listener.pause()
        except Exception:
            log.exception("a decoder failed; its leg goes on with a new one")
            self._listener, results = self._make_listener(), []
            lost = _span(lost, frames)
        with self._lock:
            if self._abandoned:
                return
            self._in_line = False
            if not last and (self._waiting_s >= AT_LEAST_S or self._ending or self._pausing):
                self._ask_for_turn()
            self._loop.call_soon_threadsafe(self._deliver, lost, results, last)

    def _take(self) -> list[Frame]:
        frames: list[Frame] = []
        taken_s = 0.0
        while self._waiting and taken_s < AT_MOST_S:
            frame = self._waiting.popleft()
            frames.append(frame)
            taken_s += frame.seconds
        self._waiting_s = max(0.0, self._waiting_s - taken_s) if self._waiting else 0.0
        return frames

    def _deliver(self, lost: tuple[float, float] | None, results: list[Heard], ended: bool) -> None:
        if self._ended.done():
            return
        if lost:
            self._on_gap(*lost)
        for heard in results:
            self._on_result(heard)
        if ended:
            self._end()

    def _end(self) -> None:
        if not self._ended.done():
            self._ended.set_result(None)
        self._on_end(self)


def _span(lost: tuple[float, float] | None, frames: list[Frame]) -> tuple[float, float] | None:
    """What is lost when these frames are, too: start and end."""
    if not frames:
        return lost
    return (lost[0] if lost else frames[0].at - frames[0].seconds), frames[-1].at
