"""Numbers as words, by num2words, as a language's manner has them said."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Literal

from num2words import num2words

from core.errors import Problem
from ivr.document.model import Language
from ivr.speaking import manners

Kind = Literal["cardinal", "ordinal", "year"]

# What num2words raises where it does not know a language, or not that part of it.
_UNABLE = (NotImplementedError, AttributeError, OverflowError, LookupError, TypeError, ValueError)
_MILLIONS = re.compile(r"\b(millón|millones|million|millions)(?= d[óo]l)")


def words(number: int | Decimal, language: Language, kind: Kind = "cardinal") -> str:
    """`number` in words. Raises `Problem` where the language cannot say it."""
    return manners.of(language).number(_said(number, language, to=kind))


def money(cents: int, language: Language) -> str:
    """An amount of dollars; cents only where there are some."""
    manner = manners.of(language)
    whole, part = divmod(abs(cents), 100)
    both = _dollars(Decimal(abs(cents)) / 100, language, separator="|")
    dollars, _, rest = (manner.number(half).strip() for half in both.partition("|"))
    if not part:
        said = dollars
    elif not whole and rest:
        said = rest
    elif manner.money:
        said = f"{dollars}{manner.money}{rest}"
    else:
        said = _dollars(Decimal(abs(cents)) / 100, language)
    said = _MILLIONS.sub(lambda found: f"{found[1]} de" if language[:2] in ("es", "fr") else found[1], said)
    return f"{_minus(language)} {said}" if cents < 0 else said


def digit(character: str, language: Language) -> str:
    return words(int(character), language)


def _minus(language: Language) -> str:
    return words(-2, language).removesuffix(words(2, language)).strip()


def _dollars(amount: Decimal, language: Language, **options: str) -> str:
    return _said(amount, language, to="currency", currency="USD", **options)


def _said(number: int | Decimal, language: Language, **options: str) -> str:
    try:
        said = num2words(number, lang=language.replace("-", "_"), **options)
    except _UNABLE:
        what = {"currency": "an amount of money", "year": "a year"}.get(options["to"], f"a {options['to']} number")
        raise Problem(
            f"{what} cannot be said in {language!r}",
            place="ivr.speaking",
            remedy="Expected a language that num2words speaks, such as en, es, fr, pt",
        ) from None  # the library's own words have the number in them, which may be a member's
    return str(said)
