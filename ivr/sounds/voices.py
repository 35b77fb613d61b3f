"""Synthesised voices. `espeak-ng` is on every machine; a better one is a setting: `piper:/voices/es_MX-claude.onnx`."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Protocol

from core.errors import Problem
from ivr.document.model import Language
from ivr.sounds.piper import Piper
from ivr.sounds.programs import Speech, heard, run

ESPEAK = {"en": "en-us", "es": "es-419"}  # the Americas' own; other languages go by their code
DEFAULT = "espeak-ng"


class Voice(Protocol):
    """`name` and `revision` tell one voice's sounds from another's: the same ones always speak a text the same way.

    `speak` blocks, and is called from several threads at once. `pace` 1 is the voice's own, 0.8 slower. It raises
    `Problem` without the text in it: that may hold what only one caller may hear.
    """

    @property
    def name(self) -> str: ...

    @property
    def revision(self) -> str: ...

    def speak(self, text: str, language: Language, pace: float) -> Speech: ...


class Espeak:
    """espeak-ng, a process of 20 ms for each text. Without `voice` each language has its usual one."""

    def __init__(self, voice: str = "", *, words_per_minute: int = 155, word_gap: int = 4) -> None:
        """Raises `Problem` where espeak-ng is not here. (`word_gap` in tens of milliseconds.)"""
        self._voice, self._speed, self._gap = voice, words_per_minute, word_gap
        self.name = f"{DEFAULT}:{voice}" if voice else DEFAULT
        version = re.search(rb"\d+(\.\d+)+", run(["espeak-ng", "--version"], ""))
        self.revision = f"{version[0].decode() if version else '?'}-{words_per_minute}-{word_gap}"

    def speak(self, text: str, language: Language, pace: float) -> Speech:
        voice = self._voice or ESPEAK.get(language[:2], language)
        speed = str(round(self._speed * pace))
        return heard(run(["espeak-ng", "-v", voice, "-s", speed, "-g", str(self._gap), "--stdin", "--stdout"], text))


def named(setting: str) -> Voice:
    """`espeak-ng`, `espeak-ng:es-mx`, `piper:MODEL.onnx` or `piper:MODEL.onnx#2` (its speaker). Raises `Problem`.

    Blocks: a model is read through once.
    """
    engine, _, which = setting.partition(":")
    if engine == DEFAULT:
        return Espeak(which)
    if engine == "piper" and which:
        return Piper.of(which)
        return Piper.of(which)
    raise Problem("no such voice", place=setting, remedy="Expected espeak-ng, espeak-ng:VOICE or piper:MODEL.onnx")


def voices(languages: Iterable[Language], settings: Mapping[Language, str] | None = None) -> dict[Language, Voice]:
    """A voice for each language: the one that `settings` names for it, or espeak-ng's. Blocks; raises `Problem`."""
    chosen = settings or {}
    made: dict[str, Voice] = {}
    out: dict[Language, Voice] = {}
    for language in languages:
        setting = chosen.get(language, DEFAULT)
        made[setting] = made.get(setting) or named(setting)
        out[language] = made[setting]
    return out
