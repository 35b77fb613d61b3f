"""The recogniser: audio in, words with times and confidence out. vosk is the engine; anything of this shape may be."""

from __future__ import annotations

from typing import Protocol

import msgspec
import vosk

from assist.speech.words import Heard, Word

TELEPHONE_RATE = 8000


class Recogniser(Protocol):
    """Listens to one speaker from its first sample on. Seconds count from there. May be driven from any one thread."""

    def accept(self, pcm: bytes) -> Heard | None:
        """Take signed 16-bit little-endian mono samples; give what was said when the speaker has paused, else None."""

    def partial(self) -> Heard:
        """What has been heard since the last pause; may still change, may be empty."""

    def pause(self) -> Heard | None:
        """The speaker has paused, half a second ago at least: what was heard since the last pause, or None."""

    def finish(self) -> Heard | None:
        """No more audio: what was heard since the last pause, or None."""


class _SpokenWord(msgspec.Struct):
    word: str
    start: float
    end: float
    conf: float


class _Answer(msgspec.Struct):
    """vosk's JSON: `result` when final, `partial` or `partial_result` otherwise; empty where nothing was heard."""

    result: tuple[_SpokenWord, ...] = ()
    partial: str = ""
    partial_result: tuple[_SpokenWord, ...] = ()


_decode = msgspec.json.Decoder(_Answer).decode


class VoskRecogniser:
    """One vosk decoder. Not for two speakers in turn: sound of the first would leak into the second's words.

    Before they are final vosk gives times and confidence only for words of a second ago; the words themselves at
    once. So without a grammar, where words are to be seen as they are spoken, partial words have times that are
    estimates (spread evenly over the phrase so far) and no confidence.
    """

    def __init__(self, model: vosk.Model, rate: int = TELEPHONE_RATE, *, grammar: str = "") -> None:
        """`rate` is the audio's sample rate in Hz; vosk converts it to the model's. `grammar`: a JSON list of all
        sentences that are expected ("": anything may be said)."""
        self._decoder = vosk.KaldiRecognizer(model, rate, *filter(None, [grammar]))
        self._decoder.SetWords(True)
        self._timed = bool(grammar)
        self._decoder.SetPartialWords(self._timed)
        self._bytes_per_s = 2 * rate
        self._begun_s = self._fed_s = 0.0  # of the phrase, and of all that was taken

    def accept(self, pcm: bytes) -> Heard | None:
        self._fed_s += len(pcm) / self._bytes_per_s
        if not self._decoder.AcceptWaveform(pcm):
            return None
        self._begun_s = self._fed_s
        return self._final(self._decoder.Result())

    def partial(self) -> Heard:
        answer = _decode(self._decoder.PartialResult())
        words = _words(answer.partial_result) if self._timed else self._estimated(answer.partial.split())
        return Heard.of(words, final=False, at_s=self._fed_s)

    def _estimated(self, texts: list[str]) -> tuple[Word, ...]:
        each_s = (self._fed_s - self._begun_s) / (len(texts) or 1)
        starts = [self._begun_s + place * each_s for place in range(len(texts))]
        return tuple(Word(text, start, start + each_s, 0.0) for text, start in zip(texts, starts, strict=True))

    def pause(self) -> Heard | None:
        # Not FinalResult: that has the network compute its last, incomplete chunk, too, and it is silence here.
        return self._final(self._decoder.Result())

    def finish(self) -> Heard | None:
        return self._final(self._decoder.FinalResult())

    @staticmethod
    def _final(answer: str) -> Heard | None:
        words = _words(_decode(answer).result)
        return Heard.of(words, final=True) if words else None


def _words(spoken: tuple[_SpokenWord, ...]) -> tuple[Word, ...]:
    return tuple(Word(word.word, word.start, word.end, min(1.0, word.conf)) for word in spoken)
