"""Which recogniser hears a call: that of the call's language. Where there is none the call is not transcribed.

A recogniser of another language would give words all the same, and all of them wrong.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from assist.speech import corrections
from assist.speech.corrections import Corrections
from assist.speech.models import SpeechModel
from assist.speech.recogniser import Recogniser


@dataclass(frozen=True)
class Ear:
    """What one language is heard with; `label` is the model's, for the desk and the contact."""

    recogniser: Callable[[], Recogniser]
    label: str
    table: Corrections = corrections.NONE

    @classmethod
    def with_model(cls, model: SpeechModel, table: Corrections = corrections.NONE) -> Ear:
        return cls(model.recogniser, model.label, table)


class Languages:
    """Languages as menus name them: `en`, `es`, or with a region (`es-MX`), which falls back on the language alone."""

    def __init__(self, heard_with: Mapping[str, Ear]) -> None:
        self._heard_with = {language.lower(): ear for language, ear in heard_with.items()}

    @property
    def known(self) -> frozenset[str]:
        return frozenset(self._heard_with)

    def of(self, language: str) -> Ear | None:
        """None: nothing of a call in this language is transcribed."""
        lower = language.lower().replace("_", "-")
        return self._heard_with.get(lower) or self._heard_with.get(lower.partition("-")[0])

    def use(self, language: str, ear: Ear) -> None:
        """Another model or table for a language from now on; streams that run keep what they began with."""
        self._heard_with[language.lower()] = ear
