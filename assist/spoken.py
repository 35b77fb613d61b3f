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
        number = figure_at(words, at)
        if number is not None:
            found.append(number)
        at = at + 1 if number is None else number.end
    return found


def figure_at(words: Sequence[str], at: int) -> Figures | None:
    """The number that begins with the word at `at`; None where none does."""
    if at >= len(words) or not is_number(words[at]) or words[at] == "o":
        return None
    text, end = "", at
    while end < len(words) and is_number(words[end]):
        piece, after = _piece(words, end)
        if after == end:
            break
        text, end = text + piece, after
    return Figures(text, at, end) if text else None


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
    at = 0
    while at < len(words):
        date = date_at(words, at)
        if date is not None:
            found.append((f"{date.month} {date.day} {date.year or ''}".strip(), date.start))
        at = at + 1 if date is None else date.end
    return found


@dataclass(frozen=True, slots=True)
class SpokenDate:
    """A date said in words `start` to `end` (exclusive); `year` is None where none was said."""

    month: str
    day: int
    year: int | None
    start: int
    end: int


def date_at(words: Sequence[str], at: int) -> SpokenDate | None:
    """The date that begins with the word at `at`: "march ninth", "the ninth of march", each with or without a year."""
    if words[at] in MONTHS:
        month, (day, end) = words[at], _day(words, at + 1)
    else:  # the ninth of march
        day, end = _day(words, at) if words[at] == "the" or _is_ordinal(words, at) else (0, at)
        if not day or tuple(words[end : end + 1]) != ("of",) or end + 1 >= len(words) or words[end + 1] not in MONTHS:
            return None
        month, end = words[end + 1], end + 2
    if not 0 < day <= 31:
        return None
    begin = end
    while begin < len(words) and words[begin] in ("of", "this", "year", "in"):
        begin += 1
    year = next((n for n in figures(words[begin : begin + 4]) if n.start == 0 and _is_year(n.text)), None)
    if year is None:
        return SpokenDate(month, day, None, at, end)
    return SpokenDate(month, day, int(year.text), at, begin + year.end)


def ordinal_at(words: Sequence[str], at: int) -> tuple[int, int]:
    """The ordinal number that begins at `at` ("twenty second") and where it ends; 0 where none does."""
    return _day(words, at) if at < len(words) and words[at] != "the" and _is_ordinal(words, at) else (0, at)


def _is_ordinal(words: Sequence[str], at: int) -> bool:
    return words[at] in _NTH or (words[at] in _TENFOLD and at + 1 < len(words) and words[at + 1] in _NTH)


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
    after = end + 1
    while after < len(words) and words[end] == "point" and words[after] in _DIGITS:
        after += 1
    if after > end + 1:
        return f"{value}.{''.join(str(_DIGITS[word]) for word in words[end + 1 : after])}", after
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
