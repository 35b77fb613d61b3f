"""What keys mean where a step asks for a number, a date, an amount, a telephone number, yes or no."""

from __future__ import annotations

from typing import NamedTuple

from ivr.dialog.actions import birth_date
from ivr.dialog.scene import in_language
from ivr.document.model import Collect, Kind
from ivr.speaking.values import AnyValue, Clock, Count, Day, Digits, Minutes, Money, Words
from records.phones import e164

YES, NO = "1", "2"
_KEYS: dict[Kind, int] = {"date": 8, "amount": 12, "phone": 15, "yes_no": 1}
_YES_NO = {YES: ("yes", {"en": "yes", "es": "sí", "": "yes"}), NO: ("no", {"en": "no", "es": "no", "": "no"})}


class Taken(NamedTuple):
    """What was meant: as it is said, and as services and conditions take it."""

    value: AnyValue
    text: str


def most_keys(step: Collect) -> int:
    return _KEYS.get(step.kind, step.most)


def take(step: Collect, keys: str) -> Taken | None:
    """None for what is none of that kind. Texts: dates as 2026-02-28, amounts in cents, telephone numbers in E.164."""
    match step.kind:
        case "digits":
            fits = _digits(keys) and step.least <= len(keys) <= step.most
            return Taken(Digits(digits=keys), keys) if fits else None
        case "date":
            day = birth_date(keys) if _digits(keys) and len(keys) == _KEYS["date"] else None
            return Taken(Day(day=day), day.isoformat()) if day else None
        case "amount":
            return _amount(keys)
        case "phone":
            return phone(keys)
        case "yes_no":
            text, texts = _YES_NO.get(keys, ("", {}))
            return Taken(Words(texts=texts), text) if text else None


def zero_is_a_value(step: Collect) -> bool:
    """Whether `0` alone is an answer. Where it is none it reaches a person, as in a menu."""
    return step.kind == "digits" and step.least <= 1


def phone(keys: str) -> Taken | None:
    number = e164(keys) if _digits(keys) else None
    return Taken(Digits(digits=spoken_number(number)), number) if number else None


def spoken_number(number: str) -> str:
    """A number in E.164 as people of its country say it."""
    return number.removeprefix("+1").removeprefix("+")


def _amount(keys: str) -> Taken | None:
    """Whole dollars, or dollars, `*` and two digits of cents: 1250 and 1250*00 are the same."""
    dollars, _, cents = keys.partition("*")
    if not _digits(dollars) or (cents and not (_digits(cents) and len(cents) == 2)):
        return None
    value = int(dollars) * 100 + int(cents or 0)
    return Taken(Money(cents=value), str(value))


def _digits(keys: str) -> bool:
    return keys.isascii() and keys.isdigit()


def as_text(value: AnyValue, language: str) -> str:
    """A value that a service gave, as other services and conditions take it; of words those in this language."""
    match value:
        case Money():
            return str(value.cents)
        case Day():
            return value.day.isoformat()
        case Clock():
            return value.time.isoformat("minutes")
        case Count():
            return str(value.number)
        case Minutes():
            return str(value.minutes)
        case Digits():
            return value.digits
        case Words():
            return in_language(value.texts, language)
