"""Made-up values and numbers, for where the real ones are not known or not to be shown."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time

from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Money, Words

MEMBER, NO_MEMBER, REPRESENTATIVE = "10000023", "99999999", "700015"
PIN, CODE, WRONG_PIN = "1234", "4711", "0000"
SSN, WRONG_SSN = "6789", "0000"
BIRTH = date(1950, 3, 4)
CALLING = "404-555-0123"

_VALUES: dict[str, AnyValue] = {
    "amount": Money(cents=120050),
    "day": Day(day=date(2026, 12, 1)),
    "paid": Day(day=date(2026, 11, 1)),
    "until": Day(day=date(2026, 12, 15)),
    "time": Clock(time=time(9, 30)),
    "year": Count(number=2026),
    "reference": Digits(digits="R7K2"),
    "slot": Digits(digits="202612011430"),
    "zip": Digits(digits="30030"),
    "state": Words(texts={"": "Georgia"}),
    "city": Words(texts={"": "Decatur"}),
    "street": Words(texts={"": "Peach Street"}),
    "place": Words(texts={"": "the main office"}),
    "form": Words(texts={"en": "the form", "es": "el formulario", "": "the form"}),
    "what": Words(texts={"en": "the application", "es": "la solicitud", "": "the application"}),
}


def values(names: Iterable[str]) -> dict[str, AnyValue]:
    """A value for each name; for one that is not known here its own words."""
    return {name: _VALUES.get(name, Words(texts={"": name.replace("_", " ")})) for name in names}


def telephone(number: int) -> str:
    """Numbers that are nobody's (0100 to 0199), one after the other."""
    return f"404555{124 + number % 70:04}"
