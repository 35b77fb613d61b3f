"""What a call's words look like to everybody else: without secrets. Between the transcript and whoever is told."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from msgspec.structs import replace

from assist.desk.messages import Utterance
from assist.redaction.model import Kind, Policy, Redacted, Span
from assist.redaction.redactor import WINDOW, Redactor
from assist.speech.words import Word
from core.events import Event
from records.transcript import Mask, SealedWords, SpokenWord

MOST_KEPT = 4 * WINDOW  # utterances that may still change; the redactor changes none further back

Seal = Callable[[str, int, str], str]
"""Encrypts words: of which utterance, from which place on, and what they are."""


class Shown(NamedTuple):
    """An utterance as others may have it; beside it, of a final one only, what is kept with it."""

    utterance: Utterance
    words: tuple[SpokenWord, ...] = ()
    masks: tuple[Mask, ...] = ()
    sealed: tuple[SealedWords, ...] = ()


class Awaited(NamedTuple):
    """Secrets that were asked for and not told yet; `question` counts up within a call."""

    kinds: tuple[Kind, ...]
    question: int


class WordsToKeep(Event, frozen=True, kw_only=True):
    """`Shown` of a final utterance, on `call.<call id>` for whoever keeps the contact. Told again: as it shows now."""

    call_id: str
    utterance: Utterance
    words: tuple[SpokenWord, ...]
    masks: tuple[Mask, ...]
    sealed: tuple[SealedWords, ...]


class Discretion:
    """For one call. Raises `Problem` for a language whose secrets are not known: then nothing of the call is text."""

    def __init__(self, language: str, *, policy: Policy | None = None, seal: Seal | None = None) -> None:
        """Without `seal` what is masked is gone for good."""
        self._redactor, self._seal = Redactor(language, policy), seal
        self._utterances: dict[str, Utterance] = {}

    def heard(self, utterance: Utterance, words: Sequence[Word]) -> list[Shown]:
        """The utterance as it may be shown, then earlier ones of which something else shows now."""
        self._utterances[utterance.utterance_id] = utterance
        while len(self._utterances) > MOST_KEPT:
            del self._utterances[next(iter(self._utterances))]
        return self._shown(self._redactor.hear(utterance.utterance_id, utterance.speaker, words, utterance.final))

    @property
    def awaited(self) -> Awaited | None:
        ask = self._redactor.asked
        return Awaited(ask.secrets, ask.thread) if ask is not None else None

    def close(self) -> list[Shown]:
        """The call is over: what shows now that did not before."""
        return self._shown(self._redactor.close())

    def _shown(self, redacted: Sequence[Redacted]) -> list[Shown]:
        return [
            self._as_shown(self._utterances[each.utterance_id], each)
            for each in redacted
            if each.utterance_id in self._utterances
        ]

    def _as_shown(self, utterance: Utterance, redacted: Redacted) -> Shown:
        shown = replace(utterance, text=redacted.text)
        if not redacted.final:
            return Shown(shown)
        masks = tuple(
            Mask(kind=span.kind, first=span.start, last=span.end, start_s=span.start_s, end_s=span.end_s)
            for span in redacted.masked
        )
        sealed = tuple(self._sealed(utterance.utterance_id, span) for span in redacted.masked if span.secret)
        return Shown(shown, tuple(map(_spoken, redacted.words)), masks, sealed if self._seal else ())

    def _sealed(self, utterance_id: str, span: Span) -> SealedWords:
        text = self._seal(utterance_id, span.start, span.secret.reveal()) if self._seal else ""
        return SealedWords(kind=span.kind, mode=span.mode, first=span.start, last=span.end, sealed=text)


def _spoken(word: Word) -> SpokenWord:
    return SpokenWord(
        text=word.text,
        start_s=round(word.start_s, 2),
        end_s=round(word.end_s, 2),
        confidence=round(word.confidence, 3),
        heard=word.heard,
    )
