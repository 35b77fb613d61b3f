"""What was said, as text, to what it means where it was said: the bench's stand-in for the recogniser.

Phrases are found whole or within a sentence. Numbers are taken digit by digit, as the built-in kinds ask for them.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date

from core.errors import Problem
from ivr.dialog.actions import Said, Words
from ivr.dialog.kinds import NO, YES
from ivr.document.model import Language
from ivr.speaking.numbers import digit

_YES = {"yes", "yeah", "correct", "right", "si", "correcto"}
_NO = {"no", "nope", "wrong", "incorrecto"}
_OH = {"oh": "0"}  # as a zero is often said
_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MONEY = re.compile(r"\$?\s?(\d[\d,]*)(?:\.(\d\d))?")


def understood(text: str, words: Words, language: Language, *, clearly: bool = True) -> Said:
    """Empty keys: nothing of it means anything here. Sure where it is clear and means one thing only."""
    found = _phrases(text, words)
    if found:
        return Said(keys=found[0], text=text, sure=clearly and len(set(found)) == 1)
    keys = _kind(text, words, language) if words.kind else ""
    return Said(keys=keys, text=text, sure=clearly and bool(keys))


def _phrases(text: str, words: Words) -> list[str]:
    """The keys of the phrases in it, the longest phrase first; one inside another does not count."""
    said = f" {plain(text)} "
    keys: list[str] = []
    by_length = sorted(words.phrases.items(), key=lambda phrase: -len(plain(phrase[0])))
    for phrase, key in by_length:
        wanted = plain(phrase)
        if wanted and f" {wanted} " in said:
            keys.append(key)
            said = said.replace(f" {wanted} ", "  ")
    return keys


def plain(text: str) -> str:
    """Words alone: no accents, capitals, marks or double spaces."""
    letters = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(letter for letter in letters if not unicodedata.combining(letter))
    return " ".join(re.sub(r"[^\w]+|_", " ", bare.replace("'", "")).split())


def _kind(text: str, words: Words, language: Language) -> str:
    match words.kind:
        case "yes_no":
            said = set(plain(text).split())
            yes, no = bool(said & _YES), bool(said & _NO)
            return (YES if yes else NO) if yes != no else ""
        case "date" if (iso := _ISO.fullmatch(text.strip())) is not None:
            return _month_first(*map(int, iso.groups()))
        case "amount" if (money := _MONEY.fullmatch(text.strip())) is not None:
            dollars = money[1].replace(",", "")
            return f"{dollars}*{money[2]}" if money[2] else dollars
    return _digits(text, language)


def _month_first(year: int, month: int, day: int) -> str:
    try:
        return f"{date(year, month, day):%m%d%Y}"
    except ValueError:
        return ""


def _digits(text: str, language: Language) -> str:
    """Every word a digit, or digits: else it is none."""
    named = _digit_words(language)
    digits = ""
    for word in plain(text).split():
        if word.isascii() and word.isdigit():
            digits += word
        elif word in named:
            digits += named[word]
        else:
            return ""
    return digits


def _digit_words(language: Language) -> dict[str, str]:
    try:
        return {plain(digit(each, language)): each for each in "0123456789"} | _OH
    except Problem:  # a language whose numbers cannot be spoken has none to be understood
        return {}
