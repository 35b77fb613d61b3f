"""Numbers out of words: "seventeen" is 17, "double five" is 55, "two thousand five" is 2005, "oh three" is 03."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ivr.document.model import Kind
from ivr.speech.tongues import Tongue


@dataclass(frozen=True, slots=True)
class Number:
    """A number that was said as one; `digits` as it is written, zeros in front kept."""

    digits: str
    ordinal: bool = False

    @property
    def value(self) -> int:
        return int(self.digits)


def numbers(words: Sequence[str], tongue: Tongue, kind: Kind = "digits") -> list[Number | str]:
    """The numbers among `words`, and the other words, in order; joints ("and", "of") are left out.

    In a date "march twenty two thousand five" is the twentieth of 2005; in a telephone number "eight hundred five" is
    800 and a 5. Total: never raises.
    """
    found: list[Number | str] = []
    reader = _Reader(words, tongue, kind)
    while not reader.over:
        found += reader.next()
    return found


class _Reader:
    def __init__(self, words: Sequence[str], tongue: Tongue, kind: Kind) -> None:
        self._words, self._tongue = words, tongue
        self._in_date, self._in_phone = kind == "date", kind == "phone"
        self._at = 0

    @property
    def over(self) -> bool:
        return self._at >= len(self._words)

    def _word(self, ahead: int = 0) -> str:
        at = self._at + ahead
        return self._words[at] if at < len(self._words) else ""

    def next(self) -> list[Number | str]:
        tongue, word = self._tongue, self._word()
        if word in tongue.repeats and (digit := tongue.digits.get(self._word(1), "")):
            self._at += 2
            return [Number(digit * tongue.repeats[word])]
        if word in tongue.zeros:
            self._at += 1
            return [Number("0")]
        if (number := self._number()) is not None:
            return [number]
        self._at += 1
        if word in tongue.ordinals:
            return [Number(str(tongue.ordinals[word]), ordinal=True)]
        return [] if word in tongue.joints else [word]

    def _number(self) -> Number | None:
        """A whole number up to the hundred thousands, or None, and nothing read, where none begins here."""
        value, ordinal = self._below_thousand()
        if self._is(self._tongue.thousand) and not ordinal and self._counts_thousands(value):
            self._at += 1
            self._joint()
            rest, ordinal = self._below_thousand()
            value = (value or 1) * 1000 + (rest or 0)
        return None if value is None else Number(str(value), ordinal)

    def _counts_thousands(self, value: int | None) -> bool:
        """Years begin with one or two thousand: what stands before another is a day."""
        if value is None:
            return self._tongue.bare_thousand
        return not self._in_date or value == 2 or (value == 1 and not self._tongue.bare_thousand)

    def _below_thousand(self) -> tuple[int | None, bool]:
        tongue, word = self._tongue, self._word()
        if word in tongue.hundreds:
            self._at += 1
            hundreds, ordinal = tongue.hundreds[word], False
        else:
            before, ordinal = self._below_hundred()
            if ordinal or not self._is(tongue.hundred):
                return before, ordinal
            self._at += 1
            hundreds = (before or 1) * 100
        if not self._joint() and self._in_phone:
            return hundreds, False
        rest, ordinal = self._below_hundred()
        return hundreds + (rest or 0), ordinal

    def _below_hundred(self) -> tuple[int | None, bool]:
        """The value, and whether it was an ordinal ("twenty second")."""
        tongue, word = self._tongue, self._word()
        if word in tongue.tens:
            self._at += 1
            joint = self._word() in tongue.joints
            unit = self._word(joint)
            if unit in tongue.units and not self._is_year(joint + 1):
                self._at += joint + 1
                return tongue.tens[word] + tongue.units[unit], False
            if tongue.ordinals.get(unit, 10) < 10 and not joint:
                self._at += 1
                return tongue.tens[word] + tongue.ordinals[unit], True
            return tongue.tens[word], False
        for table in (tongue.teens, tongue.units):
            if word in table:
                self._at += 1
                return table[word], False
        return None, False

    def _is_year(self, ahead: int) -> bool:
        return self._in_date and self._word(ahead) == self._tongue.thousand

    def _is(self, word: str) -> bool:
        return bool(word) and self._word() == word

    def _joint(self) -> bool:
        """Past an "and" that a number follows: "two hundred and five". Whether there was one."""
        tongue, after = self._tongue, self._word(1)
        numbers_follow = any(after in table for table in (tongue.units, tongue.teens, tongue.tens, tongue.hundreds))
        there = self._word() in tongue.joints and numbers_follow
        self._at += there
        return there
