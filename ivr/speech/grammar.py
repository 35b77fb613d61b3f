"""What may be said where the menu listens: the sentences that its recogniser is told to expect. Pure.

A recogniser hears only the sentences of its grammar, and says `[unk]` for whatever else was said; what was meant by
what it heard is told by `ivr.speech.meaning`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable

from ivr.dialog.actions import Words
from ivr.document.model import Kind, Language
from ivr.speech import tongues
from ivr.speech.phrases import UNKNOWN, spoken
from ivr.speech.tongues import Tongue

WEIGHT = 3  # of what is meant, against what is said beside it


def grammar(words: Words, language: Language, knows: Callable[[str], bool] = lambda word: True) -> tuple[str, ...]:
    """The sentences to listen for; empty where nothing can be understood, and nobody should be listened to.

    One that stands in it more often is more likely: what is meant rather than what is said beside it, and anything
    else as likely as all that is meant.

    A sentence with a word that the model does not know is left out: without that word it would be another sentence.
    """
    tongue = tongues.of(language)
    said = [spoken(phrase, language) for phrase in words.phrases]
    said += _sentences(words.kind, tongue) if words.kind is not None else _names_of_keys(words, tongue)

    def hearable(sentences: Iterable[str]) -> list[str]:
        return [sentence for sentence in sentences if sentence and all(map(knows, sentence.split()))]

    if not (meant := hearable(said)):
        return ()
    beside = hearable((*tongue.asides, *sorted(tongue.hesitations)))
    return (*meant * WEIGHT, *beside, *hearable([UNKNOWN]) * len(meant) * (1 if words.kind else WEIGHT))


def _names_of_keys(words: Words, tongue: Tongue) -> list[str]:
    """How the menu's own keys are said: "two", "press two"."""
    names = {digit: word for word, digit in reversed(list(tongue.digits.items()))}
    keys = sorted({key for key in words.phrases.values() if key in names})
    return [
        " ".join(said) for key in keys for said in ((names[key],), *((before, names[key]) for before in tongue.key))
    ]


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
