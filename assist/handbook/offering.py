"""What the handbook offers unasked while a caller talks: two or three passages, and the sentences that matter.

A card that changes with every word is a card that nobody reads. So what is offered stays until something else is
clearly likelier; what does not apply to the caller, once that is known, goes at once. Pure: no clock, no I/O.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import takewhile

from assist.handbook.finding import Finder
from assist.handbook.model import Offered, Passage, offered
from assist.handbook.ranking import Found, Reader, applies
from assist.handbook.words import plain

TWO, THREE = 2, 3  # passages: the third only when it is near

_LIKELY = 10.0  # the score from which a passage is offered: small talk stays below, nearly all questions above
_CLEARLY = 0.8  # by so much must another one be better: twice as likely
_NEAR = 2.0  # the third is at most this far behind the first
_LOOKED_AT = 20  # passages among which those that are shown are looked for
_WORDS, _TURNS = 8, 5  # so many words that say something are heard back for, at most through so many turns


class Offering:
    """Of one call. Give it another `Finder` by making another one: what was offered before is then looked for anew."""

    def __init__(self, finder: Finder) -> None:
        self._finder = finder
        self._shown: tuple[Passage, ...] = ()
        self._offered: tuple[Offered, ...] = ()

    def offer(self, heard: Sequence[str], topics: Collection[str], reader: Reader) -> tuple[Offered, ...]:
        """What to show now. `heard` are the caller's turns so far, the last one last; `topics` the names of what the
        call is about. The same tuple again where nothing changed; empty as long as nothing is likely."""
        self._show(tuple(passage for passage in self._shown if applies(passage, reader)), "")
        words = _lately(heard)
        found = self._finder.search(f"{words} ", reader, topics=sorted(topics), limit=_LOOKED_AT) if words else []
        if found and found[0].score >= _LIKELY and self._better(found):
            near = takewhile(lambda each: each.score >= found[0].score - _NEAR, found[TWO:THREE])
            self._show(tuple(each.passage for each in (*found[:TWO], *near)), words)
        return self._offered

    def _better(self, found: Sequence[Found]) -> bool:
        """Is the best of `found` clearly better than all that are shown, or too little shown?"""
        if len(self._shown) < min(TWO, len(found)):
            return True
        shown = {passage.passage_id for passage in self._shown}
        best_shown = max((each.score for each in found if each.passage.passage_id in shown), default=float("-inf"))
        return found[0].score - best_shown >= _CLEARLY

    def _show(self, passages: tuple[Passage, ...], words: str) -> None:
        """A passage that is shown already keeps its highlights: they are being read."""
        if passages == self._shown:
            return
        before = {each.passage_id: each for each in self._offered}
        self._offered = tuple(
            before.get(passage.passage_id) or offered(passage, self._finder.telling(passage, words))
            for passage in passages
        )
        self._shown = passages


def _lately(heard: Sequence[str]) -> str:
    """The last turns that say something: the last one, and those before it as long as the words are few."""
    turns: list[str] = []
    words = 0
    for turn in reversed(heard):
        said = len(plain(turn))
        if not said:
            continue
        turns.append(turn)
        words += said
        if words >= _WORDS or len(turns) == _TURNS:
            break
    return " ".join(reversed(turns))
