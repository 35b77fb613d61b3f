"""When an answer is there: from what is heard, bit by bit, to what was said. Pure: time comes with every call.

speaking ──clear, nothing can follow, 0.3 s the same──▶ said
    │  ▲
    │  └──────more──────┐
    └──pause──▶ waiting for more (numbers, the beginning of a phrase) ──1.2 s──▶ said, or nothing
         └──a phrase, or nothing that could go on──▶ said
"""

from __future__ import annotations

from ivr.dialog.actions import Said, Words
from ivr.document.model import Language
from ivr.speech.meaning import Meaning
from ivr.speech.recognisers import Heard, HeardWord

STABLE_S = 0.3
MORE_S = 1.2  # between the groups of a number people pause for less
MOST_WORDS = 100  # of one answer; who talks on and on is not talking to a menu


class Answer:
    """One caller's answer to one question; feed it until it gives a `Said`.

    `due` is when to call `waited` unless something is heard before (on the clock of the callers' `now`); None: never.
    """

    def __init__(self, words: Words, language: Language) -> None:
        self._meaning = Meaning(words, language)
        self._before: tuple[HeardWord, ...] = ()  # what was said before the last pause, and may go on
        self._likely: Said | None = None
        self.due: float | None = None

    def heard(self, heard: Heard, now: float) -> Said | None:
        words = (*self._before, *heard.words)[-MOST_WORDS:]
        if heard.words and heard.final:
            return self._ended(words, now)
        if heard.words:
            self._goes_on(words, now)
        else:
            self._nothing(now)
        return None

    def waited(self, now: float) -> Said | None:
        """Nothing more was heard up to now."""
        if self.due is None or now < self.due:
            return None
        self.due = None
        if self._likely is not None:
            return self._likely
        words, self._before = self._before, ()
        return self._told(words)

    def _nothing(self, now: float) -> None:
        """It was no word after all."""
        self._likely = None
        self.due = now + MORE_S if self._before else None

    def _goes_on(self, words: tuple[HeardWord, ...], now: float) -> None:
        said = self._meaning.understood(words)
        a_phrase = said.sure and not self._meaning.is_name_of_key(said)
        if not a_phrase or self._meaning.may_go_on(words):
            self._likely, self.due = None, None
        elif self._likely is None or self._likely.keys != said.keys:
            self._likely, self.due = said, now + STABLE_S

    def _ended(self, words: tuple[HeardWord, ...], now: float) -> Said | None:
        """A pause. A phrase that was understood is the answer, whatever might have followed."""
        self._likely, self.due, self._before = None, None, ()
        said = self._meaning.understood(words)
        whole = bool(said.keys) and not self._meaning.is_number(said)
        if whole or not self._meaning.may_go_on(words):
            return self._told(words)
        self._before, self.due = words, now + MORE_S
        return None

    def _told(self, words: tuple[HeardWord, ...]) -> Said | None:
        said = self._meaning.understood(words)
        return None if not said.keys and self._meaning.meaningless(words) else said
