"""Numbers with what they count or mean: money, percentages, telephone numbers, zip codes, ordinals, dates."""

from __future__ import annotations

from collections.abc import Sequence

from assist.spoken import Figures, date_at, figure_at, ordinal_at
from assist.written.corrections import correction_at, mended
from assist.written.piece import Kind, Piece

_DOLLARS = frozenset(("dollar", "dollars", "bucks"))
_CENTS = frozenset(("cent", "cents"))
_NUMBERED = frozenset(
    (
        *("apartment", "unit", "suite", "lot", "box", "number", "line", "page", "part", "form", "room", "extension"),
        *("level", "tier", "step", "option", "building", "floor", "route", "highway"),
    )
)
_SPELLED_OUT_BELOW = 10  # smaller numbers alone stay words, as in "four years"


def number(words: Sequence[str], at: int) -> Piece | None:
    """Any number, with a correction that follows it taken in."""
    said = _figure(words, at)
    if said is None:
        return None
    text, end, corrected = said.text, said.end, False
    while (begin := correction_at(words, end)) and (again := _figure(words, begin)) is not None:
        text, end, corrected = mended(text, again.text), again.end, True
    kind, text, end = _meant(words, at, text, end)
    alone = end - at == 1 and kind == "number" and not words[at].isdigit()
    if alone and float(text) < _SPELLED_OUT_BELOW and words[max(at - 1, 0)] not in _NUMBERED:
        return None
    return Piece(text, kind, at, end, corrected)


def _figure(words: Sequence[str], at: int) -> Figures | None:
    """Said in words, or in figures already."""
    if at < len(words) and words[at].isascii() and words[at].isdigit():
        return Figures(words[at], at, at + 1)
    return figure_at(words, at)


def _meant(words: Sequence[str], start: int, text: str, end: int) -> tuple[Kind, str, int]:
    """What the number is, how it is written and where it ends with its unit."""
    following = words[end] if end < len(words) else ""
    if following == "percent":
        return "percent", f"{text}%", end + 1
    if following in _DOLLARS:
        return _money(words, text, end + 1)
    if following in _CENTS and "." not in text and int(text) < 100:
        return "money", f"$0.{int(text):02}", end + 1
    if tuple(words[end : end + 2]) in (("a", "m"), ("p", "m")) and text.isdigit() and len(text) <= 4:
        hours, minutes = (text[:-2], text[-2:]) if len(text) > 2 else (text, "00")
        if 1 <= int(hours) <= 12 and int(minutes) < 60:
            return "time", f"{int(hours)}:{minutes} {words[end].upper()}M", end + 2
    if text.isdigit() and len(text) == 11 and text.startswith("1"):
        text = text[1:]
    if text.isdigit() and len(text) == 10 and not {"account", "routing"} & set(words[max(start - 4, 0) : start]):
        return "phone", f"{text[:3]}-{text[3:6]}-{text[6:]}", end
    if {"zip"} & set(words[max(start - 3, 0) : start]) and text.isdigit() and len(text) in (5, 9):
        return "zip", text if len(text) == 5 else f"{text[:5]}-{text[5:]}", end
    return "number", text, end


def _money(words: Sequence[str], text: str, end: int) -> tuple[Kind, str, int]:
    amount = f"{float(text):,.2f}" if "." in text else f"{int(text):,}"
    begin = end + (end < len(words) and words[end] == "and")
    cents = _figure(words, begin)
    if cents is not None and cents.end < len(words) and words[cents.end] in _CENTS and len(cents.text) <= 2:
        return "money", f"${amount.partition('.')[0]}.{int(cents.text):02}", cents.end + 1
    return "money", f"${amount}", end


def date(words: Sequence[str], at: int) -> Piece | None:
    """ "the ninth of march twenty twenty five" as March 9, 2025; a date that follows as a correction wins."""
    said = date_at(words, at)
    end, corrected = (said.end, False) if said else (_day_end(words, at), True)  # "the ninth i mean the tenth of march"
    if said is None and not (end and (begin := correction_at(words, end)) and (said := date_at(words, begin))):
        return None
    end = said.end
    while (begin := correction_at(words, end)) and (again := date_at(words, begin)) is not None:
        said, end, corrected = again, again.end, True
    year = f", {said.year}" if said.year else ""
    return Piece(f"{said.month.capitalize()} {said.day}{year}", "date", at, end, corrected)


def _day_end(words: Sequence[str], at: int) -> int:
    """Where a day without its month ends: "the ninth"; 0 where none is."""
    day, end = ordinal_at(words, at + (words[at] == "the"))
    return end if day else 0


def ordinal(words: Sequence[str], at: int) -> Piece | None:
    """ "twenty second" as 22nd. First to third alone stay words: they rarely count anything."""
    value, end = ordinal_at(words, at)
    if value <= 3:
        return None
    return Piece(f"{value}{suffix(value)}", "ordinal", at, end)


def suffix(value: int) -> str:
    """The letters behind an ordinal figure."""
    if value % 100 in (11, 12, 13):
        return "th"
    return {1: "st", 2: "nd", 3: "rd"}.get(value % 10, "th")
