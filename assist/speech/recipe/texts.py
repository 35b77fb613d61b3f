"""Sentences that a model shall know word for word: a list of them, or a call's script."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from core.errors import Problem

PUNCTUATION = '.,;:!?"()'
SPEAKABLE = re.compile(rf"[a-z'\s{re.escape(PUNCTUATION)}-]*")
EXPECTED = "Expected one spoken sentence a line, or a call's script as YAML"


def read(path: Path) -> list[str]:
    """Its sentences in lower case, without punctuation; at least one. Raises `Problem` naming file and line."""
    try:
        content = path.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        raise Problem("is no text in UTF-8", place=str(path), remedy=EXPECTED) from error
    except OSError as error:
        raise Problem(f"cannot be read: {error.strerror}", place=str(path), remedy=EXPECTED) from error
    said = _turns(content, path) if path.suffix in (".yaml", ".yml") else _lines(content, path)
    sentences = [sentence for sentence in (words(text, place) for text, place in said) if sentence]
    if not sentences:
        raise Problem("holds no sentence", place=str(path), remedy=EXPECTED)
    return sentences


def words(text: str, place: str) -> str:
    """`text` as a transcript has it. Raises `Problem` for what is not written as it is spoken."""
    lower = text.lower().replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    if not SPEAKABLE.fullmatch(lower):
        wrong = next(character for character in lower if not SPEAKABLE.fullmatch(character))
        remedy = "Write everything as it is spoken, in letters a to z: numbers and signs as words"
        raise Problem(f"{wrong!r} cannot be pronounced", place=place, remedy=remedy)
    bare = (word.strip("'-") for word in re.findall(r"[a-z'-]+", lower))
    return " ".join(word for word in bare if word)


def _lines(content: str, path: Path) -> Iterator[tuple[str, str]]:
    for number, line in enumerate(content.splitlines(), 1):
        yield line, f"{path}, line {number}"


def _turns(content: str, path: Path) -> Iterator[tuple[str, str]]:
    """What both parties say, before and after a transfer: turns are [speaker, text, pause]."""
    try:
        script: Any = yaml.safe_load(content)
        turns = [turn for part in ("turns", "after_transfer") for turn in script.get(part, [])]
        texts = [text for _, text, *_ in turns]
    except (yaml.YAMLError, AttributeError, TypeError, ValueError) as error:
        raise Problem("is no call's script", place=str(path), remedy=EXPECTED) from error
    for number, text in enumerate(texts, 1):
        yield str(text), f"{path}, turn {number}"
