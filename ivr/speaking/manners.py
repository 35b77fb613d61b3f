"""How a language says what libraries do not know: joints, apocope, the hour. A language without an entry does without.

The numbers themselves are num2words', the names of days, months and units are Unicode's (babel).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from ivr.document.model import Language

Words = Callable[[str], str]  # words to the same words in another form


def as_it_is(words: str) -> str:
    return words


@dataclass(frozen=True)
class Manner:
    """`{}` in a text stands for the words that it is about."""

    number: Words = as_it_is  # number words as they are said in this country
    masculine: Words = as_it_is  # a number before a masculine noun
    feminine: Words = as_it_is
    money: str = ""  # joins dollars and cents ("": as num2words does)
    about: str = "{}"
    no_minute: str = ""  # less than one ("": one minute)
    day: range = field(default=range(1, 1))  # days of the month that are ordinals
    pairs: bool = False  # years, and numbers of up to four digits, are said in pairs: ten ninety-nine
    parts: bool = False  # twelve hours with the part of the day; else twenty-four
    noon: str = ""
    midnight: str = ""
    hour: Words = as_it_is
    sharp: str = "{}"  # a full hour
    past: str = "{} {}"  # hour, minute
    oh: str = "{}"  # a minute below ten
    keys: Mapping[str, str] = field(default_factory=dict)  # what the keys of a telephone are called


def _american(words: str) -> str:
    """No "and" inside a number, and no commas: two thousand one hundred forty-three."""
    return re.sub(r",| and\b", "", words)


def _apocope(words: str) -> str:
    """Un before thousands, as num2words leaves it out outside of money: treinta y un mil."""
    return re.sub(r"\b(veinti)?uno(?= mil)", lambda found: "veintiún" if found[1] else "un", words)


def _un(words: str) -> str:
    return re.sub(r"\b(veinti)?uno$", lambda found: "veintiún" if found[1] else "un", words)


def _una(words: str) -> str:
    return re.sub(r"uno$", "una", words)


def _las(hour: str) -> str:
    return "la una" if hour == "uno" else f"las {hour}"


PLAIN = Manner()

MANNERS: dict[Language, Manner] = {
    "en": Manner(
        number=_american,
        money=" and ",
        about="about {}",
        no_minute="less than a minute",
        day=range(1, 32),
        pairs=True,
        parts=True,
        noon="noon",
        midnight="midnight",
        sharp="{} o'clock",
        oh="oh {}",
        keys={"*": "star", "#": "pound"},
    ),
    "es": Manner(
        number=_apocope,
        masculine=_un,
        feminine=_una,
        money=" con ",
        about="alrededor de {}",
        no_minute="menos de un minuto",
        day=range(1, 2),
        parts=True,
        noon="las doce del mediodía",
        midnight="las doce de la noche",
        hour=_las,
        past="{} y {}",
        keys={"*": "asterisco", "#": "numeral"},
    ),
    "fr": Manner(day=range(1, 2)),
    "it": Manner(day=range(1, 2)),
    "pt": Manner(day=range(1, 2)),
}


def of(language: Language) -> Manner:
    return MANNERS.get(language, MANNERS.get(language[:2], PLAIN))
