"""What can be wrong with what a member gives, said so that an agent can put it right on the telephone. Pure.

A finding never repeats the value: findings are stored and logged, and some values are secrets.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Mapping
from datetime import date, datetime
from typing import Literal

import phonenumbers

from core.events import Message

Severity = Literal["error", "warning"]

_OLDEST = 120  # years
_AHEAD = 2  # years that a last day of work may lie ahead
_DIGITS_BETWEEN = re.compile(r"[\s.\-]")
_ZIP = re.compile(r"(?P<zip>\d{5})(-\d{4})?")
_ACCOUNT = re.compile(r"[0-9]{4,17}")
_ROUTING_WEIGHTS = (3, 7, 1) * 3
_ROUTING_FIRST = frozenset((*range(13), *range(21, 33), *range(61, 73), 80))
_LOCAL = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_LABEL = re.compile(r"[A-Za-z0-9]([A-Za-z0-9-]{0,61}[A-Za-z0-9])?")
_MAIL_HOUSES = (
    "gmail.com",
    "yahoo.com",
    "hotmail.com",
    "outlook.com",
    "aol.com",
    "icloud.com",
    "comcast.net",
    "att.net",
)
_NEVER_SSN = frozenset(("078051120", "219099999", "123456789"))  # printed on sample cards, or made up
_DATE_FORMS = ("%Y-%m-%d", "%m/%d/%Y", "%m-%d-%Y", "%B %d %Y", "%b %d %Y", "%d %B %Y")
_STATES: Mapping[str, str] = {
    # the state, and the first digits of its ZIP codes (USPS publication 65)
    **dict.fromkeys(("CT", "ME", "NH", "NJ", "RI", "VT", "PR", "VI"), "0"),
    "MA": "05",
    **dict.fromkeys(("DE", "PA"), "1"),
    "NY": "01",
    **dict.fromkeys(("DC", "MD", "NC", "SC", "WV"), "2"),
    "VA": "2",
    **dict.fromkeys(("AL", "FL", "MS", "TN"), "3"),
    "GA": "3",
    **dict.fromkeys(("IN", "KY", "MI", "OH"), "4"),
    **dict.fromkeys(("IA", "MN", "MT", "ND", "SD", "WI"), "5"),
    **dict.fromkeys(("IL", "KS", "MO", "NE"), "6"),
    **dict.fromkeys(("AR", "LA", "OK"), "7"),
    "TX": "78",
    **dict.fromkeys(("AZ", "CO", "ID", "NM", "NV", "UT", "WY"), "8"),
    **dict.fromkeys(("AK", "CA", "HI", "OR", "WA", "GU", "AS", "MP", "FM", "MH", "PW"), "9"),
    "AA": "3",
    "AE": "0",
    "AP": "9",
}


class Finding(Message, frozen=True, kw_only=True):
    """What is wrong with a part, in words. An error keeps the change from going until it is put right."""

    part: str
    says: str
    severity: Severity = "error"


class Address(Message, frozen=True, kw_only=True):
    """An address in the United States, in its parts."""

    street: str
    city: str
    state: str
    zip: str


def check(part: str, value: str, today: date, *, born: date | None = None) -> tuple[Finding, ...]:
    """What is wrong with the value of one part of a field; nothing for parts that have no rule but to be there."""
    text = value.strip()
    if not text:
        return (Finding(part=part, says="nothing was given"),)
    if len(text) > 400:
        return (Finding(part=part, says="this is longer than any such thing"),)
    if any(ord(character) < 32 and character != "\n" for character in text):
        return (Finding(part=part, says="there is an unreadable character in it"),)
    if part in _DATES:
        return tuple(
            Finding(part=part, says=says, severity=severity) for says, severity in _date(part, text, today, born)
        )
    rule = _RULES.get(part)
    return tuple(Finding(part=part, says=says, severity=severity) for says, severity in rule(text)) if rule else ()


def normalised(part: str, value: str) -> str:
    """The value as it is stored and sent, where it is right; as it was given where it is not."""
    text = value.strip()
    match part:
        case "phone":
            return _phone_number(text) or text
        case "bank_routing" | "bank_account" | "ssn":
            return _DIGITS_BETWEEN.sub("", text)
        case "email":
            local, at, domain = text.rpartition("@")
            return f"{local}{at}{domain.lower()}"
        case _ if part in _DATES:
            day = as_date(text)
            return text if day is None else day.isoformat()
    return " ".join(text.split()) if "\n" not in text else text


def as_date(text: str) -> date | None:
    """A date as forms and people write it in the United States; None for what is none."""
    plain = " ".join(text.replace(",", " ").split())
    plain = re.sub(r"(?<=\d)(st|nd|rd|th)\b", "", plain)
    for form in _DATE_FORMS:
        try:
            return datetime.strptime(plain, form).date()  # noqa: DTZ007 - a day has no zone
        except ValueError:
            continue
    return None


def as_address(text: str) -> Address | None:
    """An address in the United States, written with commas or in lines; None where its parts cannot be told apart."""
    parts = [" ".join(part.split()) for part in re.split(r"[\n,]", text) if part.strip()]
    if len(parts) < 3:
        return None
    words = parts[-1].split()
    code = words.pop() if words and _ZIP.fullmatch(words[-1]) else ""
    if code and not words:  # the state stands in a part of its own
        parts.pop()
        words = parts[-1].split()
    if not code or len(words) != 1 or len(parts) < 3 or words[0].upper() not in _STATES:
        return None
    return Address(street=", ".join(parts[:-2]), city=parts[-2], state=words[0].upper(), zip=code)


# --- each part's rule ---------------------------------------------------------------------------

_Says = list[tuple[str, Severity]]


def _address(text: str) -> _Says:
    found = as_address(text)
    if found is None:
        if not _ZIP.search(text):
            return [("there is no five-digit ZIP code in it", "error")]
        says: _Says = [("write it as number and street, city, state ZIP, with commas between", "warning")]
        return (
            says if re.search(r"\d.*\d{5}", text, re.DOTALL) else [("there is no house or box number in it", "error")]
        )
    says = []
    if not re.search(r"\d", found.street):
        says.append(("there is no house or box number in it", "error"))
    if re.search(r"\d", found.city):
        says.append(("there is a number in the city's name", "error"))
    if found.zip[0] not in _STATES[found.state]:
        says.append((f"ZIP codes of {found.state} do not begin so: please ask again", "error"))
    return says


def _phone_number(text: str) -> str | None:
    try:
        parsed = phonenumbers.parse(text[:32], "US")
    except phonenumbers.NumberParseException:
        return None
    if not phonenumbers.is_possible_number(parsed):
        return None
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def _phone(text: str) -> _Says:
    number = _phone_number(text)
    if number is None:
        return [("this is no telephone number: ten digits with the area code, or + and the country", "error")]
    parsed = phonenumbers.parse(number)
    if parsed.extension or re.search(r"[a-wyz]", text.casefold().replace("ext", "")):
        return [("there is more than a number in it", "error")]
    if not phonenumbers.is_valid_number(parsed):
        return [("no such number can be in use: is a digit wrong?", "error")]
    if phonenumbers.number_type(parsed) == phonenumbers.PhoneNumberType.PREMIUM_RATE:
        return [("this is a number that costs whoever calls it", "error")]
    return []


def _email(text: str) -> _Says:
    local, at, domain = text.rpartition("@")
    if not at or not local:
        return [("there is no @ with a name before it", "error")]
    if not _LOCAL.fullmatch(local) or len(local) > 64:
        return [("the part before the @ cannot be so", "error")]
    labels = domain.split(".")
    well = len(labels) > 1 and all(_LABEL.fullmatch(label) for label in labels) and len(domain) <= 253
    if not well or labels[-1].isdigit() or len(labels[-1]) < 2:
        return [("the part after the @ is no mail house: does it end in .com or the like?", "error")]
    near = difflib.get_close_matches(domain.lower(), _MAIL_HOUSES, n=1, cutoff=0.85)
    if near and near[0] != domain.lower():
        return [(f"is {near[0]} meant?", "warning")]
    return []


def _routing(text: str) -> _Says:
    digits = _DIGITS_BETWEEN.sub("", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 9):
        return [("a routing number has nine digits", "error")]
    if int(digits[:2]) not in _ROUTING_FIRST:
        return [("no bank's routing number begins so", "error")]
    if sum(weight * int(digit) for weight, digit in zip(_ROUTING_WEIGHTS, digits, strict=True)) % 10:
        return [("a digit is wrong: the check digit does not fit (American Bankers Association)", "error")]
    return []


def _account(text: str) -> _Says:
    digits = _DIGITS_BETWEEN.sub("", text)
    if not _ACCOUNT.fullmatch(digits):
        return [("an account number has 4 to 17 digits", "error")]
    if len(set(digits)) == 1:
        return [("all its digits are the same", "error")]
    return []


def _ssn(text: str) -> _Says:
    digits = _DIGITS_BETWEEN.sub("", text)
    if not (digits.isascii() and digits.isdigit() and len(digits) == 9):
        return [("a Social Security number has nine digits", "error")]
    if digits[0] == "9":
        return [("it begins with a 9: a taxpayer's number (ITIN), no Social Security number", "error")]
    if digits[:3] in ("000", "666") or digits[3:5] == "00" or digits[5:] == "0000" or digits in _NEVER_SSN:
        return [("the Social Security Administration never gave this number", "error")]
    return []


def _name(text: str) -> _Says:
    if re.search(r"\d", text):
        return [("there is a digit in the name", "error")]
    return [] if len(text.split()) > 1 else [("this is one name alone", "warning")]


def _percent(text: str) -> _Says:
    amount = re.fullmatch(r"(\d{1,3})(\.\d+)?\s*(%|percent)", text)
    return [("more than everything", "error")] if amount and float(amount[1] + (amount[2] or "")) > 100 else []


def _date(part: str, text: str, today: date, born: date | None) -> _Says:
    day = as_date(text)
    if day is None:
        return [("this is no date that can be: month, day and year", "error")]
    what, ahead = _DATES[part], today.replace(year=today.year + _AHEAD, day=min(today.day, 28))
    if day > (ahead if part in _MAY_BE_AHEAD else today):
        return [(f"{what} is in the future", "error")]
    if today.year - day.year > _OLDEST:
        return [(f"{what} is more than {_OLDEST} years ago", "error")]
    if born is not None and day < born:
        return [(f"{what} is before the member was born", "error")]
    return []


_DATES: Mapping[str, str] = {
    "birth_date": "the day of birth",
    "date_of_death": "the day of death",
    "employment_end_date": "the last day of work",
    "retirement_date": "the day of retirement",
    "marriage_date": "the wedding day",
    "divorce_date": "the day of the divorce",
}
_MAY_BE_AHEAD = ("employment_end_date", "retirement_date")
_RULES: Mapping[str, Callable[[str], _Says]] = {
    "mailing_address": _address,
    "phone": _phone,
    "email": _email,
    "bank_routing": _routing,
    "bank_account": _account,
    "ssn": _ssn,
    "name": _name,
    "beneficiary": _name,
    "tax_withholding": _percent,
}
