"""Runs of digits in spoken words: "four oh one", "forty five sixty", "double five", "two thousand five", "4567"."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

_FIGURES = re.compile(r"[$#]?\d[\d,.:/\-]*%?")
_EDGES = ".,;:!?\"'()¿¡"


@dataclass(frozen=True)
class Numerals:
    """A language's number words, folded."""

    zeros: frozenset[str]
    values: Mapping[str, int]  # 1 to 90
    tens_from: int  # the tens from here on take a unit
    tens_joint: str  # between ten and unit; empty: they follow each other
    hundred: str
    hundreds: Mapping[str, int]  # of one word
    thousand: str
    joint: str  # may stand behind hundred and thousand
    repeats: Mapping[str, int]
    separators: frozenset[str]
    heard_for_digits: frozenset[str]  # what a digit between digits is often misheard as


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word and its place among the utterance's words."""

    text: str
    place: int


@dataclass(frozen=True, slots=True)
class Atom:
    """What was said as one number, in figures; `large`: with hundreds or thousands, or written as an amount is."""

    digits: str
    start: int
    end: int
    large: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Atoms in a row; tokens `start` to `end` (exclusive)."""

    atoms: tuple[Atom, ...] = field(repr=False)
    start: int
    end: int

    @property
    def digits(self) -> str:
        return "".join(atom.digits for atom in self.atoms)

    @property
    def single(self) -> bool:
        """Said as one number, not as a string of digits."""
        return len(self.atoms) == 1

    @property
    def small(self) -> bool:
        """As counts are."""
        return self.single and len(self.atoms[0].digits) <= 2

    @property
    def cardinal(self) -> bool:
        return self.single and self.atoms[0].large


def fold(word: str) -> str:
    """Lower case, without accents and punctuation around it."""
    if word.isascii():
        return word.lower().strip(_EDGES)
    plain = unicodedata.normalize("NFD", word.lower().replace("’", "'"))
    return "".join(letter for letter in plain if not unicodedata.combining(letter)).strip(_EDGES)


def runs(tokens: Sequence[Token], numerals: Numerals, skip: frozenset[int] = frozenset()) -> list[Run]:
    """The runs among `tokens`, none of which has a token whose index is in `skip`. Total: never raises."""
    texts = [token.text for token in tokens]
    found: list[list[Atom]] = []
    at = 0
    while at < len(texts):
        atom = None if at in skip else _atom(texts, at, numerals, skip)
        if atom is None:
            at += 1
            continue
        if found and _joined(texts, found[-1][-1].end, atom.start, numerals, skip):
            found[-1].append(atom)
        else:
            found.append([atom])
        at = atom.end
    return [
        Run(tuple(atoms), atoms[0].start, atoms[-1].end)
        for atoms in found
        if not (len(atoms) == 1 and texts[atoms[0].start] == "o")  # a letter, or a sigh
    ]


def _joined(texts: Sequence[str], end: int, start: int, numerals: Numerals, skip: frozenset[int]) -> bool:
    return end == start or (start - end == 1 and texts[end] in numerals.separators and end not in skip)


def _atom(texts: Sequence[str], at: int, numerals: Numerals, skip: frozenset[int]) -> Atom | None:
    word = texts[at]
    if word[:1].isdigit() or word[1:2].isdigit():
        if _FIGURES.fullmatch(word):
            return Atom(re.sub(r"\D", "", word), at, at + 1, large=word[0] == "$" or "," in word or word[-1] == "%")
        return None
    if word in numerals.zeros:
        return Atom("0", at, at + 1)
    reader = _Reader(texts, at, numerals, skip)
    if word in numerals.repeats:
        following = reader.word(1)
        digit = "0" if following in numerals.zeros else str(numerals.values.get(following, ""))
        return Atom(digit * numerals.repeats[word], at, at + 2) if len(digit) == 1 else None
    return reader.number()


class _Reader:
    """Reads one number up to the hundred thousands."""

    def __init__(self, texts: Sequence[str], at: int, numerals: Numerals, skip: frozenset[int]) -> None:
        self._texts, self._begin, self._at, self._numerals, self._skip = texts, at, at, numerals, skip

    def word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._texts[at] if at < len(self._texts) and at not in self._skip else ""

    def number(self) -> Atom | None:
        large = False
        value = self._below_thousand()
        if self.word() == self._numerals.thousand:
            self._at += 1
            large = True
            self._joint()
            value = (value or 1) * 1000 + (self._below_thousand() or 0)
        if value is None:
            return None
        return Atom(str(value), self._begin, self._at, large or self._had_hundreds)

    _had_hundreds = False

    def _below_thousand(self) -> int | None:
        numerals = self._numerals
        if self.word() in numerals.hundreds:
            value = numerals.hundreds[self.word()]
        else:
            before = self._below_hundred()
            if not numerals.hundred or self.word() != numerals.hundred:
                return before
            value = (before or 1) * 100
        self._at += 1
        self._had_hundreds = True
        if self._joint():
            return value + (self._below_hundred() or 0)
        behind = self._at
        rest = self._below_hundred() or 0
        if self._is_number():  # digits go on: "eight hundred, five five five"
            self._at = behind
            return value
        return value + rest

    def _is_number(self) -> bool:
        word, numerals = self.word(), self._numerals
        return word in numerals.values or word in numerals.zeros or word in numerals.repeats

    def _below_hundred(self) -> int | None:
        numerals = self._numerals
        value = numerals.values.get(self.word())
        if value is None:
            return None
        self._at += 1
        if value < numerals.tens_from or value % 10:
            return value
        joint = 1 if numerals.tens_joint else 0
        if joint and self.word() != numerals.tens_joint:
            return value
        unit = numerals.values.get(self.word(joint), 10)
        if unit >= 10:
            return value
        self._at += joint + 1
        return value + unit

    def _joint(self) -> bool:
        """Past an "and" that a number follows. Whether there was one."""
        there = bool(self.word()) and self.word() == self._numerals.joint and self.word(1) in self._numerals.values
        self._at += there
        return there
