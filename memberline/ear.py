"""The menu's ear, made of the speech engine that also transcribes: one pool of decoders, a model for each language."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

from assist.speech import models, words
from assist.speech.models import SpeechModel
from assist.speech.pool import DecoderPool, SpeechStream
from core.clock import Clock
from ivr.document.model import Language
from ivr.speech.ear import SpeechEar, Taps
from ivr.speech.recognisers import Heard, HeardWord

ENGLISH: Language = "en"  # of the demo speech model, and of one whose name does not say
_PUBLISHED = re.compile(r"vosk-model-(?:small-|big-)?(?P<language>[a-z]{2,3})(?:-|$)")


def language_of(model: SpeechModel) -> Language:
    """As published models are named: vosk-model-small-es-0.42 is Spanish."""
    named = _PUBLISHED.match(model.label)
    return named["language"] if named else ENGLISH


async def by_language(main: SpeechModel, more: Mapping[Language, str]) -> dict[Language, SpeechModel]:
    """The model that transcribes, under its language, and `more` (as in `assist.speech.models.load`) for others.

    Raises `Problem` where one of them cannot be loaded.
    """
    loaded = {language: await asyncio.to_thread(models.load, which) for language, which in more.items()}
    return {language_of(main): main, **loaded}


def menu_ear(*, taps: Taps, decoders: DecoderPool, models: Mapping[Language, SpeechModel], clock: Clock) -> SpeechEar:
    return SpeechEar(taps=taps, recognisers=MenuRecognisers(decoders, models, clock))


class MenuRecognisers:
    """`ivr.speech.recognisers.Recognisers` on the decoder threads that all legs share."""

    def __init__(self, decoders: DecoderPool, models: Mapping[Language, SpeechModel], clock: Clock) -> None:
        self._decoders, self._models, self._clock = decoders, models, clock

    @property
    def languages(self) -> frozenset[Language]:
        return frozenset(self._models)

    def knows(self, language: Language, word: str) -> bool:
        return self._models[language].knows(word)

    def listen(self, language: Language, grammar: Sequence[str], on_heard: Callable[[Heard], None]) -> Listening:
        return Listening(
            self._decoders.stream(
                lambda heard: on_heard(menu_heard(heard)),
                self._clock.monotonic(),
                recogniser=partial(self._models[language].hearing_only, grammar),
            )
        )


@dataclass(frozen=True)
class Listening:
    """One caller's sound on its way to words."""

    stream: SpeechStream

    def feed(self, pcm: bytes, at: float) -> None:
        self.stream.feed(pcm, at)

    def end(self) -> None:
        self.stream.abandon()


def menu_heard(heard: words.Heard) -> Heard:
    return Heard(
        words=tuple(HeardWord(word.text, word.confidence, word.end_s - word.start_s) for word in heard.words),
        final=heard.final,
    )
