"""The prompts that the dialog itself needs: built in, and a document's own where it says so."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import cache
from pathlib import Path

import msgspec

from core.yaml_places import compose, read_text
from ivr.document.forms import Context
from ivr.document.model import STANDARD, Prompt
from ivr.document.prompts import read_prompt

_FILE = Path(__file__).with_name("standard.yaml")


@cache
def built_in() -> Mapping[str, Prompt]:
    """By name, in every language that we ship."""
    context = Context()
    entries = context.notes.entries(compose(_FILE.name, read_text(_FILE), aliases=False), required=STANDARD)
    return {name: read_prompt(context, value, (name,)) for name, (_, value) in entries.items()}


def completed(name: str, own: Prompt | None, languages: Iterable[str]) -> Prompt:
    """A document's own prompt of this name; the built-in one speaks where it has no text."""
    built = built_in()[name]
    texts = {language: built.texts[language] for language in languages if language in built.texts}
    return Prompt(texts=texts) if own is None else msgspec.structs.replace(own, texts=texts | own.texts)
