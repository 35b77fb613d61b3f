"""The secrets of a call, to know them again wherever they are said: read back later, or as a year of birth."""

from __future__ import annotations

from collections.abc import Sequence

from assist.redaction.asking import Followed, Placed
from assist.redaction.language import Language
from assist.redaction.model import FREE, SECRETS, Kind
from assist.redaction.reading import Reading

_ROW = 4  # digits of a secret in a row that are known again
_LETTERS = 5  # of a word of a password that is known again
_MOST = 4096  # of either; a call with more than that is beyond what anybody says


class Known:
    """Kept in memory for as long as the call, never shown."""

    def __init__(self, language: Language) -> None:
        words = language.words
        self._common = words["leads"] | words["stops"] | words["links"] | words["symbols"] | words["months"]
        self._rows: dict[str, Kind] = {}
        self._words: dict[str, Kind] = {}

    def keep(self, kind: Kind, placed: Placed, reading: Reading) -> None:
        """Words of a password; a common word is none."""
        if kind in FREE and placed.run is None:
            for token in reading.tokens[placed.start : placed.end]:
                if len(token.text) >= _LETTERS and token.text not in self._common and len(self._words) < _MOST:
                    self._words.setdefault(token.text, kind)

    def keep_threads(self, followed: Sequence[Followed], kinds: Sequence[Sequence[Kind]]) -> None:
        """The digits of secrets, put together from the pieces they were said in."""
        digits: dict[tuple[int, Kind, str], str] = {}
        for each, decided in zip(followed, kinds, strict=True):
            for placed, kind in zip(each.placed, decided, strict=True):
                if kind in SECRETS and kind is not Kind.UNDECIDED:
                    thread = (placed.thread, kind, placed.speaker)
                    digits[thread] = digits.get(thread, "") + placed.digits
        for (_, kind, _), row in digits.items():
            for at in range(len(row) - _ROW + 1):
                if len(self._rows) < _MOST:
                    self._rows.setdefault(row[at : at + _ROW], kind)

    def kind_of(self, digits: str) -> Kind | None:
        """Of the secret that `digits` has a part of."""
        for at in range(len(digits) - _ROW + 1):
            if (kind := self._rows.get(digits[at : at + _ROW])) is not None:
                return kind
        return None

    def word(self, text: str) -> Kind | None:
        return self._words.get(text)
