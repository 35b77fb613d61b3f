"""Values and prompts as text that a synthesiser can speak: no digits, no abbreviations, no gaps.

English and Spanish are said as their speakers do (`manners`); another language is said as num2words and Unicode's own
tables (babel) know it, and is refused with one `Problem` where they do not.
"""

from __future__ import annotations

import datetime
import re
from collections.abc import Mapping
from typing import Literal

from babel import Locale, UnknownLocaleError
from babel.dates import format_time, format_timedelta, get_date_format, tokenize_pattern

from core.errors import Problem
from ivr.document.model import Language
from ivr.speaking import manners, numbers
from ivr.speaking.free import in_groups, speakable
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Minutes, Money, Words

PLACEHOLDER = re.compile(r"\{([a-z][a-z0-9_]*)\}")  # as `ivr.document.prompts` reads it
HOURS_FROM_MIN = 100  # a wait of so many minutes is told in hours


def placeholders(text: str) -> tuple[str, ...]:
    """The values that `text` names, in order, each once."""
    return tuple(dict.fromkeys(PLACEHOLDER.findall(text)))


def fill(text: str, values: Mapping[str, AnyValue], language: Language) -> str:
    """`text` with its values, ready for a synthesiser: never empty, never a digit.

    Raises `Problem` where values are missing, where a value cannot be said in this language, or where nothing is said.
    """
    missing = [name for name in placeholders(text) if name not in values]
    if missing:
        raise Problem(
            f"no value for {', '.join(f'{{{name}}}' for name in missing)}",
            place=f"prompt {text[:60]!r}",
            remedy=f"Values there are: {', '.join(sorted(values)) or 'none'}",
        )
    parts = PLACEHOLDER.split(text)  # text, name, text, name, ..., text
    said = [spoken(values[part], language) if at % 2 else speakable(part, language) for at, part in enumerate(parts)]
    # A pause or an end that the text sets right after a value belongs to the value.
    filled = re.sub(r" ([,.;:!?)])", r"\1", " ".join(part for part in said if part))
    if not filled:
        raise Problem("a prompt without a word", place=f"prompt {text[:60]!r}", remedy="Give it a text")
    return filled


def spoken(value: AnyValue, language: Language) -> str:
    """`value` in words, never empty, never a digit. Raises `Problem` where the language cannot say it."""
    match value:
        case Money():
            said = numbers.money(value.cents, language)
        case Day():
            said = _day(value.day, language)
        case Clock():
            said = _clock(value.time, language)
        case Count() if value.number < 0:
            raise Problem("a negative count", place="ivr.speaking", remedy="Expected 0 or more")
        case Count():
            said = numbers.words(value.number, language)
        case Minutes():
            said = _minutes(value.minutes, language)
        case Digits():
            said = in_groups(value.digits, language)
        case Words():
            said = speakable(_text(value, language), language)
    if not said:
        raise Problem(f"a value of type {type(value).__name__} holds nothing that can be said", place="ivr.speaking")
    return said


def _day(day: datetime.date, language: Language) -> str:
    """Weekday, day, month and year in the language's own order."""
    locale, manner = _locale(language), manners.of(language)
    parts: list[str] = []
    for kind, token in tokenize_pattern(get_date_format("full", locale=locale).pattern):
        if kind == "chars":
            parts.append(str(token))
            continue
        match token[0]:
            case "E":
                parts.append(locale.days["format"]["wide"][day.weekday()])
            case "M":
                parts.append(locale.months["format"]["wide"][day.month])
            case "d" if day.day in manner.day:
                parts.append(numbers.words(day.day, language, "ordinal"))
            case "d":
                parts.append(numbers.words(day.day, language))
            case "y":
                parts.append(numbers.words(day.year, language, "year" if manner.pairs else "cardinal"))
    return speakable("".join(parts), language)  # some languages number their months


def _clock(time: datetime.time, language: Language) -> str:
    """Seconds are not told."""
    manner = manners.of(language)
    hour, minute = time.hour, time.minute
    for exact, name in ((12, manner.noon), (0, manner.midnight)):
        if (hour, minute) == (exact, 0) and name:
            return name
    said = manner.hour(numbers.words(hour % 12 or 12 if manner.parts else hour, language))
    if minute:
        minutes = numbers.words(minute, language)
        said = manner.past.format(said, manner.oh.format(minutes) if minute < 10 else minutes)
    else:
        said = manner.sharp.format(said)
    return f"{said} {format_time(time, 'B', locale=_locale(language))}" if manner.parts else said


def _minutes(minutes: int, language: Language) -> str:
    manner = manners.of(language)
    if minutes < 1:
        return manner.no_minute or _lasting("minute", 1, manner.masculine, language)
    if minutes < HOURS_FROM_MIN:
        return manner.about.format(_lasting("minute", minutes, manner.masculine, language))
    return manner.about.format(_lasting("hour", round(minutes / 60), manner.feminine, language))


def _lasting(unit: Literal["minute", "hour"], number: int, before_noun: manners.Words, language: Language) -> str:
    delta = datetime.timedelta(**{f"{unit}s": number})
    written = format_timedelta(delta, granularity=unit, threshold=10**9, locale=_locale(language))
    said = re.sub(r"\d[\d.,\s]*", f" {before_noun(numbers.words(number, language))} ", written)
    return " ".join(said.split())


def _text(value: Words, language: Language) -> str:
    for name in (language, language[:2], ""):
        if name in value.texts:
            return value.texts[name]
    there = ", ".join(sorted(value.texts)) or "none"
    raise Problem(f"no text in {language!r}", place="ivr.speaking", remedy=f"Texts there are: {there}")


def _locale(language: Language) -> Locale:
    try:
        return Locale.parse(language.replace("-", "_"))
    except (UnknownLocaleError, ValueError) as error:
        raise Problem(
            f"no language {language!r} is known", place="ivr.speaking", remedy="Expected a code such as en, es, es-MX"
        ) from error
