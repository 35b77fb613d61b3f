"""What may be said where the menu listens, and what was meant. Pure, and total: any words at all give an answer.

A recogniser hears only the sentences of the grammar, and says `[unk]` for whatever else was said. What it heard is
taken at once where it is clear: one key, heard well, and little said beside it. Else the caller is asked.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from ivr.dialog.actions import Said, Words
from ivr.dialog.kinds import NO, YES
from ivr.document.model import Kind, Language
from ivr.speech import tongues
from ivr.speech.phrases import UNKNOWN, Hit, Phrase, bare, begun, contains, distinctive, found, phrase_of, spoken
from ivr.speech.recognisers import HeardWord
from ivr.speech.spoken_kinds import complete, keyed
from ivr.speech.tongues import Tongue

NUMBERS: tuple[Kind | None, ...] = ("digits", "date", "amount", "phone")

# Measured with benchmarks/ivr_speech.py: what is right is heard with a mean confidence of 1.0 (19 of 20 above 0.98),
# what is wrong with one of 0.6 to 0.9, most of it in the middle of other words.
SURE = 0.8  # mean confidence of the words that count
TWIN_SURE = 0.6  # of a word that shares its sound with another: the recogniser's confidence is shared, too
MAYBE = 0.5  # below it nothing was understood
STRAY = 0.5  # other words beside a sure phrase last at most this share of it
STRAY_AT_ALL = 6.0  # and this, where the caller is asked
WEIGHT = 3  # of what is meant, against what is said beside it
SHORTEST_S = 0.4  # of speech that means nothing: less is a cough


def grammar(words: Words, language: Language, knows: Callable[[str], bool] = lambda word: True) -> tuple[str, ...]:
    """The sentences to listen for; empty where nothing can be understood, and nobody should be listened to.

    One that stands in it more often is more likely: what is meant rather than what is said beside it, and anything
    else as likely as all that is meant.

    A sentence with a word that the model does not know is left out: without that word it would be another sentence.
    """
    tongue = tongues.of(language)
    said = [spoken(phrase, language) for phrase in words.phrases]
    said += _sentences(words.kind, tongue) if words.kind is not None else _key_names(words, tongue)

    def hearable(sentences: Iterable[str]) -> list[str]:
        return [sentence for sentence in sentences if sentence and all(map(knows, sentence.split()))]

    if not (meant := hearable(said)):
        return ()
    beside = hearable((*tongue.asides, *sorted(tongue.hesitations)))
    return (*meant * WEIGHT, *beside, *hearable([UNKNOWN]) * len(meant) * (1 if words.kind else WEIGHT))


def understood(heard: Sequence[HeardWord], words: Words, language: Language) -> Said:
    """What was meant. Empty keys: nothing that may be said here. `text` is the phrase as the document has it."""
    meaning = _Meaning(words, language)
    utterance = _Utterance(heard, meaning)
    return (
        _by_phrase(utterance, meaning)
        or (
            _by_kind(utterance, words.kind, meaning.tongue) if words.kind else _by_key(utterance, words, meaning.tongue)
        )
        or _by_distinctive(utterance, meaning)
        or Said(keys="", text="", sure=False)
    )


def may_go_on(heard: Sequence[HeardWord], words: Words, language: Language) -> bool:
    """Whether more may follow that gives what was said so far another meaning, or one."""
    meaning = _Meaning(words, language)
    utterance = _Utterance(heard, meaning)
    if not utterance.words:
        return False
    said = understood(heard, words, language)
    if is_number(said, words):
        return not complete(words.kind, said.keys)
    return any(meaning.keys[phrase] != said.keys for phrase in begun(utterance.texts, meaning.keys)) or (
        words.kind in NUMBERS and not said.keys
    )


def is_number(said: Said, words: Words) -> bool:
    """Whether it is a value and no phrase: it may go on after a pause, and is always said back."""
    return words.kind in NUMBERS and bool(said.keys) and said.text not in words.phrases


def is_name_of_key(said: Said, words: Words) -> bool:
    """Whether it is "two" and no phrase: short, and taken for the beginning of much else."""
    return words.kind is None and bool(said.keys) and said.text not in words.phrases


def meaningless(heard: Sequence[HeardWord], words: Words, language: Language) -> bool:
    """Whether this is nobody's answer: a cough, an "um". The caller is not told that it was not understood."""
    tongue = tongues.of(language)
    meaning = _Meaning(words, language)
    utterance = _Utterance(heard, meaning)
    beside = {at for hit in found(utterance.texts, _asides(tongue)) for at in range(hit.start, hit.end)}
    rest = [word for at, word in enumerate(utterance.words) if at not in beside]
    return sum(word.seconds for word in rest) < SHORTEST_S


