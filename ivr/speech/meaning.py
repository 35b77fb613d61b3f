"""What was meant by what was heard. Pure, and total: any words at all give an answer.

It is taken at once where it is clear: one key, heard well, and little said beside it. Else the caller is asked.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from ivr.dialog.actions import Said, Words
from ivr.dialog.kinds import NO, YES
from ivr.document.model import Kind, Language
from ivr.speech import tongues
from ivr.speech.phrases import UNKNOWN, Hit, Phrase, bare, begun, contains, distinctive, found, indexed, phrase_of
from ivr.speech.recognisers import HeardWord
from ivr.speech.spoken_kinds import complete, keyed

# Measured with benchmarks/ivr_speech.py: what is right is heard with a mean confidence of 1.0 (19 of 20 above 0.98),
# what is wrong with one of 0.6 to 0.9, most of it in the middle of other words. With these limits 97 of 100 phrases are
# taken at once and 2 asked about; 1 in 800 is taken for another, and of 200 sentences that mean nothing there none is.
# They were chosen with the voices that this is measured with, which the demo model had not been trained on.
SURE = 0.8  # mean confidence of the words that count
TWIN_SURE = 0.6  # of a word that shares its sound with another: the recogniser's confidence is shared, too
MAYBE = 0.5  # below it nothing was understood
STRAY = 0.5  # other words beside a sure phrase last at most this share of it
STRAY_AT_ALL = 6.0  # and this, where the caller is asked
SHORTEST_S = 0.4  # of speech that means nothing: less is a cough

_NUMBERS: tuple[Kind, ...] = ("digits", "date", "amount", "phone")
_NOT_UNDERSTOOD = Said(keys="", text="", sure=False)


def understood(heard: Sequence[HeardWord], words: Words, language: Language) -> Said:
    """What was meant. Empty keys: nothing that may be said here. `text` is the phrase as the document has it."""
    return Meaning(words, language).understood(heard)


class Meaning:
    """What may be said to one question. Make it once, ask it about everything that is heard."""

    def __init__(self, words: Words, language: Language) -> None:
        self._words, self._tongue = words, tongues.of(language)
        said = list(words.phrases.items())
        if words.kind == "yes_no":
            said += [*dict.fromkeys(self._tongue.yes, YES).items(), *dict.fromkeys(self._tongue.no, NO).items()]
        self._keys: dict[Phrase, str] = {}
        self._written: dict[Phrase, str] = {}
        for text, key in said:
            if phrase := phrase_of(text, language):
                self._keys.setdefault(phrase, key)
                self._written.setdefault(phrase, text)
        self._phrases = indexed(self._keys)
        asides = [tuple(map(bare, aside.split())) for aside in self._tongue.asides]
        self._asides = indexed(asides)
        self._aside_words = {word for aside in asides for word in aside}
        used = {word for phrase in self._keys for word in phrase}
        self._hesitations = {bare(word) for word in self._tongue.hesitations} - used
        self._known = {word: key for word, key in distinctive(self._keys).items() if word not in self._aside_words}

    # --- what is asked of it

    def understood(self, heard: Sequence[HeardWord]) -> Said:
        said = self._without_hesitations(heard)
        return (
            self._by_phrase(said)
            or (self._by_kind(said, self._words.kind) if self._words.kind else self._by_name_of_key(said))
            or self._by_distinctive(said)
            or _NOT_UNDERSTOOD
        )

    def may_go_on(self, heard: Sequence[HeardWord]) -> bool:
        """Whether more may follow that gives what was said so far another meaning, or one."""
        words = self._without_hesitations(heard)
        said = self.understood(heard)
        if not words:
            return False
        if self.is_number(said):
            return not complete(self._words.kind, said.keys)
        if self._words.kind in _NUMBERS and not said.keys:
            return True
        return any(self._keys[phrase] != said.keys for phrase in begun(_texts(words), self._phrases))

    def meaningless(self, heard: Sequence[HeardWord]) -> bool:
        """Whether this is nobody's answer: a cough, an "um". The caller is not told that it was not understood."""
        words = self._without_hesitations(heard)
        return _seconds(words, self._besides(words, taken=set())) < SHORTEST_S

    def is_number(self, said: Said) -> bool:
        """Whether it is a value and no phrase: it may go on after a pause, and is always said back."""
        return self._words.kind in _NUMBERS and bool(said.keys) and said.text not in self._words.phrases

    def is_name_of_key(self, said: Said) -> bool:
        """Whether it is "two" and no phrase: short, and taken for the beginning of much else."""
        return self._words.kind is None and bool(said.keys) and said.text not in self._words.phrases

    # --- how it was said

    def _by_phrase(self, words: Sequence[HeardWord]) -> Said | None:
        hits = found(_texts(words), self._phrases)
        places = _places(hits)
        if not hits or _confidence(words, places) < MAYBE:
            return None
        besides = self._besides(words, places)
        share = _seconds(words, besides) / (_seconds(words, places) or 1.0)
        if share > STRAY_AT_ALL:
            return None
        # Of several the longest is meant, and of those the last: people correct themselves.
        best = max(hits, key=lambda hit: (len(hit.phrase), hit.start)).phrase
        one = len({self._keys[hit.phrase] for hit in hits}) == 1
        clear = one and share <= STRAY and not (besides and self._may_be_part(best))
        sure = clear and _confidence(words, places) >= SURE
        return Said(keys=self._keys[best], text=self._written[best], sure=sure)

    def _may_be_part(self, phrase: Phrase) -> bool:
        """With a word that was not made out it may have been a longer phrase, which means something else."""
        return any(key != self._keys[phrase] and contains(longer, phrase) for longer, key in self._keys.items())

    def _by_distinctive(self, words: Sequence[HeardWord]) -> Said | None:
        """No whole phrase, but words that only one key has: the caller is asked whether it was that."""
        texts = _texts(words)
        places = {at for at, text in enumerate(texts) if text in self._known}
        keys = {self._known[texts[at]] for at in places}
        if len(keys) != 1 or _confidence(words, places) < MAYBE:
            return None
        unknown = {at for at, text in enumerate(texts) if text == UNKNOWN}
        if _seconds(words, unknown) > STRAY * _seconds(words, places):
            return None
        key, said = keys.pop(), {texts[at] for at in places}
        phrases = [phrase for phrase in self._keys if self._keys[phrase] == key]
        best = max(phrases, key=lambda phrase: (len(said & set(phrase)), -len(phrase)))
        return Said(keys=key, text=self._written[best], sure=False)

    def _by_name_of_key(self, words: Sequence[HeardWord]) -> Said | None:
        """It counts only where nothing else was said: "for" and "to" sound like keys."""
        beside = self._aside_words | {bare(before) for before in self._tongue.key}
        rest = [word for word in words if bare(word.text) not in beside]
        key = self._tongue.digits.get(rest[0].text, "") if len(rest) == 1 else ""
        if key not in self._words.phrases.values() or rest[0].confidence < MAYBE:
            return None
        least = TWIN_SURE if rest[0].text in self._tongue.twins else SURE
        return Said(keys=key, text=rest[0].text, sure=rest[0].confidence >= least)

    def _by_kind(self, words: Sequence[HeardWord], kind: Kind) -> Said | None:
        """A number or a date; what people say around it is passed over."""
        numeric = {bare(word) for word in (*self._tongue.units, *self._tongue.joints)}
        asides = [hit for hit in found(_texts(words), self._asides) if not numeric.issuperset(hit.phrase)]
        rest = [word for at, word in enumerate(words) if at not in _places(asides)]
        keys = keyed(kind, [word.text for word in rest], self._tongue)
        if not keys or _confidence(rest, range(len(rest))) < MAYBE:
            return None
        return Said(keys=keys, text=keys, sure=False)

    def _without_hesitations(self, heard: Sequence[HeardWord]) -> list[HeardWord]:
        return [word for word in heard if bare(word.text) not in self._hesitations]

    def _besides(self, words: Sequence[HeardWord], taken: set[int]) -> set[int]:
        """The places of words that are not `taken`, nor what people say around anything."""
        return set(range(len(words))) - taken - _places(found(_texts(words), self._asides))


def _texts(words: Sequence[HeardWord]) -> list[str]:
    return [bare(word.text) for word in words]


def _places(hits: Iterable[Hit]) -> set[int]:
    return {at for hit in hits for at in range(hit.start, hit.end)}


def _seconds(words: Sequence[HeardWord], places: Iterable[int]) -> float:
    return sum(words[at].seconds for at in places)


def _confidence(words: Sequence[HeardWord], places: Iterable[int]) -> float:
    counted = [words[at].confidence for at in places]
    return sum(counted) / len(counted) if counted else 0.0
