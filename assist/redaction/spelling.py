"""Where the words of a password are in an utterance, and what is spelled letter by letter. Pure."""

from __future__ import annotations

from collections.abc import Iterator

from assist.redaction.language import Language
from assist.redaction.reading import Reading

MOST_WORDS = 12  # of a password


class Speller:
    """Looks at one utterance; places are those of its tokens."""

    def __init__(self, reading: Reading, language: Language) -> None:
        self._reading, self._language, self._words = reading, language, language.words

    def declined(self) -> bool:
        return any(cue.role == "declines" for cue in self._reading.cues)

    def skip_leads(self, at: int) -> int:
        """Past "yes it's"; a letter that is spelled is no lead."""
        while self._reading.text(at) in self._words["leads"] and not self._is_spelled(at):
            at += 1
        return at

    def content(self, at: int, until: int | None) -> tuple[int, int] | None:
        """The words of the secret from `at` on."""
        begin = self.skip_leads(at)
        limit = min(len(self._reading.tokens), begin + 3 * MOST_WORDS)
        limit = limit if until is None else min(limit, until)
        if any(cue.role == "declines" and begin - 1 <= cue.start <= begin + 1 for cue in self._reading.cues):
            return None
        end, words = begin, 0
        while end < limit and words < MOST_WORDS:
            if self._reading.text(end) in self._words["stops"] and not self._is_spelled(end):
                break
            words += not self._is_spelled(end)
            end += 1
        return (begin, end) if end > begin else None

    def _is_letter(self, at: int) -> bool:
        text = self._reading.text(at)
        return (len(text) == 1 and text.isalpha()) or text in self._language.letters

    def _is_digit(self, at: int) -> bool:
        text, numerals = self._reading.text(at), self._language.numerals
        return text in numerals.values or text in numerals.zeros or text in numerals.repeats or text[:1].isdigit()

    def _is_spelled(self, at: int) -> bool:
        """A letter or sign among letters, digits and signs."""
        text, words = self._reading.text(at), self._words
        if text in words["joins_letters"]:
            return self._is_letter(at - 1) or (text == "as" and self._reading.text(at + 1) == "in")
        if text == "in":
            return self._reading.text(at - 1) == "as"
        if self._reading.text(at - 1) in ("in", *words["joins_letters"]) and at >= 2:
            return self._is_spelled(at - 1) and (self._is_letter(at - 2) or self._is_letter(at - 3))
        if text in words["alphabet"]:
            return True
        if text in words["symbols"]:
            near = (at - 1, at + 1)
            return any(
                self._is_digit(each) or self._is_letter(each) or self._reading.text(each) in words["symbols"]
                for each in near
            )
        if not self._is_letter(at):
            return False
        follows = self._reading.text(at + 1)
        near = (at - 1, at + 1)
        return (
            follows in words["joins_letters"]
            or any(self._is_digit(each) or self._is_letter(each) for each in near)
            or self._reading.text(at - 1) in words["symbols"]
            or (len(text) == 1 and text not in ("a", "i"))
        )

    def _beside_digits(self, start: int, end: int) -> bool:
        """As are letters of a number; at the end of an utterance digits may follow."""
        open_end = end == len(self._reading.tokens) and not self._reading.cues
        return self._is_digit(start - 1) or self._is_digit(end) or open_end

    def spelled(self, *, strict: bool) -> Iterator[tuple[int, int]]:
        """Stretches of letters and signs; the digits among them are numbers and found as such."""
        begin = None
        for at in range(len(self._reading.tokens) + 1):
            inside = at < len(self._reading.tokens) and not self._is_digit(at) and self._is_spelled(at)
            inside = inside and self._reading.text(at) not in self._words["months"]
            inside = inside and not any(cue.start <= at < cue.end for cue in self._reading.cues)
            if inside and not strict and self._reading.text(at) in self._words["symbols"]:
                inside = False
            if inside and begin is None:
                begin = at
            elif not inside and begin is not None:
                if strict or at - begin > 2 or self._beside_digits(begin, at):
                    yield begin, at
                begin = None
