"""Values as authors write them in facts: `$1,200.50`, `2026-12-01`, `9:30`, `12 min`, `R7K2`, words."""

from __future__ import annotations

import re
from datetime import date, time

import yaml

from core.yaml_places import YamlNotes, cut, shown
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Minutes, Money, Words

_MONEY = re.compile(r"(-?)\$(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.(\d\d))?", re.ASCII)
_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_CLOCK = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)", re.ASCII)
_MINUTES = re.compile(r"(\d{1,5}) ?min", re.ASCII)
_COUNT = re.compile(r"0|[1-9]\d{0,11}", re.ASCII)
_REFERENCE = re.compile(r"(?=[A-Z-]*\d)[A-Z0-9]+(?:-[A-Z0-9]+)*", re.ASCII)
_EVERY = "words"  # the key of a text for every language
_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?", re.ASCII)
EXACT = ("digits", "words")


def from_text(text: str) -> AnyValue:
    """What is none of the other kinds is words."""
    if money := _MONEY.fullmatch(text):
        cents = int(money[2].replace(",", "")) * 100 + int(money[3] or 0)
        return Money(cents=-cents if money[1] else cents)
    if _DAY.fullmatch(text) and (day := as_date(text)):
        return Day(day=day)
    if clock := _CLOCK.fullmatch(text):
        return Clock(time=time(int(clock[1]), int(clock[2])))
    if minutes := _MINUTES.fullmatch(text):
        return Minutes(minutes=int(minutes[1]))
    if _COUNT.fullmatch(text):
        return Count(number=int(text))
    if _REFERENCE.fullmatch(text):
        return Digits(digits=text)
    return Words(texts={"": text})


def as_date(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def from_node(notes: YamlNotes, node: yaml.Node) -> AnyValue:
    """A text, `{digits: …}`, or words by language; `words: …` are for every language that is not named."""
    if not isinstance(node, yaml.MappingNode):
        text = notes.text(node) if not notes.absent(node) else ""
        if not text:
            notes.note(node, shown(node), "a value; inside {…} one with a comma stands in quotes")
        return from_text(text)
    fields = notes.mapping(node, optional=None)
    texts = {name: notes.text(value) for name, value in fields.items()}
    if set(texts) == {"digits"}:
        return Digits(digits=texts["digits"])
    for name in texts:
        if name != _EVERY and not _LANGUAGE.fullmatch(name):
            notes.note(node, cut(name), "digits, words, or a text for each language")
    return Words(texts={"" if name == _EVERY else name: text for name, text in texts.items()})


def to_plain(value: AnyValue) -> str | dict[str, str]:
    """The other way: `from_node` reads it as the same value."""
    match value:
        case Money():
            whole, part = divmod(abs(value.cents), 100)
            return f"{'-' if value.cents < 0 else ''}${whole}" + (f".{part:02}" if part else "")
        case Day():
            return value.day.isoformat()
        case Clock():
            return f"{value.time.hour}:{value.time.minute:02}"
        case Minutes():
            return f"{value.minutes} min"
        case Count():
            return str(value.number)
        case Digits():
            return value.digits if from_text(value.digits) == value else {"digits": value.digits}
        case Words():
            if set(value.texts) != {""}:
                return {name or _EVERY: text for name, text in value.texts.items()}
            text = value.texts[""]
            return text if from_text(text) == value else {_EVERY: text}
