"""A recogniser for tests whose words are plain to see: loud samples of value 1000 * n are the word `w<n>`."""

from __future__ import annotations

import time

import numpy as np

from assist.speech.words import Heard, Word

FRAME_S = 0.02
FRAME = 160
PAUSE_S = 0.5


def sound(word: int, seconds: float) -> list[bytes]:
    """20 ms frames of word `word`; 0 is silence."""
    return [np.full(FRAME, 1000 * word, np.int16).tobytes()] * round(seconds / FRAME_S)


class ToyRecogniser:
    """Ends a sentence after half a second of silence. `costs_s`: what decoding a second of audio costs."""

    def __init__(self, costs_s: float = 0.0) -> None:
        self._costs_s = costs_s
        self._samples = 0
        self._quiet_s = 0.0
        self._words: list[Word] = []
        self.accepted = 0

    def accept(self, pcm: bytes) -> Heard | None:
        self.accepted += len(pcm)
        if self._costs_s:
            time.sleep(self._costs_s * len(pcm) / 16000)
        values = np.frombuffer(pcm, "<i2")
        for start in range(0, len(values), FRAME):
            self._hear(int(values[start]) // 1000)
        return self.finish() if self._words and self._quiet_s >= PAUSE_S else None

    def _hear(self, word: int) -> None:
        start, end = self._samples / 8000, (self._samples + FRAME) / 8000
        self._samples += FRAME
        if word == 0:
            self._quiet_s += FRAME_S
            return
        text = f"w{word}"
        if self._words and self._words[-1].text == text and self._quiet_s == 0:
            start = self._words.pop().start_s
        self._words.append(Word(text, start, end, 0.9))
        self._quiet_s = 0.0

    def partial(self) -> Heard:
        return Heard.of(tuple(self._words), final=False)

    def pause(self) -> Heard | None:
        return self.finish()

    def finish(self) -> Heard | None:
        words, self._words = tuple(self._words), []
        return Heard.of(words, final=True) if words else None


class Forgetful(ToyRecogniser):
    """Thinks better of everything: what was partly heard was no word after all."""

    def finish(self) -> Heard | None:
        self._words = []
        return None


class Broken(ToyRecogniser):
    def accept(self, pcm: bytes) -> Heard | None:
        raise RuntimeError("out of order")
