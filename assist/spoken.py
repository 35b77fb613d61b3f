"""Numbers and dates as people say them, turned into figures: "eighteen oh six", "double two", "the ninth of march"."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

_DIGITS = {"oh": 0, "o": 0, "zero": 0, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6}
_DIGITS |= {"seven": 7, "eight": 8, "nine": 9}
_TEENS = ("ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen")
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_SMALL = _DIGITS | {word: 10 + place for place, word in enumerate(_TEENS)}
_TENFOLD = {word: 20 + 10 * place for place, word in enumerate(_TENS)}
_REPEATS = {"double": 2, "triple": 3}
_ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth"),
    *("eighteenth", "nineteenth", "twentieth"),
)
_NTH = {word: 1 + place for place, word in enumerate(_ORDINALS)} | {"thirtieth": 30}
MONTHS = (
    *("january", "february", "march", "april", "may", "june", "july", "august", "september", "october"),
    *("november", "december"),
)


@dataclass(frozen=True, slots=True)
class Figures:
    """A number said in words `start` to `end` (exclusive), as it would be written."""

    text: str
    start: int
    end: int


def is_number(word: str) -> bool:
    """Can this word be part of a number? The letter o alone counts only between others."""
    return word in _SMALL or word in _TENFOLD or word in _REPEATS


def figures(words: Sequence[str]) -> list[Figures]:
    """All numbers said, each run of number words as one: digit by digit, in pairs, or in hundreds and thousands."""
    found: list[Figures] = []
    at = 0
    while at < len(words):
        if not is_number(words[at]) or words[at] == "o":
            at += 1
            continue
        text, end = "", at
        while end < len(words) and is_number(words[end]):
            piece, after = _piece(words, end)
            if after == end:
                break
            text, end = text + piece, after
        if text:
            found.append(Figures(text, at, end))
        at = max(end, at + 1)
    return found


def written(words: Sequence[str]) -> list[str]:
    """The words with every number in figures."""
    result: list[str] = []
    at = 0
    for number in figures(words):
        result += [*words[at : number.start], number.text]
        at = number.end
    return [*result, *words[at:]]


def dates(words: Sequence[str]) -> list[tuple[str, int]]:
    """Dates said, like "march 9 2025" (without a year where none was said), each with the place where it begins."""
    found: list[tuple[str, int]] = []
    for at, word in enumerate(words):
        if word not in MONTHS:
            continue
        day, end = _day(words, at + 1)
        begin = at
        if day == 0 and at >= 2 and words[at - 1] == "of":  # the ninth of march
            begin = at - 2 - (at >= 3 and words[at - 3] in _TENFOLD)
            day, _ = _day(words, begin)
            end = at + 1
        if day == 0:
            continue
        while end < len(words) and words[end] in ("of", "this", "year", "in"):
            end += 1
        year = next((n.text for n in figures(words[end : end + 4]) if n.start == 0 and _is_year(n.text)), "")
        found.append((f"{word} {day} {year}".strip(), begin))
    return found


def _day(words: Sequence[str], at: int) -> tuple[int, int]:
    """The day of the month said at `at`, and where it ends; 0 where none is."""
    if at < len(words) and words[at] == "the":
        at += 1
    tens = _TENFOLD.get(words[at], 0) if at < len(words) else 0
    if tens and at + 1 < len(words) and words[at + 1] in _NTH and _NTH[words[at + 1]] < 10:
        return tens + _NTH[words[at + 1]], at + 2
    if at < len(words) and words[at] in _NTH:
        return _NTH[words[at]], at + 1
    if tens and at + 1 < len(words) and _DIGITS.get(words[at + 1], 0) > 0:
        return tens + _DIGITS[words[at + 1]], at + 2
    if at < len(words) and _SMALL.get(words[at], 0) > 0:
        return _SMALL[words[at]], at + 1
    return (tens, at + 1) if tens else (0, at)


def _is_year(text: str) -> bool:
    return len(text) == 4 and text[:2] in ("19", "20")


def _piece(words: Sequence[str], at: int) -> tuple[str, int]:
    """The next piece of a number and where it ends: a repeated digit, or a value below a million."""
    if words[at] in _REPEATS:
        if at + 1 < len(words) and words[at + 1] in _DIGITS:
            return str(_DIGITS[words[at + 1]]) * _REPEATS[words[at]], at + 2
        return "", at
    value, end = _below_hundred(words, at)
    if end < len(words) and words[end] == "hundred":
        value, end = _plus(words, value * 100, end + 1)
    if end < len(words) and words[end] == "thousand":
        value, end = value * 1000, end + 1
        start = end + (end < len(words) and words[end] == "and")
        if start < len(words) and (words[start] in _SMALL or words[start] in _TENFOLD):
            rest, after = _below_hundred(words, start)
            if after < len(words) and words[after] == "hundred":
                rest, after = _plus(words, rest * 100, after + 1)
            value, end = value + rest, after
    if end + 1 < len(words) and words[end] == "point" and words[end + 1] in _DIGITS:
        return f"{value}.{_DIGITS[words[end + 1]]}", end + 2
    return str(value), end


def _below_hundred(words: Sequence[str], at: int) -> tuple[int, int]:
    if words[at] in _TENFOLD:
        value = _TENFOLD[words[at]]
        unit = _DIGITS.get(words[at + 1], 0) if at + 1 < len(words) else 0
        return (value + unit, at + 2) if unit else (value, at + 1)
    return _SMALL[words[at]], at + 1


def _plus(words: Sequence[str], value: int, at: int) -> tuple[int, int]:
    """`value` and what is said to be added to it: "and twenty five"."""
    start = at + (at < len(words) and words[at] == "and")
    if start < len(words) and (words[start] in _SMALL or words[start] in _TENFOLD):
        rest, end = _below_hundred(words, start)
        return value + rest, end
    return value, at
