"""One leg's ear: frames with arrival times in, words on the clock out. No threads; whoever owns it drives it.

Speech is decoded in stretches: one begins where the gate opens, a little before the first sound, and ends with silence
or where audio is missing. Within a stretch the audio is unbroken, so a word's place in it is its place on the clock.
Stretches parted by silence go through one recogniser, as if there were no more than that silence; where audio is
missing, and after a long silence, the next one gets a new recogniser.

The end of a sentence is told by whoever sees it first: the gate after some silence (`gate.TRAILING_S`), which ends the
stretch, or on a line where the gate does not shut the recogniser's own endpoint.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import NamedTuple

from assist.speech import corrections
from assist.speech.corrections import Corrections
from assist.speech.gate import Gate, Voice
from assist.speech.recogniser import TELEPHONE_RATE, Recogniser
from assist.speech.words import Heard, Word

BYTES_PER_S = 2 * TELEPHONE_RATE
LEAD_IN_S = 0.3  # passed from before the first sound: a soft beginning is below the gate's level
MISSING_S = 0.4  # frames later than this are not late: something before them is missing
PARTIAL_EVERY_S = 0.2  # of audio
KEPT_S = 30.0  # of silence; then the recogniser goes, and its memory with it
SETTLES_S = 0.4  # after the last sound partial words no longer change


class Frame(NamedTuple):
    """8 kHz signed 16-bit mono; `at` is when it arrived, which is when its last sample was spoken."""

    pcm: bytes
    at: float

    @property
    def seconds(self) -> float:
        return len(self.pcm) / BYTES_PER_S


class Listener:
    """Results have seconds since `started_at`, which is on the frames' clock."""

    def __init__(
        self,
        recogniser: Callable[[], Recogniser],
        started_at: float,
        *,
        voice: Voice | None = None,
        table: Corrections = corrections.NONE,
    ) -> None:
        """`voice` tells speech from other sound. `table`: what is put in the place of words that are heard wrong."""
        self._make_recogniser, self._started_at, self._table = recogniser, started_at, table
        self._gate = Gate(voice, bytes_per_s=BYTES_PER_S)
        self._lead_in: deque[Frame] = deque()
        self._heard_by: Recogniser | None = None
        self._taken_s = 0.0  # by that recogniser, in earlier stretches
        self._stretch: _Stretch | None = None

    @property
    def in_speech(self) -> bool:
        return self._stretch is not None

    @property
    def nothing_before_s(self) -> float:
        """How much more audio it takes at least until the sentence can end that is being said."""
        return self._gate.shuts_in_s

    def hear(self, frames: Iterable[Frame], *, partials: bool = True) -> list[Heard]:
        """What these frames, the next in order, let one say; without `partials` only what is final."""
        results: list[Heard] = []
        for frame in frames:
            if self._stretch is not None and self._stretch.misses_before(frame):
                results += self.pause()
            if self._gate.passes(frame.pcm):
                if self._stretch is None:
                    self._stretch = self._begin(frame)
                self._stretch.add(frame)
            else:
                results += self._paused()
                self._keep_for_lead_in(frame)
        if self._stretch is not None:
            results += self._stretch.decode(partials=partials and self._gate.quiet_s <= SETTLES_S)
        return results

    def pause(self) -> list[Heard]:
        """No more frames for now, or some are missing: what was being said ends here."""
        results = self._stretch.end(last=True) if self._stretch is not None else []
        self._stretch = self._heard_by = None
        return results

    def close(self) -> None:
        """The leg is over: what it holds is free for another."""
        self._stretch = self._heard_by = None
        self._gate.close()

    def _paused(self) -> list[Heard]:
        """The gate is shut."""
        if self._stretch is None:
            if self._heard_by is not None and self._gate.quiet_s > KEPT_S:
                self._heard_by = None
            return []
        results = self._stretch.end(last=False)
        self._taken_s += self._stretch.length_s
        self._stretch = None
        return results

    def _begin(self, frame: Frame) -> _Stretch:
        if self._heard_by is None:
            self._heard_by, self._taken_s = self._make_recogniser(), 0.0
        stretch = _Stretch(self._heard_by, self._taken_s, self._started_at, self._table)
        while self._lead_in:
            earlier = self._lead_in.popleft()
            if frame.at - earlier.at <= LEAD_IN_S + frame.seconds:
                stretch.add(earlier)
        return stretch

    def _keep_for_lead_in(self, frame: Frame) -> None:
        self._lead_in.append(frame)
        while frame.at - self._lead_in[0].at > LEAD_IN_S or len(self._lead_in) * frame.seconds > LEAD_IN_S:
            self._lead_in.popleft()


class _Stretch:
    """Unbroken audio. `taken_s`: how much its recogniser took before."""

    def __init__(self, recogniser: Recogniser, taken_s: float, started_at: float, table: Corrections) -> None:
        self._recogniser, self._taken_s = recogniser, taken_s
        self._started_at, self._table = started_at, table
        self._waiting = bytearray()
        self._begun_at = float("inf")
        self.length_s = 0.0
        self._asked_s = 0.0
        self._partial = ""

    def misses_before(self, frame: Frame) -> bool:
        return frame.at - frame.seconds - (self._begun_at + self.length_s) > MISSING_S

    def add(self, frame: Frame) -> None:
        self._waiting += frame.pcm
        self.length_s += frame.seconds
        # Nothing arrives before it is spoken: the frame that was least late tells best when the stretch began.
        self._begun_at = min(self._begun_at, frame.at - self.length_s)

    def decode(self, *, partials: bool) -> list[Heard]:
        final = self._recogniser.accept(bytes(self._waiting))
        self._waiting.clear()
        if final is not None:
            self._partial = ""
            return [self._on_clock(final)]
        if not partials or self.length_s - self._asked_s < PARTIAL_EVERY_S:
            return []
        self._asked_s = self.length_s
        partial = self._recogniser.partial()
        if partial.text == self._partial:
            return []
        self._partial = partial.text
        return [self._on_clock(partial)]

    def end(self, *, last: bool) -> list[Heard]:
        """`last`: its recogniser will hear no more."""
        results = self.decode(partials=False) if self._waiting else []
        final = self._recogniser.finish() if last else self._recogniser.pause()
        if final is None and self._partial:
            final = Heard.of((), final=True, at_s=self._taken_s + self.length_s)
        return results if final is None else [*results, self._on_clock(final)]

    def _on_clock(self, heard: Heard) -> Heard:
        """A sound may seem to begin in the silence that was cut out before the stretch: never before the stretch."""
        shift = self._begun_at - self._started_at
        first = self._taken_s

        def moved(seconds: float) -> float:
            return max(0.0, seconds - first) + shift

        words = tuple(Word(word.text, moved(word.start_s), moved(word.end_s), word.confidence) for word in heard.words)
        placed = replace(heard, words=words, start_s=moved(heard.start_s), end_s=moved(heard.end_s))
        return self._table.apply(placed)
