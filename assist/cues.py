"""Cues: short patterns over spoken words, written as people would write them down, matched cheaply.

    move/moved/moving to                 alternatives
    retire* soon                         any word that begins so
    {kin} .. passed away                 a named list of words; up to four words between
    my wife? left                        a word that may be missing

Fillers ("uh", "um") and stuttered words ("the the") are skipped, so they need no thought.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

from assist.spoken import is_number

FILLERS = frozenset(["uh", "um", "er", "erm", "hm", "hmm", "mm", "ah", "eh"])
GAP = 4  # words that ".." may stand for, at most

_WORD = re.compile(r"[a-z0-9']+")
_ELEMENT = re.compile(r"\.\.|(?:\{[a-z_]+\}|[a-z0-9']+\*?)(?:/(?:\{[a-z_]+\}|[a-z0-9']+\*?))*\??")


@dataclass(frozen=True, slots=True)
class Word:
    """A spoken word and where it stands in the text."""

    text: str
    start: int
    end: int


def words(text: str) -> list[Word]:
    """The words of a text without fillers and without a word said twice in a row, unless it is a figure."""
    found: list[Word] = []
    for match in _WORD.finditer(text.lower().replace("’", "'")):
        word = match.group().strip("'")
        stuttered = bool(found) and found[-1].text == word and not word.isdigit() and not is_number(word)
        if word and word not in FILLERS and not stuttered:
            found.append(Word(word, match.start(), match.end()))
    return found


@dataclass(frozen=True, slots=True)
class Hit:
    """A cue found: which pattern, its label and weight, and the span of words (end exclusive)."""

    label: str
    weight: float
    pattern: str
    start: int
    end: int


class BadPattern(ValueError):
    """A pattern that cannot be read; the text says what was found and what was expected."""


@dataclass(frozen=True, slots=True)
class _Element:
    literals: frozenset[str]
    prefixes: tuple[str, ...]
    optional: bool

    def fits(self, word: str) -> bool:
        return word in self.literals or word.startswith(self.prefixes)


@dataclass(frozen=True, slots=True)
class _Pattern:
    label: str
    weight: float
    source: str
    elements: tuple[_Element | None, ...]  # None: a gap


class CueBook:
    """Patterns with labels and weights. `find` costs microseconds a word, however many patterns there are."""

    def __init__(self, cues: Iterable[tuple[str, float, str]], lists: Mapping[str, Sequence[str]]) -> None:
        """`cues`: label, weight, pattern. Raises `BadPattern`."""
        self._by_literal: dict[str, list[_Pattern]] = {}
        self._by_prefix: dict[str, list[_Pattern]] = {}
        for label, weight, source in cues:
            pattern = _Pattern(label, weight, source, parse(source, lists))
            first = pattern.elements[0]
            if first is None or first.optional:
                raise BadPattern(f"found {source!r}, expected a pattern that begins with a word that must be there")
            for literal in first.literals:
                self._by_literal.setdefault(literal, []).append(pattern)
            for prefix in first.prefixes:
                self._by_prefix.setdefault(prefix, []).append(pattern)
        self._beginning = lru_cache(maxsize=8192)(self._patterns_at)

    def find(self, spoken: Sequence[Word]) -> list[Hit]:
        """All cues in the words, in their order; of overlapping hits of one pattern the first."""
        texts = [word.text for word in spoken]
        hits = []
        for start, word in enumerate(texts):
            for pattern in self._beginning(word):
                end = _match(pattern.elements, 1, texts, start + 1)
                if end:
                    hits.append(Hit(pattern.label, pattern.weight, pattern.source, start, end))
        return hits

    def _patterns_at(self, word: str) -> tuple[_Pattern, ...]:
        found = list(self._by_literal.get(word, ()))
        for length in range(1, len(word) + 1):
            found += self._by_prefix.get(word[:length], ())
        return tuple(dict.fromkeys(found))


def parse(source: str, lists: Mapping[str, Sequence[str]]) -> tuple[_Element | None, ...]:
    """A pattern's elements. Raises `BadPattern`."""
    elements: list[_Element | None] = []
    for part in source.split():
        if not _ELEMENT.fullmatch(part):
            raise BadPattern(f"found {part!r}, expected words, a/b, begin*, {{list}}, .. or a trailing ?")
        if part == "..":
            elements.append(None)
            continue
        optional = part.endswith("?")
        literals: set[str] = set()
        prefixes: list[str] = []
        for choice in part.rstrip("?").split("/"):
            name = choice.strip("{}")
            if choice.startswith("{") and name not in lists:
                raise BadPattern(f"found the list {{{name}}}, expected one of {', '.join(lists) or 'none'}")
            for word in lists[name] if choice.startswith("{") else [choice]:
                if word.endswith("*"):
                    prefixes.append(word[:-1])
                else:
                    literals.add(word)
        elements.append(_Element(frozenset(literals), tuple(prefixes), optional))
    if not elements or elements[-1] is None:
        raise BadPattern(f"found {source!r}, expected a pattern that ends with a word")
    return tuple(elements)


def _match(elements: Sequence[_Element | None], at: int, texts: Sequence[str], position: int) -> int:
    """Where the match of `elements[at:]` from `position` on ends; 0: there is none."""
    if at == len(elements):
        return position
    element = elements[at]
    if element is None:
        last = min(position + GAP, len(texts) - 1)
        for begin in range(position, last + 1):
            if end := _match(elements, at + 1, texts, begin):
                return end
        return 0
    if position < len(texts) and element.fits(texts[position]):
        return _match(elements, at + 1, texts, position + 1)
    return _match(elements, at + 1, texts, position) if element.optional else 0
