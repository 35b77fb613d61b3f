"""Every prompt of a menu document, with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import msgspec

from ivr.document.model import Document, Language, Prompt
from ivr.speaking.words import placeholders

Where = tuple[
    str | int, ...
]  # ("steps", "main", "options", "1", "say", 0), as `ivr.document.reading.Read.place` takes it


@dataclass(frozen=True)
class Static:
    """A prompt that can be made before any call: it names no value, or is a recording."""

    where: Where
    prompt: Prompt
    language: Language


def statics(document: Document) -> Iterator[Static]:
    """Of all languages of the document that the prompt is there in. What is missing, `ivr check` tells."""
    for where, prompt in _prompts(document, ()):
        for language in document.languages:
            if language in prompt.recorded or (language in prompt.texts and not placeholders(prompt.texts[language])):
                yield Static(where, prompt, language)


def _prompts(value: object, where: Where) -> Iterator[tuple[Where, Prompt]]:
    if isinstance(value, Prompt):
        yield where, value
    elif isinstance(value, msgspec.Struct):
        for name in value.__struct_fields__:
            yield from _prompts(getattr(value, name), (*where, name))
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from _prompts(inner, (*where, str(name)))
    elif isinstance(value, tuple):
        for at, inner in enumerate(value):
            yield from _prompts(inner, (*where, at))
