"""Listens to a caller who may say what they want: a tap on their leg while a question is open, and no longer.

Whoever asks has the caller's consent (`ivr.session`); nobody is tapped where nothing could be understood. What is
said is neither kept nor logged. Where the ear fails the caller has the keys, as always.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import Protocol

from core.errors import Problem
from core.tasks import TaskOwner
from core.threads import Overloaded
from ivr.dialog.actions import Said, Words
from ivr.dialog.menus import FOR_A_PERSON
from ivr.document.model import Collect, Document, Language, Menu
from ivr.speech.answer import Answer
from ivr.speech.grammar import grammar
from ivr.speech.phrases import spoken
from ivr.speech.recognisers import Heard, Recognisers
from telephony.taps import Tap

log = logging.getLogger(__name__)


class Taps(Protocol):
    """Starts and stops taps; see `telephony.taps`."""

    async def start(self, leg: str) -> Tap: ...

    async def stop(self, tap: Tap) -> None: ...


class SpeechEar:
    """The menu's ear (`ivr.parts.Ear`). Make it, use it and stop it on one event loop."""

    def __init__(self, *, taps: Taps, recognisers: Recognisers) -> None:
        self._taps, self._recognisers = taps, recognisers
        self._failing = False
        self._tasks = TaskOwner("ear")

    async def stop(self) -> None:
        """Stop listening to everybody."""
        await self._tasks.stop()

    async def prepare(self, document: Document) -> None:
        """Tell, once a version, what callers can press but not say: no model, or words that it does not know."""
        if not any(isinstance(step, Menu | Collect) and step.speech for step in document.steps.values()):
            return
        for language in document.languages:
            model = self._model(language)
            if not model:
                log.warning("menu %s: there is no speech model for %s: keys only", document.name, language)
            elif unknown := [
                word for word in _words_of(document, language) if not self._recognisers.knows(model, word)
            ]:
                log.warning(
                    "menu %s: the speech model for %s does not know, and never hears: %s",
                    document.name,
                    language,
                    ", ".join(unknown),
                )

    @asynccontextmanager
    async def listening(self, leg_uniqueid: str, language: Language, words: Words) -> AsyncIterator[Awaitable[Said]]:
        """Listen while the context lasts. Where that cannot be, the future is never done."""
        listening = _Listening(words, language)
        if not (sentences := self._sentences(language, words)):
            yield listening.said
            return
        hearing = self._tasks.start(self._hear(leg_uniqueid, language, sentences, listening), name=leg_uniqueid)
        try:
            yield listening.said
        finally:
            listening.end()
            hearing.cancel()  # it ends the tap on its own time: the caller's next prompt does not wait for that

    def _sentences(self, language: Language, words: Words) -> tuple[str, ...]:
        model = self._model(language)
        return grammar(words, language, lambda word: self._recognisers.knows(model, word)) if model else ()

    def _model(self, language: Language) -> Language:
        """Of which language's model to use: that of Spanish for that of Mexico. "": there is none."""
        return next((each for each in (language, language[:2]) if each in self._recognisers.languages), "")

    async def _hear(self, leg: str, language: Language, sentences: tuple[str, ...], listening: _Listening) -> None:
        """From the tap to its end: cancelled when nobody waits for an answer any more."""
        try:
            tap = await self._taps.start(leg)
        except Problem as problem:
            self._failed(problem)
            return
        try:
            stream = self._recognisers.listen(self._model(language), sentences, listening.heard)
        except Overloaded as full:
            self._failed(full)
            await self._taps.stop(tap)
            return
        if self._failing:
            self._failing = False
            log.info("callers may say what they want again")
        try:
            async for at, pcm in tap.stream:
                stream.feed(pcm, at)
        finally:
            stream.end()
            await self._taps.stop(tap)

    def _failed(self, why: Exception) -> None:
        if not self._failing:
            log.warning("callers cannot be listened to, they have the keys: %s", why)
        self._failing = True


class _Listening:
    """One question: what is heard becomes an answer, or time passes and makes it one."""

    def __init__(self, words: Words, language: Language) -> None:
        self._loop = asyncio.get_running_loop()
        self.said: asyncio.Future[Said] = self._loop.create_future()
        self._answer = Answer(words, language)
        self._timer: asyncio.TimerHandle | None = None

    def heard(self, heard: Heard) -> None:
        self._take(self._answer.heard(heard, self._loop.time()))

    def end(self) -> None:
        self._forget_timer()
        self.said.cancel()

    def _take(self, said: Said | None) -> None:
        self._forget_timer()
        if self.said.done():
            return
        if said is not None:
            self.said.set_result(said)
        elif self._answer.due is not None:
            self._timer = self._loop.call_at(self._answer.due, self._waited)

    def _waited(self) -> None:
        assert self._answer.due is not None
        self._take(self._answer.waited(max(self._loop.time(), self._answer.due)))

    def _forget_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def _words_of(document: Document, language: Language) -> list[str]:
    """Every word that a caller may say in this document."""
    phrases = set(FOR_A_PERSON.get(language, ()))
    for step in document.steps.values():
        if isinstance(step, Menu) and step.speech:
            phrases |= {phrase for option in step.options.values() for phrase in option.phrases.get(language, ())}
    return sorted({word for phrase in phrases for word in spoken(phrase, language).split()})
