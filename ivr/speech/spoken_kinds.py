"""Built-in kinds as they are spoken, to the keys that would have been pressed: see `ivr.dialog.kinds`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from ivr.document.model import Kind
from ivr.speech.spoken_numbers import Number, numbers
from ivr.speech.tongues import Tongue

TELEPHONE = 10  # digits, without the country's 1
_EARLIEST, _LATEST = 1850, 2149  # years that a plan has to do with
_CENTURIES = (Number("19"), Number("20"))
_THIS_CENTURY_BELOW = 40  # a guess at what a year of two digits stands for: every date is said back


def keyed(kind: Kind, words: Sequence[str], tongue: Tongue) -> str:
    """Numbers, dates, amounts and telephone numbers; "" where there is none. Total: never raises, for any words."""
    items = numbers(words, tongue, kind)
    match kind:
        case "digits" | "phone":
            return _digits(items)
        case "amount":
            return _amount(items, tongue)
        case "date":
            return _date(items, tongue)
        case _:
            return ""


def complete(kind: Kind | None, keys: str) -> bool:
    """Nothing more can follow. Digits and amounts may always go on."""
    if kind == "phone":
        return len(keys) == TELEPHONE + keys.startswith("1")
    return kind == "date" and len(keys) == 8


def _digits(items: Sequence[Number | str]) -> str:
    return "".join(item.digits for item in items if isinstance(item, Number))


def _amount(items: Sequence[Number | str], tongue: Tongue) -> str:
    """Dollars, and cents where they are named: "twelve hundred dollars and five cents" is 1200*05."""
    dollars, cents = _split(items, tongue.dollars | tongue.point)
    whole, part = _digits(dollars), _digits(cents)
    if len(dollars) == len(items):  # no dollars are named
        if any(item in tongue.cents for item in items):
            return f"0*{whole.zfill(2)}" if 0 < len(whole) <= 2 else ""
        return whole
    if not whole or len(part) > 2:
        return ""
    if any(item in tongue.point for item in items):
        part = part.ljust(2, "0")  # "three point five" is three fifty
    return f"{whole}*{part.zfill(2)}" if part.strip("0") else whole


def _split(items: Sequence[Number | str], at: frozenset[str]) -> tuple[Sequence[Number | str], Sequence[Number | str]]:
    place = next((n for n, item in enumerate(items) if item in at), len(items))
    return items[:place], items[place + 1 :]


# --- dates ----------------------------------------------------------------------------------------


def _date(items: Sequence[Number | str], tongue: Tongue) -> str:
    """ "march twenty second nineteen forty seven", "the twenty second of march", "three twenty two forty seven"."""
    months = [tongue.months[item] for item in items if isinstance(item, str) and item in tongue.months]
    said = [item for item in items if isinstance(item, Number)]
    if len(months) > 1:
        return ""
    if months:
        day, rest = _taken(said)
        year = _digits(rest)
        if len(year) == 2 and said[0] in _CENTURIES:
            return ""  # "march nineteen forty seven" has no day
        return _on(months[0], day, year)
    digits = _digits(said)
    if len(digits) == 8 and (whole := _on(int(digits[:2]), int(digits[2:4]), digits[4:])):
        return whole
    first, others = _taken(said)
    second, rest = _taken(others)
    # Keys are month first, and so is what the caller was asked for; a day first is taken where it can be nothing else.
    return _on(first, second, _digits(rest)) or _on(second, first, _digits(rest))


def _taken(said: Sequence[Number]) -> tuple[int, Sequence[Number]]:
    """A month's or day's number, and what follows. "oh three" is 3."""
    if not said:
        return 0, ()
    if said[0].digits == "0" and len(said) > 1 and len(said[1].digits) == 1:
        return said[1].value, said[2:]
    return said[0].value, said[1:]


def _on(month: int, day: int, year: str) -> str:
    if len(year) == 2:
        year = f"{'20' if int(year) < _THIS_CENTURY_BELOW else '19'}{year}"
    if len(year) != 4 or not _EARLIEST <= int(year) <= _LATEST:
        return ""
    try:
        return f"{date(int(year), month, day):%m%d}{year}"
    except ValueError:
        return ""
