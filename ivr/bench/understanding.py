"""What was said, as text, to what it means where it was said: as if the recogniser had heard these very words."""

from __future__ import annotations

import re
from datetime import date

from ivr.dialog.actions import Said, Words
from ivr.document.model import Kind, Language
from ivr.speech import meaning, phrases
from ivr.speech.recognisers import HeardWord

CLEAR, UNCLEAR = 1.0, (meaning.MAYBE + meaning.TWIN_SURE) / 2  # confidence: taken at once, or asked about
WORD_S = 0.4

_ISO = re.compile(r"(\d{4})-(\d\d)-(\d\d)")
_MONEY = re.compile(r"\$?\s?(\d[\d,]*)(?:\.(\d\d))?")


def understood(text: str, words: Words, language: Language, *, clearly: bool = True) -> Said:
    """Empty keys: nothing of it means anything here. A value may be written in figures: 1042, 2026-03-11, $12.50."""
    keys = _figures(text.strip(), words.kind) if words.kind else ""
    if keys:
        return Said(keys=keys, text=keys, sure=False)  # a value is said back, however well it was heard
    confidence = CLEAR if clearly else UNCLEAR
    heard = [HeardWord(word, confidence, WORD_S) for word in phrases.spoken(text, language).split()]
    return meaning.understood(heard, words, language)


def _figures(text: str, kind: Kind) -> str:
    """The keys of a value in figures; empty where it is none."""
    match kind:
        case "date" if (iso := _ISO.fullmatch(text)) is not None:
            return _month_first(*map(int, iso.groups()))
        case "amount" if (money := _MONEY.fullmatch(text)) is not None:
            dollars = money[1].replace(",", "")
            return f"{dollars}*{money[2]}" if money[2] else dollars
        case "digits" | "phone" if text.isascii() and text.replace(" ", "").isdigit():
            return text.replace(" ", "")
    return ""


def _month_first(year: int, month: int, day: int) -> str:
    try:
        return f"{date(year, month, day):%m%d%Y}"
    except ValueError:
        return ""
