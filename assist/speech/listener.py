"""One leg's ear: frames with arrival times in, words on the clock out. No threads; whoever owns it drives it.

Speech is decoded in stretches, each by a recogniser of its own: one begins where the gate opens, a little before the
first sound, and ends with silence or where audio is missing. Within a stretch the audio is unbroken, so a word's place
in it is its place on the clock.

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
LEAD_IN_S = 0.2  # passed from before the first sound: a soft beginning is below the gate's level
MISSING_S = 0.4  # frames later than this are not late: something before them is missing
PARTIAL_EVERY_S = 0.1  # of audio
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
                results += self._ended(in_mid_word=False)
                self._keep_for_lead_in(frame)
        if self._stretch is not None:
            results += self._stretch.decode(partials=partials and self._gate.quiet_s <= SETTLES_S)
        return results

    def pause(self) -> list[Heard]:
        """No more frames for now, or some are missing: what was being said ends here."""
        return self._ended(in_mid_word=True)

    def close(self) -> None:
        """The leg is over: what it holds is free for another."""
        self._stretch = None
        self._gate.close()

    def _ended(self, *, in_mid_word: bool) -> list[Heard]:
        stretch, self._stretch = self._stretch, None
        return stretch.end(in_mid_word=in_mid_word) if stretch is not None else []

    def _begin(self, frame: Frame) -> _Stretch:
        stretch = _Stretch(self._make_recogniser(), self._started_at, self._table)
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
    """Unbroken audio and its recogniser."""

    def __init__(self, recogniser: Recogniser, started_at: float, table: Corrections) -> None:
        self._recogniser, self._started_at, self._table = recogniser, started_at, table
        self._waiting = bytearray()
        self._begun_at = float("inf")
        self._length_s = 0.0
        self._asked_s = 0.0
        self._partial = ""

    def misses_before(self, frame: Frame) -> bool:
        return frame.at - frame.seconds - (self._begun_at + self._length_s) > MISSING_S

    def add(self, frame: Frame) -> None:
        self._waiting += frame.pcm
        self._length_s += frame.seconds
        # Nothing arrives before it is spoken: the frame that was least late tells best when the stretch began.
        self._begun_at = min(self._begun_at, frame.at - self._length_s)

    def decode(self, *, partials: bool) -> list[Heard]:
        final = self._recogniser.accept(bytes(self._waiting))
        self._waiting.clear()
        if final is not None:
            self._partial = ""
            return [self._on_clock(final)]
        if not partials or self._length_s - self._asked_s < PARTIAL_EVERY_S:
            return []
        self._asked_s = self._length_s
        partial = self._recogniser.partial()
        if partial.text == self._partial:
            return []
        self._partial = partial.text
        return [self._on_clock(partial)]

    def end(self, *, in_mid_word: bool) -> list[Heard]:
        """The last results. After silence the recogniser need not look at the very last of it, which saves its work."""
        results = self.decode(partials=False) if self._waiting else []
        final = self._recogniser.finish() if in_mid_word else self._recogniser.pause()
        if final is None and self._partial:
            final = Heard.of((), final=True, at_s=self._length_s)
        return results if final is None else [*results, self._on_clock(final)]

    def _on_clock(self, heard: Heard) -> Heard:
        shift = self._begun_at - self._started_at
        words = tuple(
            Word(word.text, word.start_s + shift, word.end_s + shift, word.confidence) for word in heard.words
        )
        placed = replace(heard, words=words, start_s=heard.start_s + shift, end_s=heard.end_s + shift)
        return self._table.apply(placed)