# --- phrases --------------------------------------------------------------------------------------


class _Meaning:
    """Phrases and yes or no, by their words: the keys that they stand for, and how the document writes them."""

    def __init__(self, words: Words, language: Language) -> None:
        self.tongue = tongues.of(language)
        said = list(words.phrases.items())
        if words.kind == "yes_no":
            said += [*dict.fromkeys(self.tongue.yes, YES).items(), *dict.fromkeys(self.tongue.no, NO).items()]
        self.keys: dict[Phrase, str] = {}
        self.written: dict[Phrase, str] = {}
        for text, key in said:
            if phrase := phrase_of(text, language):
                self.keys.setdefault(phrase, key)
                self.written.setdefault(phrase, text)
        used = {word for phrase in self.keys for word in phrase}
        self.hesitations = {bare(word) for word in self.tongue.hesitations} - used


class _Utterance:
    """The words without hesitations; `texts` are bare."""

    def __init__(self, heard: Sequence[HeardWord], meaning: _Meaning) -> None:
        self.words = [word for word in heard if bare(word.text) not in meaning.hesitations]
        self.texts = [bare(word.text) for word in self.words]

    def confidence(self, hits: Sequence[Hit]) -> float:
        counted = [self.words[at].confidence for at in _places(hits)]
        return sum(counted) / len(counted) if counted else 0.0

    def seconds(self, hits: Sequence[Hit]) -> float:
        return sum(self.words[at].seconds for at in _places(hits))

    def stray(self, hits: Sequence[Hit], asides: Sequence[Phrase]) -> list[int]:
        """The places of words that are neither in `hits` nor asides."""
        beside = _places(found(self.texts, asides))
        return [at for at in range(len(self.words)) if at not in _places(hits) and at not in beside]


def _places(hits: Sequence[Hit]) -> set[int]:
    return {at for hit in hits for at in range(hit.start, hit.end)}


def _by_phrase(utterance: _Utterance, meaning: _Meaning) -> Said | None:
    hits = found(utterance.texts, meaning.keys)
    confidence = utterance.confidence(hits)
    if not hits or confidence < MAYBE:
        return None
    # Of several the longest is meant, and of those the last: people correct themselves.
    best = max(hits, key=lambda hit: (len(hit.phrase), hit.start))
    stray = utterance.stray(hits, _asides(meaning.tongue))
    beside_s, lasts_s = sum(utterance.words[at].seconds for at in stray), utterance.seconds(hits)
    if beside_s > STRAY_AT_ALL * lasts_s:
        return None
    one = len({meaning.keys[hit.phrase] for hit in hits}) == 1
    sure = one and confidence >= SURE and beside_s <= STRAY * lasts_s
    return Said(
        keys=meaning.keys[best.phrase],
        text=meaning.written[best.phrase],
        sure=sure and not (stray and _part_of_another(best.phrase, meaning.keys)),
    )


def _part_of_another(phrase: Phrase, keys: Mapping[Phrase, str]) -> bool:
    """With a word that was not made out it may have been a longer phrase, which means something else."""
    return any(key != keys[phrase] and contains(longer, phrase) for longer, key in keys.items())


def _by_distinctive(utterance: _Utterance, meaning: _Meaning) -> Said | None:
    """No whole phrase, but words that only one key has: the caller is asked whether it was that."""
    beside = {word for aside in _asides(meaning.tongue) for word in aside}
    known = {word: key for word, key in distinctive(meaning.keys).items() if word not in beside}
    places = [at for at, word in enumerate(utterance.texts) if word in known]
    keys = {known[utterance.texts[at]] for at in places}
    if len(keys) != 1:
        return None
    counted = [utterance.words[at] for at in places]
    others = [word for word in utterance.words if word.text == UNKNOWN]
    if sum(word.confidence for word in counted) / len(counted) < MAYBE:
        return None
    if sum(word.seconds for word in others) > STRAY * sum(word.seconds for word in counted):
        return None
    said = {utterance.texts[at] for at in places}
    key = keys.pop()
    best = max(
        (phrase for phrase in meaning.keys if meaning.keys[phrase] == key),
        key=lambda phrase: (len(said & set(phrase)), -len(phrase)),
    )
    return Said(keys=key, text=meaning.written[best], sure=False)


