"""One leg's audio on its way through the decoder threads: in line, some audio a turn, results on the event loop."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections import deque
from collections.abc import Callable
from typing import NamedTuple

from assist.speech.listener import Frame, Listener
from assist.speech.words import Heard

log = logging.getLogger(__name__)

AT_LEAST_S = 0.1  # of audio before a leg asks for its turn
SILENT_S = 0.2  # the same while nothing is being said
AT_MOST_S = 0.5  # of audio in one turn
MOST_BEHIND_S = 5.0
MOST_AHEAD_S = 10.0  # more audio than time by so much is no telephone's: wrong rate, or a file sent as a leg
LONGEST_STALL_S = 60.0
IDLE_S = 1.0  # without a frame: the leg is on hold or sends nothing, what was being said has ended

OnResult = Callable[[Heard], None]
OnGap = Callable[[float, float], None]


class Turn(NamedTuple):
    """What a turn tells the pool about itself."""

    busy_s: float
    decoded_s: float  # of audio
    lag_s: float | None  # from the arrival of its last frame to the delivery
    lost_s: float  # of audio


class _Done(NamedTuple):
    """A turn on its way from the decoder thread to the event loop."""

    lost: tuple[float, float] | None
    results: list[Heard]
    ended: bool
    busy_s: float
    decoded_s: float
    fed_at: float


class SpeechStream:
    """Its methods belong to the event loop. `watched`: whether anybody sees words before they are final.

    Set `watched` at any time; while it is False no partial results are made, which saves their cost.
    """

    def __init__(
        self,
        *,
        listener: Callable[[], Listener],
        submit: Callable[[Callable[[], None]], object],
        on_result: OnResult,
        on_gap: OnGap,
        on_turn: Callable[[Turn], None],
        on_end: Callable[[SpeechStream], None],
        call: str = "",
        watched: bool = True,
    ) -> None:
        self.call, self.watched = call, watched
        self._make_listener, self._listener = listener, listener()
        self._submit, self._on_result, self._on_gap = submit, on_result, on_gap
        self._on_turn, self._on_end = on_turn, on_end
        self._loop = asyncio.get_running_loop()
        self._ended: asyncio.Future[None] = self._loop.create_future()
        self._fed_at = self._loop.time()
        self._pace = _Pace()
        self._hearing = threading.Lock()  # held while the listener is used
        # Shared with the decoder threads, under the lock.
        self._lock = threading.Lock()
        self._waiting: deque[tuple[Frame, float]] = deque()  # and when it was fed, on the loop's clock
        self._waiting_s = 0.0
        self._wanted_s = AT_LEAST_S
        self._lost: tuple[float, float] | None = None
        self._in_line = False
        self._pausing = False
        self._ending = False
        self._abandoned = False

    @property
    def waiting_s(self) -> float:
        """Audio that was fed and is not decoded yet."""
        return self._waiting_s

    @property
    def in_line(self) -> bool:
        return self._in_line

    def feed(self, pcm: bytes, at: float) -> None:
        """The leg's next frame (8 kHz, signed 16-bit, mono) and when it arrived. Ignored once the stream is ending.

        A leg that sends `MOST_AHEAD_S` more audio than time has passed is at the wrong rate or no live leg: what comes
        from then on is not decoded but told as a gap. Half a sample at a frame's end is cut off.
        """
        pcm = pcm[: len(pcm) // 2 * 2]
        if not pcm or self._ending:
            return
        self._fed_at = self._loop.time()
        frame = Frame(pcm, at)
        if not self._pace.holds(frame):
            self._lose(frame)
            return
        with self._lock:
            self._waiting.append((frame, self._fed_at))
            self._waiting_s += frame.seconds
            if self._waiting_s > MOST_BEHIND_S:
                self._give_way()
            if self._waiting_s >= self._wanted_s:
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
            self._waiting_s = 0.0
            self._in_line = False
        self._end()

    def pause_if_idle(self) -> None:
        """Called now and then: a leg that sends no more frames has ended its sentence."""
        if self._loop.time() - self._fed_at < IDLE_S:
            return
        with self._lock:
            if not self._ending and not self._in_line and (self._waiting or self._listener.in_speech):
                self._pausing = True
                self._ask_for_turn()

    def _lose(self, frame: Frame) -> None:
        """Too fast to be real: what was being said ends, and the rest is a gap that is told second by second."""
        if self._pace.breaks_at is None:
            self._pace.breaks_at = frame.at
            log.error("a leg sends sound faster than it can be spoken (a wrong rate?): it is not decoded any more")
            with self._lock:
                self._pausing = True
                self._ask_for_turn()
        elif (lost := self._pace.lost_until(frame.at, at_least_s=1.0)) is not None:
            self._tell_lost(lost)

    def _tell_lost(self, lost: tuple[float, float]) -> None:
        self._on_turn(Turn(0.0, 0.0, None, lost[1] - lost[0]))
        self._on_gap(*lost)

    def _give_way(self) -> None:
        first = self._waiting[0][0]
        start = self._lost[0] if self._lost else first.at - first.seconds
        while self._waiting_s > MOST_BEHIND_S / 2:
            oldest, _ = self._waiting.popleft()
            self._waiting_s -= oldest.seconds
            self._lost = (start, oldest.at)
        log.warning("a leg was %.0f s behind: its oldest audio is not decoded", MOST_BEHIND_S)

    def _ask_for_turn(self) -> None:
        if not self._in_line:
            self._in_line = True
            self._submit(self._turn)

    def _turn(self) -> None:
        """In a decoder thread: some audio, then to the end of the line if there is more."""
        began = self._loop.time()
        with self._lock:
            if self._abandoned:
                return
            lost, self._lost = self._lost, None
            frames, fed_at = self._take()
            last = self._ending and not self._waiting
            pause = last or (self._pausing and not self._waiting)
            if pause:
                self._pausing = False
        try:
            with self._hearing:
                results = list(self._listener.pause()) if lost else []
                results += self._listener.hear(frames, partials=self.watched)
                results += self._listener.pause() if pause else ()
        except Exception:
            log.exception("a decoder failed; its leg goes on with a new one")
            self._listener, results = self._make_listener(), []
            lost = _span(lost, frames)
        decoded_s = sum(frame.seconds for frame in frames)
        with self._lock:
            if self._abandoned:
                return
            self._in_line = False
            self._wanted_s = min(AT_LEAST_S, self._listener.nothing_before_s) if self._listener.in_speech else SILENT_S
            if not last and (self._waiting_s >= self._wanted_s or self._ending or self._pausing):
                self._ask_for_turn()
            busy_s = self._loop.time() - began
            done = _Done(lost, results, last, busy_s, decoded_s, fed_at)
            self._loop.call_soon_threadsafe(self._deliver, done)

    def _close(self) -> None:
        """In a decoder thread, after the last turn."""
        with self._hearing:
            self._listener.close()

    def _take(self) -> tuple[list[Frame], float]:
        """Frames for one turn, and when the last of them was fed.

        After a stall much arrives at once, and arrival says little about when it was spoken: but each frame was over
        before the next one began, so those that wait behind tell it better.
        """
        frames: list[Frame] = []
        taken_s, fed_at = 0.0, self._loop.time()
        over_by = [frame.at for frame, _ in self._waiting]
        for n in range(len(over_by) - 2, -1, -1):
            over_by[n] = min(over_by[n], over_by[n + 1] - self._waiting[n + 1][0].seconds)
        for at in over_by:
            if taken_s >= AT_MOST_S:
                break
            frame, fed_at = self._waiting.popleft()
            frames.append(Frame(frame.pcm, at))
            taken_s += frame.seconds
        self._waiting_s = max(0.0, self._waiting_s - taken_s) if self._waiting else 0.0
        return frames, fed_at

    def _deliver(self, done: _Done) -> None:
        lost_s = done.lost[1] - done.lost[0] if done.lost else 0.0
        self._on_turn(Turn(done.busy_s, done.decoded_s, self._loop.time() - done.fed_at, lost_s))
        if self._ended.done():
            return
        if done.lost:
            self._on_gap(*done.lost)
        for heard in done.results:
            self._on_result(heard)
        if done.ended:
            self._end()

    def _end(self) -> None:
        if self._ended.done():
            return
        self._ended.set_result(None)
        self._submit(self._close)
        if (lost := self._pace.lost_until(None, at_least_s=0.0)) is not None:
            self._tell_lost(lost)
        self._on_end(self)


class _Pace:
    """Whether a leg's audio can have been spoken in the time that passed. Once it cannot, it never counts again."""

    def __init__(self) -> None:
        self.breaks_at: float | None = None
        self._begun_at: float | None = None
        self._sent_s = 0.0
        self._last_at = 0.0

    def holds(self, frame: Frame) -> bool:
        if self._begun_at is None:
            self._begun_at = frame.at - frame.seconds
        self._sent_s += frame.seconds
        # After a stall all that waited comes at once; a hold without frames saves up no more than such a stall.
        self._begun_at = max(self._begun_at, frame.at - self._sent_s - LONGEST_STALL_S)
        self._last_at = frame.at
        return self.breaks_at is None and self._sent_s - (frame.at - self._begun_at) <= MOST_AHEAD_S

    def lost_until(self, at: float | None, *, at_least_s: float) -> tuple[float, float] | None:
        """Start and end of what is to be told as lost by `at` (None: by the last frame), if it is long enough."""
        until = self._last_at if at is None else at
        if self.breaks_at is None or until <= self.breaks_at or until - self.breaks_at < at_least_s:
            return None
        start, self.breaks_at = self.breaks_at, until
        return start, until


def _span(lost: tuple[float, float] | None, frames: list[Frame]) -> tuple[float, float] | None:
    """What is lost when these frames are, too: start and end."""
    if not frames:
        return lost
    return (lost[0] if lost else frames[0].at - frames[0].seconds), frames[-1].at
