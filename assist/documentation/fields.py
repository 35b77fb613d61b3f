"""Fields of the pension system as they are given in words: each finder reads one speaker's words.

Finders know nothing of who speaks or what was said before; `updates` does.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from assist.spoken import SpokenDate, date_at, is_number
from assist.written.letters import emails
from assist.written.places import Address, Unit, address_at, town_at, unit_at
from assist.written.quantities import number

_KIN = frozenset(
    (
        *("daughter", "son", "wife", "husband", "sister", "brother", "niece", "nephew", "mother", "father"),
        *("granddaughter", "grandson", "partner", "spouse", "cousin", "stepson", "stepdaughter", "fiance", "friend"),
    )
)
_STATUS = ("single", "married", "divorced", "widowed", "separated")
_NAME_ENDS = frozenset(
    ("that's", "with", "and", "please", "is", "it's", "along", "instead", "on", "spelled", "as", "for")
)


@dataclass(frozen=True, slots=True)
class Given:
    """A value in words `start` to `end` (exclusive): plain (lower case, figures), and as people write it."""

    value: str
    written: str
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Digits:
    """Digits in a row; `corrected` when part of them was taken back."""

    text: str
    start: int
    end: int
    corrected: bool


def digits(spoken: Sequence[str]) -> Iterator[Digits]:
    """Every number that is only digits, corrections applied; no amounts, percentages or times of day."""
    at = 0
    while at < len(spoken):
        piece = number(spoken, at)
        if piece is None:
            at += 1
            continue
        at = piece.end
        text = piece.text.replace("-", "")
        if piece.kind in ("number", "phone", "zip") and text.isdigit():
            yield Digits(text, piece.start, piece.end, piece.corrected)


def phone(text: str) -> str:
    """Ten digits as 229-555-0173."""
    return f"{text[:3]}-{text[3:6]}-{text[6:]}"


def routing_checks(text: str) -> bool:
    """Do nine digits make a routing number? By the check digit of the ABA: weights 3, 7, 1, a sum divisible by 10."""
    return sum(int(digit) * weight for digit, weight in zip(text, (3, 7, 1) * 3, strict=True)) % 10 == 0


def addresses(spoken: Sequence[str]) -> Iterator[Address]:
    at = 0
    while at < len(spoken):
        found = address_at(spoken, at)
        if found is not None:
            yield found
        at = at + 1 if found is None else found.end


def units(spoken: Sequence[str]) -> Iterator[Unit]:
    yield from (unit for at in range(len(spoken)) if (unit := unit_at(spoken, at)) is not None)


def town(spoken: Sequence[str]) -> tuple[str, str, int, int] | None:
    """A town with its zip code said apart from the street: town, zip code, and where they stand."""
    for at in range(len(spoken)):
        name, zip_code, end = town_at(spoken, at)
        if zip_code:
            return name, zip_code, at, end
    return None


def email(spoken: Sequence[str]) -> Given | None:
    found = emails(spoken)
    return Given(found[-1].text, found[-1].text, found[-1].start, found[-1].end) if found else None


def spoken_dates(spoken: Sequence[str]) -> Iterator[SpokenDate]:
    at = 0
    while at < len(spoken):
        found = date_at(spoken, at)
        if found is not None:
            yield found
        at = at + 1 if found is None else found.end


def asks_name(spoken: Sequence[str]) -> bool:
    text = " ".join(spoken)
    return any(
        ask in text
        for ask in ("what name", "new name", "name change", "name to be", "name should", "new last name", "name read")
    )


def name(spoken: Sequence[str]) -> Given | None:
    """The two to four words a caller answers with when asked for the new name."""
    kept: list[int] = []
    for at, word in enumerate(spoken):
        if word in ("it's", "it'll", "be", "yes", "okay", "my", "name", "to") and not kept:
            continue
        if word in _NAME_ENDS or len(word) == 1 or is_number(word):
            break
        kept.append(at)
    return _named(spoken, kept) if 2 <= len(kept) <= 4 else None


def _named(spoken: Sequence[str], places: Sequence[int]) -> Given:
    kept = spoken[places[0] : places[-1] + 1]
    return Given(" ".join(kept), " ".join(map(str.capitalize, kept)), places[0], places[-1] + 1)


def marital_status(spoken: Sequence[str]) -> Given | None:
    """Said to be put down: "mark me as", "it is", "my marital status is"."""
    for at, word in enumerate(spoken):
        after, before = tuple(spoken[at + 1 : at + 3]), tuple(spoken[max(at - 2, 0) : at])
        put = after == ("it", "is") or before[-1:] == ("as",) or before == ("status", "is")
        if word in _STATUS and put:
            return Given(word, word.capitalize(), at, at + 1)
    return None


def beneficiary(spoken: Sequence[str]) -> Given | None:
    """Who shall be put down: "can i put my daughter ..."."""
    for at, word in enumerate(spoken):
        if word not in ("put", "add", "name", "make", "list") or at + 2 >= len(spoken):
            continue
        if spoken[at + 1] != "my" or spoken[at + 2] not in _KIN:
            continue
        kept: list[int] = []
        for place in range(at + 3, len(spoken)):
            each = spoken[place]
            if each in _NAME_ENDS or is_number(each) or len(each) == 1 or len(kept) == 4:
                break
            kept.append(place)
        if len(kept) >= 2:
            return _named(spoken, kept)
    return None


def withholding(spoken: Sequence[str]) -> Given | None:
    """ "two twenty five federal flat": which tax, and how much of it."""
    for at in range(len(spoken)):
        said = number(spoken, at)
        figure = re.sub(r"[$,%]", "", said.text) if said is not None else ""
        if said is None or not figure.isdigit():
            continue
        before = spoken[max(said.start - 3, 0) : said.start]
        after = spoken[said.end : said.end + 4]
        tax = next((word for word in (*after[:2], *before) if word in ("federal", "state")), "")
        if tax and said.kind == "percent":
            return Given(f"{tax} {figure} percent", f"{tax.capitalize()} {said.text}", said.start, said.end)
        flat = said.kind == "money" or {"flat", "dollars", "month"} & set(after)
        if tax and flat and not {"right", "now", "currently"} & set(spoken):
            written = f"{tax.capitalize()} ${int(figure):,} a month"
            return Given(f"{tax} {figure} dollars per month", written, said.start, said.end)
    return None