# --- the key itself, and built-in kinds -----------------------------------------------------------


def _key_names(words: Words, tongue: Tongue) -> list[str]:
    """How the menu's own keys are said: "two", "press two"."""
    names = {digit: word for word, digit in reversed(_digits(tongue).items())}
    keys = sorted({key for key in words.phrases.values() if key in names})
    return [
        " ".join(said) for key in keys for said in ((names[key],), *((before, names[key]) for before in tongue.key))
    ]


def _by_key(utterance: _Utterance, words: Words, tongue: Tongue) -> Said | None:
    """A key's own name counts only where nothing else was said: "for" and "to" sound like keys."""
    beside = {bare(word) for said in (*tongue.key, *tongue.asides) for word in said.split()}
    rest = [word for word in utterance.words if bare(word.text) not in beside]
    key = _digits(tongue).get(rest[0].text, "") if len(rest) == 1 else ""
    if key not in words.phrases.values() or rest[0].confidence < MAYBE:
        return None
    least = TWIN_SURE if rest[0].text in tongue.twins else SURE
    return Said(keys=key, text=rest[0].text, sure=rest[0].confidence >= least)


def _digits(tongue: Tongue) -> dict[str, str]:
    return dict.fromkeys(sorted(tongue.zeros, key=len, reverse=True), "0") | {
        word: str(unit) for word, unit in tongue.units.items()
    }


def _by_kind(utterance: _Utterance, kind: Kind, tongue: Tongue) -> Said | None:
    """Numbers and dates: what stands around them is passed over, what was not made out makes them unsure."""
    beside = _places([hit for hit in found(utterance.texts, _asides(tongue)) if not _numeric(hit.phrase, tongue)])
    rest = [word for at, word in enumerate(utterance.words) if at not in beside]
    keys = keyed(kind, [word.text for word in rest], tongue)
    if not keys:
        return None
    mean = sum(word.confidence for word in rest) / len(rest)
    return Said(keys=keys, text=keys, sure=False) if mean >= MAYBE else None


def _asides(tongue: Tongue) -> list[Phrase]:
    return [tuple(bare(word) for word in aside.split()) for aside in tongue.asides]


def _numeric(phrase: Phrase, tongue: Tongue) -> bool:
    """Whether these words also stand in numbers and dates: "the", "of", "un"."""
    counted = {bare(word) for word in (*tongue.units, *tongue.joints)}
    return all(word in counted for word in phrase)


def _sentences(kind: Kind, tongue: Tongue) -> list[str]:
    """Examples of a kind, so that the words that follow each other are expected to."""
    if kind == "yes_no":
        return [*tongue.yes, *tongue.no, *(*tongue.yes[:1], *tongue.no[:1]) * WEIGHT]  # yes and no themselves first
    digits, tens = [*tongue.zeros, *tongue.units], list(tongue.tens)
    joint = "y " if tongue.bare_thousand else ""
    said = [*digits, *tongue.teens, *tens, *tongue.hundreds, *filter(None, (tongue.hundred, tongue.thousand))]
    said += [
        " ".join(digits[(at * step) % len(digits)] for at in range(len(digits) + 1)) for step in range(len(digits))
    ]
    said += [f"{many} {digit}" for many in tongue.repeats for digit in digits]
    said += [f"{ten} {joint}{unit}" for ten in tens for unit in tongue.units]
    said += [f"{unit} {tongue.hundred}" for unit in tongue.units if tongue.hundred]
    if kind == "amount":
        said += [f"{unit} {word}" for unit in (*tongue.units, *tens) for word in (*tongue.dollars, *tongue.cents)]
        said += [*tongue.point, *tongue.joints]
    if kind == "date":
        said += [*tongue.months, *tongue.ordinals, *tongue.joints]
        said += [f"{month} {day}" for month in tongue.months for day in (*tongue.ordinals, *tens[:2], *tongue.units)]
        said += [f"{ten} {day}" for ten in tens[:2] for day in tongue.ordinals]
    return said
